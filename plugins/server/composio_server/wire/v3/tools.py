"""Tools, which are actions: found, described and run; and requests that no tool describes."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter

from composio.backend import ActionQuery
from composio.errors import ActionNotFound, AppNotFound, InvalidRequest, UpstreamError
from composio.model.action import ActionModel
from composio.model.app import AppModel
from composio.model.auth import CustomAuth
from composio.model.call import Outcome, RawRequest, ToolCall, Who
from composio.model.hints import find_hints
from composio_server.access import Here, here
from composio_server.request_ids import idempotency_key_of
from composio_server.services.file_calls import execute_with_files
from composio_server.services.keys import Scope
from composio_server.wire.v3.handed import HandedConnection, as_custom_auth
from composio_server.wire.v3.toolkits import version_of
from composio_server.wire.v3.wire import NotOffered, Paged, Slice, Wire, read_cursor, read_limit, read_list, slice_of

__all__ = [
    "BinaryBody",
    "Parameter",
    "Proxied",
    "Tool",
    "as_object",
    "describe_tools",
    "hints_of",
    "proxy",
    "routes",
    "tool_of",
]

_SEARCHED = 100


class ToolkitInfo(Wire, kw_only=True):
    """Of which toolkit."""

    slug: str
    name: str
    logo: str


class FormerLogo(Wire, kw_only=True):
    """The toolkit's logo."""

    logo: str


class FormerTool(Wire, kw_only=True):
    """What earlier clients used."""

    display_name: str = msgspec.field(name="displayName")
    version: str
    available_versions: list[str]
    is_deprecated: bool
    toolkit: FormerLogo


class Needed(Wire, kw_only=True):
    """Scopes of which any one set does."""

    any_of: list[str]


class ScopeRequirements(Wire, kw_only=True):
    """What a token has to allow."""

    all_of: list[str | Needed]


class Tool(Wire, kw_only=True):
    """A tool with the JSON Schemas of what it takes and what it gives."""

    slug: str
    name: str
    description: str
    human_description: str | None
    toolkit: ToolkitInfo
    input_parameters: dict[str, Any]
    output_parameters: dict[str, Any]
    no_auth: bool
    version: str
    available_versions: list[str]
    scopes: list[str]
    scope_requirements: ScopeRequirements | None
    tags: list[str]
    is_deprecated: bool
    deprecated: FormerTool


class Tools(Paged, kw_only=True):
    """A page of tools."""

    items: list[Tool]


class CustomParameter(Wire, kw_only=True):
    """One credential, and where it goes."""

    name: str
    value: str | int | float | bool
    place: Literal["query", "header", "path", "cookie", "subdomain"] = msgspec.field(name="in", default="header")


class CustomAuthParams(Wire, kw_only=True):
    """Credentials that are used for this call and not stored."""

    parameters: list[CustomParameter] = msgspec.field(default_factory=list)
    base_url: str | None = None
    body: dict[str, Any] | None = None


class Execution(Wire, kw_only=True):
    """Whom to run a tool for, with which account, and its arguments."""

    arguments: dict[str, Any] | None = None
    user_id: str | None = None
    entity_id: str | None = None
    connected_account_id: str | None = None
    custom_auth_params: CustomAuthParams | None = None
    custom_connection_data: HandedConnection | None = None
    text: str | None = None
    version: str | None = None
    allow_tracing: bool | None = None


class Executed(Wire, kw_only=True):
    """What a tool gave. ``error`` is None where it was successful."""

    data: dict[str, Any]
    error: str | None
    successful: bool
    log_id: str
    session_info: dict[str, Any] | None = None


class InputRequest(Wire, kw_only=True):
    """A text from which a model would make arguments."""

    text: str
    custom_description: str | None = None
    system_prompt: str | None = None
    version: str | None = None


class Input(Wire, kw_only=True):
    """Arguments that a model made."""

    arguments: dict[str, Any] | None = None
    error: str | None = None


