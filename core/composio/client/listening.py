"""Start listeners for toolsets and the command line."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

from composio.triggers.listening import TriggerListener

if TYPE_CHECKING:
    from composio.backend import Backend

__all__ = ["make_listener"]


def make_listener(backend: Backend, timeout: float | None = 15.0, *, after: int | None = None) -> TriggerListener:
    """Return a running listener. Raises ``ConnectionTimeout`` if starting takes longer than ``timeout`` seconds."""

    def find_names(name: str) -> Collection[str]:
        return backend.run(lambda: backend.events.trigger_names(name))

    listener = TriggerListener(backend.events, after=after, names=find_names)
    listener.start(timeout)
    return listener
