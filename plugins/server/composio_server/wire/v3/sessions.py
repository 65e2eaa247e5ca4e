"""Tool router sessions: an agent's user, the tools that it may use, and what it does with them."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import msgspec
from litestar import Request, delete, get, patch, post, route
from litestar.enums import HttpMethod
from litestar.params import FromPath, FromQuery, JSONBody

from composio.errors import ConnectionNotFound, InvalidRequest, NothingFound
from composio.model.app import AppModel
from composio.model.call import Who
from composio.model.connection import (
    Connection,
    ConnectionQuery,
    ConnectionStarted,
    ConnectionStatus,
    Integration,
    NewConnection,
    NewIntegration,
    as_time,
)
from composio_server.access import Forbidden, Here, here
from composio_server.services.agents import Agent
from composio_server.services.executions import Executed as Done
from composio_server.services.keys import Scope
from composio_server.services.services import off_loop
from composio_server.services.session_config import EMPTY, Allowed, own_tools
from composio_server.services.sessions import Session
from composio_server.wire.v3.connected_accounts import Linked, alias_label, link, link_to, status_of
from composio_server.wire.v3.handed import as_custom_auth
from composio_server.wire.v3.session_bodies import (
    AccountInfo,
    Attach,
    Change,
    ConfigVersion,
    ConfigVersions,
    CustomDefinitions,
    CustomTool,
    Executed,
    ExecuteInSession,
    ExecuteMeta,
    Experimental,
    LinkInSession,
    McpEndpoint,
    NewSession,
    Nothing,
    ProxiedInSession,
    ProxyInSession,
    RemovedSession,
    Searched,
    SearchInSession,
    SessionAnswer,
    SessionToolkit,
    SessionToolkits,
    SessionTools,
    TagChoice,
    ToolChoice,
    ToolkitMeta,
)
from composio_server.wire.v3.tools import as_object, describe_tools, hints_of, proxy
from composio_server.wire.v3.wire import NotOffered, read_list, slice_of

__all__ = ["routes"]

_CONNECTING = frozenset({"COMPOSIO_MANAGE_CONNECTIONS", "COMPOSIO_WAIT_FOR_CONNECTIONS"})
_OWN = frozenset({*_CONNECTING, "COMPOSIO_SEARCH_TOOLS", "COMPOSIO_GET_TOOL_SCHEMAS", "COMPOSIO_MULTI_EXECUTE_TOOL"})
_OTHERS = frozenset(
    {"COMPOSIO_REMOTE_WORKBENCH", "COMPOSIO_REMOTE_BASH_TOOL", "COMPOSIO_SUBMIT_FEEDBACK", "COMPOSIO_PROXY_EXECUTE"}
)
# Choices that are told of as a whole; of the others, what a change leaves out stays.
_WHOLE = ("toolkits", "tools", "tags", "auth_configs", "connected_accounts")
_PARTS = ("manage_connections", "multi_account", "preload", "search", "execute")


# A session's life


@post("/tool_router/session", scope=Scope.EXECUTE, status_code=201)
async def create_session(request: Request[Any, Any, Any], data: JSONBody[NewSession]) -> SessionAnswer:
    """Make a session for a user's agent."""
    asked = here(request)
    if not data.user_id.strip():
        raise InvalidRequest("user_id: say whom the agent acts for, with the id that your application knows the user by.")
    config = await _changed(asked, {**EMPTY, "custom": {}}, data, None)
    made = await off_loop(asked.services.sessions.create, asked.caller.project_id, data.user_id, config)
    return _answer(asked, made, data.experimental)


@get("/tool_router/session/{session_id:str}", scope=Scope.READ)
async def get_session(request: Request[Any, Any, Any], session_id: FromPath[str]) -> SessionAnswer:
    """Get a session."""
    return _answer(here(request), await _get(here(request), session_id))


@patch("/tool_router/session/{session_id:str}", scope=Scope.EXECUTE)
async def change_session(request: Request[Any, Any, Any], session_id: FromPath[str], data: JSONBody[Change]) -> SessionAnswer:
    """Change a session's config, which makes a new version of it."""
    asked = here(request)
    before = await _get(asked, session_id)
    given = set(msgspec.json.decode(await request.body()))
    # What it names is checked once, against the config that is there now; a change by somebody else in between is not lost.
    await _changed(asked, before.config, data, given)

    def change(config: Mapping[str, Any]) -> Mapping[str, Any]:
        return _merge(config, data, given)

    sessions = asked.services.sessions
    changed = await off_loop(
        sessions.change, asked.caller.project_id, session_id, change, expected=data.expected_config_version
    )
    return _answer(asked, changed)


