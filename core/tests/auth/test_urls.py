"""Hostile values inside the templates of URLs."""

from __future__ import annotations

import re
from urllib.parse import unquote

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from composio.auth.urls import fields_of, foreign_host, is_base, render_url
from composio.errors import ConfigurationError, InvalidRequest

ZENDESK = "https://{{subdomain}}.zendesk.com/api/v2"
WHERE = "zendesk: oauth.proxy.base_url"
HOSTILE = [
    "evil.com/#",
    "evil.com/",
    "evil.com\\",
    "evil.com?",
    "evil.com#",
    "a@b",
    "user:pw@evil.com",
    "x:80",
    "..",
    ".",
    ".evil",
    "evil.",
    "a..b",
    "",
    " ",
    "a b",
    "evil.com\n",
    "evil.com\r\nHost: x",
    "a\x00b",
    "a\tb",
    "évil",
    "ｅvil",
    "evil。com/",
    "[::1]",
    "::1",
    "%2e",
    "evil.com%2f",
    "evil.com%00",
    "-evil",
    "evil-",
    "*",
    "{{7*7}}",
    "a/../b",
    "\x02x\x03",
    "\x03/evil.com\x02",
    "a" * 254,
    "a" * 3000,
    "\u202eevil",
    "\ud800",
]


@pytest.mark.parametrize("value", HOSTILE)
def test_a_subdomain_can_not_leave_its_place(value: str) -> None:
    with pytest.raises(InvalidRequest, match=r"^zendesk: oauth\.proxy\.base_url: 'subdomain' must be ") as caught:
        render_url(ZENDESK, {"subdomain": value, "other": "x"}, WHERE)
    assert len(value.strip()) < 4 or value not in str(caught.value)


@pytest.mark.parametrize("value", ["acme", "acme-2", "a.b", "A1", "a_b", "xn--bcher-kva"])
def test_what_a_subdomain_may_be(value: str) -> None:
    assert render_url(ZENDESK, {"subdomain": value}, WHERE) == f"https://{value}.zendesk.com/api/v2"


def _host(url: str) -> str:
    parsed = httpx.URL(url)
    assert not parsed.userinfo
    return parsed.raw_host.decode().lower()


@given(st.one_of(st.text(), st.text(alphabet="ev.il/#?@:\\%[]- \n0x1"), st.from_regex(r"[a-z.:@/#?\\-]{1,12}", fullmatch=True)))
@example("evil.com/#")
@example("evil.com\\")
def test_whatever_the_value_the_host_ends_as_the_template_says_or_it_is_refused(value: str) -> None:
    for template, suffix in (
        (ZENDESK, ".zendesk.com"),
        ("https://api-{{subdomain}}.zendesk.com", ".zendesk.com"),
        ("https://api.{{subdomain}}.zendesk.com:8443/x", ".zendesk.com"),
        ("https://{{subdomain}}.{{subdomain | lower}}.zendesk.com?a={{subdomain}}", ".zendesk.com"),
        ("https://api.zendesk.com/{{subdomain}}/x?q={{subdomain}}#{{subdomain}}", "api.zendesk.com"),
        ("https://api.zendesk.com:{{subdomain}}/x", "api.zendesk.com"),
    ):
        try:
            url = render_url(template, {"subdomain": value}, WHERE)
        except InvalidRequest:
            continue
        assert _host(url).endswith(suffix)


@given(st.one_of(st.text(min_size=1), st.text(alphabet="./\\%2eE5cC?#ab", min_size=1)))
def test_whatever_the_value_it_stays_in_its_segment(value: str) -> None:
    template = "https://api.example.com/v1/{{account}}/users"
    try:
        url = render_url(template, {"account": value}, WHERE)
    except InvalidRequest:
        return
    path = httpx.URL(url).raw_path.decode()
    assert re.fullmatch(r"/v1/[^/?#\\]+/users", path)
    assert unquote(path.split("/")[2]) == value
    assert not {"..", "."} & set(unquote(unquote(path)).replace("\\", "/").split("/"))


@given(st.one_of(st.text(), st.from_regex(r"(https?://)?[a-z.:@/#?\\%0-9\[\]-]{1,14}", fullmatch=True)))
def test_whatever_the_value_a_whole_base_is_the_url_of_a_web_server_or_refused(value: str) -> None:
    try:
        url = render_url("{{instance_url}}/services/data", {"instance_url": value}, WHERE)
    except InvalidRequest:
        return
    parsed = httpx.URL(url)
    assert parsed.scheme in {"http", "https"}
    assert parsed.raw_path.endswith(b"/services/data")
    assert (parsed.userinfo, parsed.query, parsed.fragment) == (b"", b"", "")
    assert _host(url) in value.lower()


