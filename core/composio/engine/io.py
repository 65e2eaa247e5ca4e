"""The engine's only contact with the outside: send, sleep, call a function.

The call path is written once, as coroutines, against :class:`Io`. Asynchronous callers get an ``Io`` that really awaits.
Synchronous callers get one that blocks and so never suspends: the same coroutines then run to their end on the calling thread
(:func:`composio.engine.blocking.drive`), without an event loop or a second thread, which would cost more than the request.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    import httpx

    from composio.engine.receive import Answer, Receiver

__all__ = ["Io"]

T = TypeVar("T")


class Io(Protocol):
    """What a step may do outside the engine."""

    async def open(self, request: httpx.Request) -> httpx.Response:
        """Send one request and return the response unread; redirects are not followed. Raises ``httpx.TransportError``.

        Raises ``UpstreamRefused`` for a guarded request to a forbidden destination.
        """
        ...

    async def read(self, response: httpx.Response, receiver: Receiver) -> Answer:
        """Read the response through ``receiver``, as far as it wants, then close it. Raises ``httpx.TransportError``."""
        ...

    async def fetch(self, request: httpx.Request, seconds: float | None = None) -> httpx.Response:
        """Return a short response in full, such as a token endpoint's. Redirects are not followed. Raises ``UpstreamError``."""
        ...

    async def work(self, function: Callable[[], T]) -> T:
        """Call a function that may wait for a disk, without blocking other calls."""
        ...

    async def start(self, key: str, function: Callable[[Any], Coroutine[Any, Any, T]]) -> Future[T]:
        """Start ``function(io)``, which continues to its end beside the caller; one at a time for each key."""
        ...

    async def outcome(self, started: Future[T], seconds: float | None = None) -> T:
        """Return the result of a started function. Raises ``TimeoutError`` after ``seconds``; the function continues."""
        ...

    async def sleep(self, seconds: float) -> None: ...

    async def call(self, function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
        """Call a user's function, synchronous or not, without blocking other calls."""
        ...

    def bridge(self, work: Callable[[Io], Coroutine[Any, Any, T]], *, asynchronous: bool) -> Coroutine[Any, Any, T] | T:
        """Run ``work`` for a user's function that is being called.

        Returns an awaitable if the function is asynchronous, else the result.
        """
        ...
