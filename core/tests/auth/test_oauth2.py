"""OAuth 2 without a network: how a user is sent away, and what becomes of each way to come back."""

from __future__ import annotations

import base64
import hashlib
import json
import traceback
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio.auth import oauth2
from composio.auth.flow import Begun, ConnectingScheme, FlowContext, Grant
from composio.errors import (
    AuthorizationError,
    ConfigurationError,
    MissingFields,
    TokenRequestFailed,
)
from composio.model.secret import SecretValues
from composio.testing.flows import DrivenFlows as Driven
from composio.testing.flows import answer
from tests.peers.planted import CLIENT, NOW, PENDING, SECRETS

Context = Callable[..., FlowContext]
SCHEME = oauth2.scheme
CALLBACK = {"code": "planted-code", "state": "s"}
PLANTED = ("planted-access-token", "planted-refresh-token", "planted-client-secret", "planted-verifier", "planted-code")


def query(begun: Begun) -> dict[str, str]:
    assert begun.redirect_url is not None
    return {name: values[0] for name, values in parse_qs(urlsplit(begun.redirect_url).query, keep_blank_values=True).items()}


def test_it_is_a_connecting_scheme() -> None:
    assert isinstance(SCHEME, ConnectingScheme)


# Beginning


def test_the_user_is_sent_with_everything_the_provider_needs(context: Context, driven: Driven) -> None:
    begun = driven(SCHEME.begin(context(authorization_params={"access_type": "offline"}), "the-state"))
    asked = query(begun)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(begun.pending["code_verifier"].encode()).digest()).rstrip(b"=").decode()
    assert asked == {
        "response_type": "code",
        "access_type": "offline",
        "client_id": CLIENT["client_id"],
        "redirect_uri": "https://app.example.com/callback",
        "scope": "read write",
        "state": "the-state",
        "code_challenge": challenge,
        "code_challenge_method": "S256",
    }
    assert 43 <= len(begun.pending["code_verifier"]) <= 128
    assert driven.requests == []


def test_each_beginning_has_a_verifier_of_its_own(context: Context, driven: Driven) -> None:
    made = {driven(SCHEME.begin(context(), "s")).pending["code_verifier"] for _ in range(20)}
    assert len(made) == 20


def test_an_app_may_do_without_pkce(context: Context, driven: Driven) -> None:
    begun = driven(SCHEME.begin(context(pkce=False), "s"))
    assert not {"code_challenge", "code_challenge_method"} & query(begun).keys()
    assert "code_verifier" not in begun.pending


def test_parameters_of_the_definition_never_replace_ours(context: Context, driven: Driven) -> None:
    theirs = {"state": "x", "redirect_uri": "https://evil.example.com", "client_id": "x", "code_challenge": "x"}
    asked = query(driven(SCHEME.begin(context(authorization_params=theirs), "the-state")))
    assert (asked["state"], asked["client_id"]) == ("the-state", "the-client")
    assert asked["redirect_uri"] == "https://app.example.com/callback"
    assert asked["code_challenge"] != "x"


def test_parameters_are_templates_over_the_fields_and_empty_ones_are_left_out(context: Context, driven: Driven) -> None:
    one = context(values={"team": "T {{ 1 }}"}, authorization_params={"team": "{{team}}", "hint": "{{ '' }}"})
    asked = query(driven(SCHEME.begin(one, "s")))
    assert asked["team"] == "T {{ 1 }}"
    assert "hint" not in asked


def test_scopes_are_joined_and_named_as_the_provider_wants(context: Context, driven: Driven) -> None:
    one = context(scope_separator=",", scope_parameter="user_scope")
    asked = query(driven(SCHEME.begin(one, "s")))
    assert asked["user_scope"] == "read,write"
    assert "scope" not in asked
    assert "scope" not in query(driven(SCHEME.begin(context(scopes=()), "s")))


def test_a_query_that_the_url_has_is_kept_and_spaces_are_percent_encoded(context: Context, driven: Driven) -> None:
    begun = driven(SCHEME.begin(context(authorization_url="https://provider.example.com/a?v=2", scopes=("a+b", "c")), "s"))
    assert query(begun)["v"] == "2"
    assert query(begun)["scope"] == "a+b c"
    assert "+" not in str(begun.redirect_url)


