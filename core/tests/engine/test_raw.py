"""Endpoints of ``execute_request``, which a model may have written."""

from __future__ import annotations

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio.engine.raw import build_raw, read_headers
from composio.errors import InvalidRequest
from composio.model.call import RawRequest

BASE = httpx.URL("https://api.example.com/v1")


def built(endpoint: str) -> httpx.Request:
    return build_raw(RawRequest(app="x", endpoint=endpoint), BASE, {})


@pytest.mark.parametrize(
    ("endpoint", "url"),
    [
        ("/user", "https://api.example.com/v1/user"),
        ("user?a=b", "https://api.example.com/v1/user?a=b"),
        ("https://api.example.com/other", "https://api.example.com/other"),
        ("https://api.example.com:443/other", "https://api.example.com/other"),
        ("/search?q=é&r=a%20b+c", "https://api.example.com/v1/search?q=%C3%A9&r=a%20b+c"),
        ("/a..b/...", "https://api.example.com/v1/a..b/..."),
        ("//evil.com/x", "https://api.example.com/v1/evil.com/x"),
        ("/go?to=https://evil.com", "https://api.example.com/v1/go?to=https://evil.com"),
    ],
)
def test_where_an_endpoint_leads(endpoint: str, url: str) -> None:
    assert str(built(endpoint).url) == url


@pytest.mark.parametrize(
    "endpoint",
    [
        "",
        "https://evil.com/user",
        "http://api.example.com/user",
        "https://api.example.com:8443/user",
        "https://api.example.com@evil.com/",
        "https://api.example.com.evil.com/",
        "https://mallory:pw@api.example.com/user",
        "https://mallory@api.example.com/user",
        "https://[bad/user",
        "file:///etc/passwd",
        "/../admin",
        "/a/%2e%2e/admin",
        "/a/%252e%252e/admin",
        "/a%2f..%2fadmin",
        "/a\\..\\admin",
        "/a/..%5cadmin",
        "/user\r\nX: y",
        "/user\x00",
    ],
)
def test_what_an_endpoint_may_not_be(endpoint: str) -> None:
    with pytest.raises(InvalidRequest, match="execute_request: "):
        built(endpoint)


@given(st.one_of(st.text(), st.from_regex(r"(https?://)?[a-z.@:/\\\\?#%]{0,30}", fullmatch=True)))
def test_whatever_an_endpoint_is_it_stays_on_the_apps_host(endpoint: str) -> None:
    try:
        url = built(endpoint).url
    except InvalidRequest:
        return
    assert (url.scheme, url.host, url.port, url.userinfo) == ("https", "api.example.com", None, b"")


def test_another_port_is_told_as_such() -> None:
    with pytest.raises(InvalidRequest, match=r"https://api\.example\.com:8443 is not the app's https://api\.example\.com;"):
        built("https://api.example.com:8443/user")


@pytest.mark.parametrize(
    ("kind", "body", "sent"),
    [
        ("application/x-ndjson", [{"index": {}}, {"a": "é"}], '{"index":{}}\n{"a":"é"}\n'),
        ("application/json-seq", [1, 2], "\x1e1\n\x1e2\n"),
        ("application/jsonl; charset=utf-8", {"a": 1}, '{"a":1}\n'),
        ("application/json", [1, 2], "[1,2]"),
    ],
)
def test_a_list_is_sent_as_lines_where_the_type_says_so(kind: str, body: object, sent: str) -> None:
    raw = RawRequest(app="x", endpoint="/bulk", method="POST", body=body, headers={"Content-Type": kind})
    request = build_raw(raw, BASE, {})
    assert request.content.decode().replace(" ", "") == sent
    assert request.headers["content-type"] == kind


def test_callers_see_headers_without_cookies_hops_and_credentials() -> None:
    sent = [
        *(("X-Total", "7"), ("Link", "<a>"), ("Link", "<b>"), ("X-Echo", "Bearer s3cret"), ("Set-Cookie", "a=b")),
        *(("Connection", "close"), ("Content-Encoding", "gzip"), ("Content-Length", "9"), ("Transfer-Encoding", "chunked")),
    ]
    assert read_headers(httpx.Headers(sent), ["s3cret"]) == {"x-total": "7", "link": "<a>, <b>"}
