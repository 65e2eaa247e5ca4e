"""How a backend's work runs: on the caller's loop, the calling thread, the backend's own loop, or in the background."""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import TYPE_CHECKING, Any, TypeVar

from composio.engine.blocking import BlockingIo, drive
from composio.process.background import Background
from composio.process.forks import cached
from composio.process.reading import reading

if TYPE_CHECKING:
    from composio.engine.awaiting import AsyncIo
    from composio.engine.io import Io
    from composio.process.portal import Portal
    from composio.transport.client import Clients

__all__ = ["Runtime"]

T = TypeVar("T")


class Runtime:
    """See :class:`composio.engine.blocking.IoHost`. ``make_clients`` creates the HTTP clients on first use."""

    def __init__(self, make_clients: Callable[[], Clients]) -> None:
        self._make_clients = make_clients
        self.background = Background()

    @cached
    def clients(self) -> Clients:
        """HTTP clients, one for each event loop and one for blocking use."""
        return self._make_clients()

    @cached
    def awaiting(self) -> AsyncIo:
        """I/O for asynchronous callers."""
        from composio.engine.awaiting import AsyncIo

        return AsyncIo(self)

    @cached
    def blocking(self) -> BlockingIo:
        """I/O for synchronous callers."""
        return BlockingIo(self)

    @cached
    def _portal(self) -> Portal:
        from composio.process.portal import Portal

        return Portal()

    @property
    def has_clients(self) -> bool:
        """Whether anything may have been sent."""
        return "clients" in vars(self)

    def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run a coroutine function from synchronous code to its end, on the backend's own loop, in this context."""
        return self._portal.run(work)

    def read(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run work that changes nothing as :meth:`run` does, but on the calling thread unless it must wait for a loop."""
        with reading():
            try:
                return drive(work())
            except RuntimeError:  # there is no loop; any other error occurs again
                pass
        return self.run(work)

    def start(self, key: str, function: Callable[[Io], Coroutine[Any, Any, T]]) -> Future[T]:
        """Run ``function`` to its end on a background thread. See :class:`composio.accounts.wire.Wire`."""
        return self.background.start(key, lambda: drive(function(self.blocking)))

    def bridge(self, work: Callable[[Io], Coroutine[Any, Any, T]], *, asynchronous: bool) -> Coroutine[Any, Any, T] | T:
        """Run engine work for a user's function that the engine is calling."""
        if asynchronous:
            return work(self.awaiting)
        if not self.clients.can_block:
            return self.run(functools.partial(work, self.awaiting))
        return drive(work(self.blocking))

    def end_loop(self) -> None:
        """Close what the backend's own loop has open, then the loop, if it exists."""
        if "_portal" in vars(self):
            self._portal.close(self.clients.aclose if self.has_clients else None)