@post("/tool_router/session/{session_id:str}/attach", scope=Scope.EXECUTE, status_code=200)
async def attach_to_session(
    request: Request[Any, Any, Any], session_id: FromPath[str], data: JSONBody[Attach | None] = None
) -> SessionAnswer:
    """Tell a session of the client's own tools."""
    asked = here(request)
    session = await _get(asked, session_id)
    if data is not None and data.experimental is not None:
        custom = _custom(data.experimental)
        sessions = asked.services.sessions
        session = await off_loop(
            sessions.change, asked.caller.project_id, session_id, lambda config: {**config, "custom": custom}
        )
    return _answer(asked, session)


@get("/tool_router/session/{session_id:str}/config_history", scope=Scope.READ)
async def list_session_configs(
    request: Request[Any, Any, Any],
    session_id: FromPath[str],
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[float | None] = None,
) -> ConfigVersions:
    """List the configs that a session has had, newest first."""
    asked = here(request)
    known = await off_loop(asked.services.sessions.versions, asked.caller.project_id, session_id)
    user_id = (await _get(asked, session_id)).user_id
    page = slice_of(known, cursor, limit)
    items = [
        ConfigVersion(
            version=one.version,
            config=_shown(one.config, user_id),
            created_at=as_time(one.created_at),
            is_current=one.version == known[0].version,
        )
        for one in page.items
    ]
    return ConfigVersions(items=items, **page.paged())


@delete("/tool_router/session/{session_id:str}", scope=Scope.EXECUTE, status_code=200)
async def delete_session(request: Request[Any, Any, Any], session_id: FromPath[str]) -> RemovedSession:
    """Remove a session. Its user's accounts stay."""
    asked = here(request)
    await off_loop(asked.services.sessions.delete, asked.caller.project_id, session_id)
    return RemovedSession(session_id=session_id)


# What its agent does


@get("/tool_router/session/{session_id:str}/tools", scope=Scope.READ)
async def list_session_tools(
    request: Request[Any, Any, Any],
    session_id: FromPath[str],
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[float | None] = None,
) -> SessionTools:
    """List the tools that an agent is given: the session's own, and those that it has without searching."""
    asked = here(request)
    page = slice_of(await (await _agent(asked, await _get(asked, session_id))).tools(), cursor, limit)
    return SessionTools(items=await describe_tools(asked, page.items), **page.paged())


@get("/tool_router/session/{session_id:str}/toolkits", scope=Scope.READ)
async def list_session_toolkits(
    request: Request[Any, Any, Any],
    session_id: FromPath[str],
    toolkits: FromQuery[list[str] | None] = None,
    is_connected: FromQuery[bool | None] = None,
    search: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[float | None] = None,
) -> SessionToolkits:
    """List a session's toolkits, and the account that its user has of each."""
    asked = here(request)
    session = await _get(asked, session_id)
    allowed = Allowed(session.config, hints_of)
    wanted = {one.lower() for one in read_list(toolkits, "toolkits")}
    known = [one for one in await asked.backend.apps() if allowed.app(one.key) and (not wanted or one.key in wanted)]
    if search:
        known = [one for one in known if search.strip().lower() in f"{one.key} {one.name} {one.description}".lower()]
    if is_connected is not None:
        active = {one.app for one in await asked.accounts.connections(entity_ids=[session.user_id], active=True)}
        known = [one for one in known if (one.key in active or one.no_auth) is is_connected]
    else:
        known.sort(key=lambda one: (not one.compiled, one.name.lower()))
    page = slice_of(known, cursor, limit)
    return SessionToolkits(items=[await _toolkit(asked, session, one) for one in page.items], **page.paged())


