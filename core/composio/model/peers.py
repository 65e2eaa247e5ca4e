"""Servers of a protocol that a plugin speaks, which run an app's operations in place of an HTTP API.

The core knows where such a server is and who may use it. A plugin connects to it: see
:func:`composio.plugin.spec.register_peers`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, TypeVar

from composio.model.progress import Hear

if TYPE_CHECKING:
    import httpx

__all__ = ["NOWHERE", "Peer", "PeerAnswer", "PeerCall", "PeerHost", "PeerServer", "PeerService", "SaveFile", "Started"]

T = TypeVar("T")
NOWHERE: Final = "http://process.invalid"
"""The address of a server that is a program on this machine. RFC 6761, 6.4: no resolver ever finds it."""


@dataclass(frozen=True, slots=True)
class PeerServer:
    """Where a server is: at ``url``, or a program that ``command`` starts.

    ``kind`` names the protocol, ``transport`` the variant of it that the server speaks, "" for the usual one. ``pin`` holds changed
    definitions back until they are accepted.
    """

    kind: str = "mcp"
    url: str = ""
    command: tuple[str, ...] = ()
    transport: str = ""
    pin: bool = False


@dataclass(frozen=True, slots=True)
class Peer:
    """What runs an action: the operation of that name, at that server."""

    server: PeerServer
    operation: str


class SaveFile(Protocol):
    """Takes the bytes of one file."""

    def __call__(self, name: str, mimetype: str, data: bytes) -> Mapping[str, Any]:
        """Write ``data`` to a new file; what a result says of it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerCall:
    """One request to a server.

    ``url`` and ``headers`` carry the credentials. A program gets what would be headers as environment variables. Sessions are
    shared among calls of the same ``owner`` and with nobody else. ``mark`` holds a request to where the app's may go. ``seconds``
    bounds the request, ``limit`` is in bytes and bounds what is read of an answer. ``hear`` is told of the operation's progress.
    ``check`` says in words why structured content is not what the server declared, None if it is: a schema is the server's, so only
    this engine, which no schema can hold up, may run it.
    """

    app: str
    server: PeerServer
    url: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)
    owner: tuple[str, ...]
    operation: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict, repr=False)
    is_safe: bool = False
    mark: Callable[[httpx.Request], httpx.Request] = lambda request: request
    save: SaveFile | None = None
    hear: Hear | None = None
    check: Callable[[Any], str | None] = lambda _: None
    seconds: float = 300.0
    limit: int = 16 * 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerAnswer:
    """What a server said. ``status`` and ``headers`` are those of HTTP where it refused credentials."""

    data: Any = None
    error: str | None = None
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Started(Generic[T]):
    """Work on another thread's loop. ``cancel`` ends it early; the future then ends too."""

    future: Future[T]
    cancel: Callable[[], None]


class PeerHost(Protocol):
    """What a service needs of the backend that it belongs to."""

    def submit(self, work: Callable[[], Coroutine[Any, Any, T]]) -> Started[T]:
        """Run ``work()`` on the loop that all sessions of the backend live on."""
        ...

    def open(self, request: httpx.Request) -> Awaitable[httpx.Response]:
        """Send a request; the response is not read yet, and redirects are not followed. On that loop only."""
        ...

    def guard(self, request: httpx.Request, by: str) -> httpx.Request:
        """Hold a request to the public internet, as ``by`` named its host, who is not the developer."""
        ...


class PeerService(Protocol):
    """Speaks one protocol. What a server did wrong is an answer with an ``error``."""

    def call(self, call: PeerCall) -> Started[PeerAnswer]:
        """Run an operation."""
        ...

    def describe(self, call: PeerCall) -> Started[Mapping[str, Any]]:
        """What the server offers, as the description that :mod:`composio.catalog.importers.mcp` reads.

        The future raises ``SourceUnavailable`` if the server can't be reached or answers with nothing that can be used.
        """
        ...

    async def aclose(self) -> None:
        """End all sessions. On the host's loop."""
        ...
