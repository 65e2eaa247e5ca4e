"""A server's definitions, with the caller's own functions."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Final

from composio.backend.catalog import ActionQuery
from composio.engine.resolve import resolve
from composio.errors import ActionNotFound
from composio.functions.function import ActionFunction
from composio.functions.grouped import Grouped
from composio.functions.registry import REGISTRY
from composio.model.action import ActionModel, FunctionBinding
from composio.model.app import AppModel
from composio.process.forks import lock
from composio.remote.codec import encode
from composio.remote.requests import FindActions, OfApp
from composio.remote.wire import ServerWire

if TYPE_CHECKING:
    from composio.engine.io import Io

__all__ = ["RemoteCatalog", "runs_here"]

# Lifetime in seconds, and number, of cached definitions of a server, for calls that need one.
_FRESH: Final = 300.0
_MOST: Final = 1024


def runs_here(action: ActionModel) -> bool:
    """Return whether it is a function of this process. A server's own functions have none here."""
    return isinstance(action.binding, FunctionBinding) and action.binding.function is not None


class RemoteCatalog:
    """See :class:`composio.backend.CatalogService`. Functions under the caller's ``@action`` come before the server's names."""

    def __init__(self, wire: ServerWire) -> None:
        self._wire, self._lock = wire, lock()
        self._known: OrderedDict[str, tuple[float, ActionModel]] = OrderedDict()
        self._keys: frozenset[str] = frozenset()
        self._keys_read = 0.0

    async def actions(self, query: ActionQuery, io: Io | None = None) -> list[ActionModel]:
        await self._learn_apps(query.apps, io)
        own = {name: one for name in query.names if (one := self._own(name)) is not None}
        found = await self._find_named(query, own, io)
        if query.apps or query.tags or not query.names:
            found += await self._select(query, io)
        return list({(action.key, getattr(action.binding, "reference", "")): action for action in found}.values())

    async def _find_named(self, query: ActionQuery, own: dict[str, ActionModel], io: Io | None) -> list[ActionModel]:
        asked = [name for name in query.names if name not in own]
        for name in asked:
            if not name.strip():
                raise ActionNotFound(name)
        try:
            answers = await self._ask(ActionQuery(names=asked), io) if asked else []
        except ActionNotFound as error:
            # Explained as for this process's catalog, whose names include the caller's functions.
            return [self._resolve(error)]
        by_name = {other: one for one in answers for other in one.names} | {one.key: one for one in answers}
        theirs = {name: by_name.get(name.strip().upper()) or (await self._one(name, io)) for name in asked}
        for name, action in theirs.items():
            self._remember(name, action)
        return [own.get(name) or theirs[name] for name in query.names]

    def _resolve(self, error: ActionNotFound) -> ActionModel:
        def unknown(_: str) -> ActionModel | None:
            raise error

        return resolve(error.name, (unknown,), REGISTRY.names)

    async def _select(self, query: ActionQuery, io: Io | None) -> list[ActionModel]:
        """Expand apps and tags: a ``toolname`` that is not an app selects the functions that share it."""
        found, apps = Grouped.of(query.apps, self._is_app)
        if found and not (apps or query.tags):
            return [*found]
        more = await self._ask(ActionQuery(apps=apps, tags=query.tags, everything=query.everything, limit=query.limit), io)
        return [*found, *more]

    async def _one(self, name: str, io: Io | None) -> ActionModel:
        """Return an action under a name that its definition does not list."""
        return (await self._ask(ActionQuery(names=(name,)), io))[0]

    async def _ask(self, query: ActionQuery, io: Io | None) -> list[ActionModel]:
        answer = await self._wire.ask("POST", "/catalog/actions", encode(query), repeat=True, io=io)
        return self._wire.read_all(ActionModel, answer, "actions")

    async def apps(self, io: Io | None = None) -> list[AppModel]:
        answer = await self._wire.ask("GET", "/catalog/apps", repeat=True, io=io)
        found = self._wire.read_all(AppModel, answer, "apps")
        self._keys, self._keys_read = frozenset(one.key for one in found), time.monotonic()
        return found

    async def app(self, name: str) -> AppModel:
        return self._wire.read(AppModel, await self._wire.ask("POST", "/catalog/app", encode(OfApp(app=name)), repeat=True))

    async def search(self, use_case: str, *, apps: Sequence[str] = (), limit: int = 10) -> list[str]:
        return await self._find("search", use_case, apps, limit)

    async def chain(self, use_case: str, *, apps: Sequence[str] = (), limit: int = 10) -> list[str]:
        return await self._find("chain", use_case, apps, limit)

    async def _find(self, how: str, use_case: str, apps: Iterable[str], limit: int) -> list[str]:
        body = FindActions(use_case=use_case, apps=tuple(apps), limit=limit)
        answer = await self._wire.ask("POST", f"/catalog/{how}", encode(body), repeat=True)
        return self._wire.read_all(str, answer, "actions")

    # Of a call

    async def own(self, name: str, io: Io) -> ActionModel | None:
        """Return the caller's own function with that name."""
        if REGISTRY.is_empty():
            return None
        await self._learn_apps((), io)
        return self._own(name)

    async def definition(self, name: str, io: Io) -> ActionModel:
        """Resolve a name, cached for some minutes."""
        with self._lock:
            told = self._known.get(name)
        if told is not None and time.monotonic() - told[0] < _FRESH:
            return told[1]
        (found,) = await self.actions(ActionQuery(names=(name,)), io)
        return found

    def _own(self, name: str) -> ActionModel | None:
        return REGISTRY.find(name, self._is_app)

    def _is_app(self, name: str) -> bool:
        return name.strip().lower() in self._keys

    async def _learn_apps(self, names: Sequence[str], io: Io | None) -> None:
        """Return which names are apps', if that decides what a ``toolname`` means."""
        if time.monotonic() - self._keys_read < _FRESH and self._keys:
            return
        if any(_has_toolname(function) for function in REGISTRY) or (names and not REGISTRY.is_empty()):
            await self.apps(io)

    def _remember(self, name: str, action: ActionModel) -> None:
        with self._lock:
            self._known[name] = (time.monotonic(), action)
            self._known.move_to_end(name)
            if len(self._known) > _MOST:
                self._known.popitem(last=False)


def _has_toolname(function: ActionFunction[..., object]) -> bool:
    return function.toolname is not None and function.app is None and not function.is_shipped