def test_a_page_that_its_own_router_opens_gets_the_query_behind_the_route(context: Context, driven: Driven) -> None:
    begun = driven(SCHEME.begin(context(authorization_url="https://provider.example.com/#/oauth/authorize"), "s"))
    address, _, asked = str(begun.redirect_url).partition("?")
    assert address == "https://provider.example.com/#/oauth/authorize"
    assert parse_qs(asked)["state"] == ["s"]


def test_without_a_client_the_field_is_named(context: Context, driven: Driven) -> None:
    with pytest.raises(MissingFields, match="client_id"):
        driven(SCHEME.begin(context(client={}), "s"))


def test_a_missing_url_is_named(context: Context, driven: Driven) -> None:
    with pytest.raises(ConfigurationError, match=r"example: example_oauth2\.authorization_url is missing"):
        driven(SCHEME.begin(context(authorization_url=""), "s"))


# The user's return


def complete(driven: Driven, one: FlowContext, *answers: httpx.Response, callback: dict[str, str] | None = None) -> Grant:
    return driven(SCHEME.complete(one, PENDING, CALLBACK if callback is None else callback), answers)


def test_a_code_becomes_tokens(context: Context, driven: Driven) -> None:
    grant = complete(driven, context(), answer(**SECRETS, expires_in=3600, scope="read", token_type="bearer"))
    assert driven.form() == {
        "grant_type": "authorization_code",
        "code": "planted-code",
        "redirect_uri": "https://app.example.com/callback",
        "code_verifier": "planted-verifier",
        **CLIENT,
    }
    assert driven.requests[0].headers["accept"] == "application/json"
    assert driven.requests[0].headers["user-agent"].startswith("composio/")
    assert dict(grant.values) == {**SECRETS, "scope": "read", "token_type": "bearer"}
    assert (grant.expires_at, grant.refresh_at, grant.scopes) == (NOW + 3600, NOW + 3300, ("read",))


def test_the_client_may_authenticate_with_basic(context: Context, driven: Driven) -> None:
    client = {"client_id": "a b", "client_secret": "p:ss/+"}
    complete(driven, context(token_request_auth_method="basic", client=client), answer(**SECRETS))
    sent = driven.requests[0].headers["authorization"].removeprefix("Basic ")
    # RFC 6749, 2.3.1: form-encoded before they are joined.
    assert base64.b64decode(sent).decode() == "a+b:p%3Ass%2F%2B"
    assert not {"client_id", "client_secret"} & driven.form().keys()


def test_a_public_client_says_who_it_is_and_sends_no_secret(context: Context, driven: Driven) -> None:
    for method in ("basic", "body"):
        complete(driven, context(token_request_auth_method=method, client={"client_id": "pub"}), answer(**SECRETS))
        assert driven.form()["client_id"] == "pub"
        assert "client_secret" not in driven.form()
        assert "authorization" not in driven.requests[-1].headers


def test_the_request_may_be_json_with_parameters_of_the_provider(context: Context, driven: Driven) -> None:
    complete(driven, context(token_request_body="json", token_params={"audience": "x"}), answer(**SECRETS))
    sent = json.loads(driven.requests[0].content)
    assert (sent["grant_type"], sent["audience"]) == ("authorization_code", "x")


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded; charset=utf-8", "text/plain"])
def test_a_form_is_an_answer_too(context: Context, driven: Driven, kind: str) -> None:
    response = httpx.Response(
        200, content="access_token=abc&scope=repo%2Cgist&token_type=bearer", headers={"content-type": kind}
    )
    grant = complete(driven, context(), response)
    assert grant.values["access_token"] == "abc"
    assert grant.scopes == ("repo", "gist")


def test_tokens_may_lie_inside(context: Context, driven: Driven) -> None:
    one = context(token_response_path="authed_user", token_response_metadata=["team.id", "team.name", "ok"])
    inside = {"access_token": "xoxp", "scope": "a,b", "expires_in": 10}
    grant = complete(driven, one, answer(ok=True, authed_user=inside, team={"id": "T1", "name": "{{x}}", "deep": {}}))
    assert dict(grant.values) == {"access_token": "xoxp", "scope": "a,b", "team_id": "T1", "team_name": "{{x}}", "ok": "true"}
    assert grant.expires_at == NOW + 10
    assert complete(driven, one, answer(ok=True, access_token="xoxb")).values["access_token"] == "xoxb"


