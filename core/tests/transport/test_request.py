"""Requests made of parts are those that httpx makes of the whole."""

from __future__ import annotations

import string

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from composio.transport import request as requests
from composio.transport.request import Request, put_behind

BASES = [
    "https://a.example",
    "https://a.example/",
    "http://127.0.0.1:8080/v1",
    "https://[::1]/x/",
    "https://b.example/%41%20b/v2",
]
LETTERS = string.ascii_letters + string.digits + "/.?=&%~!$'()*+,;:@-_ []{}<>|^`\"\\#é\t"


def told(url: httpx.URL) -> tuple[object, ...]:
    return str(url), url.raw_path, url.netloc, url.params, url.query, url.fragment, url.path, url.userinfo


@given(base=st.sampled_from(BASES), rest=st.text(LETTERS, max_size=30).map(lambda text: f"/{text}"))
@example(BASES[2], "/repos/octocat/hello?page=1")
@example(BASES[2], "/a/../b")
@example(BASES[2], "/a/./b?c=/../d")
@example(BASES[2], "//b")
@example(BASES[2], "/a%2Fb%zz?q=%2")
@example(BASES[2], "/a?")
@example(BASES[2], "/a?b?c#d")
@example(BASES[0], "/" + "x" * 9000)
@example(BASES[0], "/" + "x" * 70_000)
def test_a_path_is_put_behind_a_base_as_httpx_reads_the_whole(base: str, rest: str) -> None:
    whole: httpx.URL | None
    try:
        whole = httpx.URL(base.rstrip("/") + rest)
    except httpx.InvalidURL:
        whole = None
    if whole is None:
        with pytest.raises(httpx.InvalidURL):
            put_behind(httpx.URL(base), rest)
    else:
        assert told(put_behind(httpx.URL(base), rest)) == told(whole)


def test_nothing_behind_a_base_is_the_base() -> None:
    for base in BASES:
        assert told(put_behind(httpx.URL(base), "")) == told(httpx.URL(base.rstrip("/")))


def test_where_httpx_keeps_urls_otherwise_they_are_parsed(monkeypatch: pytest.MonkeyPatch) -> None:
    assert requests._CAN_SPLICE
    monkeypatch.setattr(requests, "_CAN_SPLICE", False)
    assert str(put_behind(httpx.URL(BASES[2]), "/x?y=1")) == f"{BASES[2]}/x?y=1"


@pytest.mark.parametrize("method", ["GET", "HEAD", "DELETE", "OPTIONS", "POST", "PUT", "PATCH", "get", "Post"])
@pytest.mark.parametrize("headers", [{"accept": "*/*", "x-a": "b"}, {"host": "other.example", "accept": "*/*"}])
def test_a_request_without_a_body_is_the_one_that_httpx_makes(method: str, headers: dict[str, str]) -> None:
    url = httpx.URL("https://a.example:8443/v1/x?q=1")
    ours, theirs = Request.without_body(method, url, headers), httpx.Request(method, url, headers=headers)
    assert ours.headers.raw == theirs.headers.raw
    assert (ours.method, ours.url, ours.content, ours.extensions) == (theirs.method, theirs.url, b"", {})
    assert isinstance(ours.stream, httpx.SyncByteStream)
    assert isinstance(ours.stream, httpx.AsyncByteStream)


def test_a_request_shows_neither_its_path_nor_its_query() -> None:
    request = Request.without_body("GET", httpx.URL("https://a.example/secret?key=secret"), {})
    assert repr(request) == "<Request('GET', 'https://a.example/***')>"