class RequiredScopes(Wire, kw_only=True):
    """Which tools a token is for."""

    tools: list[str]
    version: str | None = None


class ToolScopes(Wire, kw_only=True):
    """What one tool needs."""

    tool: str
    scope_requirements: ScopeRequirements | None


class Scopes(Wire, kw_only=True):
    """The least that a token needs for all of the tools."""

    scopes_required: list[str]
    per_tool_requirements: list[ToolScopes]


class Parameter(Wire, kw_only=True):
    """A header or a part of the query."""

    name: str
    value: str
    type: Literal["header", "query"]


class BinaryBody(Wire, kw_only=True):
    """A body of bytes. Not offered."""

    url: str | None = None
    base64: str | None = None
    content_type: str | None = None


class ProxyRequest(Wire, kw_only=True):
    """A request to a toolkit's API, signed with an account."""

    endpoint: str
    method: Literal["GET", "POST", "PUT", "DELETE", "PATCH", "HEAD"]
    body: Any = None
    parameters: list[Parameter] | None = None
    binary_body: BinaryBody | None = None
    connected_account_id: str | None = None
    user_id: str | None = None
    custom_connection_data: HandedConnection | None = None


class Proxied(Wire, kw_only=True):
    """What the API answered."""

    status: int
    data: Any
    headers: dict[str, str]
    binary_data: dict[str, Any] | None = None


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
        found = await _named(asked, names)
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
        found = [one for one in found if not set(wanted_tags).isdisjoint({*one.tags, *hints_of(one), *_importance(one)})]
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
    """The toolkits of auth configs; and those that are limited, with the tools that they leave."""
    known = [await asked.accounts.integration(one) for one in ids]
    keys = dict.fromkeys(one.app for one in known)
    found = [await asked.backend.app(key) for key in keys if not apps or key in {app.key for app in apps}]
    free = {one.app for one in known if one.limited_actions is None}
    limits = [one for one in known if one.limited_actions is not None and one.app not in free]
    return found, {name for one in limits for name in (one.app, *(one.limited_actions or ()))}


async def _list_all(
    asked: Here, apps: Sequence[AppModel], cursor: str | None, limit: float | None, *, only_important: bool
) -> Tools:
    """A page of everything: only the toolkits that it touches are read."""
    start, size = read_cursor(cursor), read_limit(limit)
    known = [await _compiled(asked, app) for app in apps] or [one for one in await asked.backend.apps() if one.compiled]
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


async def _compiled(asked: Here, app: AppModel) -> AppModel:
    """An app whose actions are counted: the first who asks for them has it compiled."""
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


async def _named(asked: Here, names: Sequence[str]) -> list[ActionModel]:
    """Those of the slugs that are known; clients see by what is missing which are not."""
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
        per_tool_requirements=[ToolScopes(tool=one.slug, scope_requirements=_requirements(one)) for one in found],
    )


@post("/tools/execute/{tool_slug:str}", scope=Scope.EXECUTE, status_code=200)
async def execute_tool(request: Request[Any, Any, Any], tool_slug: FromPath[str], data: JSONBody[Execution]) -> Executed:
    """Run a tool. What its API did wrong is in ``error``; the same ``Idempotency-Key`` again gives the same answer."""
    if data.text:
        raise NotOffered("text is not offered: making arguments from a text takes a model. Pass arguments.")
    asked = here(request)
    auth: CustomAuth | None = None
    if data.custom_connection_data is not None:
        auth = await as_custom_auth(asked, data.custom_connection_data)
    elif data.custom_auth_params is not None:
        auth = _custom_auth(data.custom_auth_params)
    who = _who(data.user_id or data.entity_id, data.connected_account_id, auth)
    call = ToolCall(action=tool_slug, arguments=data.arguments or {}, who=who)
    done = await execute_with_files(
        asked.services.files, asked.services.executions, asked.caller, call, idempotency_key_of(request)
    )
    return Executed(
        data=as_object(done.outcome), error=done.outcome.error, successful=done.outcome.successful, log_id=done.log_id
    )