def test_only_what_is_declared_gets_into_a_connection(context: Context, driven: Driven) -> None:
    one = context(token_response_metadata=["instance_url", "missing", "list"])
    sent = {**SECRETS, "client_secret": "evil", "instance_url": "https://i.example.com", "id_token": "x", "list": [1]}
    assert set(complete(driven, one, answer(**sent)).values) == {*SECRETS, "instance_url"}


def test_metadata_can_be_named_with_dots_by_the_provider_itself(context: Context, driven: Driven) -> None:
    one = context(token_response_metadata=["https://x.example.com/team.id"])
    grant = complete(driven, one, answer(**SECRETS, **{"https://x.example.com/team.id": 7}))
    assert grant.values["https___x_example_com_team_id"] == "7"


@pytest.mark.parametrize(
    ("said", "seconds"),
    [
        ({}, None),
        ({"expires_in": None}, None),
        ({"expires_in": "3600"}, 3600),
        ({"expires_in": 5}, 5),
        ({"expires_in": 1.5}, 1.5),
        ({"expires_in": 0}, None),
        ({"expires_in": -1}, None),
        ({"expires_in": "soon"}, None),
        ({"expires_in": "NaN"}, None),
        ({"expires_in": 1e300}, None),
        ({"expires_in": 10**400}, None),
        ({"expires_in": [1]}, None),
        ({"expires_at": NOW + 60}, 60),
        ({"expires_at": str(int(NOW + 60))}, 60),
        ({"expires_at": (NOW + 60) * 1000}, 60),
        ({"expires_at": "2023-11-14T22:14:20Z"}, 60),
        ({"expires_at": "2023-11-14T22:14:20"}, None),
        # The provider's clock is behind: its token is good all the same.
        ({"expires_at": NOW - 60}, None),
        ({"expires_in": 100, "expires_at": NOW - 60}, 100),
    ],
)
def test_how_long_a_token_is_good(context: Context, driven: Driven, said: dict[str, Any], seconds: float | None) -> None:
    grant = complete(driven, context(), httpx.Response(200, content=json.dumps({**SECRETS, **said})))
    assert grant.expires_at == (None if seconds is None else NOW + seconds)


@pytest.mark.parametrize(("lives", "ahead"), [(5, 0.5), (60, 6), (600, 60), (3600, 300), (86400, 300)])
def test_a_token_is_renewed_a_little_before_its_end(context: Context, driven: Driven, lives: int, ahead: float) -> None:
    grant = complete(driven, context(), answer(**SECRETS, expires_in=lives))
    assert grant.refresh_at == pytest.approx(NOW + lives - ahead)


def test_what_cannot_be_renewed_is_not_renewed(context: Context, driven: Driven) -> None:
    grant = complete(driven, context(), answer(access_token="a", expires_in=3600))
    assert (grant.expires_at, grant.refresh_at) == (NOW + 3600, None)


def test_scopes_that_the_provider_does_not_name_are_those_that_were_asked_for(context: Context, driven: Driven) -> None:
    assert complete(driven, context(), answer(**SECRETS)).scopes == ("read", "write")


def test_scopes_may_be_a_list(context: Context, driven: Driven) -> None:
    assert complete(driven, context(), answer(**SECRETS, scope=["a:b", "c", 1])).scopes == ("a:b", "c")


@given(value=st.text(st.characters(codec="utf-8"), max_size=30).map(lambda text: f"{{{{ 7*7 }}}}{text}{{% endif %}}"))
def test_values_are_never_templates(value: str) -> None:
    from composio.model.app import AppModel, AuthScheme

    extra = {
        "authorization_url": "https://provider.example.com/a",
        "token_url": "https://provider.example.com/t",
        "authorization_params": {"hint": "a{{field}}b"},
        "token_params": {"more": "{{ field }}"},
    }
    one = FlowContext(
        app=AppModel(key="example", name="Example"),
        scheme=AuthScheme("s", "OAUTH2", extra=extra),
        client=SecretValues(CLIENT),
        values=SecretValues(field=value),
    )
    driven = Driven()
    begun = driven(SCHEME.begin(one, "s"))
    assert query(begun)["hint"] == f"a{value}b"
    grant = driven(SCHEME.complete(one, begun.pending, CALLBACK), [answer(access_token="t{{ 7*7 }}")])
    assert driven.form()["more"] == value
    assert grant.values["access_token"] == "t{{ 7*7 }}"


def test_a_user_who_says_no_is_told_of_by_the_apps_name(context: Context, driven: Driven) -> None:
    with pytest.raises(AuthorizationError, match="The user declined: Example was not connected") as caught:
        complete(driven, context(), callback={"error": "access_denied", "state": "s"})
    assert caught.value.code == "access_denied"
    assert driven.requests == []


