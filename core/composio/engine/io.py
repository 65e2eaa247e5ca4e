"""The engine's only contact with the world: send, sleep, call a function.

The call path is written once, as coroutines, against :class:`Io`. Asynchronous callers get an ``Io`` that really awaits.
Synchronous callers get one that blocks and so never suspends: the same coroutines then run to their end on the calling thread
(:func:`composio.engine.blocking.drive`), with no event loop, no second thread and no hop between the two, which would cost
more than the request.
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
    """What a step may ask of the outside."""

    async def open(self, request: httpx.Request) -> httpx.Response:
        """One request, its response not read yet; redirects are not followed. Raises ``httpx.TransportError``.

        Raises ``UpstreamRefused`` for a guarded request that leads to where it may not go.
        """
        ...

    async def read(self, response: httpx.Response, receiver: Receiver) -> Answer:
        """The response through ``receiver``, as far as it wants; then it is closed. Raises ``httpx.TransportError``."""
        ...

    async def fetch(self, request: httpx.Request, seconds: float | None = None) -> httpx.Response:
        """A short answer, whole: what token endpoints give. Redirects are not followed. Raises ``UpstreamError``."""
        ...

    async def work(self, function: Callable[[], T]) -> T:
        """Call what may wait for a disk, without holding up other calls."""
        ...

    async def start(self, key: str, function: Callable[[Any], Coroutine[Any, Any, T]]) -> Future[T]:
        """Start ``function``, which is called with an ``Io`` and goes on to its end beside the caller; one for each key."""
        ...

    async def outcome(self, started: Future[T], seconds: float | None = None) -> T:
        """What something started gives. Raises ``TimeoutError`` after ``seconds``; it goes on all the same."""
        ...

    async def sleep(self, seconds: float) -> None: ...

    async def call(self, function: Callable[..., Any], arguments: Mapping[str, Any]) -> Any:
        """Call a user's function, synchronous or not, without holding up other calls."""
        ...

    def bridge(self, work: Callable[[Io], Coroutine[Any, Any, T]], *, asynchronous: bool) -> Coroutine[Any, Any, T] | T:
        """Run ``work`` for a user's function that is being called: an awaitable for asynchronous ones, else the result."""
        ...
