"""The interface of actions and apps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from composio.model.action import ActionModel
from composio.model.app import AppModel

__all__ = ["ActionQuery", "CatalogService"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionQuery:
    """Selects actions by name, app or tag.

    ``names`` come first, in their order. ``apps`` alone select their important actions, with ``tags`` the actions with one of
    the tags, with ``everything`` all. ``limit`` bounds the actions from ``apps``.
    """

    names: Sequence[str] = ()
    apps: Sequence[str] = ()
    tags: Sequence[str] = ()
    everything: bool = False
    limit: int | None = None


class CatalogService(Protocol):
    """Finds definitions. Unknown names raise a ``NotFoundError`` with the nearest known ones."""

    async def actions(self, query: ActionQuery) -> list[ActionModel]: ...

    async def apps(self) -> list[AppModel]: ...

    async def app(self, name: str) -> AppModel: ...

    async def search(self, use_case: str, *, apps: Sequence[str] = (), limit: int = 10) -> list[str]:
        """Return the slugs of the actions that match a sentence, best first."""
        ...

    async def chain(self, use_case: str, *, apps: Sequence[str] = (), limit: int = 10) -> list[str]:
        """Return the slugs of the actions for a task of several steps, in calling order."""
        ...
