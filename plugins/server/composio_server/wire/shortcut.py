"""A fast path for calls: Litestar's routing takes as long as the rest of the server's work on a call.

A plain request to run a tool goes directly from its bytes to the call and back. Anything else uses Litestar, unchanged: an
unknown key, an unparsable body, credentials in the body, a query, another site's script. So every refusal, and the API's
description, comes from the routes; both paths give the same responses.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Final

import msgspec
from litestar import Litestar, Request, Response
from litestar.enums import ScopeType
from litestar.types import ASGIApp, Receive, Scope, Send

from composio.errors import InvalidRequest
from composio_server.access import know_key
from composio_server.services.keys import Scope as KeyScope
from composio_server.wire.own import calls as own
from composio_server.wire.v3 import tool_calls as v3

__all__ = ["shorten_calls"]

_JSON: Final = b"application/json"
_LONGEST: Final = 256 * 1024  # maximum bytes of a body; parsing a larger one takes longer than Litestar
_LONG_WAY: Final = frozenset({b"origin", b"transfer-encoding", b"authorization", b"expect"})
_PREFIX: Final = "/api/v3"
Asked = Request[Any, Any, Any]


@dataclass(frozen=True, slots=True)
class _Route:
    """``read`` returns the arguments of ``run``, None for the long path; ``fail`` answers an error of ``run``."""

    path: re.Pattern[str]
    template: str
    read: Callable[[bytes], Any]
    run: Callable[..., Awaitable[Response[bytes]]]
    fail: Callable[[Asked, Exception], Response[Any]]


def shorten_calls(app: Litestar, long_way: ASGIApp, fail: Callable[[Asked, Exception], Response[Any]]) -> ASGIApp:
    """Return ``long_way``, the application's own handler, with the fast path before it.

    ``fail`` answers an error of v3's calls.
    """
    routes = [
        *(
            _Route(
                re.compile(rf"{re.escape(base)}/tools/execute/(?!proxy\Z)([^/]+)\Z"),
                f"{base}/tools/execute/{{tool_slug}}",
                v3.read_plain,
                v3.run_tool,
                fail,
            )
            for base in ("/api/v3.1", "/api/v3")
        ),
        _Route(re.compile(r"/api/v3\.1/calls\Z"), "/api/v3.1/calls", own.read_plain, own.run_call, own.answer_error),
    ]

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        route = _find(routes, scope)
        if route is None or not know_key(app.state.services, scope, KeyScope.EXECUTE):
            await long_way(scope, receive, send)
            return
        messages, body = await _receive(receive)
        call = None if body is None else _read(route, body)
        if call is None:
            await long_way(scope, _again(messages, receive), send)
            return
        scope["path_template"] = route.template
        request: Asked = Request(scope, receive, send)
        named = route.path.match(scope["path"])
        try:
            response = await route.run(request, call, *(named.groups() if named else ()))
        except Exception as error:
            response = route.fail(request, error)
        await response.to_asgi_response(app=None, request=request)(scope, receive, send)

    return serve


def _find(routes: list[_Route], scope: Scope) -> _Route | None:
    """Return the route of a request without anything unsupported."""
    if scope["type"] != ScopeType.HTTP or scope["method"] != "POST" or not scope["path"].startswith(_PREFIX):
        return None
    headers = dict(scope["headers"])
    length = headers.get(b"content-length", b"")
    if (
        scope["query_string"]
        or headers.get(b"content-type") != _JSON
        or not length.isdigit()
        or len(length) > 6
        or int(length) > _LONGEST
        or len(headers) != len(list(scope["headers"]))  # a duplicate
        or not _LONG_WAY.isdisjoint(headers)
    ):
        return None
    path = scope["path"]
    return next((one for one in routes if one.path.match(path)), None)


async def _receive(receive: Receive) -> tuple[list[Any], bytes | None]:
    """Return the parts of a body, and the whole; None if it was incomplete."""
    messages: list[Any] = []
    while True:
        message: Any = await receive()
        messages.append(message)
        if message["type"] != "http.request":
            return messages, None
        if not message.get("more_body"):
            parts = [one.get("body", b"") for one in messages]
            return messages, parts[0] if len(parts) == 1 else b"".join(parts)


def _again(messages: list[Any], receive: Receive) -> Receive:
    """Return the received messages, then the following ones."""
    left = iter(messages)

    async def read() -> Any:
        found = next(left, None)
        return await receive() if found is None else found

    return read


def _read(route: _Route, body: bytes) -> Any:
    try:
        return route.read(body)
    except (msgspec.DecodeError, InvalidRequest, RecursionError, ValueError):
        return None
