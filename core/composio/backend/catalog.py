"""Actions and apps, as surfaces ask for them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from composio.model.action import ActionModel
from composio.model.app import AppModel

__all__ = ["ActionQuery", "CatalogService"]


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


class CatalogService(Protocol):
    """Finds definitions. Unknown names raise the ``NotFoundError`` that fits, with the nearest known ones."""

    async def actions(self, query: ActionQuery) -> list[ActionModel]: ...

    async def apps(self) -> list[AppModel]: ...

    async def app(self, name: str) -> AppModel: ...

    async def search(self, use_case: str, *, apps: Sequence[str] = (), limit: int = 10) -> list[str]:
        """Slugs of the actions that fit a sentence, best first."""
        ...

    async def chain(self, use_case: str, *, apps: Sequence[str] = (), limit: int = 10) -> list[str]:
        """Slugs of the actions that do a task of several steps, in the order in which they are called."""
        ...
