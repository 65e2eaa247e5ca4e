"""The client's identity, its command line's sign-in, and its log: ``/api/v1/client``, ``cli``, ``logs``."""

from __future__ import annotations

from typing import Any

from litestar import Request, Router, get, post

from composio_server.access import get_services, here, require_key
from composio_server.services.cli_sessions import CliSession
from composio_server.services.keys import Scope
from composio_server.services.services import off_loop
from composio_server.wire.v1.asked import page_of

__all__ = ["ROUTERS"]


@get("/client_info", scope=Scope.READ)
async def show_client(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """The owner of the key; clients check their key with it."""
    where = here(request)
    project = await off_loop(where.services.projects.get, where.caller.project_id)
    name = project.name if project is not None else ""
    return {
        "client": {
            "id": where.caller.project_id,
            "name": name,
            "email": "",
            "projectId": where.caller.project_id,
            "projectName": name,
            "apiKeyId": where.caller.key_id,
        }
    }


@get("/projects", scope=Scope.READ)
async def list_projects(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """The one project of a key."""
    where = here(request)
    project = await off_loop(where.services.projects.get, where.caller.project_id)
    return {"projects": [] if project is None else [{"id": project.id, "name": project.name}]}


@get("/generate-cli-session")
async def begin_cli_session(request: Request[Any, Any, Any]) -> dict[str, str]:
    """Start to sign in a command line: its user takes ``key`` to this server's page, which shows a code."""
    session = await off_loop(get_services(request).cli_sessions.create)
    return {"key": session.key}


@get("/verify-cli-code")
async def verify_cli_code(request: Request[Any, Any, Any]) -> dict[str, str]:
    """Trade a session's key and its code for an API key, once."""
    query = request.query_params
    services = get_services(request)
    secret = await off_loop(services.cli_sessions.verify, str(query.get("key", "")), str(query.get("code", "")))
    return {"apiKey": secret.reveal()}


@get("/get-cli-code", scope=Scope.ADMIN, guards=[require_key])
async def get_cli_code(request: Request[Any, Any, Any]) -> dict[str, str]:
    """Approve a session as the key's project, and return its code: for pages with their own sign-in."""
    where, key = here(request), str(request.query_params.get("key", ""))
    sessions = where.services.cli_sessions

    def approved() -> CliSession:
        session = sessions.get(key)
        return sessions.approve(key, session.code, where.caller.project_id)

    return {"code": (await off_loop(approved)).code}


@post("/", status_code=200, scope=Scope.EXECUTE)
async def take_log(request: Request[Any, Any, Any]) -> dict[str, str]:
    """Accept a client's log of what it ran itself. It names no connection of this server, and is not stored."""
    await request.body()
    return {"status": "success"}


@get("/", scope=Scope.ADMIN)
async def list_logs(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """The log of what clients ran themselves: it is not stored."""
    _, pages = page_of(request, [])
    return {"logs": [], "items": [], **pages}


ROUTERS = [
    Router("/api/v1/client/auth", route_handlers=[show_client, list_projects], guards=[require_key]),
    Router("/api/v1/cli", route_handlers=[begin_cli_session, verify_cli_code, get_cli_code]),
    Router("/api/v1/logs", route_handlers=[take_log, list_logs], guards=[require_key]),
]
