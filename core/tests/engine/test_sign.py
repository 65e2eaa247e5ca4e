"""Credentials into requests."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from composio.engine.build import Target, base_url, named_by_others
from composio.engine.sign import sign, sign_again, target
from composio.errors import ConfigurationError, InvalidRequest
from composio.model.action import Server
from composio.model.app import AppModel, AuthField, AuthMode, AuthScheme, Proxy
from composio.model.auth import CustomAuth, CustomAuthParameter, ParamPlacement
from composio.model.credentials import Credentials
from composio.plugin.manager import plugins

SCHEMES = plugins().auth_schemes()


def scheme(mode: AuthMode, **proxy: object) -> AuthScheme:
    return AuthScheme("s", mode, (AuthField("token"),), Proxy(**proxy))  # type: ignore[arg-type]  # built from the test's words


def signed(app: AppModel, credentials: Credentials) -> tuple[httpx.Request, frozenset[str]]:
    request = httpx.Request("GET", "https://api.example.com/a?b=c")
    return request, sign(request, app, credentials, SCHEMES)


def test_templates_fill_headers_and_query() -> None:
    one = scheme("API_KEY", headers={"X-Key": "Token {{token}}"}, query_params={"key": "{{token}}"})
    request, secret = signed(AppModel(key="x", name="X"), Credentials("environment", one, {"token": "t/1"}))
    assert request.headers["x-key"] == "Token t/1"
    assert request.url.params["key"] == "t/1"
    assert request.url.params["b"] == "c"
    assert secret == {"x-key"}


def test_a_value_is_never_a_template() -> None:
    one = scheme("API_KEY", headers={"X-Key": "{{token}}"})
    request, _ = signed(AppModel(key="x", name="X"), Credentials("environment", one, {"token": "{{7*7}}"}))
    assert request.headers["x-key"] == "{{7*7}}"


def test_a_template_can_not_reach_into_python() -> None:
    one = scheme("API_KEY", headers={"X-Key": "{{token.__class__.__mro__}}"})
    with pytest.raises(ConfigurationError, match=r"s\.proxy\.headers\.X-Key"):
        signed(AppModel(key="x", name="X"), Credentials("environment", one, {"token": "t"}))


def test_an_undefined_field_says_where() -> None:
    one = scheme("API_KEY", headers={"X-Key": "{{nope}}"})
    with pytest.raises(ConfigurationError, match="'nope' is undefined"):
        signed(AppModel(key="x", name="X"), Credentials("environment", one, {"token": "t"}))


def test_basic_and_bearer_need_no_template() -> None:
    basic = Credentials("environment", AuthScheme("s", "BASIC"), {"username": "u", "password": "p"})
    assert signed(AppModel(key="x", name="X"), basic)[0].headers["authorization"] == "Basic dTpw"
    bearer = Credentials("environment", AuthScheme("s", "BEARER_TOKEN"), {"token": "t"})
    assert signed(AppModel(key="x", name="X"), bearer)[0].headers["authorization"] == "Bearer t"


@pytest.mark.parametrize("given", ["t", "Bearer t", "bearer  t", "BEARER t"])
def test_a_token_that_was_copied_with_its_bearer_has_it_once(given: str) -> None:
    plain = Credentials("environment", AuthScheme("s", "BEARER_TOKEN"), {"token": given})
    assert signed(AppModel(key="x", name="X"), plain)[0].headers["authorization"] == "Bearer t"
    template = scheme("API_KEY", headers={"Authorization": "Bearer {{ token }}", "X-Said": "Bearer {{ token }}"})
    request = signed(AppModel(key="x", name="X"), Credentials("environment", template, {"token": given}))[0]
    assert (request.headers["authorization"], request.headers["x-said"]) == ("Bearer t", f"Bearer {given}")


def custom(*parameters: CustomAuthParameter) -> Credentials:
    return Credentials("auth", custom=CustomAuth(parameters))


def test_every_placement_of_auth() -> None:
    credentials = custom(
        CustomAuthParameter("X-A", "h", "header"),
        CustomAuthParameter("q", "v", ParamPlacement.Query),
        CustomAuthParameter("sid", "c", "cookie"),
        CustomAuthParameter("tenant", "t", "path"),
        CustomAuthParameter("sub", "acme", "subdomain"),
    )
    request, secret = signed(AppModel(key="x", name="X"), credentials)
    assert (request.headers["x-a"], request.url.params["q"], request.headers["cookie"]) == ("h", "v", "sid=c")
    assert secret == {"x-a", "cookie"}
    where = target(AppModel(key="x", name="X"), credentials, None)
    assert (where.path, where.subdomain) == ({"tenant": "t"}, {"sub": "acme"})


def test_a_bare_token_gets_its_bearer_where_the_app_takes_bearer_tokens() -> None:
    token = custom(CustomAuthParameter("Authorization", "ghp_x", "header"))
    bearer = AppModel(key="x", name="X", auth_schemes=(scheme("API_KEY", headers={"Authorization": "Bearer {{token}}"}),))
    bare = AppModel(key="y", name="Y", auth_schemes=(scheme("API_KEY", headers={"Authorization": "{{token}}"}),))
    assert signed(bearer, token)[0].headers["authorization"] == "Bearer ghp_x"
    assert signed(bare, token)[0].headers["authorization"] == "ghp_x"
    whole = custom(CustomAuthParameter("Authorization", "token ghp_x", "header"))
    assert signed(bearer, whole)[0].headers["authorization"] == "token ghp_x"


@pytest.mark.parametrize("value", ["a\r\nEvil: 1", "a\x00", "ключ"])
def test_a_value_no_header_can_carry_is_refused_without_showing_it(value: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        signed(AppModel(key="x", name="X"), custom(CustomAuthParameter("X-A", value, "header")))
    assert value not in str(caught.value)


@pytest.mark.parametrize("value", ["a\r\nEvil: 1", "a\n", "a\x00", "ключ", "\ud800", "\x7f"])
@pytest.mark.parametrize("place", ["headers", "query_params", "nothing"])
def test_no_template_puts_it_into_a_header_either(value: str, place: str) -> None:
    one = scheme("BEARER_TOKEN", **({} if place == "nothing" else {place: {"X-Key": "Token {{token}}"}}))
    if place == "query_params" and value != "\ud800":
        request, _ = signed(AppModel(key="x", name="X"), Credentials("environment", one, {"token": value}))
        assert request.url.params["X-Key"] == f"Token {value}"  # percent-encoded, it is harmless
        return
    with pytest.raises(InvalidRequest) as caught:
        signed(AppModel(key="x", name="X"), Credentials("environment", one, {"token": value}))
    assert value not in str(caught.value)
    assert "'X-Key'" in str(caught.value) or place != "headers"


def careless(request: httpx.Request, scheme: AuthScheme, values: dict[str, str]) -> Iterator[str]:
    """A plugin's signer that does not look at what it is given."""
    request.headers["X-Key"] = values["token"]
    yield "X-Key"


