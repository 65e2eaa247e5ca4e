"""Addresses that a tenant names: read from the public internet, whatever they redirect to."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from composio.embedded import EmbeddedBackend
from composio.embedded.addressed import fetch_addressed, fetch_description
from composio.errors import ComposioError, InvalidRequest
from composio.testing import FakeTransport

Fetch = Callable[[str], bytes]


def answer(request: httpx.Request) -> httpx.Response:
    path = request.url.path
    if path.startswith("/to/"):
        return httpx.Response(302, headers={"location": str(request.url.query, "ascii")})
    if path == "/around":
        return httpx.Response(302, headers={"location": "/around"})
    if path == "/large":
        return httpx.Response(200, content=b"x" * 2000)
    if path == "/away":
        raise httpx.ConnectError("refused", request=request)
    return httpx.Response(404 if path == "/none" else 200, content=b"found")


@pytest.fixture
def backend(tmp_path: Path) -> EmbeddedBackend:
    return EmbeddedBackend(home=tmp_path, transport=FakeTransport(answer), egress_allow=["feeds.example"])


def fetched(backend: EmbeddedBackend, url: str) -> bytes:
    async def run() -> bytes:
        try:
            return (await fetch_addressed(backend.awaiting, url, by="the trigger's config", most=1000)).content
        finally:
            await backend.aclose()

    return asyncio.run(run())


@pytest.mark.parametrize("path", ["/a", "/to/?/a", "/to/?https://feeds.example/b"])
def test_what_is_there_is_read_through_redirects_too(backend: EmbeddedBackend, path: str) -> None:
    assert fetched(backend, f"https://feeds.example{path}") == b"found"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("https://feeds.example/to/?http://127.0.0.1:9/a", "127.0.0.1"),
        ("https://feeds.example/to/?http://[::1]/a", "::1"),
        ("http://169.254.169.254/latest", "169.254.169.254"),
        ("https://feeds.example/to/?file:///etc/passwd", "http or https"),
        ("https://feeds.example/around", "redirects more than"),
        ("https://feeds.example/large", "1000"),
        ("https://feeds.example/away", "feeds.example"),
        ("ftp://feeds.example/a", "http or https"),
        ("https://user:word@feeds.example/a", "user name"),
        ("https://", "http or https"),
        ("not a url", "http or https"),
    ],
)
def test_nothing_else_is(backend: EmbeddedBackend, url: str, said: str) -> None:
    with pytest.raises(ComposioError) as caught:
        fetched(backend, url)
    assert said in str(caught.value)
    assert "word" not in str(caught.value)


def test_a_description_that_is_not_there_says_so(backend: EmbeddedBackend) -> None:
    async def run() -> None:
        await fetch_description(backend.awaiting, "https://feeds.example/none", most=1000)

    with pytest.raises(InvalidRequest, match=r"not available: feeds.example answered 404"):
        asyncio.run(run())
