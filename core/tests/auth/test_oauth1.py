"""OAuth 1 without a network: what goes wrong, and what must not be seen. The rest is shown against a real server."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from composio.auth import oauth1
from composio.auth.flow import Begun, ConnectingScheme, FlowContext
from composio.errors import AuthorizationError, ConfigurationError, GrantExpired, TokenRequestFailed
from composio.model.secret import SecretValues
from composio.testing.flows import DrivenFlows as Driven

Context = Callable[..., FlowContext]
SCHEME = oauth1.scheme
FORM = {"content-type": "application/x-www-form-urlencoded"}
TOKEN = SecretValues(oauth_token="t", oauth_token_secret="planted-token-secret")
GOOD = "oauth_token=t&oauth_token_secret=planted-token-secret&oauth_callback_confirmed=true"
PLANTED = ("planted-client-secret", "planted-token-secret")


def form(text: str, status: int = 200, kind: str = FORM["content-type"]) -> httpx.Response:
    return httpx.Response(status, content=text, headers={"content-type": kind})


@pytest.fixture
def one(context: Context) -> FlowContext:
    return context("OAUTH1", scopes=(), request_url="https://provider.example.com/request")


def begin(driven: Driven, one: FlowContext, response: httpx.Response) -> Begun:
    return driven(SCHEME.begin(one, "the-state"), [response])


def test_it_is_a_connecting_scheme() -> None:
    assert isinstance(SCHEME, ConnectingScheme)


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "text/plain; charset=utf-8", "text/html; charset=utf-8"])
def test_the_user_is_sent_with_the_request_token_and_the_state_with_the_callback(
    driven: Driven, one: FlowContext, kind: str
) -> None:
    begun = begin(driven, one, form(GOOD, kind=kind))
    assert begun.redirect_url == "https://provider.example.com/authorize?oauth_token=t"
    assert begun.pending == TOKEN
    sent = driven.requests[0].headers["authorization"]
    assert 'oauth_callback="https%3A%2F%2Fapp.example.com%2Fcallback%3Fstate%3Dthe-state"' in sent
    assert not any(secret in sent for secret in PLANTED)


def test_scopes_and_parameters_go_into_the_page(driven: Driven, context: Context) -> None:
    more: dict[str, Any] = {"authorization_params": {"expiration": "never"}, "scope_separator": ","}
    one = context("OAUTH1", request_url="https://provider.example.com/request", **more)
    asked = httpx.URL(str(begin(driven, one, form(GOOD)).redirect_url)).params
    assert dict(asked) == {"expiration": "never", "oauth_token": "t", "scope": "read,write"}


@pytest.mark.parametrize(
    ("response", "told"),
    [
        (form("oauth_token=t&oauth_token_secret=s"), "did not confirm the callback"),
        (form("oauth_token=t&oauth_callback_confirmed=true"), "without oauth_token and oauth_token_secret"),
        (form("oauth_problem=consumer_key_unknown", 401), "failed with status 401"),
        (form("<html>", 500, "text/html"), "Try again later"),
        (form("", 200), "without oauth_token"),
    ],
)
def test_a_request_token_that_is_none_is_an_error(
    driven: Driven, one: FlowContext, response: httpx.Response, told: str
) -> None:
    with pytest.raises(TokenRequestFailed, match="Example") as caught:
        begin(driven, one, response)
    assert told in str(caught.value)


@pytest.mark.parametrize(
    ("callback", "code"),
    [
        ({"denied": "t"}, "access_denied"),
        ({"oauth_problem": "user_refused"}, "access_denied"),
        ({"oauth_problem": "token_expired"}, "token_expired"),
        ({"oauth_token": "t"}, "missing_code"),
        ({"oauth_token": "other", "oauth_verifier": "v"}, "invalid_token"),
        ({"oauth_verifier": "v"}, "invalid_token"),
    ],
)
def test_a_callback_that_connects_nobody_says_why(
    driven: Driven, one: FlowContext, callback: dict[str, str], code: str
) -> None:
    with pytest.raises(AuthorizationError) as caught:
        driven(SCHEME.complete(one, TOKEN, {"state": "s", **callback}))
    assert caught.value.code == code
    assert driven.requests == []


def test_metadata_of_the_token_response_is_kept(driven: Driven, context: Context) -> None:
    one = context("OAUTH1", token_response_metadata=["user_id"])
    answer = form("oauth_token=a&oauth_token_secret=b&user_id=7&screen_name=x")
    grant = driven(SCHEME.complete(one, TOKEN, {"oauth_token": "t", "oauth_verifier": "v"}), [answer])
    assert dict(grant.values) == {"oauth_token": "a", "oauth_token_secret": "b", "user_id": "7"}


def test_tokens_end_only_by_being_refused_and_nothing_is_revoked(driven: Driven, one: FlowContext) -> None:
    with pytest.raises(GrantExpired, match="renews none"):
        driven(SCHEME.renew(one))
    driven(SCHEME.revoke(one))
    with pytest.raises(AuthorizationError, match="no flow for devices"):
        driven(SCHEME.poll(one, TOKEN))


def test_without_a_key_the_field_is_named(one: FlowContext) -> None:
    with pytest.raises(ConfigurationError, match="client_id, the consumer key"):
        list(SCHEME.sign(httpx.Request("GET", "https://api.example.com/"), one.scheme, TOKEN))


def test_the_older_names_of_key_and_secret_do_as_well(one: FlowContext) -> None:
    request = httpx.Request("GET", "https://api.example.com/")
    values = TOKEN | {"consumer_key": "the-key", "consumer_secret": "s"}
    assert list(SCHEME.sign(request, one.scheme, values)) == ["Authorization"]
    assert 'oauth_consumer_key="the-key"' in request.headers["authorization"]


@pytest.mark.parametrize("method", ["HMAC-SHA1", "PLAINTEXT"])
def test_nothing_secret_is_logged(context: Context, caplog: pytest.LogCaptureFixture, method: str) -> None:
    one = context("OAUTH1", signature_method=method)
    with caplog.at_level(logging.DEBUG):
        list(SCHEME.sign(httpx.Request("POST", "https://api.example.com/", data={"a": "b"}), one.scheme, one.client | TOKEN))
        logging.getLogger("oauthlib.oauth1.rfc5849").debug("somebody else's")
    assert caplog.messages == ["somebody else's"]