def test_another_error_of_the_callback_is_told_in_one_clean_line(context: Context, driven: Driven) -> None:
    said = {"error": "server_error", "error_description": "no\x1b[31m\r\n planted-client-secret" + "x" * 999}
    with pytest.raises(AuthorizationError, match="server_error") as caught:
        complete(driven, context(), callback=said)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 400
    assert "planted" not in str(caught.value)


@pytest.mark.parametrize(
    "said",
    [
        *(
            {"error": code}
            for code in ("ACCESS_DENIED", "access-denied", "user_cancelled", "userCanceled", "cancel", "consent_denied")
        ),
        {"error": "login_failed", "error_reason": "user_denied"},
        {"error_code": "access_denied"},
    ],
)
def test_a_no_is_known_in_every_providers_words(context: Context, driven: Driven, said: dict[str, str]) -> None:
    with pytest.raises(AuthorizationError, match="The user declined") as caught:
        complete(driven, context(), callback={**said, "state": "s"})
    assert caught.value.code == "access_denied"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"error_code": "1349126", "error_message": "App not active"}, "1349126: App not active"),
        ({"errcode": "40029", "errmsg": "invalid code"}, "40029: invalid code"),
        ({"error_description": "Something broke"}, "(Something broke)"),
        ({"errorMessage": "no\x1b[31m planted-client-secret"}, "(no [31m ***)"),
    ],
)
def test_an_error_under_another_name_is_told(context: Context, driven: Driven, said: dict[str, str], told: str) -> None:
    with pytest.raises(AuthorizationError, match="did not connect the user") as caught:
        complete(driven, context(), callback={**said, "state": "s"})
    assert told in str(caught.value)
    assert driven.requests == []


def test_what_comes_with_a_code_is_no_error(context: Context, driven: Driven) -> None:
    callback = {**CALLBACK, "type": "web_server", "status": "200", "message": "ok"}
    assert complete(driven, context(), answer(**SECRETS), callback=callback).values


def test_a_callback_without_a_code_says_so(context: Context, driven: Driven) -> None:
    with pytest.raises(AuthorizationError, match="neither a code nor an error"):
        complete(driven, context(), callback={"state": "s"})


@pytest.mark.parametrize("iss", [None, "", "https://evil.example.com", "https://provider.example.com/"])
def test_an_answer_from_another_issuer_is_refused(context: Context, driven: Driven, iss: str | None) -> None:
    callback = {**CALLBACK, **({} if iss is None else {"iss": iss})}
    with pytest.raises(AuthorizationError, match=r"not from https://provider\.example\.com\. Nothing") as caught:
        complete(driven, context(issuer="https://provider.example.com"), callback=callback)
    assert caught.value.code == "invalid_issuer"
    assert driven.requests == []


def test_the_right_issuer_is_taken_and_without_a_declared_one_any(context: Context, driven: Driven) -> None:
    callback = {**CALLBACK, "iss": "https://provider.example.com"}
    for declared in ({"issuer": "https://provider.example.com"}, {}):
        grant = complete(driven, context(**declared), answer(**SECRETS), callback=callback)
        assert grant.values["access_token"] == SECRETS["access_token"]


@pytest.mark.parametrize(
    "iss",
    [
        *("https://evil.example.org", "http://provider.example.com", "https://provider.example.com/?a=1"),
        *("https://provider.example.com#x", "provider.example.com", "https://", "https://[bad", "javascript:alert(1)"),
        *("https://example.com.evil.org", "https://evilexample.com", "https://127.0.0.1", "https://provider.example.com\n"),
    ],
)
def test_an_answer_of_another_site_is_refused_though_no_issuer_is_declared(context: Context, driven: Driven, iss: str) -> None:
    with pytest.raises(AuthorizationError, match=r"^Example: the answer is from .*Nothing was connected") as caught:
        complete(driven, context(), callback={**CALLBACK, "iss": iss})
    assert caught.value.code == "invalid_issuer"
    assert driven.requests == []


