"""The one protocol that surfaces talk to: embedded in this process now, a server later.

Everything is asynchronous. :meth:`Backend.run` is the synchronous face of all of it, ``execute_sync`` and ``request_sync`` that
of the two calls whose overhead counts.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from composio.model.action import ActionModel
from composio.model.app import AppModel
from composio.model.auth import CustomAuth
from composio.model.call import DEFAULT_ENTITY, Outcome, RawRequest, ToolCall

__all__ = ["ActionQuery", "Backend"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionQuery:
    """Which actions: by name, by app, by tag.

    ``names`` come first and in their order. ``apps`` alone give their important actions; with ``tags`` those that carry one
    of the tags; ``everything`` lifts the default and gives all of an app. ``limit`` cuts what ``apps`` gave.
    """

    names: Sequence[str] = ()
    apps: Sequence[str] = ()
    tags: Sequence[str] = ()
    everything: bool = False
    limit: int | None = None


class Backend(Protocol):
    """What a surface may ask for. Unknown names raise the ``NotFoundError`` that fits, with the nearest known ones."""

    async def actions(self, query: ActionQuery) -> list[ActionModel]: ...

    async def apps(self) -> list[AppModel]: ...

    async def app(self, name: str) -> AppModel: ...

    async def search(self, use_case: str, *, apps: Sequence[str] = (), limit: int = 10) -> list[str]:
        """Slugs of the actions that fit a sentence, best first."""
        ...

    async def execute(self, call: ToolCall) -> Outcome:
        """Carry a call out. Raises for the caller's mistakes only."""
        ...

    async def request(self, request: RawRequest) -> Outcome: ...

    def execute_sync(self, call: ToolCall) -> Outcome:
        """As :meth:`execute`, for synchronous callers; cheaper than :meth:`run` with it."""
        ...

    def request_sync(self, request: RawRequest) -> Outcome: ...

    async def require_credentials(
        self, apps: Sequence[str], *, entity_id: str = DEFAULT_ENTITY, app_auth: Mapping[str, CustomAuth] | None = None
    ) -> None:
        """Raise ``ConnectionNotFound`` for the first of ``apps`` that a call could not authenticate to."""
        ...

    def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run a coroutine function to its end from synchronous code, on the backend's own loop, in this context."""
        ...

    async def aclose(self) -> None: ...

    def close(self) -> None: ...
