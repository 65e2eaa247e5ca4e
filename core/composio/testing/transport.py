"""Fake httpx transports: requests are answered in memory, by a double or by routes, and recorded."""

from __future__ import annotations

import inspect
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from typing import Any

import anyio
import httpx

from composio.testing.exchange import Request, Response

__all__ = ["ExchangeTransport", "FakeTransport"]

_POLL = 0.002  # seconds between two looks at a held answer
Handler = Callable[[httpx.Request], Any]


class ExchangeTransport(httpx.AsyncBaseTransport, httpx.BaseTransport):
    """Answers httpx requests, synchronous and asynchronous, with a pure ``respond``.

    Late answers run into the client's read timeout as they would on a network; ``abandoned`` is called with each request
    whose task was cancelled before its answer.
    """

    def __init__(self, respond: Callable[[Request], Response], *, abandoned: Callable[[Request], None] | None = None) -> None:
        self._respond = respond
        self._abandoned = abandoned or (lambda _request: None)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a synchronous client."""
        request.read()
        asked, deadline = _read_request(request), _deadline(request)
        response = self._respond(asked)
        while response.wait is not None:
            response = response.wait() or response
            self._expire(asked, request, deadline)
            time.sleep(_POLL)
        return _answer(request, response)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer an asynchronous client."""
        await request.aread()
        asked, deadline = _read_request(request), _deadline(request)
        response = self._respond(asked)
        try:
            while response.wait is not None:
                response = response.wait() or response
                self._expire(asked, request, deadline)
                await anyio.sleep(_POLL)
        except anyio.get_cancelled_exc_class():
            self._abandoned(asked)
            raise
        return _answer(request, response)

    def _expire(self, asked: Request, request: httpx.Request, deadline: float) -> None:
        if time.monotonic() > deadline:
            self._abandoned(asked)
            raise httpx.ReadTimeout("No answer within the read timeout.", request=request)


def _read_request(request: httpx.Request) -> Request:
    return Request(
        request.method,
        request.url.raw_path.decode("ascii"),
        {name.lower(): value for name, value in request.headers.items()},
        request.content,
    )


def _deadline(request: httpx.Request) -> float:
    seconds = (request.extensions.get("timeout") or {}).get("read")
    return float("inf") if seconds is None else time.monotonic() + seconds


def _answer(request: httpx.Request, response: Response) -> httpx.Response:
    if response.breaks == "reset":
        raise httpx.ReadError("Connection reset by peer", request=request)
    body = response.body if isinstance(response.body, bytes) else b"".join(response.body)
    headers = dict(response.headers)
    if response.breaks == "truncated":
        return httpx.Response(response.status, headers=headers, stream=_Truncated(body), request=request)
    return httpx.Response(response.status, headers=headers, content=body, request=request)


class _Truncated(httpx.SyncByteStream, httpx.AsyncByteStream):
    def __init__(self, body: bytes) -> None:
        self._body = body

    def __iter__(self) -> Iterator[bytes]:
        yield self._body
        raise httpx.RemoteProtocolError("The connection was closed before the promised length.")

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for chunk in self:
            yield chunk


class FakeTransport(httpx.AsyncBaseTransport, httpx.BaseTransport):
    """A transport for ``httpx.Client`` and ``httpx.AsyncClient`` that answers from a function or from routes::

        FakeTransport({("GET", "/user"): (200, {"login": "octocat"}), "/slow": httpx.ReadTimeout("late")})

    A route's key is ``(method, path)`` or the path alone, which may be a whole URL. Its value is a status with a body (and
    headers), a body alone, an ``httpx.Response``, an exception to raise, a function of the request that gives one of these,
    or a list of them for one request after the other, its last for all that follow. Bodies are JSON unless they are ``str``
    or ``bytes``. ``requests`` has every ``httpx.Request`` in order.
    """

    def __init__(self, routes: Handler | Mapping[Any, Any]) -> None:
        self.requests: list[httpx.Request] = []
        self._handler = routes if callable(routes) else None
        self._routes: Mapping[Any, Any] = {} if callable(routes) else dict(routes)
        self._used: dict[Any, int] = {}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a synchronous client."""
        request.read()
        answer = self._find(request)
        if inspect.isawaitable(answer):
            raise TypeError("FakeTransport: a synchronous client needs a synchronous function.")
        return _response(request, answer)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Answer an asynchronous client."""
        await request.aread()
        answer = self._find(request)
        if inspect.isawaitable(answer):
            answer = await _await(answer)
        return _response(request, answer)

    def _find(self, request: httpx.Request) -> Any:
        self.requests.append(request)
        if self._handler is not None:
            return self._handler(request)
        path, url = request.url.path, str(request.url.copy_with(query=None))
        for key in ((request.method, path), (request.method, url), path, url):
            if key in self._routes:
                found = self._routes[key]
                if isinstance(found, list):
                    found = found[min(self._used.get(key, 0), len(found) - 1)]
                    self._used[key] = self._used.get(key, 0) + 1
                return found(request) if callable(found) else found
        return 404, {"message": f"FakeTransport has no route for {request.method} {path}; it has {list(self._routes)}"}


async def _await(value: Awaitable[Any]) -> Any:
    return await value


def _response(request: httpx.Request, answer: Any) -> httpx.Response:
    if isinstance(answer, BaseException):
        raise answer
    if isinstance(answer, httpx.Response):
        answer.request = request
        return answer
    status, body, headers = (*answer, None, None)[:3] if isinstance(answer, tuple) else (200, answer, None)
    if isinstance(body, str):
        return httpx.Response(status, text=body, headers=headers, request=request)
    if isinstance(body, bytes):
        return httpx.Response(status, content=body, headers=headers, request=request)
    return httpx.Response(status, json=body, headers=headers, request=request)
