"""The fake transport answers both kinds of httpx client and remembers what they sent."""

from __future__ import annotations

import asyncio
from typing import Any

import httpx
import pytest

from composio.testing import FakeTransport


def client(routes: Any) -> tuple[httpx.Client, FakeTransport]:
    transport = FakeTransport(routes)
    return httpx.Client(transport=transport, base_url="https://api.example.com"), transport


def test_routes_give_json_text_and_headers() -> None:
    http, fake = client(
        {("GET", "/user"): (200, {"login": "octocat"}), "/page": (404, "<html>", {"x-a": "b"}), "/ready": {"ok": True}}
    )
    with http:
        assert http.get("/user").json() == {"login": "octocat"}
        page = http.post("/page")
        assert (page.status_code, page.text, page.headers["x-a"]) == (404, "<html>", "b")
        assert http.get("https://api.example.com/ready?a=1").json() == {"ok": True}
    assert [(r.method, r.url.path) for r in fake.requests] == [("GET", "/user"), ("POST", "/page"), ("GET", "/ready")]


def test_an_exception_is_raised_and_a_list_is_walked() -> None:
    http, _ = client({"/user": [httpx.ReadTimeout("late"), (429, None), httpx.Response(200, text="there")]})
    with http:
        with pytest.raises(httpx.ReadTimeout):
            http.get("/user")
        assert [http.get("/user").status_code for _ in range(3)] == [429, 200, 200]


def test_an_unknown_route_says_which_there_are() -> None:
    http, _ = client({("GET", "/user"): {}})
    with http:
        assert "/user" in http.post("/user").json()["message"]


def test_functions_answer_and_may_be_asynchronous() -> None:
    async def answer(request: httpx.Request) -> tuple[int, Any]:
        return 200, {"path": request.url.path}

    async def ask() -> Any:
        async with httpx.AsyncClient(transport=FakeTransport(answer)) as http:
            return (await http.get("https://x/y")).json()

    assert asyncio.run(ask()) == {"path": "/y"}
    http, _ = client({"/echo": lambda request: (200, request.content)})
    with http:
        assert http.post("/echo", content=b"hi").content == b"hi"
