"""``client.apps`` and ``client.actions``: what there is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NoReturn, overload

from composio.backend import ActionQuery, Backend
from composio.client.arguments import ActionLike, AppLike, Many, action_name, app_name, count, listed, tag_name
from composio.client.blocking import blocking
from composio.client.former import explain_missing
from composio.model.action import ActionModel
from composio.model.app import AppModel

__all__ = ["Actions", "Apps"]


class Apps:
    """The known apps. Unknown names raise ``AppNotFound`` with the nearest ones."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend

    @overload
    async def aget(self, name: AppLike) -> AppModel: ...
    @overload
    async def aget(self, name: None = None) -> list[AppModel]: ...
    async def aget(self, name: AppLike | None = None) -> AppModel | list[AppModel]:
        """The one of that name, or all."""
        return await self.backend.apps() if name is None else await self.backend.app(app_name(name))

    @overload
    def get(self, name: AppLike) -> AppModel: ...
    @overload
    def get(self, name: None = None) -> list[AppModel]: ...
    def get(self, name: Any = None) -> Any:
        """As :meth:`aget`, waiting."""
        return self.backend.run(lambda: self.aget(name))


class Actions:
    """Definitions of actions."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend

    if not TYPE_CHECKING:  # a type checker must go on refusing unknown names

        def __getattr__(self, name: str) -> NoReturn:
            explain_missing(self, "Actions", name, dir(type(self)))

    async def aget(
        self,
        actions: Many[ActionLike] | None = None,
        apps: Many[AppLike] | None = None,
        tags: Many[str] | None = None,
        limit: int | None = None,
        use_case: str | None = None,
    ) -> list[ActionModel]:
        """By name, by app (its important ones) or by tag, as in :meth:`composio.ComposioToolSet.get_tools`; or by use case."""
        names, scope = listed(actions, action_name, "actions"), listed(apps, app_name, "apps")
        if use_case is not None:
            names = (*names, *await self.backend.search(use_case, apps=scope, limit=count(limit) or 10))
            scope = ()
        query = ActionQuery(names=names, apps=scope, tags=listed(tags, tag_name, "tags"), limit=count(limit))
        return await self.backend.actions(query) if names or scope or query.tags else []

    get = blocking(aget)