@pytest.mark.parametrize("value", ["a\r\nEvil: 1", "ключ"])
def test_a_plugins_scheme_that_does_not_look_is_looked_after(value: str) -> None:
    credentials = Credentials("environment", scheme("API_KEY"), {"token": value})
    with pytest.raises(InvalidRequest, match="x: ") as caught:
        sign(
            httpx.Request("GET", "https://a.example"),
            AppModel(key="x", name="X"),
            credentials,
            {"API_KEY": f"{__name__}:careless"},
        )
    assert value not in str(caught.value)


def test_the_base_url_comes_from_the_call_then_the_operator_then_the_app() -> None:
    proxied = scheme("API_KEY", base_url="https://app.example")
    app = AppModel(key="x", name="X", auth_schemes=(proxied,))
    mine = Credentials("auth", custom=CustomAuth(base_url="https://mine.example"))
    assert target(app, mine, "https://operator.example").base_url == "https://mine.example"
    assert target(app, Credentials("none"), "https://operator.example").base_url == "https://operator.example"
    assert target(app, Credentials("none"), None).base_url == "https://app.example"


def test_an_apps_own_base_url_leaves_the_servers_of_its_operations_alone() -> None:
    """An upload host, for one. Where an operation names none the catalog has put the app's there."""
    assert target(AppModel(key="x", name="X", base_url="https://app.example"), Credentials("none"), None).base_url is None


def test_a_base_url_template_takes_its_fields_from_auth_too() -> None:
    app = AppModel(key="x", name="X", auth_schemes=(scheme("API_KEY", base_url="https://{{subdomain}}.example"),))
    given = custom(CustomAuthParameter("subdomain", "acme", "subdomain"))
    assert target(app, given, None).base_url == "https://{subdomain}.example"
    assert base_url((), target(app, given, None), "x").host == "acme.example"


def test_a_base_url_template_is_filled_from_the_fields() -> None:
    one = scheme("API_KEY", base_url="https://{{token}}.example")
    assert (
        target(AppModel(key="x", name="X"), Credentials("environment", one, {"token": "acme"}), None).base_url
        == "https://acme.example"
    )
    assert (
        target(AppModel(key="x", name="X"), Credentials("environment", one, {"token": "a"}), "http://o").base_url == "http://o"
    )


def where(credentials: Credentials, override: str | None = None) -> Target:
    return target(AppModel(key="x", name="X"), credentials, override)


def connected(base: str | None, **path: str) -> Credentials:
    one = scheme("API_KEY", base_url=base, path_params=path)
    return Credentials("connection", one, {"token": "acme", "own": "mine"}, foreign=frozenset({"token"}))


