"""Tool router sessions: an agent's user and allowed tools. Its operations are in ``session_tools``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from litestar import Request, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody

from composio.errors import InvalidRequest
from composio.model.connection import (
    as_time,
)
from composio_server.access import Here, here
from composio_server.services.keys import Scope
from composio_server.services.services import off_loop
from composio_server.services.session_config import EMPTY, own_tools
from composio_server.services.sessions import PATH as SESSIONS
from composio_server.services.sessions import Session
from composio_server.wire.v3 import session_tools
from composio_server.wire.v3.session_acting import find_session
from composio_server.wire.v3.session_bodies import (
    Attach,
    Change,
    ConfigVersion,
    ConfigVersions,
    Experimental,
    McpEndpoint,
    NewSession,
    RemovedSession,
    SessionAnswer,
    SessionsAnswer,
)
from composio_server.wire.v3.session_changes import change_config, merge, read_custom
from composio_server.wire.v3.wire import read_limit, slice_of

__all__ = ["routes"]


@post("/tool_router/session", scope=Scope.EXECUTE, status_code=201)
async def create_session(request: Request[Any, Any, Any], data: JSONBody[NewSession]) -> SessionAnswer:
    """Create a session for a user's agent."""
    asked = here(request)
    if not data.user_id.strip():
        raise InvalidRequest("user_id: name the user that the agent acts for, by your application's own id.")
    config = await change_config(asked, {**EMPTY, "custom": {}}, data, None)
    made = await off_loop(asked.services.sessions.create, asked.caller.project_id, data.user_id, config)
    return _answer(asked, made, data.experimental)


@get("/tool_router/session", scope=Scope.READ)
async def list_sessions(
    request: Request[Any, Any, Any],
    user_id: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[float | None] = None,
) -> SessionsAnswer:
    """List sessions, newest first. `cursor` is the id of the previous page's last one."""
    asked, size = here(request), read_limit(limit)
    known = asked.services.sessions.list_sessions
    found = await off_loop(lambda: known(asked.caller.project_id, user_id=user_id, after=cursor, limit=size + 1))
    items = [_answer(asked, one) for one in found[:size]]
    return SessionsAnswer(items=items, next_cursor=items[-1].session_id if len(found) > size else None)


@get("/tool_router/session/{session_id:str}", scope=Scope.READ)
async def get_session(request: Request[Any, Any, Any], session_id: FromPath[str]) -> SessionAnswer:
    """Get a session."""
    return _answer(here(request), await find_session(here(request), session_id))


@patch("/tool_router/session/{session_id:str}", scope=Scope.EXECUTE)
async def change_session(request: Request[Any, Any, Any], session_id: FromPath[str], data: JSONBody[Change]) -> SessionAnswer:
    """Change a session's config, which creates a new version of it."""
    asked = here(request)
    before = await find_session(asked, session_id)
    given = set(msgspec.json.decode(await request.body()))
    # Names are checked once, against the current config; a concurrent change is not lost.
    await change_config(asked, before.config, data, given)

    def change(config: Mapping[str, Any]) -> Mapping[str, Any]:
        return merge(config, data, given)

    sessions = asked.services.sessions
    changed = await off_loop(
        sessions.change, asked.caller.project_id, session_id, change, expected=data.expected_config_version
    )
    return _answer(asked, changed)


@post("/tool_router/session/{session_id:str}/attach", scope=Scope.EXECUTE, status_code=200)
async def attach_to_session(
    request: Request[Any, Any, Any], session_id: FromPath[str], data: JSONBody[Attach | None] = None
) -> SessionAnswer:
    """Register the client's own tools with a session."""
    asked = here(request)
    session = await find_session(asked, session_id)
    if data is not None and data.experimental is not None:
        custom = read_custom(data.experimental)
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
    """List the session's configs, newest first."""
    asked = here(request)
    known = await off_loop(asked.services.sessions.versions, asked.caller.project_id, session_id)
    user_id = (await find_session(asked, session_id)).user_id
    page = slice_of(known, cursor, limit)
    items = [
        ConfigVersion(
            version=one.version,
            config=_describe(one.config, user_id),
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


def _describe(config: Mapping[str, Any], user_id: str) -> dict[str, Any]:
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
        config=_describe(session.config, session.user_id),
        config_version=session.version,
        mcp=McpEndpoint(url=f"{base}{SESSIONS}/{session.id}"),
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
    list_sessions,
    get_session,
    change_session,
    attach_to_session,
    list_session_configs,
    delete_session,
    *session_tools.routes,
]