@post("/tool_router/session/{session_id:str}/search", scope=Scope.EXECUTE, status_code=200)
async def search_in_session(
    request: Request[Any, Any, Any], session_id: FromPath[str], data: JSONBody[SearchInSession]
) -> Searched:
    """Find tools for tasks."""
    asked = here(request)
    session = await _get(asked, session_id)
    if not 1 <= len(data.queries) <= _QUERIES:
        raise InvalidRequest(f"queries: 1 to {_QUERIES} at once; got {len(data.queries)}.")
    queries = [{"use_case": one.use_case, "known_fields": one.known_fields or ""} for one in data.queries]
    found = await (await _agent(asked, session)).search(queries)
    now = time.time()
    return Searched(
        success=found["success"],
        error=None if found["success"] else "No tool fits any of the tasks.",
        results=[{**one, "index": number} for number, one in enumerate(found["results"], 1)],
        tool_schemas=found["tool_schemas"],
        toolkit_connection_statuses=found["toolkit_connection_statuses"],
        next_steps_guidance=found["next_steps_guidance"],
        time_info={
            "current_time_utc": as_time(now),
            "current_time_utc_epoch_seconds": int(now),
            "message": "The current time, in UTC.",
        },
        session={"id": session.id, "generate_id": False, "instructions": "Pass this id on with later calls of the same task."},
    )


@post("/tool_router/session/{session_id:str}/execute", scope=Scope.EXECUTE, status_code=200)
async def execute_in_session(
    request: Request[Any, Any, Any], session_id: FromPath[str], data: JSONBody[ExecuteInSession]
) -> Executed:
    """Run a tool as the session's user."""
    asked = here(request)
    session = await _get(asked, session_id)
    slug = data.tool_slug.strip().upper()
    if slug in _OWN or slug in _OTHERS:
        return await _execute_own(asked, session, slug, data.arguments or {})
    account = None if data.account is None else (await _account(asked, session, data.account)).id
    try:
        return _executed(await (await _agent(asked, session)).execute(data.tool_slug, data.arguments or {}, account))
    except ConnectionNotFound as error:
        if account is not None:
            raise
        return Executed(result_type="failed", data={}, error=str(error), log_id="")


@post("/tool_router/session/{session_id:str}/execute_meta", scope=Scope.EXECUTE, status_code=200)
async def execute_meta(request: Request[Any, Any, Any], session_id: FromPath[str], data: JSONBody[ExecuteMeta]) -> Executed:
    """Run one of the session's own tools."""
    asked = here(request)
    return await _execute_own(asked, await _get(asked, session_id), data.slug, data.arguments or {})


@post("/tool_router/session/{session_id:str}/link", scope=Scope.CONNECT, status_code=201)
async def link_in_session(request: Request[Any, Any, Any], session_id: FromPath[str], data: JSONBody[LinkInSession]) -> Linked:
    """Make a link to the page where the session's user connects to a toolkit."""
    asked = here(request)
    session = await _get(asked, session_id)
    app = await asked.backend.app(data.toolkit)
    if not Allowed(session.config, hints_of).app(app.key):
        raise InvalidRequest(f"toolkit: this session does not use {app.key}.")
    return await link(
        asked,
        await _integration(asked, session, app),
        user_id=session.user_id,
        alias=data.alias,
        callback_url=data.callback_url or session.config["manage_connections"].get("callback_url"),
        experimental=data.experimental,
    )


@post("/tool_router/session/{session_id:str}/proxy_execute", scope=Scope.EXECUTE, status_code=200)
async def proxy_in_session(
    request: Request[Any, Any, Any], session_id: FromPath[str], data: JSONBody[ProxyInSession]
) -> ProxiedInSession:
    """Send a request to a toolkit's API as the session's user."""
    asked = here(request)
    session = await _get(asked, session_id)
    app = await asked.backend.app(data.toolkit_slug)
    if not Allowed(session.config, hints_of).app(app.key):
        raise InvalidRequest(f"toolkit_slug: this session does not use {app.key}.")
    restricted = session.config["tags"] is not None or app.key in (session.config["tools"] or {})
    if restricted:
        raise Forbidden(
            f"This session is limited to some tools of {app.key}; a request that no tool describes is none of them."
        )
    who = await _who(asked, session)
    if data.custom_connection_data is not None:
        who = replace(who, auth=await as_custom_auth(asked, data.custom_connection_data))
    answer = await proxy(request, asked, app.key, who, data.endpoint, data.method, data.body, data.parameters, data.binary_body)
    return ProxiedInSession(status=answer.status, data=answer.data, headers=answer.headers)


@get("/tool_router/session/{session_id:str}/mounts/{mount_id:str}/items", scope=Scope.READ, raises=[NotOffered])
async def list_session_files(request: Request[Any, Any, Any], session_id: FromPath[str], mount_id: FromPath[str]) -> Nothing:
    """Not offered: a session has no sandbox, and so no files."""
    del mount_id
    await _get(here(request), session_id)
    raise NotOffered(_NO_FILES)


