"""Callback parameters belong to the connection, once they are what the app's file allows."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio.auth import oauth1, oauth2
from composio.auth.flow import FlowContext, Grant
from composio.auth.kept import fitting
from composio.errors import AuthorizationError, TokenRequestFailed
from composio.model.app import AppModel, AuthField, AuthScheme, Proxy
from composio.model.kept import CALLBACK, read_declared
from composio.model.secret import Secret, SecretValues
from composio.testing.flows import DrivenFlows as Driven
from composio.testing.flows import answer
from tests.peers.planted import SECRETS

Context = Callable[..., FlowContext]
SCHEME = oauth2.scheme
PENDING = SecretValues(redirect_uri="https://app.example.com/callback")


def complete(driven: Driven, one: FlowContext, *answers: httpx.Response, **callback: str) -> Grant:
    return driven(SCHEME.complete(one, PENDING, {"code": "planted-code", "state": "s", **callback}), answers)


def shaped(one: FlowContext, **changes: Any) -> FlowContext:
    return dataclasses.replace(one, scheme=dataclasses.replace(one.scheme, **changes))


def test_quickbooks_realm_is_kept_with_the_tokens(context: Context, driven: Driven) -> None:
    one = context(callback_parameters=["realmId"])
    grant = complete(driven, one, answer(**SECRETS), realmId="4620", other="x")
    assert dict(grant.values) == {**SECRETS, "realmId": "4620"}


def test_what_is_declared_of_token_answers_may_come_with_the_callback_instead(context: Context, driven: Driven) -> None:
    one = context(token_response_metadata=["realmId"])
    assert complete(driven, one, answer(**SECRETS), realmId="4620").values["realmId"] == "4620"
    assert complete(driven, one, answer(**SECRETS, realmId="1"), realmId="4620").values["realmId"] == "1"
    # Anybody can write a callback: where a value decides the host, only the token endpoint's counts.
    one = shaped(context(token_response_metadata=["instance"]), proxy=Proxy(base_url="https://{{instance}}.example.com"))
    with pytest.raises(TokenRequestFailed, match="has 'instance', which calls need"):
        complete(driven, one, answer(**SECRETS), instance="evil")
    assert complete(driven, one, answer(**SECRETS, instance="na1"), instance="evil").values["instance"] == "na1"


ZOHO: dict[str, Any] = {
    "callback_parameters": [{"name": "accounts-server", "hosts": ["accounts.zoho.com", "*.zoho.eu", "accounts.zoho.com:8443"]}],
    "token_url": "{{accounts_server}}/oauth/v2/token",
}


@pytest.mark.parametrize("server", ["https://accounts.zoho.com", "https://accounts.zoho.eu/", "https://accounts.zoho.com:8443"])
def test_a_callback_decides_the_token_url_among_those_that_the_file_allows(
    context: Context, driven: Driven, server: str
) -> None:
    grant = complete(driven, context(**ZOHO), answer(**SECRETS), **{"accounts-server": server})
    assert str(driven.requests[0].url) == f"{server.rstrip('/')}/oauth/v2/token"
    assert grant.values["accounts_server"] == server
    one = context(**ZOHO, values={**SECRETS, "accounts_server": server})
    driven(SCHEME.renew(one), [answer(**SECRETS)])
    assert str(driven.requests[1].url) == f"{server.rstrip('/')}/oauth/v2/token"


@pytest.mark.parametrize(
    "server",
    [
        *("https://evil.example", "https://accounts.zoho.com.evil.example", "https://accounts.zoho.com@evil.example"),
        *("https://evil.example/accounts.zoho.com", "https://evil.example#accounts.zoho.com", "https://evil.example?.zoho.eu"),
        *(
            "https://evil.example\\.zoho.eu",
            "http://accounts.zoho.com",
            "https://accounts.zoho.com/x/..",
            "//accounts.zoho.com",
        ),
        *("https://zoho.eu", "https://.zoho.eu", "https://evilzoho.eu", "https://accounts.zoho.com:444", "javascript:alert(1)"),
        *(
            "https://accounts.zoho.com\n",
            "https://accounts.zoho.com\x00",
            "https://аccounts.zoho.com",
            "accounts.zoho.com/",
            " ",
        ),
        "https://" + "a" * 600 + ".zoho.eu",
    ],
)
def test_a_callback_never_leads_a_secret_elsewhere(context: Context, driven: Driven, server: str) -> None:
    for more in (
        ZOHO,
        {
            **ZOHO,
            "callback_parameters": [
                {"name": "accounts-server", "pattern": r"https://(accounts\.zoho\.com(:8443)?|[a-z]+\.zoho\.eu)"}
            ],
        },
    ):
        with pytest.raises(AuthorizationError, match=r"sent the user back with a 'accounts-server' that is not") as caught:
            complete(driven, context(**more), **{"accounts-server": server})
        assert caught.value.code == "invalid_callback"
        assert "evil" not in str(caught.value)
    assert driven.requests == []


def test_a_pattern_that_is_too_generous_with_a_url_still_takes_hosts_only(context: Context, driven: Driven) -> None:
    one = context(
        callback_parameters=[{"name": "server", "pattern": r"https://.*\.zoho\.com"}], token_url="{{server}}/oauth/v2/token"
    )
    for server in ("https://evil.example/.zoho.com", "https://evil.example#.zoho.com", "https://evil.example?x=.zoho.com"):
        with pytest.raises(AuthorizationError):
            complete(driven, one, server=server)
    assert driven.requests == []


SHOP: dict[str, Any] = {
    "callback_parameters": [{"name": "shop", "pattern": r"(?P<value>[a-z0-9][a-z0-9-]*)\.myshopify\.com"}],
    "token_url": "https://{{shop}}.myshopify.com/admin/oauth/access_token",
}


def test_a_part_of_a_parameter_may_be_what_is_kept(context: Context, driven: Driven) -> None:
    grant = complete(driven, context(**SHOP), answer(access_token="a"), shop="acme.myshopify.com")
    assert driven.requests[0].url.host == "acme.myshopify.com"
    assert grant.values["shop"] == "acme"
    for shop in ("evil.example", "evil.example/acme.myshopify.com", "a.b.myshopify.com", "acme.myshopify.com.evil.example"):
        with pytest.raises(AuthorizationError):
            complete(driven, context(**SHOP), shop=shop)
    assert len(driven.requests) == 1


def test_a_parameter_that_is_called_like_a_field_must_agree_with_it(context: Context, driven: Driven) -> None:
    fields = (AuthField("shop"),)
    one = shaped(context(**SHOP, values={"shop": "Acme"}), fields=fields)
    grant = complete(driven, one, answer(access_token="a"), shop="acme.myshopify.com")
    assert "shop" not in grant.values
    with pytest.raises(AuthorizationError, match="for another 'shop' than the one that was to be connected"):
        complete(driven, one, shop="other.myshopify.com")
    # Nor can it take the place of what the developer set for all.
    set_by_developer = shaped(context(**SHOP, client={"client_id": "c", "shop": "ours"}), fields=fields)
    with pytest.raises(AuthorizationError, match="another 'shop'"):
        complete(driven, set_by_developer, shop="acme.myshopify.com")
    assert (
        complete(driven, shaped(context(**SHOP), fields=fields), answer(access_token="a"), shop="acme.myshopify.com").values[
            "shop"
        ]
        == "acme"
    )


def test_a_region_is_one_of_those_that_the_file_lists(context: Context, driven: Driven) -> None:
    one = context(
        callback_parameters=[{"name": "location", "allowed": ["us", "eu"]}], token_url="https://{{location}}.example.com/token"
    )
    complete(driven, one, answer(**SECRETS), location="eu")
    assert driven.requests[0].url.host == "eu.example.com"
    with pytest.raises(AuthorizationError, match="'location' that is not one of us, eu"):
        complete(driven, one, location="evil")


@pytest.mark.parametrize("value", ["a b", "../x", "a/b", "a.b", "{{x}}", "a\nb", "a" * 129, "ü", "%2e"])
def test_what_the_file_says_nothing_more_of_is_a_plain_word(context: Context, driven: Driven, value: str) -> None:
    with pytest.raises(AuthorizationError, match="'realmId' that is not letters, digits"):
        complete(driven, context(callback_parameters=["realmId"]), realmId=value)
    assert driven.requests == []


def test_a_missing_parameter_is_named_unless_it_may_be_missing(context: Context, driven: Driven) -> None:
    with pytest.raises(AuthorizationError, match=r"without 'realmId', which this connection needs\. Pass the whole"):
        complete(driven, context(callback_parameters=["realmId"]))
    for more in ({"required": False}, {"default": "x"}):
        grant = complete(driven, context(callback_parameters=[{"name": "realmId", **more}]), answer(**SECRETS))
        assert "realmId" not in grant.values


def test_what_belongs_to_the_protocol_is_never_kept(context: Context, driven: Driven) -> None:
    one = context(token_response_metadata=["code", "state"])
    assert dict(complete(driven, one, answer(**SECRETS)).values) == SECRETS


def test_a_user_who_said_no_is_not_asked_for_parameters(context: Context, driven: Driven) -> None:
    with pytest.raises(AuthorizationError, match="The user declined"):
        driven(SCHEME.complete(context(callback_parameters=["realmId"]), PENDING, {"error": "access_denied", "state": "s"}))


def test_a_token_answers_value_may_be_checked_too(context: Context, driven: Driven) -> None:
    one = context(token_response_metadata=[{"path": "urls[0].instance", "as": "instance", "hosts": ["*.salesforce.com"]}])
    good: dict[str, Any] = {"urls": [{"instance": "https://na1.salesforce.com"}]}
    bad: dict[str, Any] = {"urls": [{"instance": "https://evil.example"}]}
    assert complete(driven, one, answer(**SECRETS, **good)).values["instance"] == "https://na1.salesforce.com"
    with pytest.raises(TokenRequestFailed, match=r"the answer's 'urls\[0\]\.instance' is not a host"):
        complete(driven, one, answer(**SECRETS, **bad))
    # A renewal's new tokens are not lost over it.
    renewed = driven(SCHEME.renew(dataclasses.replace(one, values=SecretValues(SECRETS))), [answer(access_token="new", **bad)])
    assert (renewed.values["access_token"], "instance" in renewed.values) == ("new", False)


def test_calls_that_would_lack_a_value_make_no_connection(context: Context, driven: Driven) -> None:
    proxy = Proxy(base_url="https://q.example.com/v3/company/{{realmId}}", headers={"X-Team": "{{team_id|default('none')}}"})
    one = shaped(context(token_response_metadata=["realmId", "team.id"]), proxy=proxy)
    with pytest.raises(TokenRequestFailed, match="neither its answer nor the callback has 'realmId'"):
        complete(driven, one, answer(**SECRETS))
    assert complete(driven, one, answer(**SECRETS), realmId="1").values["realmId"] == "1"


def test_oauth_1_keeps_them_as_well(context: Context, driven: Driven) -> None:
    one = context("OAUTH1", callback_parameters=["site"], request_url="https://provider.example.com/request")
    pending = SecretValues(oauth_token="request", oauth_token_secret="s")
    callback = {"oauth_token": "request", "oauth_verifier": "v", "site": "7"}
    response = httpx.Response(200, text="oauth_token=a&oauth_token_secret=b")
    assert driven(oauth1.scheme.complete(one, pending, callback), [response]).values["site"] == "7"
    with pytest.raises(AuthorizationError, match="without 'site'"):
        driven(oauth1.scheme.complete(one, pending, {**callback, "site": ""}))


# Token answers in other forms


@pytest.mark.parametrize(
    ("said", "extra"),
    [
        ({"accessToken": "a", "refreshToken": "r", "expireIn": 7200}, {}),
        ({"accessToken": "a", "refreshToken": "r", "expiresIn": "7200"}, {}),
        ({"access_token": "a", "refresh_token": "r", "expires_in": "7200"}, {}),
        ({"code": 0, "msg": "success", "data": {"access_token": "a", "refresh_token": "r", "expires_in": 7200}}, {}),
        ({"errcode": 0, "errmsg": "ok", "access_token": "a", "refresh_token": "r", "expires_in": 7200}, {}),
        ({"status": 0, "body": {"access_token": "a", "refresh_token": "r", "expires_in": 7200}}, {}),
        ({"error": "", "access_token": "a", "refresh_token": "r", "expires_in": 7200}, {}),
        ({"code": "2000", "access_token": "a", "refresh_token": "r", "expire_in": 7200}, {}),
        ({"AccessToken": "a", "RefreshToken": "r", "ExpiresIn": 7200}, {}),
        ({"access_token": "a", "refresh_token": "r", ".expires": "Wed, 15 Nov 2023 00:13:20 GMT"}, {}),
        ({"access_token": "a", "refresh_token": "r", "expiry_date": (1_700_000_000 + 7200) * 1000}, {}),
        ({"access_token": "a", "refresh_token": "r", "expires_in": 1_700_000_000 + 7200}, {}),
        ({"access_token": "a", "refresh_token": "r", "expires_on": str(1_700_000_000 + 7200)}, {}),
        (
            {"accounts": [{"token": "a", "renewal": "r", "life": {"seconds": "7200"}}]},
            {
                "access_token": "accounts[0].token",
                "refresh_token": "accounts[0].renewal",
                "expires_in": "accounts[0].life.seconds",
            },
        ),
        ({"accounts": [{"token": "a", "refresh_token": "r", "expires_in": 7200}]}, {"access_token": "accounts[0].token"}),
        (
            {"accounts": [{"kind": "x"}, {"token": "a", "refreshToken": "r", "expireIn": "7200"}]},
            {"access_token": "accounts[].token"},
        ),
        ([{"access_token": "a", "refresh_token": "r", "expires_in": 7200}], {"access_token": "[0].access_token"}),
        (
            {"x.y": {"tok": "a", "ref": "r", "end": "2023-11-15T00:13:20Z"}},
            {"access_token": "x.y.tok", "refresh_token": "x.y.ref", "expires_at": "x.y.end"},
        ),
    ],
)
def test_token_answers_are_read_under_other_names_and_at_any_path(
    context: Context, driven: Driven, said: Any, extra: dict[str, str]
) -> None:
    one = context(**({"token_response_fields": extra} if extra else {}))
    grant = complete(driven, one, httpx.Response(200, json=said))
    assert (grant.values["access_token"], grant.values["refresh_token"]) == ("a", "r")
    assert (grant.expires_at, grant.refresh_at) == (1_700_007_200.0, 1_700_006_900.0)


def test_a_path_counts_from_the_answer_or_from_the_object_that_has_the_tokens(context: Context, driven: Driven) -> None:
    for path in ("token.value", "accounts[0].token.value"):
        one = context(token_response_path="accounts[0]", token_response_fields={"access_token": path})
        grant = complete(driven, one, answer(accounts=[{"token": {"value": "a"}, "refresh_token": "r"}]))
        assert (grant.values["access_token"], grant.values["refresh_token"]) == ("a", "r")


@pytest.mark.parametrize("end", ["\n", "\r\n", " \n\n"])
def test_a_form_may_end_in_a_newline(context: Context, driven: Driven, end: str) -> None:
    text = f"access_token=gho_1&scope=repo%2Cgist&token_type=bearer{end}"
    grant = complete(driven, context(), httpx.Response(200, text=text))
    assert (grant.values["access_token"], grant.values["token_type"], grant.scopes) == ("gho_1", "bearer", ("repo", "gist"))


def test_an_answer_whose_token_is_elsewhere_says_how_to_name_it(context: Context, driven: Driven) -> None:
    with pytest.raises(TokenRequestFailed, match=r"without an access_token; token_response_fields in integration\.yaml says"):
        complete(driven, context(), answer(ticket="a"))


@given(
    text=st.text(max_size=60) | st.from_regex(r"https?://[a-z.@/?#:\\]{0,30}zoho\.(com|eu)[a-z.@/?#:\\]{0,10}", fullmatch=True)
)
def test_no_callback_gets_a_secret_out(text: str) -> None:
    scheme = AuthScheme("x", "OAUTH2", extra=ZOHO)
    one = FlowContext(app=AppModel(key="x", name="X"), scheme=scheme, client=SecretValues(client_id="c", client_secret="s"))
    driven = Driven()
    try:
        driven(SCHEME.complete(one, PENDING, {"code": "c", "state": "s", "accounts-server": text}), [answer(**SECRETS)])
    except AuthorizationError:
        assert driven.requests == []
        return
    parts = urlsplit(str(driven.requests[0].url))
    assert parts.scheme == "https"
    assert parts.hostname == "accounts.zoho.com" or (parts.hostname or "").endswith(".zoho.eu")
    assert parts.username is None


def test_what_fits_never_shows() -> None:
    [one] = read_declared({CALLBACK: ["realmId"]}, CALLBACK)
    assert repr(fitting(one, Secret("planted-value"))) == "Secret('***')"
