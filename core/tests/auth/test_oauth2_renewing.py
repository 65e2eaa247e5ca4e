"""OAuth 2 without a network: renewal, clients that speak for themselves, devices and the end."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio.auth import oauth2
from composio.auth.flow import Begun, FlowContext, Grant, Pending
from composio.errors import (
    AuthorizationError,
    GrantExpired,
    TokenRequestFailed,
)
from composio.model.secret import SecretValues
from composio.testing.flows import DrivenFlows as Driven
from composio.testing.flows import answer
from tests.peers.planted import CLIENT, NOW, SECRETS

Context = Callable[..., FlowContext]
SCHEME = oauth2.scheme
PLANTED = ("planted-access-token", "planted-refresh-token", "planted-client-secret")


def renew(driven: Driven, one: FlowContext, *answers: httpx.Response) -> Grant:
    return driven(SCHEME.renew(one), answers)


def test_a_renewal_may_rotate_the_refresh_token(context: Context, driven: Driven) -> None:
    grant = renew(driven, context(values=SECRETS), answer(access_token="new", refresh_token="newer", expires_in=60))
    assert driven.form() == {"grant_type": "refresh_token", "refresh_token": "planted-refresh-token", **CLIENT}
    assert (grant.values["access_token"], grant.values["refresh_token"]) == ("new", "newer")
    assert grant.refresh_at == NOW + 54


def test_a_renewal_that_does_not_rotate_keeps_the_old_one(context: Context, driven: Driven) -> None:
    grant = renew(driven, context(values=SECRETS), answer(access_token="new", expires_in=60))
    assert grant.values["refresh_token"] == "planted-refresh-token"
    assert grant.refresh_at is not None


def test_a_renewal_may_go_elsewhere_with_parameters_of_its_own(context: Context, driven: Driven) -> None:
    urls = {"refresh_url": "https://provider.example.com/refresh", "refresh_params": {"a": "b"}, "token_params": {"c": "d"}}
    renew(driven, context(values=SECRETS, **urls), answer(**SECRETS))
    assert str(driven.requests[0].url) == "https://provider.example.com/refresh"
    assert driven.form()["a"] == "b"
    assert "c" not in driven.form()


@pytest.mark.parametrize(
    "response",
    [
        answer(400, error="invalid_grant"),
        answer(400, error="invalid_grant", error_description="planted-refresh-token was reused"),
        answer(403, error="unauthorized_client", error_description="refresh_token is invalid"),
        answer(200, error="bad_refresh_token"),
        answer(200, ok=False, error="token_revoked"),
        answer(400, status="BAD_REFRESH_TOKEN", message="missing or unknown refresh token"),
        answer(401, message="the refresh token was revoked"),
        answer(400, error="OURS"),
        httpx.Response(400, json="Invalid refresh token"),
        httpx.Response(400, json=["Sorry.", "The refresh token has expired"]),
    ],
)
def test_a_grant_that_is_dead_is_told_from_a_failure(context: Context, driven: Driven, response: httpx.Response) -> None:
    with pytest.raises(GrantExpired, match="Example no longer takes this connection's tokens") as caught:
        renew(driven, context(values=SECRETS, expired_grant_errors=["OURS"]), response)
    assert not any(secret in str(caught.value) for secret in PLANTED)


@pytest.mark.parametrize(
    "response",
    [
        answer(401, error="invalid_client"),
        answer(400, error="invalid_request"),
        answer(429, error="rate_limited"),
        answer(500, error="server_error"),
        answer(503),
        httpx.Response(400, json="Come back later"),
        httpx.Response(400, json=["the refresh token has expired", 1]),
        httpx.Response(401, html="<html>Sign in to the hotel's network</html>"),
        httpx.Response(403, html="<html>Blocked</html>"),
        httpx.Response(200, html="<html>Welcome</html>"),
        answer(200, token_type="bearer"),
    ],
)
def test_a_failure_ends_no_connection(context: Context, driven: Driven, response: httpx.Response) -> None:
    with pytest.raises(TokenRequestFailed):
        renew(driven, context(values=SECRETS), response)


def test_without_a_refresh_token_only_connecting_again_helps(context: Context, driven: Driven) -> None:
    with pytest.raises(GrantExpired, match="no refresh token"):
        renew(driven, context(values={"access_token": "a"}))
    assert driven.requests == []


# Client credentials, devices, revocation


def test_a_client_that_speaks_for_itself_is_connected_at_once_and_renewed_the_same_way(
    context: Context, driven: Driven
) -> None:
    one = context(grant_type="client_credentials", token_params={"audience": "api"})
    begun = driven(SCHEME.begin(one, "s"), [answer(access_token="a", expires_in=100)])
    assert begun.grant is not None
    assert begun.grant.refresh_at == NOW + 90
    asked = {"grant_type": "client_credentials", "audience": "api", "scope": "read write", **CLIENT}
    assert driven.form() == asked
    assert renew(driven, one, answer(access_token="b")).values["access_token"] == "b"
    assert driven.form() == asked


def test_a_provider_may_call_the_grant_something_else(context: Context, driven: Driven) -> None:
    one = context(grant_type="client_credentials", token_params={"grant_type": "account_credentials"})
    driven(SCHEME.begin(one, "s"), [answer(access_token="a")])
    assert driven.form()["grant_type"] == "account_credentials"


DEVICE = {"grant_type": "device_code", "device_authorization_url": "https://provider.example.com/device"}
CODE = {"device_code": "planted-device-code", "user_code": "ABCD", "verification_uri": "https://provider.example.com/enter"}


def begin_device(driven: Driven, one: FlowContext, **said: Any) -> Begun:
    return driven(SCHEME.begin(one, "s"), [answer(**{**CODE, **said})])


def test_a_device_shows_a_code_and_polls(context: Context, driven: Driven) -> None:
    one = context(**DEVICE)
    begun = begin_device(driven, one, interval=2, expires_in=900)
    assert driven.form() == {**CLIENT, "scope": "read write"}
    assert (begun.redirect_url, begun.user_code) == ("https://provider.example.com/enter", "ABCD")
    assert (begun.interval, begun.expires_in) == (2, 900)

    def poll(response: httpx.Response) -> Grant | Pending:
        return driven(SCHEME.poll(one, begun.pending), [response])

    assert poll(answer(400, error="authorization_pending")) == Pending(interval=2)
    assert poll(answer(200, error="slow_down")) == Pending(interval=7)
    granted = poll(answer(**SECRETS))
    assert isinstance(granted, Grant)
    assert driven.form()["device_code"] == "planted-device-code"
    assert driven.form()["grant_type"] == "urn:ietf:params:oauth:grant-type:device_code"
    for code, told in (("access_denied", "declined"), ("expired_token", "in time")):
        with pytest.raises(AuthorizationError, match=told) as caught:
            poll(answer(400, error=code))
        assert caught.value.code == code
    with pytest.raises(TokenRequestFailed):
        poll(httpx.Response(502, html="<html></html>"))


def test_googles_name_for_the_page_and_one_that_has_the_code_are_known(context: Context, driven: Driven) -> None:
    one = context(**DEVICE)
    begun = driven(SCHEME.begin(one, "s"), [answer(device_code="d", user_code="U", verification_url="https://g.example.com/d")])
    assert (begun.redirect_url, begun.interval) == ("https://g.example.com/d", 5)
    whole = "https://provider.example.com/enter?user_code=ABCD"
    assert begin_device(driven, one, verification_uri_complete=whole).redirect_url == whole


@pytest.mark.parametrize("page", ["file:///etc/passwd", "javascript:alert(1)", "https://", "", "https://x\n.example.com", None])
def test_a_page_that_is_none_is_not_opened(context: Context, driven: Driven, page: str | None) -> None:
    with pytest.raises(TokenRequestFailed, match="without a code or a page"):
        begin_device(driven, context(**DEVICE), verification_uri=page)


REVOKE = "https://provider.example.com/revoke"


def test_the_refresh_token_is_revoked_and_else_the_access_token(context: Context, driven: Driven) -> None:
    driven(SCHEME.revoke(context(values=SECRETS, revocation_url=REVOKE)), [httpx.Response(200)])
    assert driven.form() == {"token": "planted-refresh-token", "token_type_hint": "refresh_token", **CLIENT}
    driven(SCHEME.revoke(context(values={"access_token": "a"}, revocation_url=REVOKE)), [httpx.Response(200)])
    assert driven.form()["token"] == "a"


def test_providers_revoke_in_their_own_ways(context: Context, driven: Driven) -> None:
    github = {
        "revocation_url": "https://api.example.com/applications/{{client_id}}/grant",
        "revocation_method": "DELETE",
        "revocation_auth_method": "basic",
        "revocation_body": "json",
        "revocation_parameter": "access_token",
        "revocation_token": "access_token",
    }
    driven(SCHEME.revoke(context(values=SECRETS, **github)), [httpx.Response(204)])
    request = driven.requests[-1]
    assert (request.method, request.url.path) == ("DELETE", "/applications/the-client/grant")
    assert json.loads(request.content) == {"access_token": "planted-access-token"}
    assert request.headers["authorization"].startswith("Basic ")

    slack = {"revocation_url": REVOKE, "revocation_auth_method": "bearer", "revocation_token": "access_token"}
    driven(SCHEME.revoke(context(values=SECRETS, **slack)), [answer(ok=True, revoked=True)])
    assert driven.requests[-1].headers["authorization"] == "Bearer planted-access-token"
    assert driven.requests[-1].content == b""

    get = {"revocation_url": REVOKE, "revocation_method": "GET", "revocation_auth_method": "none"}
    driven(SCHEME.revoke(context(values=SECRETS, **get)), [httpx.Response(200)])
    assert driven.requests[-1].url.params["token"] == "planted-refresh-token"
    assert "client_secret" not in driven.requests[-1].url.params


def test_where_a_provider_has_no_way_nothing_is_asked(context: Context, driven: Driven) -> None:
    driven(SCHEME.revoke(context(values=SECRETS)))
    driven(SCHEME.revoke(context(revocation_url=REVOKE)))
    assert driven.requests == []


@pytest.mark.parametrize(
    "response", [answer(400, error="invalid_token"), answer(200, ok=False, error="token_revoked"), answer(404)]
)
def test_a_token_that_is_gone_already_is_revoked(context: Context, driven: Driven, response: httpx.Response) -> None:
    driven(SCHEME.revoke(context(values=SECRETS, revocation_url=REVOKE)), [response])


@pytest.mark.parametrize("response", [answer(401, error="invalid_client"), answer(503), answer(500, error="invalid_token")])
def test_a_revocation_that_failed_says_so(context: Context, driven: Driven, response: httpx.Response) -> None:
    with pytest.raises(TokenRequestFailed, match="revoking the tokens"):
        driven(SCHEME.revoke(context(values=SECRETS, revocation_url=REVOKE)), [response])


@given(
    data=st.dictionaries(st.text(max_size=12), st.none() | st.booleans() | st.integers() | st.text(max_size=30), max_size=6),
    status=st.sampled_from([200, 201, 400, 401, 403, 500]),
)
def test_whatever_is_answered_is_a_grant_or_one_of_our_errors(data: dict[str, Any], status: int) -> None:
    from composio.model.app import AppModel, AuthScheme

    scheme = AuthScheme("x", "OAUTH2", extra={"token_url": "https://x.example.com/token"})
    one = FlowContext(
        app=AppModel(key="x", name="X"), scheme=scheme, client=SecretValues(CLIENT), values=SecretValues(SECRETS), now=NOW
    )
    error = None
    try:
        grant = Driven()(SCHEME.renew(one), [httpx.Response(status, json=data)])
    except (TokenRequestFailed, GrantExpired) as raised:
        error = raised
    assert str(error).isprintable() if error else grant.values["access_token"]
