"""The common part of every backend: catalog queries, and calls of its engine."""

from __future__ import annotations

import functools
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

from composio.engine.blocking import drive
from composio.model.call import NOTHING_LOCAL, Local, Outcome, RawRequest, ToolCall, Who

if TYPE_CHECKING:
    from composio.backend.catalog import ActionQuery, CatalogService
    from composio.engine.engine import Engine
    from composio.engine.io import Io
    from composio.engine.runtime import Runtime
    from composio.model.action import ActionModel
    from composio.model.app import AppModel

__all__ = ["BackendBase"]

T = TypeVar("T")


class BackendBase(ABC):
    """See :class:`composio.backend.Backend`; a subclass adds its nouns. ``runtime`` runs its work."""

    def __init__(self, runtime: Runtime) -> None:
        self.runtime = runtime

    @property
    @abstractmethod
    def definitions(self) -> CatalogService:
        """Finds actions and apps."""

    @property
    @abstractmethod
    def engine(self) -> Engine:
        """Runs calls."""

    def _execute(self, call: ToolCall, io: Io, local: Local) -> Coroutine[Any, Any, Outcome]:
        return self.engine.execute(call, io, local)

    def _request(self, request: RawRequest, io: Io) -> Coroutine[Any, Any, Outcome]:
        return self.engine.request(request, io)

    async def actions(self, query: ActionQuery) -> list[ActionModel]:
        """See :class:`composio.backend.ActionQuery`."""
        return await self.definitions.actions(query)

    async def apps(self) -> list[AppModel]:
        return await self.definitions.apps()

    async def app(self, name: str) -> AppModel:
        return await self.definitions.app(name)

    async def search(self, use_case: str, *, apps: Sequence[str] = (), limit: int = 10) -> list[str]:
        return await self.definitions.search(use_case, apps=apps, limit=limit)

    async def chain(self, use_case: str, *, apps: Sequence[str] = (), limit: int = 10) -> list[str]:
        return await self.definitions.chain(use_case, apps=apps, limit=limit)

    @property
    def can_block(self) -> bool:
        """Return whether calls work without an event loop: False over a transport for asynchronous requests only."""
        return self.runtime.clients.can_block

    async def execute(self, call: ToolCall, local: Local = NOTHING_LOCAL) -> Outcome:
        return await self._execute(call, self.runtime.awaiting, local)

    async def request(self, request: RawRequest) -> Outcome:
        return await self._request(request, self.runtime.awaiting)

    def execute_sync(self, call: ToolCall, local: Local = NOTHING_LOCAL) -> Outcome:
        """Like :meth:`execute`, on the calling thread, without an event loop."""
        runtime = self.runtime
        if not runtime.clients.can_block:
            return runtime.run(functools.partial(self.execute, call, local))
        return drive(self._execute(call, runtime.blocking, local))

    def request_sync(self, request: RawRequest) -> Outcome:
        """Like :meth:`request`, on the calling thread, without an event loop."""
        runtime = self.runtime
        if not runtime.clients.can_block:
            return runtime.run(functools.partial(self.request, request))
        return drive(self._request(request, runtime.blocking))

    async def auth_params(self, app: str, who: Who) -> dict[str, Any]:
        return await self.engine.auth_params(app, who, self.runtime.awaiting)

    def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        return self.runtime.run(work)

    def read(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Like :meth:`run`, for work that changes nothing: on the calling thread, unless it has to wait for a loop."""
        return self.runtime.read(work)
