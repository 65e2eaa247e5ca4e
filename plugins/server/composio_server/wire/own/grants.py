"""Grants in a project: which program may use which MCP server or session as which user; list and revoke them."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Router, delete, get
from litestar.params import FromPath, FromQuery

from composio.errors import InvalidRequest, NotFoundError
from composio.model.connection import as_time
from composio_server.access import here, require_key
from composio_server.services.keys import Scope
from composio_server.services.oauth import Grant, Target
from composio_server.services.services import Services, off_loop
from composio_server.wire.own.bodies import HEADERS, answer_error
from composio_server.wire.own.project import RemovedThing

__all__ = ["GrantNotFound", "router"]

Asked = Request[Any, Any, Any]


class GrantNotFound(NotFoundError):
    """A grant that this project does not have."""

    kind = "grant"


class ProgramGrant(msgspec.Struct):
    """What `person` allowed a program: to act as `user_id` on one MCP server (`mcp_server_id`) or session (`session_id`).

    `client_name` is the program's own name; `redirect_uri` identifies it better. Unused, it ends at `expires_at`.
    """

    id: str
    client_id: str
    client_name: str
    redirect_uri: str
    person: str
    user_id: str
    mcp_server_id: str | None
    session_id: str | None
    created_at: str
    expires_at: str


class ProgramGrants(msgspec.Struct):
    """The grants of programs, oldest first."""

    grants: list[ProgramGrant]


@get("/", scope=Scope.ADMIN)
async def list_grants(
    request: Asked, mcp_server_id: FromQuery[str | None] = None, session_id: FromQuery[str | None] = None
) -> ProgramGrants:
    """Programs that may use the project's MCP servers and sessions: all, or those of one."""
    asked = here(request)
    if mcp_server_id is not None and session_id is not None:
        raise InvalidRequest("mcp_server_id, session_id: name one of them, or none.")
    target = Target("server", mcp_server_id) if mcp_server_id is not None else None
    target = Target("session", session_id) if session_id is not None else target
    return ProgramGrants(await off_loop(_list, asked.services, asked.caller.project_id, target))


@delete("/{grant_id:str}", scope=Scope.ADMIN, status_code=200)
async def revoke_grant(request: Asked, grant_id: FromPath[str]) -> RemovedThing:
    """Revoke a program's access: its tokens become invalid."""
    asked = here(request)
    if not await off_loop(asked.services.oauth_grants.end, asked.caller.project_id, grant_id):
        raise GrantNotFound(grant_id)
    return RemovedThing(grant_id)


def _list(services: Services, project_id: str, target: Target | None) -> list[ProgramGrant]:
    found = services.oauth_grants.list_grants(project_id, target)
    people = {one: services.people.get(one) for one in {grant.person_id for grant in found}}
    names = {one: person.name if person is not None else "" for one, person in people.items()}
    return [_show(grant, names[grant.person_id]) for grant in found]


def _show(grant: Grant, person: str) -> ProgramGrant:
    return ProgramGrant(
        id=grant.id,
        client_id=grant.client_id,
        client_name=grant.client_name,
        redirect_uri=grant.redirect_uri,
        person=person,
        user_id=grant.user_id,
        mcp_server_id=grant.target.id if grant.target.kind == "server" else None,
        session_id=grant.target.id if grant.target.kind == "session" else None,
        created_at=as_time(grant.created_at),
        expires_at=as_time(grant.expires_at),
    )


router = Router(
    "/api/v3.1/grants",
    route_handlers=[list_grants, revoke_grant],
    guards=[require_key],
    response_headers=HEADERS,
    exception_handlers={Exception: answer_error},
    tags=["Own protocol: access of programs"],
)