@post("/tools/execute/{tool_slug:str}/input", scope=Scope.EXECUTE, status_code=200, raises=[NotOffered])
async def make_input(request: Request[Any, Any, Any], tool_slug: FromPath[str], data: JSONBody[InputRequest]) -> Input:
    """Not offered: making arguments from a text takes a model."""
    del data
    await here(request).backend.actions(ActionQuery(names=(tool_slug,)))
    raise NotOffered(
        "Making arguments from a text takes a model, which this server has not. Ask yours, with the tool's schema."
    )


@post("/tools/execute/proxy", scope=Scope.EXECUTE, status_code=200)
async def proxy_request(request: Request[Any, Any, Any], data: JSONBody[ProxyRequest]) -> Proxied:
    """Send a request to a toolkit's API. ``endpoint`` is a path below its base URL, or a URL on the same origin."""
    asked = here(request)
    if data.custom_connection_data is not None:
        app = data.custom_connection_data.toolkit_slug
        who = _who(data.user_id, None, await as_custom_auth(asked, data.custom_connection_data))
    elif data.connected_account_id:
        one = await asked.accounts.connection(data.connected_account_id, entity_id=data.user_id)
        app, who = one.app, Who(entity_id=one.entity_id, connected_account_id=one.id)
    else:
        raise InvalidRequest("connected_account_id: say with whose account; or pass custom_connection_data.")
    return await proxy(request, asked, app, who, data.endpoint, data.method, data.body, data.parameters, data.binary_body)


async def proxy(
    request: Request[Any, Any, Any],
    asked: Here,
    app: str,
    who: Who,
    endpoint: str,
    method: str,
    body: Any,
    parameters: Sequence[Parameter] | None,
    binary_body: BinaryBody | None,
) -> Proxied:
    """Send a request of a session's or of a project's. Raises ``UpstreamError`` where nobody answered."""
    if binary_body is not None:
        raise NotOffered("binary_body is not offered: run the tool that uploads files.")
    raw = RawRequest(
        app=app,
        endpoint=endpoint,
        method=method,
        body=body,
        query=_several(parameters, "query"),
        headers={one.name: one.value for one in parameters or () if one.type == "header"},
        who=who,
    )
    done = await asked.services.executions.request(asked.caller, raw, request_id=idempotency_key_of(request))
    outcome = done.outcome
    if outcome.status is None and not outcome.successful:
        raise UpstreamError(outcome.error or f"{app} did not answer.")
    data = outcome.data if outcome.successful or outcome.data is not None else {"error": outcome.error}
    return Proxied(status=outcome.status or 200, data=data, headers=dict(outcome.headers or {}))


def _several(parameters: Sequence[Parameter] | None, kind: str) -> dict[str, Any]:
    """Parameters by name; one that comes more than once is a list."""
    found: dict[str, Any] = {}
    for one in parameters or ():
        if one.type != kind:
            continue
        before = found.get(one.name)
        found[one.name] = one.value if before is None else [*(before if isinstance(before, list) else [before]), one.value]
    return found


def _who(user_id: str | None, connected_account_id: str | None, auth: CustomAuth | None) -> Who:
    if user_id is None:
        return Who(connected_account_id=connected_account_id, auth=auth, any_entity=connected_account_id is not None)
    return Who(entity_id=user_id, connected_account_id=connected_account_id, auth=auth)


def _custom_auth(given: CustomAuthParams) -> CustomAuth | None:
    return CustomAuth.of(
        {
            "parameters": [{"name": one.name, "value": _text(one.value), "in_": one.place} for one in given.parameters],
            "base_url": given.base_url,
            "body": given.body or {},
        }
    )


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def as_object(outcome: Outcome) -> dict[str, Any]:
    """What a call gave, as the object that clients want: a list is its ``items``, a string its ``text``."""
    data = outcome.data
    if isinstance(data, Mapping):
        found = dict(data)
    elif data is None:
        found = {}
    else:
        found = {"items" if isinstance(data, list) else "text" if isinstance(data, str) else "value": data}
    if outcome.more is not None:
        found["_more"] = dict(outcome.more)
    if not outcome.successful and outcome.status is not None:
        found.setdefault("status_code", outcome.status)
    cleaned: dict[str, Any] = _finite(found)
    return cleaned


