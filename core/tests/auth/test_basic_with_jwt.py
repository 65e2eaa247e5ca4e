"""A login whose token is a JWT: what is sent, what is understood of the answer, and how long it is good."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import jwt
import pytest

from composio.auth import basic_with_jwt
from composio.auth.flow import ConnectingScheme, FlowContext, Grant
from composio.errors import AuthorizationError, ConfigurationError, GrantExpired, TokenRequestFailed
from composio.model.secret import SecretValues
from composio.testing.flows import DrivenFlows as Driven
from composio.testing.flows import answer

Context = Callable[..., FlowContext]
SCHEME = basic_with_jwt.scheme
NOW = 1_700_000_000.0
LOGIN = {"username": "alice", "password": "planted-password"}


def token(**claims: Any) -> str:
    return jwt.encode(claims, "a key that nobody here knows, of 32 bytes", algorithm="HS256")


@pytest.fixture
def one(context: Context) -> FlowContext:
    return context("BASIC_WITH_JWT", client={}, values=LOGIN)


def login(driven: Driven, one: FlowContext, response: httpx.Response) -> Grant:
    begun = driven(SCHEME.begin(one, "s"), [response])
    assert begun.grant is not None
    assert begun.redirect_url is None
    return begun.grant


def test_it_is_a_connecting_scheme() -> None:
    assert isinstance(SCHEME, ConnectingScheme)


def test_user_name_and_password_become_a_bearer_token(driven: Driven, one: FlowContext) -> None:
    grant = login(driven, one, answer(token=token(iat=NOW, exp=NOW + 600)))
    assert json.loads(driven.requests[0].content) == LOGIN
    assert (grant.expires_at, grant.refresh_at) == (NOW + 600, NOW + 540)
    request = httpx.Request("GET", "https://api.example.com/")
    assert list(SCHEME.sign(request, one.scheme, grant.values)) == ["Authorization"]
    assert request.headers["authorization"] == f"Bearer {grant.values['access_token']}"


def test_a_form_basic_authentication_and_other_names_are_declared(driven: Driven, context: Context) -> None:
    def sent(**extra: Any) -> httpx.Request:
        one = context("BASIC_WITH_JWT", client={}, values=LOGIN, **extra)
        login(driven, one, answer(access_token="a"))
        return driven.requests[-1]

    assert dict(httpx.QueryParams(sent(token_request_body="form").content.decode())) == LOGIN
    basic = sent(token_request_auth_method="basic")
    assert basic.headers["authorization"] == httpx.BasicAuth("alice", "planted-password")._auth_header
    assert basic.content == b""
    own = sent(token_params={"email": "{{username}}", "secret": "{{password}}", "kind": "user"})
    assert json.loads(own.content) == {"email": "alice", "secret": "planted-password", "kind": "user"}
    more = sent(token_params={"kind": "user"})
    assert json.loads(more.content) == {**LOGIN, "kind": "user"}


@pytest.mark.parametrize(
    ("response", "path"),
    [
        (answer(access_token="the-token"), ""),
        (answer(jwt="the-token"), ""),
        (answer(accessToken="the-token"), ""),
        (answer(data={"token": "the-token"}), "data"),
        (answer(data={"strange": "the-token"}), "data.strange"),
    ],
)
def test_the_token_is_found_where_it_lies(driven: Driven, context: Context, response: httpx.Response, path: str) -> None:
    extra = {"token_response_path": path} if path else {}
    grant = login(driven, context("BASIC_WITH_JWT", values=LOGIN, **extra), response)
    assert grant.values["access_token"] == "the-token"
    assert (grant.expires_at, grant.refresh_at) == (None, None)


@pytest.mark.parametrize("quoted", ["{}", '"{}"', "{}\n"])
def test_an_answer_may_be_the_token_itself(driven: Driven, one: FlowContext, quoted: str) -> None:
    made = token(exp=NOW + 60)
    grant = login(driven, one, httpx.Response(200, text=quoted.format(made)))
    assert grant.values["access_token"] == made
    assert grant.expires_at == NOW + 60


@pytest.mark.parametrize(
    ("said", "claims", "seconds"),
    [
        ({"expires_in": 100}, {"exp": NOW + 600}, 100),
        ({}, {"exp": NOW + 600}, 600),
        # Clocks that differ: the token's own beginning counts.
        ({}, {"iat": NOW - 5000, "exp": NOW - 4400}, 600),
        ({}, {"exp": NOW - 1}, None),
        ({}, {"exp": 1e300}, None),
        ({}, {}, None),
    ],
)
def test_how_long_it_is_good(
    driven: Driven, one: FlowContext, said: dict[str, Any], claims: dict[str, Any], seconds: float | None
) -> None:
    grant = login(driven, one, answer(token=token(**claims), **said))
    assert grant.expires_at == (None if seconds is None else NOW + seconds)


def test_it_is_renewed_by_logging_in_again(driven: Driven, one: FlowContext) -> None:
    assert driven(SCHEME.renew(one), [answer(token="b")]).values["access_token"] == "b"
    assert json.loads(driven.requests[0].content) == LOGIN


@pytest.mark.parametrize(
    "response",
    [
        answer(401, message="bad planted-password"),
        httpx.Response(401),
        answer(403, error="no"),
        answer(400, error="invalid_grant"),
    ],
)
def test_a_password_that_is_no_longer_taken_ends_the_connection(
    driven: Driven, one: FlowContext, response: httpx.Response
) -> None:
    with pytest.raises(GrantExpired, match="The password may have changed") as caught:
        driven(SCHEME.renew(one), [response])
    assert "planted" not in str(caught.value)


@pytest.mark.parametrize(
    "response",
    [
        answer(500),
        httpx.Response(503, html="<html>"),
        httpx.Response(403, html="<html>"),
        answer(429),
        answer(200),
        answer(200, token="a\nb"),
    ],
)
def test_an_endpoint_that_fails_does_not(driven: Driven, one: FlowContext, response: httpx.Response) -> None:
    with pytest.raises(TokenRequestFailed):
        driven(SCHEME.renew(one), [response])


def test_a_wrong_password_is_told_of_at_once(driven: Driven, one: FlowContext) -> None:
    with pytest.raises(TokenRequestFailed, match=r"signing in failed with status 401.*Check the user name"):
        login(driven, one, answer(401, message="wrong"))


def test_a_missing_password_is_named(driven: Driven, context: Context) -> None:
    with pytest.raises(ConfigurationError, match="needs a value for 'password'"):
        driven(SCHEME.begin(context("BASIC_WITH_JWT", values={"username": "a"}), "s"))


def test_nobody_comes_back_from_it(driven: Driven, one: FlowContext) -> None:
    with pytest.raises(AuthorizationError, match="no callback"):
        driven(SCHEME.complete(one, SecretValues(), {}))
    driven(SCHEME.revoke(one))
