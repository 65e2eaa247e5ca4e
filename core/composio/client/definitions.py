"""``client.apps`` and ``client.actions``: definitions, and running actions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, overload

from composio.backend.catalog import ActionQuery
from composio.client import acting
from composio.client.arguments import (
    ActionLike,
    AppLike,
    AuthLike,
    Many,
    action_name,
    app_name,
    count,
    entity,
    read_list,
    steps,
    tag_name,
)
from composio.client.noun import Noun
from composio.client.owner import blocking
from composio.client.spellings import connection_id as read_id
from composio.model.action import ActionModel
from composio.model.app import AppModel
from composio.model.auth import CustomAuth
from composio.model.call import DEFAULT_ENTITY, RawRequest, ToolResult, Who
from composio.model.dump import Dumps
from composio.model.parameters import RequestParameters, place
from composio.model.secret import veil

__all__ = ["Actions", "Apps", "SearchResultTask"]


class Apps(Noun):
    """Finds apps. Unknown names raise ``AppNotFound`` with the nearest ones."""

    @overload
    async def aget(self, name: AppLike) -> AppModel: ...
    @overload
    async def aget(self, name: None = None) -> list[AppModel]: ...
    async def aget(self, name: AppLike | None = None) -> AppModel | list[AppModel]:
        """Return the app of that name, or all apps."""
        return await self.backend.apps() if name is None else await self.backend.app(app_name(name))

    get = blocking(aget)


class Actions(Noun):
    """Definitions of actions."""

    @overload
    async def aget(self, action: ActionLike) -> ActionModel: ...
    @overload
    async def aget(
        self,
        action: list[Any] | tuple[Any, ...] | None = None,
        apps: Many[AppLike] | None = None,
        tags: Many[str] | None = None,
        limit: int | None = None,
        use_case: str | None = None,
        *,
        actions: Many[ActionLike] | None = None,
        allow_all: bool = False,
    ) -> list[ActionModel]: ...
    async def aget(
        self,
        action: ActionLike | list[Any] | tuple[Any, ...] | None = None,
        apps: Many[AppLike] | None = None,
        tags: Many[str] | None = None,
        limit: int | None = None,
        use_case: str | None = None,
        *,
        actions: Many[ActionLike] | None = None,
        allow_all: bool = False,
    ) -> ActionModel | list[ActionModel]:
        """Return the definition that ``action`` names, or a list by name, app, tag or use case.

        An app alone gives its important actions, as in :meth:`composio.ComposioToolSet.get_tools`; ``allow_all`` gives all, of
        every app if none is named. Unknown names raise ``ActionNotFound`` with the nearest ones.
        """
        if action is not None and not isinstance(action, list | tuple):
            return (await self.backend.actions(ActionQuery(names=(action_name(action),))))[0]
        names = (*read_list(action, action_name, "action"), *read_list(actions, action_name, "actions"))
        scope, wanted = read_list(apps, app_name, "apps"), read_list(tags, tag_name, "tags")
        if use_case is not None:
            names = (*names, *await self.backend.search(use_case, apps=scope, limit=count(limit) or 10))
            scope = ()
        if not (names or scope or wanted or allow_all):
            return []
        if allow_all and not (names or scope or wanted):
            scope = tuple(app.key for app in await self.backend.apps() if app.compiled)
        query = ActionQuery(names=names, apps=scope, tags=wanted, limit=count(limit), everything=allow_all and not wanted)
        return await self.backend.actions(query)

    async def aexecute(
        self,
        action: ActionLike,
        params: Mapping[str, Any] | None = None,
        entity_id: str | None = None,
        connected_account: str | None = None,
        session_id: str | None = None,
        text: str | None = None,
        auth: AuthLike = None,
        allow_tracing: bool = False,
    ) -> ToolResult:
        """Run one action. Returns ``{"successful", "data", "error"}``. ``session_id`` and ``allow_tracing`` have no effect.

        ``connected_account`` is a connection's id. Without an entity, it may belong to any.
        """
        auth = veil(auth)
        del session_id, allow_tracing
        if entity_id is None and connected_account is not None:
            entity_id = (await self.backend.accounts.connection(read_id(connected_account))).entity_id
        who = Who(
            entity_id=entity(DEFAULT_ENTITY if entity_id is None else entity_id),
            connected_account_id=None if connected_account is None else read_id(connected_account),
            auth=CustomAuth.of(auth),
        )
        return await acting.arun(self.backend, action, params, who, text)

    async def arequest(
        self,
        connection_id: str,
        endpoint: str,
        method: str = "GET",
        body: Any = None,
        parameters: RequestParameters | None = None,
    ) -> ToolResult:
        """Send a request to the API of a connection's app; see :meth:`composio.ComposioToolSet.execute_request`."""
        connection = await self.backend.accounts.connection(read_id(connection_id))
        filled, query, headers = place(endpoint, parameters)
        request = RawRequest(
            app=connection.app,
            endpoint=filled,
            method=method.upper(),
            body=body,
            query=query,
            headers=headers,
            who=Who(entity_id=connection.entity_id, connected_account_id=connection.id),
        )
        return (await self.backend.request(request)).result(tool="request")

    async def asearch_for_a_task(
        self,
        use_case: str,
        limit: int | None = None,
        min_actions_per_task: int | None = None,
        max_actions_per_task: int | None = None,
        apps: Many[AppLike] | None = None,
    ) -> list[SearchResultTask]:
        """Return the steps of a sentence in order, each with its matching actions, best first. Omits steps without a match.

        ``limit`` is the maximum number of steps, ``max_actions_per_task`` of actions per step (10). ``min_actions_per_task`` is
        from v0.7 and has no effect.
        """
        del min_actions_per_task
        scope, most = read_list(apps, app_name, "apps"), count(max_actions_per_task) or 10
        tasks: list[SearchResultTask] = []
        for order, step in enumerate(steps(use_case)[: count(limit)]):
            names = await self.backend.search(step, apps=scope, limit=most)
            if names:
                (best,) = await self.backend.actions(ActionQuery(names=names[:1]))
                tasks.append(SearchResultTask(best.app, tuple(names), step, order))
        return tasks

    get = blocking(aget)
    execute = blocking(aexecute)
    request = blocking(arequest)
    search_for_a_task = blocking(asearch_for_a_task)


@dataclass(frozen=True, slots=True)
class SearchResultTask(Dumps):
    """One step of a use case: the app of the best action, the action slugs, best first, and the step's number."""

    app: str
    actions: tuple[str, ...]
    description: str
    order: int

    def listing(self) -> dict[str, Any]:
        """Return all fields as a dict."""
        return {"app": self.app, "actions": list(self.actions), "description": self.description, "order": self.order}