@post(
    [
        "/tool_router/session/{session_id:str}/mounts/{mount_id:str}/delete",
        "/tool_router/session/{session_id:str}/mounts/{mount_id:str}/download_url",
        "/tool_router/session/{session_id:str}/mounts/{mount_id:str}/upload_url",
    ],
    scope=Scope.EXECUTE,
    status_code=200,
    raises=[NotOffered],
)
async def change_session_files(request: Request[Any, Any, Any], session_id: FromPath[str], mount_id: FromPath[str]) -> Nothing:
    """Not offered: a session has no sandbox, and so no files."""
    del mount_id
    await _get(here(request), session_id)
    raise NotOffered(_NO_FILES)


@route(
    "/tool_router/session/{session_id:str}/mcp",
    http_method=[HttpMethod.GET, HttpMethod.POST, HttpMethod.DELETE],
    scope=Scope.EXECUTE,
    status_code=200,
    raises=[NotOffered],
)
async def serve_session_mcp(request: Request[Any, Any, Any], session_id: FromPath[str]) -> Nothing:
    """Not offered yet: a session as an MCP server."""
    await _get(here(request), session_id)
    raise NotOffered("Sessions are no MCP servers yet: run their tools with execute.")


_NO_FILES = "A session has no sandbox here, and so no files of its own: upload with /files/upload/request."
_QUERIES = 8


async def _execute_own(asked: Here, session: Session, slug: str, arguments: Mapping[str, Any]) -> Executed:
    if slug in _OTHERS:
        raise NotOffered(f"{slug} is not offered: this server runs tools, and no code of an agent's.")
    if slug in _CONNECTING and not asked.caller.may(Scope.CONNECT):
        raise Forbidden(f"{slug} connects users, which needs a key with the scope {Scope.CONNECT!r}.")
    return _executed(await (await _agent(asked, session)).execute_own(slug, arguments))


def _executed(done: Done) -> Executed:
    outcome = done.outcome
    return Executed(
        result_type="completed" if outcome.successful else "failed",
        data=as_object(outcome),
        error=outcome.error,
        log_id=done.log_id,
    )


async def _get(asked: Here, session_id: str) -> Session:
    return await off_loop(asked.services.sessions.get, asked.caller.project_id, session_id)


async def _agent(asked: Here, session: Session) -> Agent:
    async def begin(wanted: NewConnection) -> ConnectionStarted:
        app = await asked.backend.app(wanted.app or "")
        integration = await _integration(asked, session, app)
        started = await asked.accounts.initiate(replace(wanted, app=None, integration_id=integration.id))
        if started.connection.status is not ConnectionStatus.INITIATED or started.user_code:
            return started
        made = await link_to(asked, started.connection, wanted.redirect_url)
        return replace(started, redirect_url=made.redirect_url)

    return Agent(
        asked.services.backends,
        asked.services.executions,
        asked.services.files,
        asked.caller,
        allowed=Allowed(session.config, hints_of),
        who=await _who(asked, session),
        begin=begin,
    )


async def _who(asked: Here, session: Session) -> Who:
    """The session's user, with the accounts that it names; an auth config stands for the user's newest account of it."""
    chosen: dict[str, str] = {app: ids[0] for app, ids in session.config["connected_accounts"].items() if ids}
    for app, integration_id in session.config["auth_configs"].items():
        if app in chosen:
            continue
        query = ConnectionQuery(
            entity_ids=[session.user_id], integration_ids=[integration_id], statuses=[ConnectionStatus.ACTIVE], limit=1
        )
        if found := (await asked.accounts.page_connections(query)).items:
            chosen[app] = found[0].id
    return Who(entity_id=session.user_id, app_connections=chosen)


async def _account(asked: Here, session: Session, named: str) -> Connection:
    """An account of the session's user, by its id or alias."""
    called = await asked.accounts.connections(entity_ids=[session.user_id], labels=[alias_label(named)], limit=1)
    return called[0] if called else await asked.accounts.connection(named, entity_id=session.user_id)


async def _integration(asked: Here, session: Session, app: AppModel) -> Integration:
    """How the session's user connects to an app: as the session says, else as the project does, else with the operator's client."""
    named = session.config["auth_configs"].get(app.key)
    if named is not None:
        return await asked.accounts.integration(named)
    known = await asked.accounts.integrations(app=app.key, limit=1)
    return known[0] if known else await asked.accounts.create_integration(NewIntegration(app=app.key))


