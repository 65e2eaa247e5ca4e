"""The toolset's methods for actions and apps. Source: documentation page "Fetching Tools"."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from composio.backend.catalog import ActionQuery
from composio.client import arguments as read
from composio.client.arguments import ActionLike, AppLike, Many
from composio.client.spellings import url_of
from composio.errors import InvalidRequest
from composio.model.action import ActionModel
from composio.model.app import AppModel
from composio.model.names import Action
from composio.toolset.accounts import ToolsetAccounts

if TYPE_CHECKING:
    from composio.backend import Backend

__all__ = ["ToolsetDefinitions"]


class ToolsetDefinitions:
    """Finds and shows definitions for the entity that a toolset acts for."""

    def __init__(self, accounts: ToolsetAccounts) -> None:
        self._accounts = accounts

    @property
    def backend(self) -> Backend:
        """The backend that the client uses."""
        return self._accounts.backend

    async def aget_action_schemas(
        self,
        apps: Many[AppLike] | None = None,
        actions: Many[ActionLike] | None = None,
        tags: Many[str] | None = None,
        *,
        check_connected_accounts: bool = True,
        limit: int | None = None,
        entity_id: str | None = None,
        connected_account_id: str | None = None,
        use_case: str | None = None,
    ) -> list[ActionModel]:
        """Return definitions from the catalog. An app alone gives its important actions; ``limit`` bounds the number from apps.

        ``use_case`` searches for actions that fit a task instead, within ``apps`` if given, and returns at most ``limit`` (10).

        ``check_connected_accounts`` raises ``ConnectionNotFound`` for an app without credentials of the entity.
        """
        query = ActionQuery(
            names=read.read_list(actions, read.action_name, "actions"),
            apps=read.read_list(apps, read.app_name, "apps"),
            tags=read.read_list(tags, read.tag_name, "tags"),
            limit=read.count(limit),
        )
        if use_case is not None:
            if query.tags:
                raise InvalidRequest(
                    "use_case ranks by what actions do; combine it with apps, actions and limit, not with tags."
                )
            found = await self.backend.search(use_case, apps=query.apps, limit=10 if query.limit is None else query.limit)
            if not found and not query.names:
                return []
            query = ActionQuery(names=(*query.names, *found))
        if not (query.names or query.apps or query.tags):
            raise InvalidRequest("Say which: actions=[Action....], apps=[App....], tags=[...] or use_case='...'.")
        selected = await self.backend.actions(query)
        if check_connected_accounts:
            await self._accounts.acheck(selected, entity_id, read.connection(connected_account_id))
        return selected

    async def adiscover(
        self,
        actions: Many[ActionLike] | None = None,
        apps: Many[AppLike] | None = None,
        tags: Many[str] | None = None,
        redirect_url: str | None = None,
        auth_configs: Mapping[str, str] | None = None,
    ) -> list[ActionModel]:
        """Return the four discovery tools over the named actions, or over all."""
        from composio.discovery import Login, Scope, discovery_actions

        scope = await Scope.read(
            self.backend,
            apps=read.read_list(apps, read.app_name, "apps"),
            actions=read.read_list(actions, read.action_name, "actions"),
            tags=read.read_list(tags, read.tag_name, "tags"),
        )
        if scope.is_open and not (actions is None and apps is None and tags is None):
            raise InvalidRequest("discovery_tools was given an empty selection; leave it out to mean every action.")
        login = await Login.read(self.backend, auth_configs or {}, url_of(redirect_url, "redirect_url"))
        return discovery_actions(self.backend, scope, login)

    async def aget_action(self, action: ActionLike) -> ActionModel:
        """Return one definition. Raises ``ActionNotFound`` with the nearest names."""
        found: list[ActionModel] = await self.aget_action_schemas(actions=[action], check_connected_accounts=False)
        return found[0]

    async def avalidate_tools(
        self,
        apps: Many[AppLike] | None = None,
        actions: Many[ActionLike] | None = None,
        tags: Many[str] | None = None,
    ) -> None:
        """Raise for the first unknown name. From v0.7; ``get_tools`` raises the same."""
        if apps or actions or tags:
            await self.aget_action_schemas(apps, actions, tags, check_connected_accounts=False)

    async def aget_agent_instructions(
        self,
        apps: Many[AppLike] | None = None,
        actions: Many[ActionLike] | None = None,
        tags: Many[str] | None = None,
    ) -> str:
        """Write a paragraph for a system prompt that names the tools of each app. Selects like :meth:`get_action_schemas`."""
        found = await self.aget_action_schemas(apps, actions, tags, check_connected_accounts=False)
        by_app: dict[str, list[str]] = {}
        for action in found:
            by_app.setdefault(action.app, []).append(action.slug)
        listed = "\n".join(f"- {app}: {', '.join(names)}" for app, names in by_app.items())
        return f"These tools are available, by app:\n{listed}\nCall those that the task needs, with arguments that fit their schemas."

    async def aget_apps(self, no_auth: bool | None = None, include_local: bool = True) -> list[AppModel]:
        """List all known apps, or only those that need credentials or need none. ``include_local`` has no effect."""
        del include_local
        return [app for app in await self.backend.apps() if no_auth is None or app.no_auth is no_auth]

    async def aget_app(self, app: AppLike) -> AppModel:
        """Return one app. Raises ``AppNotFound`` with the nearest names."""
        return await self.backend.app(read.app_name(app))

    async def afind_actions_by_tags(self, *apps: AppLike, tags: Many[str]) -> list[Action]:
        """List the actions with one of ``tags``, of ``apps`` or of every app."""
        found = await self.aget_action_schemas(apps=apps, tags=tags, check_connected_accounts=False)
        return [Action(action.slug) for action in found]

    async def afind_actions_by_use_case(
        self, *app: AppLike, use_case: str, apps: Many[AppLike] | None = None, advanced: bool = False, limit: int = 10
    ) -> list[Action]:
        """Search for the actions that fit a task. Returns their names, best first.

        With ``advanced``, a task of several steps gives a chain: the actions in calling order, each step's best action after
        those that find the ids it needs. ``limit`` bounds the chain. Raises ``InvalidRequest`` for an empty task.
        """
        scope = (*read.read_list(app, read.app_name, "apps"), *read.read_list(apps, read.app_name, "apps"))
        if advanced:
            return [Action(name) for name in await self.backend.chain(use_case, apps=scope, limit=limit)]
        return [Action(name) for name in await self.backend.search(use_case, apps=scope, limit=limit)]