@pytest.mark.parametrize(
    ("iss", "urls"),
    [
        ("", {}),
        ("https://provider.example.com/realms/one", {}),
        ("https://login.example.com", {}),
        ("https://login.example.co.uk", {"authorization_url": "https://www.example.co.uk/a"}),
        ("https://accounts.example.net", {"token_url": "https://api.example.net/token"}),
        ("http://keycloak:8080/realms/dev", {"authorization_url": "http://localhost:8080/a"}),
        (
            "https://provider.example.com",
            {"token_url": "https://{{ region }}.example.com/token", "callback_parameters": ["region"]},
        ),
    ],
    ids=["blank", "the same", "the same site", "below a country", "where tokens come from", "this machine", "not known yet"],
)
def test_an_answer_that_may_be_the_providers_is_taken(context: Context, driven: Driven, iss: str, urls: dict[str, Any]) -> None:
    grant = complete(driven, context(**urls), answer(**SECRETS), callback={**CALLBACK, "iss": iss, "region": "eu"})
    assert grant.values["access_token"] == SECRETS["access_token"]


def test_names_below_an_open_second_level_are_no_site(context: Context, driven: Driven) -> None:
    with pytest.raises(AuthorizationError, match="issuer: https://evil"):
        complete(
            driven,
            context(authorization_url="https://example.co.uk/a", token_url="https://example.co.uk/t"),
            callback={**CALLBACK, "iss": "https://evil.co.uk"},
        )


@pytest.mark.parametrize(
    ("claimed", "refused"),
    [
        ("https://provider.example.com", False),
        ("https://provider.example.com/", False),
        ("provider.example.com", False),
        (None, False),
        ("https://other.example.com", True),
    ],
)
def test_tokens_of_another_issuer_than_the_callback_named_are_refused(
    context: Context, driven: Driven, claimed: Any, refused: bool
) -> None:
    answered = answer(**SECRETS, id_token=token_with({"iss": claimed} if claimed is not None else {"sub": "1"}))
    callback = {**CALLBACK, "iss": "https://provider.example.com"}
    if not refused:
        assert complete(driven, context(), answered, callback=callback).values
        return
    with pytest.raises(AuthorizationError, match=r"and its tokens are from https://other\.example\.com\. Nothing"):
        complete(driven, context(), answered, callback=callback)


def test_an_id_token_that_is_none_decides_nothing(context: Context, driven: Driven) -> None:
    callback = {**CALLBACK, "iss": "https://provider.example.com"}
    assert complete(driven, context(), answer(**SECRETS, id_token="not.a.token"), callback=callback).values


# The end that a token says itself


def token_with(claims: dict[str, Any]) -> str:
    return jwt.encode(claims, "x" * 32, algorithm="HS256")


@pytest.mark.parametrize(
    ("claims", "ahead"),
    [
        ({"exp": NOW + 3600}, 3300),
        ({"iat": NOW, "exp": NOW + 3600}, 3300),
        ({"iat": NOW - 1800, "exp": NOW + 1800}, 1620),  # handed out before
        ({"iat": NOW - 90_000, "exp": NOW - 86_400}, 3300),  # another clock
        ({"iat": NOW + 86_400, "exp": NOW + 90_000}, 3300),
        ({"exp": NOW - 1}, None),
        ({"exp": "soon"}, None),
        ({"exp": NOW + 1e12}, None),
        ({"iat": "x", "exp": NOW + 3600}, None),
        ({"sub": "1"}, None),
    ],
)
def test_a_token_whose_answer_says_no_end_is_renewed_ahead_of_its_own(
    context: Context, driven: Driven, claims: dict[str, Any], ahead: int | None
) -> None:
    grant = complete(driven, context(), answer(**{**SECRETS, "access_token": token_with(claims)}))
    assert grant.refresh_at == (None if ahead is None else NOW + ahead)
    assert grant.expires_at is None  # a hint: the token is used until the API refuses it


def test_what_the_answer_says_of_the_end_counts_before_what_the_token_says(context: Context, driven: Driven) -> None:
    token = token_with({"exp": NOW + 60})
    grant = complete(driven, context(), answer(**{**SECRETS, "access_token": token}, expires_in=3600))
    assert (grant.expires_at, grant.refresh_at) == (NOW + 3600, NOW + 3300)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("expires_in", text) for text in ("3600s", "3600 s", "3600.0s", "3600 seconds", "3600sec")),
        *(("expires_at", text) for text in ("/Date(1700003600000)/", "/Date(1700003600000+0200)/")),
    ],
)
def test_a_life_is_read_with_its_unit(context: Context, driven: Driven, name: str, value: str) -> None:
    body: dict[str, Any] = {**SECRETS, name: value}
    assert complete(driven, context(), answer(**body)).expires_at == NOW + 3600


