"""Inputs of our own with the faults that others reported of credentials. Each cites its report; docs/reports.md lists them."""

from __future__ import annotations

import base64
from typing import Any

import httpx
import pytest

from composio.auth import oauth2
from composio.auth.flow import FlowContext, Grant
from composio.errors import GrantExpired, TokenRequestFailed
from composio.model.app import AppModel, AuthScheme
from composio.model.secret import SecretValues
from composio.testing.flows import DrivenFlows
from tests.peers.reported import Make, operation

THINGS = {"/things": {"get": operation()}}
NOW = 1_700_000_000.0
TOKENS: dict[str, Any] = {"access_token": "access-1", "token_type": "Bearer", "refresh_token": "refresh-1"}


def granted(answer: httpx.Response, *, renewal: bool = False) -> Grant:
    """What a token endpoint's answer becomes, of a first exchange or of a renewal."""
    extra = {"authorization_url": "https://id.example/authorize", "token_url": "https://id.example/token"}
    context = FlowContext(
        app=AppModel(key="x", name="X"),
        scheme=AuthScheme("x", "OAUTH2", extra=extra),
        client=SecretValues({"client_id": "id", "client_secret": "client-secret"}),
        values=SecretValues({"access_token": "access-0", "refresh_token": "refresh-0"} if renewal else {}),
        scopes=("read",),
        redirect_uri="https://app.example/callback",
        now=NOW,
    )
    pending = SecretValues(redirect_uri="https://app.example/callback")
    scheme, driven = oauth2.scheme, DrivenFlows()
    return driven(
        scheme.renew(context) if renewal else scheme.complete(context, pending, {"code": "c", "state": "s"}), [answer]
    )


def schemes(**found: dict[str, str]) -> dict[str, Any]:
    return {"components": {"securitySchemes": found}, "security": [{name: [] for name in found}]}


# https://github.com/authlib/authlib/issues/841
@pytest.mark.parametrize("end", ["2025-10-10T12:00:00Z", "10 October, at noon", "", None, [], "NaN"])
def test_an_end_that_is_no_number_leaves_the_lifetime_to_count(end: Any) -> None:
    assert granted(httpx.Response(200, json={**TOKENS, "expires_in": "3600", "expires_at": end})).expires_at == NOW + 3600


# https://github.com/oauthlib/oauthlib/pull/391
@pytest.mark.parametrize(
    ("scope", "scopes"), [(None, ("read",)), ("", ("read",)), (["a", "b"], ("a", "b")), ("a,b c", ("a", "b", "c"))]
)
def test_scopes_may_be_null_or_a_list(scope: Any, scopes: tuple[str, ...]) -> None:
    assert granted(httpx.Response(200, json={**TOKENS, "scope": scope})).scopes == scopes


# https://github.com/modelcontextprotocol/python-sdk/issues/2270
@pytest.mark.parametrize("answered", [{}, {"refresh_token": None}, {"refresh_token": ""}])
def test_a_renewal_without_a_refresh_token_keeps_the_old_one(answered: dict[str, Any]) -> None:
    grant = granted(httpx.Response(200, json={"access_token": "access-1", "expires_in": 60, **answered}), renewal=True)
    assert (grant.values["access_token"], grant.values["refresh_token"]) == ("access-1", "refresh-0")


# https://github.com/matrix-org/matrix-js-sdk/issues/5495
@pytest.mark.parametrize("status", [404, 408, 413, 429, 451])
def test_a_renewal_that_a_proxy_turns_away_ends_no_connection(status: int) -> None:
    page = httpx.Response(status, html="<html><body>Please try again later</body></html>")
    with pytest.raises(TokenRequestFailed, match=str(status)):  # GrantExpired would end it
        granted(page, renewal=True)


# https://github.com/supabase/auth/issues/2829
@pytest.mark.parametrize(
    "answered",
    [
        {"code": 400, "error_code": "refresh_token_not_found", "msg": "Invalid Refresh Token: Refresh Token Not Found"},
        {"type": "invalid_grant", "title": "Bad Request", "status": 400, "detail": "consent grant has been revoked"},
        {"error": "invalid_request", "error_description": "session not found"},
        "Invalid refresh token",
    ],
)
def test_a_dead_grant_is_known_in_a_providers_own_words(answered: Any) -> None:
    with pytest.raises(GrantExpired):
        granted(httpx.Response(400, json=answered), renewal=True)


# https://github.com/lelylan/simple-oauth2/issues/459
def test_a_refusal_inside_a_200_is_a_refusal() -> None:
    refusal = {"error": "bad_refresh_token", "error_description": "The refresh token passed is incorrect or expired."}
    with pytest.raises(GrantExpired, match="incorrect or expired"):
        granted(httpx.Response(200, json=refusal), renewal=True)


# https://github.com/requests/requests-oauthlib/pull/456
@pytest.mark.parametrize("kind", ["User Access Token", "bearer", "BearerToken", None])
def test_a_token_type_of_a_providers_own_is_sent_as_bearer(kind: str | None) -> None:
    grant = granted(httpx.Response(200, json={**TOKENS, "token_type": kind}))
    request = httpx.Request("GET", "https://api.example/x")
    list(oauth2.scheme.sign(request, AuthScheme("x", "OAUTH2"), grant.values))
    assert request.headers["authorization"] == "Bearer access-1"


# https://github.com/scalar/scalar/issues/3124
def test_a_user_name_with_an_empty_password_is_sent_with_its_colon(reported: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    api = reported(THINGS, **schemes(basic={"type": "http", "scheme": "basic"}))
    expected = f"Basic {base64.b64encode(b'key:').decode()}"
    api.toolset.initiate_connection(app="x", entity_id="alice", connected_account_params={"username": "key", "password": ""})
    api.call(entity_id="alice")
    assert api.sent.headers["authorization"] == expected
    monkeypatch.setenv("X_USERNAME", "key")
    monkeypatch.setenv("X_PASSWORD", "")
    api.call()
    assert api.sent.headers["authorization"] == expected


# https://github.com/Portkey-AI/portkey-python-sdk/pull/163
@pytest.mark.parametrize("token", ["abc", "Bearer abc", "bearer abc"])
def test_a_token_that_was_copied_with_its_prefix_is_sent_with_one(
    reported: Make, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    monkeypatch.setenv("X_TOKEN", token)
    api = reported(THINGS, **schemes(token={"type": "http", "scheme": "bearer"}))
    api.call()
    assert api.sent.headers["authorization"] == "Bearer abc"


# https://github.com/OpenAPITools/openapi-generator/pull/24149
def test_a_key_in_a_cookie_is_sent_as_it_is(reported: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X_API_KEY", "a+b/c==:@%41")
    api = reported(THINGS, **schemes(session={"type": "apiKey", "in": "cookie", "name": "sid"}))
    api.call()
    assert api.sent.headers["cookie"] == "sid=a+b/c==:@%41"


# https://github.com/scottie1984/swagger-ui-express/issues/309
def test_two_schemes_together_are_both_sent_however_their_types_are_spelled(
    reported: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    together = {"token": {"type": "http", "scheme": "bearer"}, "key": {"type": "apikey", "name": "apikey", "in": "header"}}
    api = reported(THINGS, components={"securitySchemes": together}, security=[{name: [] for name in together}])
    monkeypatch.setenv("X_TOKEN", "t")
    monkeypatch.setenv("X_API_KEY", "k")
    api.call()
    assert (api.sent.headers["authorization"], api.sent.headers["apikey"]) == ("Bearer t", "k")
