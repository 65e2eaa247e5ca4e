"""Servers of a plugin's protocol, which run an app's operations in place of an HTTP API.

The core knows the location of such a server and who may use it. A plugin connects to it: see
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
"""The URL of a server that is a program on this machine. RFC 6761, 6.4: no resolver ever finds it."""


@dataclass(frozen=True, slots=True)
class PeerServer:
    """The location of a server: a ``url``, or a program started by ``command``.

    ``kind`` names the protocol, ``transport`` its variant, "" for the usual one. ``pin`` holds changed definitions back until
    they are accepted.
    """

    kind: str = "mcp"
    url: str = ""
    command: tuple[str, ...] = ()
    transport: str = ""
    pin: bool = False


@dataclass(frozen=True, slots=True)
class Peer:
    """How to run an action: the operation with that name, at that server."""

    server: PeerServer
    operation: str


class SaveFile(Protocol):
    """Takes the bytes of one file."""

    def __call__(self, name: str, mimetype: str, data: bytes) -> Mapping[str, Any]:
        """Write ``data`` to a new file; return its description for a result."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PeerCall:
    """One request to a server.

    ``url`` and ``headers`` contain the credentials. A program gets headers as environment variables. Sessions are shared among
    calls of the same ``owner`` only. ``mark`` limits a request to the app's allowed destinations. ``seconds`` limits the
    request, ``limit`` the bytes that are read of an answer. ``hear`` gets the operation's progress. ``check`` returns why
    structured content does not match the server's declaration, None if it does: the schema is the server's, so only this
    engine, which a schema cannot block, may run it.
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
    """A server's answer. ``status`` and ``headers`` are those of HTTP if it refused credentials."""

    data: Any = None
    error: str | None = None
    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Started(Generic[T]):
    """Work on another thread's loop. ``cancel`` aborts it; the future then ends too."""

    future: Future[T]
    cancel: Callable[[], None]


class PeerHost(Protocol):
    """What a service needs of its backend."""

    def submit(self, work: Callable[[], Coroutine[Any, Any, T]]) -> Started[T]:
        """Run ``work()`` on the loop of all the backend's sessions."""
        ...

    def open(self, request: httpx.Request) -> Awaitable[httpx.Response]:
        """Send a request and return the response unread; redirects are not followed. On that loop only."""
        ...

    def guard(self, request: httpx.Request, by: str) -> httpx.Request:
        """Limit a request to the public internet, as ``by`` named its host, who is not the developer."""
        ...


class PeerService(Protocol):
    """Implements one protocol. A server's errors are answers with an ``error``."""

    def call(self, call: PeerCall) -> Started[PeerAnswer]:
        """Run an operation."""
        ...

    def describe(self, call: PeerCall) -> Started[Mapping[str, Any]]:
        """Return what the server offers, as a description for :mod:`composio.catalog.importers.mcp`.

        The future raises ``SourceUnavailable`` if the server cannot be reached or its answer is unusable.
        """
        ...

    async def aclose(self) -> None:
        """End all sessions. On the host's loop."""
        ...
