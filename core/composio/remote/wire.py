"""Requests to a server: one connection pool, one clear error for any failure, retries only if they are safe."""

from __future__ import annotations

import functools
import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final, TypeVar

import httpx

from composio import __version__
from composio.engine.blocking import BlockingIo
from composio.errors import ComposioError, InvalidRequest, KeyRefused, ServerUnavailable
from composio.process.reading import is_reading
from composio.remote.codec import PROTOCOL, PROTOCOL_HEADER, decode, from_json, to_json
from composio.remote.framing import FRAMED, FrameError, FrameReader, frame
from composio.remote.heard import HEARD, HeardError, HeardReader
from composio.remote.problems import read_error
from composio.transport.client import Clients, asend, send
from composio.transport.deadline import deadline
from composio.transport.request import Request

if TYPE_CHECKING:
    from composio.engine.files import Upload
    from composio.engine.io import Io
    from composio.model.progress import Hear
    from composio.remote.address import ServerAddress
    from composio.remote.files import Arriving

__all__ = ["ServerWire", "make_request_id"]

T = TypeVar("T")
_API: Final = "/api/v3.1"
_NOTHING: Final[Any] = object()
_SECONDS: Final = 60.0
# Delays before the second and the third attempt, in seconds; and the longest that a server may request.
_PAUSES: Final = (0.05, 0.5)
_LONGEST_PAUSE: Final = 10.0
_CHUNK: Final = 256 * 1024
_LONGEST_HEAD: Final = 64 * 1024 * 1024
# The request certainly did not arrive.
_NOT_SENT: Final = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)
_BUSY: Final = frozenset({429, 503})
_BETWEEN: Final = frozenset({502, 504})  # a proxy's; our server describes its upstream's errors in words


class _Hidden:
    """A request's body, with a repr without its content: tracebacks print local variables."""

    __slots__ = ("value",)

    def __init__(self, value: Any) -> None:
        self.value = value