@pytest.mark.parametrize(
    ("typed", "base"),
    [
        ("acme.example.com", "https://acme.example.com"),
        (" https://acme.example.com/ ", "https://acme.example.com"),
        ("http://acme.example.com:8080", "http://acme.example.com:8080"),
        ("HTTPS://acme.example.com/jira//", None),
        ("https://acme.example.com/jira/", "https://acme.example.com/jira"),
        ("https://[2606:4700::1111]:8443", "https://[2606:4700::1111]:8443"),
    ],
)
def test_how_people_type_a_base(typed: str, base: str | None) -> None:
    if base is None:
        assert render_url("{{base_url}}", {"base_url": typed}, WHERE) == typed.rstrip("/")
    else:
        assert render_url("{{base_url}}", {"base_url": typed}, WHERE) == base
        assert render_url("{{base_url}}/rest", {"base_url": typed}, WHERE) == f"{base}/rest"


@pytest.mark.parametrize(
    "value",
    [
        "ftp://a.example.com",
        "file:///etc/passwd",
        "//a.example.com",
        "javascript:alert(1)",
        "https://u:p@a.example.com",
        "https://u@a.example.com",
        "https://a.example.com?x=1",
        "https://a.example.com#x",
        "https://a.example.com\\@b",
        "https://a.example.com/..",
        "https://a.example.com/%2e%2e/x",
        "https://",
        "https://a.example.com:99999999",
        "https://a.example.com:99999",
        "https:///a",
        "https://a b",
        "https://exämple.com",
        "/etc/passwd",
        "https://a.example.com\nhttps://b",
    ],
)
def test_what_a_whole_base_may_not_be(value: str) -> None:
    with pytest.raises(InvalidRequest, match="'base_url' must be"):
        render_url("{{base_url}}/rest", {"base_url": value}, WHERE)


def test_a_scheme_and_a_port_may_be_fields() -> None:
    values = {"scheme": "HTTP", "host": "acme.example.com", "port": "8080"}
    assert render_url("{{scheme}}://{{host}}:{{port}}/x", values, WHERE) == "http://acme.example.com:8080/x"
    for name, value in (("scheme", "file"), ("port", "80@evil"), ("port", "80/"), ("host", "a/b")):
        with pytest.raises(InvalidRequest, match=f"'{name}' must be"):
            render_url("{{scheme}}://{{host}}:{{port}}/x", {**values, name: value}, WHERE)
    assert render_url("https://{{domain}}/x", {"domain": "acme.example.com:8443"}, WHERE) == "https://acme.example.com:8443/x"


def test_the_field_is_named_whose_value_it_was() -> None:
    with pytest.raises(InvalidRequest, match="'b' must be"):
        render_url("https://{{a}}.{{b}}.example.com", {"a": "x", "b": "s3cret/"}, WHERE)
    with pytest.raises(InvalidRequest, match="'a' or 'b' must be"):
        render_url("https://{{a ~ b}}.example.com", {"a": "x", "b": "s3cret/"}, WHERE)


def test_logic_of_a_template_works() -> None:
    template = "https://api{% if region %}.{{region | lower}}{% endif %}.example.com"
    assert render_url(template, {"region": "EU"}, WHERE) == "https://api.eu.example.com"
    assert render_url(template, {"region": ""}, WHERE) == "https://api.example.com"
    assert render_url("https://{{ dc | default('us1') }}.example.com", {}, WHERE) == "https://us1.example.com"


@pytest.mark.parametrize(
    "template",
    [
        "{{host}}.example.com",
        "{{a}}{{host}}",
        "ftp://{{host}}",
        "example.com/{{host}}",
        "https://{{host}}@example.com",
        "https://{{nope}}.example.com",
        "https://{{host.__class__}}.example.com",
        "https://{{host",
        "https://{% filter upper %}\x02{% endfilter %}{{host}}",
    ],
)
def test_a_template_that_is_no_urls_is_its_authors_mistake(template: str) -> None:
    with pytest.raises(ConfigurationError, match=r"^zendesk: oauth\.proxy\.base_url: the template "):
        render_url(template, {"host": "h", "a": "https://x"}, WHERE)


def test_a_url_without_fields_is_left_as_it_is() -> None:
    assert render_url("https://a.example.com/x?y#z", {}, WHERE) == "https://a.example.com/x?y#z"


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("https://{{tenant}}.example.com", True),
        ("https://{{tenant | lower}}/x", True),
        ("{{tenant}}", True),
        ("https://a.{% if tenant %}x{% endif %}/", True),
        ("https://api.example.com:{{tenant}}/x", True),
        ("https://api.example.com{{tenant}}/x", True),
        ("https://api.example.com/{{tenant}}", False),
        ("https://api.example.com?x={{tenant}}", False),
        ("https://{{own}}.example.com", False),
        ("https://api.example.com", False),
    ],
)
def test_whose_host_it_is(template: str, expected: bool) -> None:
    assert foreign_host(template, {"tenant"}) is expected


def test_which_fields_a_template_uses() -> None:
    assert fields_of("{{a}}{% if b %}{{c | default(d)}}{% endif %}") == {"a", "b", "c", "d"}
    assert fields_of("plain") == fields_of("{{broken") == frozenset()


def test_what_is_a_base() -> None:
    assert is_base("https://acme.example.com/x")
    assert not any(map(is_base, ("acme.example.com", "ftp://a", "https://a#", "https://a@b", "")))
