"""Tools, which are actions, found and described."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from composio.backend import ActionQuery
from composio.errors import ActionNotFound
from composio.model.action import ActionModel
from composio.model.app import AppModel
from composio_server.access import Here, here
from composio_server.services.keys import Scope
from composio_server.wire.v3.tool_shapes import (
    ScopeRequirements,
    Tool,
    describe_tools,
    hints_of,
    importance_of,
    requirements_of,
)
from composio_server.wire.v3.wire import Paged, Slice, Wire, read_cursor, read_limit, read_list, slice_of

__all__ = ["routes"]


_SEARCHED = 100


class Tools(Paged, kw_only=True):
    """A page of tools."""

    items: list[Tool]


class RequiredScopes(Wire, kw_only=True):
    """Which tools a token is for."""

    tools: list[str]
    version: str | None = None


class ToolScopes(Wire, kw_only=True):
    """What one tool needs."""

    tool: str
    scope_requirements: ScopeRequirements | None


class Scopes(Wire, kw_only=True):
    """The minimum that a token needs for all of the tools."""

    scopes_required: list[str]
    per_tool_requirements: list[ToolScopes]


@get("/tools", scope=Scope.READ)
async def list_tools(
    request: Request[Any, Any, Any],
    toolkit_slug: FromQuery[str | None] = None,
    tool_slugs: FromQuery[str | None] = None,
    words: Annotated[str | None, QueryParameter(name="query")] = None,
    search: FromQuery[str | None] = None,
    tags: FromQuery[list[str] | None] = None,
    scopes: FromQuery[list[str] | None] = None,
    auth_config_ids: FromQuery[list[str] | None] = None,
    important: FromQuery[Literal["true", "false"] | None] = None,
    include_deprecated: FromQuery[bool | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[float | None] = None,
) -> Tools:
    """List tools: by their slugs, by toolkit and tag, or by what they do."""
    asked = here(request)
    apps = await _apps(asked, read_list([toolkit_slug] if toolkit_slug else None, "toolkit_slug"))
    names, wanted_tags = read_list([tool_slugs] if tool_slugs else None, "tool_slugs"), read_list(tags, "tags")
    limited: set[str] | None = None
    if auth_config_ids:
        apps, limited = await _of_auth_configs(asked, read_list(auth_config_ids, "auth_config_ids"), apps)
    is_narrow = bool(wanted_tags or scopes or auth_config_ids)
    if not (names or words or search or is_narrow):
        return await _list_all(asked, apps, cursor, limit, only_important=important == "true")
    if names:
        found = await _find_named(asked, names)
        keys = {app.key for app in apps}
        found = [one for one in found if not keys or one.app in keys]
    elif words or search:
        text = words or search or ""
        slugs = await asked.backend.search(text, apps=[app.key for app in apps], limit=_SEARCHED)
        found = await asked.backend.actions(ActionQuery(names=slugs)) if slugs else []
    elif apps or auth_config_ids:
        found = [one for app in apps for one in await _all_of(asked, app)]
    else:
        found = await asked.backend.actions(ActionQuery(tags=wanted_tags))
    found = [one for one in found if limited is None or one.app not in limited or one.slug in limited]
    if wanted_tags:
        found = [one for one in found if not set(wanted_tags).isdisjoint({*one.tags, *hints_of(one), *importance_of(one)})]
    if scopes:
        given = set(read_list(scopes, "scopes"))
        found = [one for one in found if not given.isdisjoint(one.scopes)]
    if important == "true":
        found = [one for one in found if one.important]
    if include_deprecated is False and not names:
        found = [one for one in found if not one.deprecated]
    page = slice_of(found, cursor, limit if limit is not None or not names else len(names))
    return Tools(items=await describe_tools(asked, page.items), **page.paged())


async def _of_auth_configs(asked: Here, ids: Sequence[str], apps: Sequence[AppModel]) -> tuple[list[AppModel], set[str]]:
    """Return the toolkits of auth configs; and for limited ones, the allowed tools."""
    known = [await asked.accounts.integration(one) for one in ids]
    keys = dict.fromkeys(one.app for one in known)
    found = [await asked.backend.app(key) for key in keys if not apps or key in {app.key for app in apps}]
    free = {one.app for one in known if one.limited_actions is None}
    limits = [one for one in known if one.limited_actions is not None and one.app not in free]
    return found, {name for one in limits for name in (one.app, *(one.limited_actions or ()))}


async def _list_all(
    asked: Here, apps: Sequence[AppModel], cursor: str | None, limit: float | None, *, only_important: bool
) -> Tools:
    """Return a page of everything: only the toolkits on it are read."""
    start, size = read_cursor(cursor), read_limit(limit)
    known = [await _compile(asked, app) for app in apps] or [one for one in await asked.backend.apps() if one.compiled]
    items: list[ActionModel] = []
    before = 0
    for app in known:
        count = app.important if only_important else app.actions
        first, last = max(start - before, 0), start + size - before
        if first < count and last > 0:
            items += (await _all_of(asked, app, only_important=only_important))[first:last]
        before += count
    page = Slice(items=items, start=start, size=size, total=before)
    return Tools(items=await describe_tools(asked, items), **page.paged())


async def _compile(asked: Here, app: AppModel) -> AppModel:
    """Return an app with its actions counted: the first request compiles it."""
    if app.compiled:
        return app
    await asked.backend.actions(ActionQuery(apps=(app.key,), limit=1))
    return await asked.backend.app(app.key)


async def _all_of(asked: Here, app: AppModel, *, only_important: bool = False) -> list[ActionModel]:
    """The most used first."""
    found = await asked.backend.actions(ActionQuery(apps=(app.key,), everything=not only_important))
    return sorted((one for one in found if one.app == app.key), key=lambda one: not one.important)


async def _apps(asked: Here, slugs: Sequence[str]) -> list[AppModel]:
    return [await asked.backend.app(one) for one in slugs]


async def _find_named(asked: Here, names: Sequence[str]) -> list[ActionModel]:
    """Return the known ones of the slugs; clients see which are missing."""
    found: list[ActionModel] = []
    for name in names:
        try:
            found += await asked.backend.actions(ActionQuery(names=(name,)))
        except ActionNotFound:
            continue
    return list({one.slug: one for one in found}.values())


@get("/tools/enum", scope=Scope.READ)
async def list_tool_names(request: Request[Any, Any, Any]) -> list[str]:
    """List the slugs of every tool of the toolkits in use."""
    asked = here(request)
    known = [one for one in await asked.backend.apps() if one.compiled]
    return [one.slug for app in known for one in await _all_of(asked, app)]


@get("/tools/{tool_slug:str}", scope=Scope.READ)
async def get_tool(request: Request[Any, Any, Any], tool_slug: FromPath[str]) -> Tool:
    """Get a tool by its slug."""
    asked = here(request)
    (found,) = await asked.backend.actions(ActionQuery(names=(tool_slug,)))
    return (await describe_tools(asked, [found]))[0]


@post("/tools/scopes/required", scope=Scope.READ, status_code=200)
async def list_required_scopes(request: Request[Any, Any, Any], data: JSONBody[RequiredScopes]) -> Scopes:
    """List the scopes that a token needs for some tools."""
    found = await here(request).backend.actions(ActionQuery(names=data.tools)) if data.tools else []
    return Scopes(
        scopes_required=sorted({scope for one in found for scope in one.scopes}),
        per_tool_requirements=[ToolScopes(tool=one.slug, scope_requirements=requirements_of(one)) for one in found],
    )


routes = [list_tools, list_tool_names, get_tool, list_required_scopes]
