"""Which actions the four tools may find and run: what the developer said, and nothing that a model says."""

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
    """``apps`` are keys whose actions are all meant, ``actions`` single ones by every name they have. Neither means everything.

    A Python function of the user's own is only meant where it is named. ``rule`` and ``app_rule`` leave out more of the rest.
    """

    apps: frozenset[str] = frozenset()
    actions: Mapping[str, ActionModel] = field(default_factory=dict)
    rule: Callable[[ActionModel], bool] | None = None
    app_rule: Callable[[str], bool] | None = None

    @classmethod
    async def read(cls, backend: Backend, *, apps: Sequence[str], actions: Sequence[str], tags: Sequence[str]) -> Scope:
        """What the names that ``get_tools`` takes mean here: an app stands for all its actions, not for the important ones.

        ``tags`` narrow the apps to the actions that carry one, as in ``get_tools``. Raises the ``NotFoundError`` that fits.
        """
        found = await backend.actions(ActionQuery(names=actions)) if actions else []
        if tags:
            found += await backend.actions(ActionQuery(apps=apps, tags=tags))
            apps = ()
        keys = frozenset([(await backend.app(name)).key for name in apps])
        return cls(keys, {name: one for one in found for name in one.names})

    @property
    def is_open(self) -> bool:
        """True where every action of the catalog is meant."""
        return not self.apps and not self.actions

    @property
    def every_app(self) -> tuple[str, ...]:
        """The apps that anything is allowed of; none for all."""
        return tuple(sorted(self.apps.union(one.app for one in self.actions.values())))

    @property
    def named(self) -> list[ActionModel]:
        """The single actions that may be run, each once."""
        return list({id(one): one for one in self.actions.values() if self.allows(one)}.values())

    def under(self, calling: Calling) -> Scope:
        """What is left of it for a call that a gate decides about: nothing of which no call could be made."""
        gate, rule = calling.local.gate, self.rule
        if gate is None:
            return self
        return replace(self, rule=lambda one: (rule is None or rule(one)) and gate.offers(one, calling.who))

    def allows(self, action: ActionModel) -> bool:
        """Whether ``action`` may be shown and run."""
        if self.rule is not None and not self.rule(action):
            return False
        if not self.actions.keys().isdisjoint(action.names):
            return True
        return not _is_users_own(action) and (self.is_open or action.app in self.apps)

    def allows_app(self, key: str) -> bool:
        """Whether anything of an app may be run, so that connecting to it makes sense."""
        return (self.is_open or key in self.every_app) and (self.app_rule is None or self.app_rule(key))

    async def action(self, backend: Backend, name: str) -> ActionModel:
        """The action that a model named. Raises ``ActionNotFound``, which names the nearest that it may use."""
        known = self.actions.get(name.strip().upper())
        if known is not None and self.allows(known):
            return known
        if name.strip().upper() in _OWN:
            raise ActionNotFound(name, hint=f"{name} is a tool of its own: call it directly.")
        try:
            (found,) = await backend.actions(ActionQuery(names=(name,)))
        except ActionNotFound as error:
            allowed = await self._allowed(backend, error.suggestions)
            raise ActionNotFound(name, allowed or self._similar(name), hint=_HOW, why=error.why) from None
        if not self.allows(found):
            raise ActionNotFound(name, self._similar(name), hint=_HOW, why="it is not among the tools of this agent")
        return found

    async def app(self, backend: Backend, name: str) -> AppModel:
        """The app that a model named. Raises ``AppNotFound`` with those that it may use."""
        try:
            found = await backend.app(name)
        except AppNotFound as error:
            near = [one for one in error.suggestions if self.allows_app(one.lower())] or nearest(name, self.every_app)
            raise _UnknownApp(name, near, hint=f"{SEARCH} finds the apps for a task.") from None
        if not self.allows_app(found.key):
            listed = ", ".join(self.every_app[:_LISTED])
            raise _UnknownApp(name, hint=f"This agent may use {listed}.", why="it is not among the apps of this agent")
        return found

    async def _allowed(self, backend: Backend, names: Iterable[str]) -> list[str]:
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
    """Whether it is a function under the user's ``@action``: those belong to programs, not to apps."""
    function = action.binding.function if isinstance(action.binding, FunctionBinding) else None
    return isinstance(function, ActionFunction) and function.app is None
