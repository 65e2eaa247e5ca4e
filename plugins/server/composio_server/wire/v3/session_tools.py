"""The tools of a session's agent: it lists, finds, runs and connects tools as the session's user."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from litestar import Request, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from composio.errors import ConnectionNotFound, InvalidRequest
from composio.model.connection import (
    as_time,
)
from composio_server.access import Forbidden, Here, here
from composio_server.services.executions import Executed as Done
from composio_server.services.keys import Scope
from composio_server.services.session_config import Allowed
from composio_server.services.sessions import Session
from composio_server.wire.v3.account_bodies import Linked
from composio_server.wire.v3.connected_accounts import link
from composio_server.wire.v3.handed import as_custom_auth
from composio_server.wire.v3.session_acting import (
    describe_toolkit,
    find_account,
    find_integration,
    find_session,
    make_agent,
    whom,
)
from composio_server.wire.v3.session_bodies import (
    Executed,
    ExecuteInSession,
    ExecuteMeta,
    LinkInSession,
    Nothing,
    ProxiedInSession,
    ProxyInSession,
    Searched,
    SearchInSession,
    SessionToolkits,
    SessionTools,
)
from composio_server.wire.v3.tool_calls import as_object
from composio_server.wire.v3.tool_proxy import proxy
from composio_server.wire.v3.tool_shapes import describe_tools, hints_of
from composio_server.wire.v3.wire import NotOffered, read_list, slice_of

__all__ = ["CONNECTING", "OWN", "routes"]

CONNECTING = frozenset({"COMPOSIO_MANAGE_CONNECTIONS", "COMPOSIO_WAIT_FOR_CONNECTIONS"})
OWN = frozenset({*CONNECTING, "COMPOSIO_SEARCH_TOOLS", "COMPOSIO_GET_TOOL_SCHEMAS", "COMPOSIO_MULTI_EXECUTE_TOOL"})
_OTHERS = frozenset(
    {"COMPOSIO_REMOTE_WORKBENCH", "COMPOSIO_REMOTE_BASH_TOOL", "COMPOSIO_SUBMIT_FEEDBACK", "COMPOSIO_PROXY_EXECUTE"}
)


@get("/tool_router/session/{session_id:str}/tools", scope=Scope.READ)
async def list_session_tools(
    request: Request[Any, Any, Any],
    session_id: FromPath[str],
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[float | None] = None,
) -> SessionTools:
    """List the agent's tools: the session's own, and those available without a search."""
    asked = here(request)
    page = slice_of(await (await make_agent(asked, await find_session(asked, session_id))).tools(), cursor, limit)
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
    """List a session's toolkits, with the user's account of each."""
    asked = here(request)
    session = await find_session(asked, session_id)
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
    return SessionToolkits(items=[await describe_toolkit(asked, session, one) for one in page.items], **page.paged())


@post("/tool_router/session/{session_id:str}/search", scope=Scope.EXECUTE, status_code=200)
async def search_in_session(
    request: Request[Any, Any, Any], session_id: FromPath[str], data: JSONBody[SearchInSession]
) -> Searched:
    """Find tools for tasks."""
    asked = here(request)
    session = await find_session(asked, session_id)
    if not 1 <= len(data.queries) <= _QUERIES:
        raise InvalidRequest(f"queries: 1 to {_QUERIES} at once; got {len(data.queries)}.")
    queries = [{"use_case": one.use_case, "known_fields": one.known_fields or ""} for one in data.queries]
    found = await (await make_agent(asked, session)).search(queries)
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
    session = await find_session(asked, session_id)
    slug = data.tool_slug.strip().upper()
    if slug in OWN or slug in _OTHERS:
        return await _execute_own(asked, session, slug, data.arguments or {})
    account = None if data.account is None else (await find_account(asked, session, data.account)).id
    try:
        return _show_outcome(await (await make_agent(asked, session)).execute(data.tool_slug, data.arguments or {}, account))
    except ConnectionNotFound as error:
        if account is not None:
            raise
        return Executed(result_type="failed", data={}, error=str(error), log_id="")


@post("/tool_router/session/{session_id:str}/execute_meta", scope=Scope.EXECUTE, status_code=200)
async def execute_meta(request: Request[Any, Any, Any], session_id: FromPath[str], data: JSONBody[ExecuteMeta]) -> Executed:
    """Run one of the session's own tools."""
    asked = here(request)
    return await _execute_own(asked, await find_session(asked, session_id), data.slug, data.arguments or {})


@post("/tool_router/session/{session_id:str}/link", scope=Scope.CONNECT, status_code=201)
async def link_in_session(request: Request[Any, Any, Any], session_id: FromPath[str], data: JSONBody[LinkInSession]) -> Linked:
    """Create a link to the page where the session's user connects to a toolkit."""
    asked = here(request)
    session = await find_session(asked, session_id)
    app = await asked.backend.app(data.toolkit)
    if not Allowed(session.config, hints_of).app(app.key):
        raise InvalidRequest(f"toolkit: this session does not use {app.key}.")
    return await link(
        asked,
        await find_integration(asked, session, app),
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
    session = await find_session(asked, session_id)
    app = await asked.backend.app(data.toolkit_slug)
    if not Allowed(session.config, hints_of).app(app.key):
        raise InvalidRequest(f"toolkit_slug: this session does not use {app.key}.")
    restricted = session.config["tags"] is not None or app.key in (session.config["tools"] or {})
    if restricted:
        raise Forbidden(f"This session is limited to some tools of {app.key}; a request that no tool describes is not allowed.")
    who = await whom(asked, session)
    if data.custom_connection_data is not None:
        who = replace(who, auth=await as_custom_auth(asked, data.custom_connection_data))
    answer = await proxy(request, asked, app.key, who, data.endpoint, data.method, data.body, data.parameters, data.binary_body)
    return ProxiedInSession(status=answer.status, data=answer.data, headers=answer.headers)


@get("/tool_router/session/{session_id:str}/mounts/{mount_id:str}/items", scope=Scope.READ, raises=[NotOffered])
async def list_session_files(request: Request[Any, Any, Any], session_id: FromPath[str], mount_id: FromPath[str]) -> Nothing:
    """Not offered: a session has no sandbox, and so no files."""
    del mount_id
    await find_session(here(request), session_id)
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
    await find_session(here(request), session_id)
    raise NotOffered(_NO_FILES)


_NO_FILES = "A session has no sandbox here, and so no files of its own: upload with /files/upload/request."
_QUERIES = 8


async def _execute_own(asked: Here, session: Session, slug: str, arguments: Mapping[str, Any]) -> Executed:
    if slug in _OTHERS:
        raise NotOffered(f"{slug} is not offered: this server runs tools, not an agent's code.")
    if slug in CONNECTING and not asked.caller.may(Scope.CONNECT):
        raise Forbidden(f"{slug} connects users, which needs a key with the scope {Scope.CONNECT!r}.")
    return _show_outcome(await (await make_agent(asked, session)).execute_own(slug, arguments))


def _show_outcome(done: Done) -> Executed:
    outcome = done.outcome
    return Executed(
        result_type="completed" if outcome.successful else "failed",
        data=as_object(outcome),
        error=outcome.error,
        log_id=done.log_id,
    )


routes = [
    list_session_tools,
    list_session_toolkits,
    search_in_session,
    execute_in_session,
    execute_meta,
    link_in_session,
    proxy_in_session,
    list_session_files,
    change_session_files,
]
