"""Which actions the four tools may find and run. Only the developer decides this, never a model."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from composio.backend.catalog import ActionQuery
from composio.discovery.names import CONNECT, DESCRIBE, EXECUTE, SEARCH
from composio.errors import ActionNotFound, AppNotFound, nearest
from composio.functions.function import ActionFunction
from composio.model.action import ActionModel, FunctionBinding
from composio.model.app import AppModel
from composio.model.call import Calling

if TYPE_CHECKING:
    from composio.backend import Backend

__all__ = ["Scope"]

_LISTED = 10


@dataclass(frozen=True, slots=True)
class Scope:
    """``apps`` are keys of apps with all their actions; ``actions`` are single actions, by any of their names.

    Neither means everything.

    The user's own Python functions are included only by name. ``rule`` and ``app_rule`` exclude more of the rest.
    """

    apps: frozenset[str] = frozenset()
    actions: Mapping[str, ActionModel] = field(default_factory=dict)
    rule: Callable[[ActionModel], bool] | None = None
    app_rule: Callable[[str], bool] | None = None

    @classmethod
    async def read(cls, backend: Backend, *, apps: Sequence[str], actions: Sequence[str], tags: Sequence[str]) -> Scope:
        """Return the scope for names as ``get_tools`` takes them.

        An app stands for all its actions, not for the important ones.

        ``tags`` limit the apps to actions with one of the tags, as in ``get_tools``. Raises the ``NotFoundError`` of the kind.
        """
        found = await backend.actions(ActionQuery(names=actions)) if actions else []
        if tags:
            found += await backend.actions(ActionQuery(apps=apps, tags=tags))
            apps = ()
        keys = frozenset([(await backend.app(name)).key for name in apps])
        return cls(keys, {name: one for one in found for name in one.names})

    @property
    def is_open(self) -> bool:
        """Return whether the scope includes the whole catalog."""
        return not self.apps and not self.actions

    @property
    def every_app(self) -> tuple[str, ...]:
        """Return the apps with at least one allowed action; empty for all apps."""
        return tuple(sorted(self.apps.union(one.app for one in self.actions.values())))

    @property
    def named(self) -> list[ActionModel]:
        """Return the single actions that may be run, each once."""
        return list({id(one): one for one in self.actions.values() if self.allows(one)}.values())

    def under(self, calling: Calling) -> Scope:
        """Limit the scope to actions of which a gate may allow a call."""
        gate, rule = calling.local.gate, self.rule
        if gate is None:
            return self
        return replace(self, rule=lambda one: (rule is None or rule(one)) and gate.offers(one, calling.who))

    def allows(self, action: ActionModel) -> bool:
        """Return whether ``action`` may be shown and run."""
        if self.rule is not None and not self.rule(action):
            return False
        if not self.actions.keys().isdisjoint(action.names):
            return True
        return not _is_users_own(action) and (self.is_open or action.app in self.apps)

    def allows_app(self, key: str) -> bool:
        """Return whether any action of an app may be run, so that connecting to it is useful."""
        return (self.is_open or key in self.every_app) and (self.app_rule is None or self.app_rule(key))

    async def action(self, backend: Backend, name: str) -> ActionModel:
        """Return the action that a model named. Raises ``ActionNotFound`` with the closest allowed names."""
        known = self.actions.get(name.strip().upper())
        if known is not None and self.allows(known):
            return known
        if name.strip().upper() in _OWN:
            raise ActionNotFound(name, hint=f"{name} is a separate tool: call it directly.")
        try:
            (found,) = await backend.actions(ActionQuery(names=(name,)))
        except ActionNotFound as error:
            allowed = await self._find_allowed(backend, error.suggestions)
            raise ActionNotFound(name, allowed or self._similar(name), hint=_HOW, why=error.why) from None
        if not self.allows(found):
            raise ActionNotFound(name, self._similar(name), hint=_HOW, why="it is not among the tools of this agent")
        return found

    async def app(self, backend: Backend, name: str) -> AppModel:
        """Return the app that a model named. Raises ``AppNotFound`` with the allowed ones."""
        try:
            found = await backend.app(name)
        except AppNotFound as error:
            near = [one for one in error.suggestions if self.allows_app(one.lower())] or nearest(name, self.every_app)
            raise _UnknownApp(name, near, hint=f"{SEARCH} finds the apps for a task.") from None
        if not self.allows_app(found.key):
            listed = ", ".join(self.every_app[:_LISTED])
            raise _UnknownApp(name, hint=f"This agent may use {listed}.", why="it is not among the apps of this agent")
        return found

    async def _find_allowed(self, backend: Backend, names: Iterable[str]) -> list[str]:
        if self.is_open and self.rule is None:
            return list(names)
        found = await backend.actions(ActionQuery(names=tuple(names)))
        return [one.slug for one in found if self.allows(one)]

    def _similar(self, name: str) -> list[str]:
        return nearest(name, {one.slug for one in self.actions.values() if self.allows(one)})


class _UnknownApp(AppNotFound):
    how_to_list = ""


_OWN = frozenset({SEARCH, DESCRIBE, EXECUTE, CONNECT})
_HOW = f"{SEARCH} finds tools by task."


def _is_users_own(action: ActionModel) -> bool:
    """Return whether the action is a function under the user's ``@action``, which belongs to the program, not to an app."""
    function = action.binding.function if isinstance(action.binding, FunctionBinding) else None
    return isinstance(function, ActionFunction) and function.app is None