class ServerWire:
    """Sends requests to a server. Its repr shows the location, and not the key."""

    def __init__(self, address: ServerAddress, *, transport: Any = None, timeout: Any = None) -> None:
        self.url = address.url
        self._key, self._source = address.key, address.source
        self.clients = Clients(transport) if timeout is None else Clients(transport, timeout)
        # One object per path: parsing a URL costs as much as the rest of a request's creation.
        self._address = functools.lru_cache(1024)(lambda path: httpx.URL(f"{self.url}{_API}{path}"))

    def __repr__(self) -> str:
        return f"ServerWire({self.url!r})"

    def socket(self, path: str) -> tuple[str, dict[str, str]] | None:
        """Return a WebSocket's URL and its request headers; None if a custom transport replaces the network."""
        if self.clients.is_replaced:
            return None
        headers = {"x-api-key": self._key.reveal(), PROTOCOL_HEADER: str(PROTOCOL)}
        return f"ws{self.url.removeprefix('http')}{_API}{path}", headers

    async def ask(
        self,
        method: str,
        path: str,
        body: Any = _NOTHING,
        *,
        repeat: bool = False,
        request_id: str | None = None,
        seconds: float = _SECONDS,
        io: Io | None = None,
        files: Sequence[Upload] = (),
        arriving: Callable[[], Arriving] | None = None,
        hear: Hear | None = None,
    ) -> Any:
        """The JSON of the answer; raises what the server raised, or says what is wrong with the server.

        ``repeat`` says that asking twice does no harm; a ``request_id`` lets the server see to that itself. ``seconds`` bound
        all of it. ``files`` go along with ``body``, ``arriving`` takes those that the answer brings. ``hear`` is told how far
        the server is, where this is awaited.
        """
        body = _Hidden(body)  # which may contain credentials, and this frame keeps it
        blocks = is_reading() if io is None else isinstance(io, BlockingIo)
        hear = None if blocks else hear
        exchange = self._send_blocking if blocks else functools.partial(self._send, hear=hear)
        tries = 3 if repeat else 2 if request_id else 1
        with deadline(seconds):
            for number in range(1, 4):
                last = number >= tries
                request = self._request(method, path, body, request_id, files, hears=hear is not None)
                try:
                    response, brought = await exchange(request, arriving)
                except httpx.TransportError as error:
                    sent = not isinstance(error, _NOT_SENT)
                    if (last and (sent or number >= 2)) or isinstance(error, httpx.ReadTimeout):
                        raise self._unreachable(error, sent, seconds) from None
                    pause = _PAUSES[min(number, 2) - 1]
                else:
                    wanted = _wait(response, number, may_repeat=not last)
                    if wanted is None:
                        return self._read(response) if brought is _NOTHING else brought
                    pause = wanted
                await _sleep(pause, blocks=blocks)
        raise AssertionError("every way out of the loop returns or raises")

    def read(self, kind: type[T], answer: Any) -> T:
        """Parse a response as ``kind``. Raises ``ServerUnavailable`` if that fails."""
        try:
            return decode(kind, answer)
        except InvalidRequest as error:
            raise ServerUnavailable(f"{self.url} sent an answer that can't be read here: {error}") from None

    def read_all(self, kind: type[T], answer: Any, name: str) -> list[T]:
        """Return each item of an answer's list ``name``, parsed as in :meth:`read`."""
        found = answer.get(name) if isinstance(answer, dict) else None
        if not isinstance(found, list):
            raise ServerUnavailable(f"{self.url} sent an answer that can't be read here: it has no list of {name}.")
        return [self.read(kind, one) for one in found]

    def _request(
        self, method: str, path: str, body: _Hidden, request_id: str | None, files: Sequence[Upload], *, hears: bool
    ) -> httpx.Request:
        headers = {
            "x-api-key": self._key.reveal(),
            "user-agent": f"composio/{__version__}",
            "accept": f"application/json, {FRAMED}, {HEARD}" if hears else f"application/json, {FRAMED}",
            PROTOCOL_HEADER: str(PROTOCOL),
        }
        if request_id is not None:
            headers["x-request-id"] = request_id
        if body.value is _NOTHING:
            return Request(method, self._address(path), headers=headers)
        if files:
            stream = frame(body.value, files)
            url = self._address(path)
            headers |= {"host": url.netloc.decode("ascii"), "content-type": FRAMED, "content-length": str(stream.size)}
            return Request(method, url, headers=headers, stream=stream)
        headers["content-type"] = "application/json"
        return Request(method, self._address(path), headers=headers, content=to_json(body.value))

    async def _send(
        self, request: httpx.Request, arriving: Callable[[], Arriving] | None, *, hear: Hear | None
    ) -> tuple[httpx.Response, Any]:
        response = await asend(await self.clients.asynchronous(), request)
        try:
            if hear is not None and _kind_of(response) == HEARD:
                response = await self._listen(response, hear)
            if arriving is None or not _is_framed(response):
                await response.aread()
                return response, _NOTHING
            import anyio.to_thread

            with self._take(arriving()) as (taking, reader):
                async for chunk in response.aiter_bytes(_CHUNK):
                    await anyio.to_thread.run_sync(reader.feed, chunk)
                return response, taking.finish(reader.finish())
        finally:
            await response.aclose()

    async def _listen(self, response: httpx.Response, hear: Hear) -> httpx.Response:
        """Pass on what is told before the answer; the answer itself, which is not read yet."""
        reader, chunks = HeardReader(hear), response.aiter_raw()
        try:
            rest = b""
            async for chunk in chunks:
                rest = reader.feed(chunk)
                if reader.headers is not None:
                    break
        except HeardError as error:
            raise ServerUnavailable(f"{self.url} sent an answer that can't be read here: {error}.") from None
        if reader.headers is None:
            raise httpx.RemoteProtocolError("the answer ended before its end", request=response.request)
        # What is about the connection, or the server as a whole, came with the first line.
        headers = {**response.headers, **reader.headers}
        return httpx.Response(
            reader.status, headers=headers, stream=_Following(response, rest, chunks), request=response.request
        )

    async def _send_blocking(
        self, request: httpx.Request, arriving: Callable[[], Arriving] | None
    ) -> tuple[httpx.Response, Any]:
        response = send(self.clients.blocking(), request)
        try:
            if arriving is None or not _is_framed(response):
                response.read()
                return response, _NOTHING
            with self._take(arriving()) as (taking, reader):
                for chunk in response.iter_bytes(_CHUNK):
                    reader.feed(chunk)
                return response, taking.finish(reader.finish())
        finally:
            response.close()

    @contextmanager
    def _take(self, taking: Arriving) -> Iterator[tuple[Arriving, FrameReader]]:
        """Read a response with files; delete them if that fails."""
        reader = FrameReader(taking.open_files, _LONGEST_HEAD)
        try:
            yield taking, reader
        except BaseException as error:
            reader.abort()
            if isinstance(error, FrameError):
                raise ServerUnavailable(f"{self.url} sent files that can't be read here: {error}.") from None
            raise

    def _read(self, response: httpx.Response) -> Any:
        """Parse a response; raises the error that it reports."""
        status, spoken = response.status_code, response.headers.get(PROTOCOL_HEADER)
        if 300 <= status < 400:
            where = response.headers.get("location", "").partition("?")[0]
            raise ServerUnavailable(
                f"{self.url} redirects to {where[:200]!r}. The API key is not sent there: name the server's own address"
                f" instead{self._where()}."
            )
        if spoken is None:
            raise ServerUnavailable(self._not_ours(status))
        if spoken != str(PROTOCOL):
            raise ServerUnavailable(self._other_version(spoken, response.headers.get("x-composio-version", "")))
        try:
            data = from_json(response.content) if response.content else None
        except ValueError:
            raise ServerUnavailable(f"{self.url} sent an answer that is not JSON (status {status}).") from None
        if status < 300:
            return data
        raise self._problem(status, data, response.headers.get("x-request-id", ""))

    def _problem(self, status: int, data: Any, request_id: str) -> ComposioError:
        said = data.get("error") if isinstance(data, dict) else None
        told = said if isinstance(said, dict) else {}
        if (error := read_error(told.get("exception"))) is not None:
            return error
        message = str(told.get("message") or f"status {status}")
        if status in {401, 403}:
            return KeyRefused(f"{self.url}: {message}")
        if status in {404, 405}:
            return ServerUnavailable(
                f"{self.url} does not know this request: it is older than this version ({__version__}). Update the server."
            )
        if status == 429:
            return ServerUnavailable(f"{self.url}: {message}", sent=False)
        if status < 500:
            return InvalidRequest(f"{self.url}: {message}")
        return ServerUnavailable(f"{self.url}: {message} (status {status}, request {request_id[:128]})")

    def _where(self) -> str:
        return f" in {self._source}" if self._source else ""

    def _not_ours(self, status: int) -> str:
        return (
            f"What answers at {self.url} (status {status}) is not a Composio server of this kind, or is older than version"
            f" {__version__}. Check the address{self._where()}, or update the server."
        )

    def _other_version(self, spoken: str, version: str) -> str:
        server = f"{self.url} runs version {version[:40]}" if version else f"{self.url} runs another version"
        newer = spoken.isdecimal() and int(spoken[:9]) > PROTOCOL
        what = "this version is too old for it: pip install -U opencomposio" if newer else "it is too old: update the server"
        return f"{server}, here is {__version__}; {what}."

    def _unreachable(self, error: httpx.TransportError, sent: bool, seconds: float) -> ServerUnavailable:
        if isinstance(error, httpx.TimeoutException):
            what = f"does not answer within {seconds:g} seconds" if sent else "can't be reached in time"
        elif sent:
            what = "closed the connection"
        else:
            what = "can't be reached: nothing answers there"
            if "certificate" in str(error).lower():
                what = "can't be trusted: its TLS certificate is not valid here (SSL_CERT_FILE names further authorities)"
        return ServerUnavailable(
            f"The Composio server {self.url} {what}. Check that it runs and that its address is right{self._where()}.",
            sent=sent,
        )