async def _toolkit(asked: Here, session: Session, app: AppModel) -> SessionToolkit:
    managed = [one.auth_mode for one in app.auth_schemes if one.auth_mode in {"OAUTH1", "OAUTH2"}]
    has_client = bool(managed) and await asked.accounts.has_client(app.key)
    account = None if app.no_auth else await _newest(asked, session, app)
    return SessionToolkit(
        slug=app.key,
        name=app.name,
        is_no_auth=app.no_auth,
        composio_managed_auth_schemes=list(dict.fromkeys(map(str, managed))) if has_client else [],
        meta=ToolkitMeta(logo=app.logo, description=app.description),
        connected_account=account,
    )


async def _newest(asked: Here, session: Session, app: AppModel) -> AccountInfo | None:
    named = (await _who(asked, session)).app_connections.get(app.key)
    active = [] if named else await asked.accounts.connections(app=app.key, entity_ids=[session.user_id], active=True, limit=1)
    any_ = active or await asked.accounts.connections(app=app.key, entity_ids=[session.user_id], limit=1)
    try:
        one = await asked.accounts.connection(named, entity_id=session.user_id) if named else next(iter(any_), None)
    except NothingFound:
        one = None
    if one is None:
        return None
    return AccountInfo(
        id=one.id,
        user_id=one.entity_id,
        status=status_of(one),
        created_at=one.createdAt,
        auth_config={"id": one.integration_id, "auth_scheme": one.auth_mode, "is_composio_managed": False},
    )


# Its config


async def _changed(
    asked: Here, config: Mapping[str, Any], data: NewSession | Change, given: set[str] | None
) -> Mapping[str, Any]:
    """``config`` with what a body says. Raises for names that are not known, and for what is not offered."""
    _refuse(data)
    after = _merge(config, data, given)
    for key in (after["toolkits"] or {}).get("enabled", ()):
        await asked.backend.app(key)
    for key, integration_id in after["auth_configs"].items():
        if (found := await asked.accounts.integration(integration_id)).app != key:
            raise InvalidRequest(f"auth_configs.{key}: {integration_id} is an auth config of {found.app}.")
    for key, ids in after["connected_accounts"].items():
        for one in ids:
            known = await asked.accounts.connection(one, entity_id=getattr(data, "user_id", None))
            if known.app != key:
                raise InvalidRequest(f"connected_accounts.{key}: {one} is an account of {known.app}.")
    preloaded = after["preload"].get("tools") or []
    if isinstance(preloaded, list):
        for name in preloaded:
            await asked.backend.actions(_query(name))
    return after


def _query(name: str) -> Any:
    from composio.backend import ActionQuery

    return ActionQuery(names=(name,))


def _refuse(data: NewSession | Change) -> None:
    experimental = data.experimental or Experimental()
    if experimental.permissions is not None and (
        experimental.permissions.default != "allow_all" or experimental.permissions.overrides
    ):
        raise NotOffered("experimental.permissions: approvals are not offered; leave tools out with tools and tags instead.")
    asks = [data.toolkits, *(data.tools or {}).values(), data.tags]
    tags = [one.tags for one in (data.tools or {}).values()]
    if any(getattr(one, "require_approval", None) for one in [*asks, *tags]):
        raise NotOffered("require_approval: approvals are not offered; leave tools out with tools and tags instead.")
    if experimental.link_url_overwrite or experimental.session_config_id:
        raise NotOffered("experimental.link_url_overwrite and session_config_id are not offered.")
    if data.hooks is not None:
        raise NotOffered("hooks are not offered.")


def _merge(config: Mapping[str, Any], data: NewSession | Change, given: set[str] | None) -> dict[str, Any]:
    """``config`` with what a body says; ``given`` has the fields that it names, None for those that are not null."""
    after = {**config}
    said = {name: getattr(data, name) for name in (*_WHOLE, *_PARTS)}
    for name, value in said.items():
        if value is None:
            if given is not None and name in given:
                after[name] = EMPTY[name]
            continue
        if name in _WHOLE:
            after[name] = _READ[name](value)
        else:
            after[name] = {**after[name], **_READ[name](value)}
    if data.experimental is not None and (data.experimental.custom_tools or data.experimental.custom_toolkits):
        after["custom"] = _custom(data.experimental)
    return after


