"""Send the protocol client's requests through the backend's own HTTP clients.

So an MCP server is reached like any API: with the same proxies and certificates, the egress guard, and no cookies. Credentials
are added only here, and only for the server itself.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Final

import httpx
import httpx2

from composio.errors import UpstreamRefused
from composio.schema.json_text import mend_escapes

__all__ = ["Bridge", "Problem"]

Send = Callable[[httpx.Request], Awaitable[httpx.Response]]

_ERRORS: Final = (
    (httpx.ConnectTimeout, httpx2.ConnectTimeout),
    (httpx.ConnectError, httpx2.ConnectError),
    (httpx.TimeoutException, httpx2.ReadTimeout),
    (httpx.RemoteProtocolError, httpx2.RemoteProtocolError),
)
# The headers of a message itself; the others are the connection's.
_PLAIN: Final = frozenset({"identity", ""})


@dataclass(slots=True)
class Problem:
    """Why a request failed: in words, or the status and headers of a response outside the protocol."""

    text: str = ""
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


class Bridge(httpx2.AsyncBaseTransport):
    """``send`` is the backend's, ``mark`` limits requests to the app's allowed destinations.

    ``limit`` is in bytes per response. ``headers`` contain the credentials and may be replaced while the bridge is in use.
    ``problem`` is the latest failure.
    """

    def __init__(
        self,
        send: Send,
        mark: Callable[[httpx.Request], httpx.Request],
        url: str,
        headers: Mapping[str, str],
        limit: int,
    ) -> None:
        self._send, self._mark, self._limit = send, mark, limit
        self._origin = _origin(httpx.URL(url))
        self.headers = headers
        self.problem: Problem | None = None

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send ``request``. Raises ``httpx2.TransportError``."""
        content = await request.aread()
        url = httpx.URL(str(request.url))
        if _origin(url) != self._origin:
            raise self._fail(f"it leads to {url.host}, which is another server")
        headers = [(name, value) for name, value in request.headers.raw if name.lower() not in {b"accept-encoding", b"cookie"}]
        sent = httpx.Request(request.method, url, headers=headers, content=content)
        sent.headers["accept-encoding"] = "identity"  # compressed data cannot be limited before it is read
        sent.headers.update(self.headers)
        sent.extensions["timeout"] = dict(request.extensions.get("timeout") or {})
        try:
            response = await self._send(self._mark(sent))
        except UpstreamRefused as error:
            raise self._fail(str(error)) from None
        except httpx.TransportError as error:
            raise self._translate(error) from None
        if response.status_code >= 400 or response.is_redirect:
            self.problem = Problem("", response.status_code, dict(response.headers))
        if response.headers.get("content-encoding", "").lower() not in _PLAIN:
            await response.aclose()
            raise self._fail("it compressed its answer, which was not asked for")
        kept = [(name, value) for name, value in response.headers.raw if name.lower() != b"content-encoding"]
        is_stream = response.headers.get("content-type", "").startswith("text/event-stream") and request.method == "GET"
        body = _Body(response, self, float("inf") if is_stream else self._limit)
        return httpx2.Response(response.status_code, headers=kept, stream=body)

    def _fail(self, text: str) -> httpx2.TransportError:
        self.problem = Problem(text)
        return httpx2.RemoteProtocolError(text)

    def _translate(self, error: httpx.TransportError) -> httpx2.TransportError:
        text = str(error) or type(error).__name__
        self.problem = Problem(text)
        return next((theirs(text) for ours, theirs in _ERRORS if isinstance(error, ours)), httpx2.ReadError(text))


class _Body(httpx2.AsyncByteStream):
    def __init__(self, response: httpx.Response, bridge: Bridge, limit: float) -> None:
        self._response, self._bridge, self._limit = response, bridge, limit

    async def __aiter__(self) -> AsyncIterator[bytes]:
        size = 0
        bridge = self._bridge
        rest: list[bytes] = []
        try:
            async for chunk in self._response.aiter_raw():
                size += len(chunk)
                if size > self._limit:
                    raise bridge._fail(f"its answer has more than {int(self._limit) // 2**20} MB")  # noqa: SLF001 - one thing in two
                # Line by line, as mcp cannot use half a line either: the cut may be inside an escape.
                end = max(chunk.rfind(b"\n"), chunk.rfind(b"\r")) + 1
                if end:
                    yield _mend(b"".join((*rest, chunk[:end])))
                    rest = []
                rest.append(chunk[end:])
            yield _mend(b"".join(rest))
        except httpx.TransportError as error:
            raise bridge._translate(error) from None  # noqa: SLF001 - as above

    async def aclose(self) -> None:
        await self._response.aclose()


def _mend(data: bytes) -> bytes:
    """Replace unpaired surrogates in ``data``: JavaScript produces them when it cuts an emoji, and mcp's reader fails."""
    return mend_escapes(data.decode("latin-1")).encode("latin-1") if b"\\u" in data else data


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port