class _Following(httpx.AsyncByteStream):
    """What is left of a response."""

    def __init__(self, response: httpx.Response, first: bytes, rest: AsyncIterator[bytes]) -> None:
        self._response, self._first, self._rest = response, first, rest

    async def __aiter__(self) -> AsyncIterator[bytes]:
        yield self._first
        async for chunk in self._rest:
            yield chunk

    async def aclose(self) -> None:
        await self._response.aclose()


def _is_framed(response: httpx.Response) -> bool:
    return response.status_code == 200 and _kind_of(response) == FRAMED


def _kind_of(response: httpx.Response) -> str:
    return str(response.headers.get("content-type", "")).partition(";")[0]


def _wait(response: httpx.Response, number: int, *, may_repeat: bool) -> float | None:
    """Return the delay before a retry; None if the response is final."""
    status = response.status_code
    if status < 429 or number > len(_PAUSES):
        return None
    if status in _BUSY:  # nothing was done
        asked = response.headers.get("retry-after", "")
        seconds = float(asked) if asked.isdecimal() else _PAUSES[number - 1]
        return seconds if seconds <= _LONGEST_PAUSE else None
    is_proxys = status in _BETWEEN and PROTOCOL_HEADER not in response.headers
    return _PAUSES[number - 1] if is_proxys and may_repeat else None


async def _sleep(seconds: float, *, blocks: bool) -> None:
    if blocks:
        time.sleep(seconds)  # noqa: ASYNC251 - a synchronous caller waits on this thread
        return
    import anyio

    await anyio.sleep(seconds)


def make_request_id() -> str:
    """Return the id of one call, the same for every attempt."""
    return uuid.uuid4().hex