@pytest.mark.parametrize(
    ("base", "servers", "path", "expected"),
    [
        ("https://{{token}}.example.com", "", {}, True),
        ("https://{{own}}.example.com", "", {}, False),
        ("https://api.example.com/{{token}}", "", {}, False),
        (None, "https://{token}.example.com/{own}", {}, True),
        (None, "https://{own}.example.com/{token}", {}, False),
        (None, "{token}/v2", {}, True),
        (None, "{scheme}://{token}", {}, True),
        (None, "https://{tenant}.example.com", {"tenant": "x-{{token}}"}, True),
        (None, "https://{tenant}.example.com", {"tenant": "x-{{own}}"}, False),
        (None, "https://api.example.com", {}, False),
    ],
)
def test_whose_word_the_host_is(base: str | None, servers: str, path: dict[str, str], expected: bool) -> None:
    assert named_by_others((Server(servers),), where(connected(base, **path))) is expected


def test_the_operators_word_on_the_host_is_trusted() -> None:
    assert not named_by_others((), where(connected("https://{{token}}.example.com"), "http://10.0.0.5"))
    assert named_by_others((), where(connected("https://{{token}}.example.com"), "http://{token}.corp.example"))


def test_a_hostile_value_is_refused_before_there_is_a_host() -> None:
    one = scheme("API_KEY", base_url="https://{{token}}.example.com")
    with pytest.raises(InvalidRequest, match=r"x: s\.proxy\.base_url: 'token' must be"):
        where(Credentials("connection", one, {"token": "evil.com/#"}))


@pytest.mark.parametrize("value", ["https://a@evil.com", "https://evil.com/#", "https://evil.com?", "evil.com", "file:///etc"])
def test_a_servers_whole_base_is_a_web_servers(value: str) -> None:
    one = Credentials("connection", scheme("API_KEY"), {"base": value})
    with pytest.raises(InvalidRequest, match="'base' must be an address"):
        base_url((Server("{base}/v2"),), where(one), "x")


def test_an_unknown_auth_mode_says_which_are_known() -> None:
    request, credentials = httpx.Request("GET", "https://x.example.com/"), Credentials("x", AuthScheme("s", "AWS_SIGV4"), {})
    with pytest.raises(ConfigurationError, match=r"AWS_SIGV4.*known are API_KEY"):
        sign(request, AppModel(key="x", name="X"), credentials, {"API_KEY": SCHEMES["API_KEY"]})


ONE_TIME: dict[AuthMode, dict[str, str]] = {
    "OAUTH1": {"client_id": "k", "client_secret": "s", "oauth_token": "t", "oauth_token_secret": "u"},
    "AWS_SIGV4": {"access_key_id": "AKIDEXAMPLE", "secret_access_key": "s", "region": "eu-west-1", "service": "sqs"},
}


@pytest.mark.parametrize("mode", ONE_TIME)
def test_a_signature_that_holds_once_is_made_anew_for_what_is_sent_again(mode: AuthMode) -> None:
    request = httpx.Request("POST", "https://x.example.com/a", data={"b": "c"})
    sign(request, AppModel(key="x", name="X"), Credentials("x", AuthScheme("s", mode), ONE_TIME[mode]), SCHEMES)
    followed = httpx.Request("GET", "https://x.example.com/b?c=d")
    sign_again(request, followed)
    assert followed.headers["authorization"] != request.headers["authorization"]
    first = request.headers["authorization"]
    sign_again(request, request)
    assert mode == "AWS_SIGV4" or request.headers["authorization"] != first
    sign_again(followed, httpx.Request("GET", "https://x.example.com/c"))


def test_other_signatures_are_not_touched() -> None:
    request = httpx.Request("GET", "https://x.example.com/a")
    sign(request, AppModel(key="x", name="X"), Credentials("x", scheme("BEARER_TOKEN"), {"token": "t"}), SCHEMES)
    followed = httpx.Request("GET", "https://x.example.com/b")
    sign_again(request, followed)
    assert "authorization" not in followed.headers


@pytest.mark.parametrize("base", [None, "https://own.example", "https://{{token}}.example"])
@pytest.mark.parametrize("override", [None, "https://operator.example"])
@pytest.mark.parametrize("place", list(ParamPlacement))
@pytest.mark.parametrize("more", [{}, {"base_url": "https://given.example"}, {"body": {"a": "b"}}])
def test_credentials_that_change_no_address_lead_where_all_others_do(
    base: str | None, override: str | None, place: ParamPlacement, more: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    app = AppModel(key="x", name="X", headers={"x-app": "1"}, auth_schemes=(scheme("API_KEY", base_url=base),))
    custom = CustomAuth((CustomAuthParameter("token", "acme", place),), **more)
    found = target(app, Credentials("auth", custom=custom), override)
    monkeypatch.setattr("composio.engine.sign._stays_out", lambda _: False)
    assert found == target(app, Credentials("auth", custom=custom), override)