@pytest.mark.parametrize("value", ["soon", "3600x", "s", "-s", "/Date()/", "1h"])
def test_a_life_that_nobody_can_read_is_none(context: Context, driven: Driven, value: str) -> None:
    assert complete(driven, context(), answer(**SECRETS, expires_in=value)).expires_at is None


def test_without_a_refresh_token_its_own_end_says_nothing(context: Context, driven: Driven) -> None:
    grant = complete(driven, context(), answer(access_token=token_with({"exp": NOW + 60})))
    assert grant.refresh_at is None


# Unhappy answers

UNHAPPY = [
    (answer(400, error="invalid_grant", error_description="used"), "invalid_grant", "used before"),
    (answer(401, error="invalid_client"), "invalid_client", "Check the integration's client_id"),
    (answer(200, error="bad_verification_code", error_description="The code"), "bad_verification_code", "too old"),
    (answer(200, ok=False, error="invalid_code"), "invalid_code", "invalid_code"),
    (answer(400, error={"code": "nested", "message": "inside"}), "nested", "inside"),
    (answer(400, message="plain"), "", "plain"),
    (httpx.Response(500, html="<html>Oops</html>"), "", "status 500, not in JSON. Try again later"),
    (httpx.Response(503, json={}), "", "Try again later"),
    (httpx.Response(429, json={"error": "slow"}), "slow", "Try again later"),
    (httpx.Response(302, headers={"location": "https://x.example.com"}), "", "status 302"),
    (httpx.Response(200, html="<html>a=b&access_token=c</html>"), "invalid_response", "not JSON"),
    (httpx.Response(200, json=["access_token"]), "invalid_response", "not JSON"),
    (httpx.Response(200, content=b"[" * 100_000), "invalid_response", "not JSON"),
    (httpx.Response(200, content=b" " * 2_000_000 + b"{}"), "invalid_response", "not JSON"),
    (httpx.Response(200, content="&".join(f"access_token={n}" for n in range(101))), "invalid_response", "not JSON"),
    (answer(200, token_type="bearer"), "invalid_response", "without an access_token"),
    (answer(200, access_token=""), "invalid_response", "without an access_token"),
    (answer(200, access_token=["a"]), "invalid_response", "without an access_token"),
    (answer(200, access_token="a\r\nX-Evil: 1"), "invalid_response", "no header can carry"),
    (answer(200, access_token="ü"), "invalid_response", "no header can carry"),
    (httpx.Response(200, text=r'{"access_token": "a", "refresh_token": "\ud800"}'), "invalid_response", "not valid Unicode"),
    (httpx.Response(200, text=r'{"access_token": "a", "scope": "\udfff"}'), "invalid_response", "not valid Unicode"),
]


@pytest.mark.parametrize(("response", "code", "told"), UNHAPPY)
def test_an_answer_that_is_no_token_is_an_error(
    context: Context, driven: Driven, response: httpx.Response, code: str, told: str
) -> None:
    with pytest.raises(TokenRequestFailed, match="Example: exchanging the code for tokens") as caught:
        complete(driven, context(), response)
    assert told in str(caught.value)
    assert caught.value.code == code
    assert caught.value.status == response.status_code


@pytest.mark.parametrize(
    "echo",
    [
        "planted-client-secret",
        "planted-code and planted-verifier",
        "x=planted%2Dclient-secret&c=planted-code",
        "the-client:planted-client-secret",
    ],
)
def test_no_error_repeats_a_secret_nor_does_its_traceback(context: Context, driven: Driven, echo: str) -> None:
    with pytest.raises(TokenRequestFailed) as caught:
        complete(driven, context(), answer(400, error="bad", error_description=f"You sent {echo}.", access_token=PLANTED[0]))
    shown = "".join(traceback.TracebackException.from_exception(caught.value, capture_locals=True).format())
    ours = [part for part in shown.split('  File "') if "/composio/auth/" in part.split("\n", 1)[0]]
    assert ours
    assert not any(secret in part for part in (*ours, str(caught.value)) for secret in PLANTED)


# Signing


def test_a_request_carries_the_access_token(context: Context) -> None:
    request = httpx.Request("GET", "https://api.example.com/")
    assert list(SCHEME.sign(request, context().scheme, SecretValues(SECRETS))) == ["Authorization"]
    assert request.headers["authorization"] == "Bearer planted-access-token"