def _read_choice(value: Any, name: str, fold: Any) -> dict[str, Any]:
    if value.enable is not None and value.disable is not None:
        raise InvalidRequest(f"{name}: enable some, or disable some, not both.")
    if value.enable is not None:
        return {"enabled": [fold(one) for one in value.enable]}
    return {"disabled": [fold(one) for one in value.disable or ()]}


def _read_tags(value: Sequence[str] | TagChoice) -> dict[str, Any]:
    if isinstance(value, TagChoice):
        return {"enabled": list(value.enable or ()), "disabled": list(value.disable or ())}
    return {"enabled": list(value), "disabled": []}


def _read_tools(value: Mapping[str, ToolChoice]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for key, one in value.items():
        found[key.strip().lower()] = (
            {"tags": _read_tags(one.tags)} if one.tags is not None else _read_choice(one, f"tools.{key}", _slug)
        )
    return found


def _slug(name: str) -> str:
    return name.strip().upper()


def _key(name: str) -> str:
    return name.strip().lower()


def _said(value: Any, **renamed: str) -> dict[str, Any]:
    """The fields of a body that are not null."""
    found = {name: one for name, one in msgspec.to_builtins(value).items() if one is not None}
    return {renamed.get(name, name): one for name, one in found.items()}


_READ: Mapping[str, Any] = {
    "toolkits": lambda value: _read_choice(value, "toolkits", _key),
    "tools": _read_tools,
    "tags": _read_tags,
    "auth_configs": lambda value: {_key(key): one for key, one in value.items()},
    "connected_accounts": lambda value: {_key(key): list(ids) for key, ids in value.items()},
    "manage_connections": lambda value: _said(value, enable="enabled"),
    "multi_account": _said,
    "preload": _said,
    "search": _said,
    "execute": _said,
}


def _custom(given: CustomDefinitions) -> dict[str, Any]:
    """The client's own tools, under the slugs that agents know them by."""

    def shown(one: CustomTool, toolkit: str | None) -> dict[str, Any]:
        prefix = f"LOCAL_{_slug(toolkit)}_" if toolkit else "LOCAL_"
        found = _said(one)
        return {**found, "slug": prefix + _slug(one.slug), "original_slug": one.slug}

    return {
        "custom_tools": [shown(one, one.extends_toolkit) for one in given.custom_tools or ()],
        "custom_toolkits": [
            {
                "slug": one.slug,
                "name": one.name,
                "description": one.description,
                "preload": bool(one.preload),
                "tools": [shown(tool, one.slug) for tool in one.tools],
            }
            for one in given.custom_toolkits or ()
        ],
    }


def _shown(config: Mapping[str, Any], user_id: str) -> dict[str, Any]:
    found = {name: config[name] for name in EMPTY}
    for name in ("toolkits", "tools", "tags"):
        if found[name] is None:
            del found[name]
    return {**found, "user_id": user_id, "instant": False, "workbench": {"enable": False}, "proxy_execute": {"enable": True}}


def _answer(asked: Here, session: Session, experimental: Experimental | None = None) -> SessionAnswer:
    base = asked.services.settings.public_url
    said: dict[str, Any] = {name: one for name, one in (session.config.get("custom") or {}).items() if one}
    if experimental is not None and experimental.assistive_prompt_config is not None:
        zone = experimental.assistive_prompt_config.user_timezone
        said["assistive_prompt"] = _PROMPT + (f" The user's time zone is {zone:.60}." if zone else "")
    return SessionAnswer(
        session_id=session.id,
        config=_shown(session.config, session.user_id),
        config_version=session.version,
        mcp=McpEndpoint(url=f"{base}/api/v3.1/tool_router/session/{session.id}/mcp"),
        tool_router_tools=own_tools(session.config),
        experimental=said,
        warnings=[],
    )


_PROMPT = (
    "Find tools with COMPOSIO_SEARCH_TOOLS before you say that something can't be done; read a tool's schema before you run it"
    " with COMPOSIO_MULTI_EXECUTE_TOOL; connect the user with COMPOSIO_MANAGE_CONNECTIONS where an app asks for it."
)

routes = [
    create_session,
    get_session,
    change_session,
    attach_to_session,
    list_session_configs,
    delete_session,
    list_session_tools,
    list_session_toolkits,
    search_in_session,
    execute_in_session,
    execute_meta,
    link_in_session,
    proxy_in_session,
    list_session_files,
    change_session_files,
    serve_session_mcp,
]
