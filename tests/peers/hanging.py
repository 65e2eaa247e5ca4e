"""An API that answers in memory, with reads, changes and a request that hangs until it is let go."""

from __future__ import annotations

import threading
from typing import Any

import anyio
import httpx

from tests.peers import described

__all__ = ["Api", "describe_api"]


class Api(httpx.AsyncBaseTransport, httpx.BaseTransport):
    """Answers each request with its method, path and query; ``/hang`` once ``let_go`` is set."""

    def __init__(self) -> None:
        self.seen: list[httpx.Request] = []
        self.hanging, self.left, self.let_go = threading.Event(), threading.Event(), threading.Event()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        self.seen.append(request)
        if request.url.path == "/broken":
            return httpx.Response(503, json={"message": "Unicorn!"})
        if request.url.path == "/picture":
            return httpx.Response(200, content=b"\x89PNG", headers={"content-type": "image/png"})
        said = {"method": request.method, "path": request.url.path, "query": dict(request.url.params)}
        return httpx.Response(200, json=said)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        await request.aread()
        if request.url.path != "/hang":
            return self.handle_request(request)
        self.hanging.set()
        try:
            while not self.let_go.is_set():  # noqa: ASYNC110 - set on another thread
                await anyio.sleep(0.005)
        except anyio.get_cancelled_exc_class():
            self.left.set()
            raise
        return self.handle_request(request)

    def hang(self) -> None:
        """Hang again, and wait for who asks."""
        for event in (self.hanging, self.left, self.let_go):
            event.clear()


def _operation(summary: str, **more: Any) -> dict[str, Any]:
    return {
        "operationId": summary.lower().replace(" ", "_"),
        "summary": summary,
        "responses": {"200": {"description": "ok"}},
        **more,
    }


def describe_api(title: str) -> dict[str, Any]:
    """Its description, at ``https://api.TITLE.example``."""
    page = {"name": "page[size]", "in": "query", "schema": {"type": "integer", "maximum": 100}}
    picture = {"image/png": {"schema": {"type": "string", "format": "binary"}}}
    body = {"content": {"application/json": {"schema": {"type": "object", "properties": {"name": {"type": "string"}}}}}}
    paths = {
        "/me": {"get": _operation("Get me"), "delete": _operation("Delete me")},
        "/things": {
            "get": _operation("List things", parameters=[page]),
            "post": _operation("Create thing", requestBody=body),
            "put": _operation("Replace things"),
        },
        "/hang": {"get": _operation("Hang")},
        "/picture": {"get": _operation("Download") | {"responses": {"200": {"description": "ok", "content": picture}}}},
        "/broken": {"get": _operation("Break")},
    }
    return described.openapi(title, f"https://api.{title.lower()}.example", paths)
