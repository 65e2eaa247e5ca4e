"""Sign-in of programs: start a session, show its code, and poll until the user typed it on the server's page."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from litestar import Request, get, post
from litestar.params import FromQuery, JSONBody

from composio.model.connection import as_time
from composio_server.access import get_services
from composio_server.services.cli_sessions import CliSession
from composio_server.services.services import Services, off_loop
from composio_server.wire.v3.wire import Wire

__all__ = ["routes"]


class NewCliSession(Wire, kw_only=True):
    """A program's description of itself. Keys are always a project's here, whatever ``scope`` requests."""

    scope: Literal["project", "user"] | None = None
    source: str | None = None


class CliSessionBegun(Wire, kw_only=True):
    """``code`` is for the program to show; its user types it on ``/?cliKey=<id>``. ``id`` collects the key: tell nobody."""

    id: str
    code: str
    expires_at: str = msgspec.field(name="expiresAt")
    scope: Literal["project"] = "project"
    status: Literal["pending", "linked"] = "pending"


class Account(Wire, kw_only=True):
    """Who authorized the program."""

    id: str
    name: str
    email: str


class CliSessionState(CliSessionBegun, kw_only=True):
    """A session's state. ``api_key`` is in the first response with ``linked``, which is the last."""

    account: Account | None = None
    api_key: str | None = None


@post("/cli/create-session", status_code=201)
async def create_cli_session(request: Request[Any, Any, Any], data: JSONBody[NewCliSession | None] = None) -> CliSessionBegun:
    """Start to sign a program in. It takes ten minutes at most."""
    del data
    session = await off_loop(lambda: get_services(request).cli_sessions.create(device=True))
    return CliSessionBegun(id=session.key, code=session.code, expires_at=as_time(session.expires_at))


@get("/cli/get-session")
async def get_cli_session(request: Request[Any, Any, Any], id: FromQuery[str]) -> CliSessionState:  # noqa: A002 - the parameter's name
    """Whether the program was authorized; if so, its API key, once."""
    services = get_services(request)
    session, secret = await off_loop(services.cli_sessions.collect, id)
    state = CliSessionState(id=session.key, code=session.code, expires_at=as_time(session.expires_at))
    if secret is not None:
        state.status, state.api_key = "linked", secret.reveal()
        state.account = await off_loop(_account, services, session)
    return state


def _account(services: Services, session: CliSession) -> Account:
    person = services.people.get(session.person_id) if session.person_id else None
    if person is None:
        return Account(id=str(session.project_id), name="", email="")
    return Account(id=person.id, name=person.name, email=person.name if "@" in person.name else "")


routes = [create_cli_session, get_cli_session]
