"""How a backend's work runs: on the caller's loop, on the calling thread, on a loop of the backend's own, in the background."""

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
    """See :class:`composio.engine.blocking.IoHost`. ``make_clients`` gives the HTTP clients, which first use makes."""

    def __init__(self, make_clients: Callable[[], Clients]) -> None:
        self._make_clients = make_clients
        self.background = Background()

    @cached
    def clients(self) -> Clients:
        """HTTP clients, for each event loop and for none."""
        return self._make_clients()

    @cached
    def awaiting(self) -> AsyncIo:
        """How asynchronous callers reach the world."""
        from composio.engine.awaiting import AsyncIo

        return AsyncIo(self)

    @cached
    def blocking(self) -> BlockingIo:
        """How synchronous callers do."""
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
        """Run a coroutine function to its end from synchronous code, on the backend's own loop, in this context."""
        return self._portal.run(work)

    def read(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """As :meth:`run`, for work that changes nothing: on the calling thread, unless it has to wait for a loop."""
        with reading():
            try:
                return drive(work())
            except RuntimeError:  # there is no loop; what else may have been wrong, it says again
                pass
        return self.run(work)

    def start(self, key: str, function: Callable[[Io], Coroutine[Any, Any, T]]) -> Future[T]:
        """Have a thread of the background carry ``function`` to its end. See :class:`composio.accounts.wire.Wire`."""
        return self.background.start(key, lambda: drive(function(self.blocking)))

    def bridge(self, work: Callable[[Io], Coroutine[Any, Any, T]], *, asynchronous: bool) -> Coroutine[Any, Any, T] | T:
        """Engine work asked for by a user's function that the engine is calling."""
        if asynchronous:
            return work(self.awaiting)
        if not self.clients.can_block:
            return self.run(functools.partial(work, self.awaiting))
        return drive(work(self.blocking))

    def end_loop(self) -> None:
        """Close what the backend's own loop has open, then the loop, where there is one."""
        if "_portal" in vars(self):
            self._portal.close(self.clients.aclose if self.has_clients else None)