def _finite(value: Any) -> Any:
    kind = type(value)
    if kind is str or kind is int or kind is bool or value is None:  # most are, and to ask the others' way takes long
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, Mapping):
        return {str(key): _finite(inner) for key, inner in value.items()}
    return [_finite(inner) for inner in value] if isinstance(value, list | tuple) else value


async def describe_tools(asked: Here, actions: Sequence[ActionModel]) -> list[Tool]:
    """Actions as clients read them."""
    apps: dict[str, AppModel | None] = {}
    for key in dict.fromkeys(one.app for one in actions):
        try:
            apps[key] = await asked.backend.app(key)
        except AppNotFound:  # a function of the operator's own
            apps[key] = None
    return [tool_of(one, apps[one.app]) for one in actions]


def _describe_result(response: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of what execution answers with; ``response`` is that of its data, which may be no object.

    @composio/core refuses a list of tools if one of these describes anything but an object.
    """
    error = {"anyOf": [{"type": "string"}, {"type": "null"}], "description": "Why it was not successful."}
    properties = {"data": dict(response), "error": error, "successful": {"type": "boolean"}}
    return {"type": "object", "properties": properties, "required": ["data", "error", "successful"]}


def tool_of(action: ActionModel, app: AppModel | None) -> Tool:
    """One action with its toolkit; None where it belongs to none."""
    name, logo = (app.name, app.logo) if app is not None else (action.app, "")
    version = action.version or (version_of(app) if app is not None else "00000000_00")
    return Tool(
        slug=action.slug,
        name=action.display_name or action.slug,
        description=action.description or action.display_name,
        human_description=action.display_name or None,
        toolkit=ToolkitInfo(slug=action.app, name=name, logo=logo),
        input_parameters=dict(action.parameters),
        output_parameters=_describe_result(action.response),
        no_auth=action.no_auth or (app is not None and app.no_auth),
        version=version,
        available_versions=[version],
        scopes=list(action.scopes),
        scope_requirements=_requirements(action),
        tags=[*_importance(action), *dict.fromkeys((*action.tags, *hints_of(action)))],
        is_deprecated=action.deprecated,
        deprecated=FormerTool(
            display_name=action.display_name or action.slug,
            version=version,
            available_versions=[version],
            is_deprecated=action.deprecated,
            toolkit=FormerLogo(logo=logo),
        ),
    )


def _importance(action: ActionModel) -> list[str]:
    return ["important"] if action.important and "important" not in action.tags else []


def hints_of(action: ActionModel) -> list[str]:
    """The tags that say what an action does: MCP's hints that hold, and whether it creates or updates."""
    hints = find_hints(action)
    changes = hints.is_read_only is False
    said = {
        "readOnlyHint": hints.is_read_only,
        "createHint": changes and not hints.updates and not hints.is_destructive,
        "updateHint": hints.updates,
        # An update overwrites, which is said by its own name here; an action that takes something away may state it.
        "destructiveHint": "destructiveHint" in action.tags or (hints.is_destructive and not hints.updates),
        "idempotentHint": hints.is_idempotent,
        "openWorldHint": hints.is_open_world,
    }
    return [name for name, holds in said.items() if holds]


def _requirements(action: ActionModel) -> ScopeRequirements | None:
    if not action.scopes:
        return None
    single = [sets[0] for sets in action.scope_alternatives if len(sets) == 1]
    is_choice = len(single) > 1 and len(single) == len(action.scope_alternatives)
    return ScopeRequirements(all_of=[Needed(any_of=single)] if is_choice else list(action.scopes))


routes = [
    list_tools,
    list_tool_names,
    list_required_scopes,
    proxy_request,
    execute_tool,
    make_input,
    get_tool,
]
