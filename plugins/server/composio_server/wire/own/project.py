"""A project's administration: members, branding, rate limits and log settings."""

from __future__ import annotations

from typing import Any

import msgspec
from litestar import Request, Router, delete, get, put
from litestar.params import FromPath, JSONBody

from composio_server.access import here, require_key
from composio_server.services.branding import Branding
from composio_server.services.keys import Scope
from composio_server.services.people import Member, MemberNotFound, Role
from composio_server.services.services import off_loop
from composio_server.services.upkeep import Upkeep
from composio_server.wire.own.bodies import HEADERS, answer_error

__all__ = ["RemovedThing", "router"]

Asked = Request[Any, Any, Any]


class NewMember(msgspec.Struct, forbid_unknown_fields=True):
    """The person to add: `name` is their sign-in name, usually an address."""

    name: str
    role: Role = Role.DEVELOPER


class Look(msgspec.Struct, forbid_unknown_fields=True):
    """The look of pages; an empty or omitted field means the server's own.

    `logo_url` is an https URL of an image, `color` is `#rrggbb`. `domain` is a host name that leads to this server and
    begins the project's links; `redirect_uri` replaces `https://<domain>/api/v1/auth-apps/add` at providers.
    """

    name: str = ""
    logo_url: str = ""
    color: str = ""
    domain: str = ""
    redirect_uri: str = ""


class Rates(msgspec.Struct, forbid_unknown_fields=True):
    """Rates for the project, each key and each user: `50/s`, or `50/s:200` with a burst; empty for the server's rate."""

    project: str = ""
    key: str = ""
    entity: str = ""


class ProjectUpkeep(msgspec.Struct, forbid_unknown_fields=True):
    """Rates, and log settings; a null or omitted field means the server's default.

    `log_payloads` keeps calls' input and output, `log_chars` limits their length, `log_days` is how long calls are kept.
    """

    rates: Rates = msgspec.field(default_factory=Rates)
    log_payloads: bool = True
    log_chars: int | None = None
    log_days: int | None = None


class ProjectMember(msgspec.Struct):
    """A member of the project: their `id`, sign-in `name`, and role."""

    id: str
    name: str
    role: Role


class ProjectMembers(msgspec.Struct):
    """The members of the project."""

    members: list[ProjectMember]


class RemovedThing(msgspec.Struct):
    """The id of the removed object."""

    removed: str


@get("/members", scope=Scope.ADMIN)
async def list_members(request: Asked) -> ProjectMembers:
    """The members of the project. Admins of the server may do everything and are not listed."""
    asked = here(request)
    found = await off_loop(asked.services.people.members, asked.caller.project_id)
    return ProjectMembers([_describe(one) for one in found])


@put("/members", scope=Scope.ADMIN)
async def put_member(request: Asked, data: JSONBody[NewMember]) -> ProjectMember:
    """Add a person to the project, or change their role: `owner`, `developer` or `viewer`.

    A new person may sign in from now on.
    """
    asked = here(request)
    return _describe(await off_loop(asked.services.people.add_member, asked.caller.project_id, data.name, data.role))


@delete("/members/{person_id:str}", scope=Scope.ADMIN, status_code=200)
async def remove_member(request: Asked, person_id: FromPath[str]) -> RemovedThing:
    """Remove a person from the project."""
    asked = here(request)
    if not await off_loop(asked.services.people.remove_member, asked.caller.project_id, person_id):
        raise MemberNotFound(person_id)
    return RemovedThing(person_id)


def _describe(one: Member) -> ProjectMember:
    return ProjectMember(one.person_id, one.name, one.role)


@get("/branding", scope=Scope.READ)
async def get_branding(request: Asked) -> Look:
    """The look of the project's connect pages."""
    asked = here(request)
    settings = await off_loop(asked.services.projects.settings, asked.caller.project_id)
    return _look(Branding.of(settings))


@put("/branding", scope=Scope.ADMIN)
async def put_branding(request: Asked, data: JSONBody[Look]) -> Look:
    """Replace the look as a whole. Other instances of the server follow within five seconds."""
    asked = here(request)
    branding = Branding.check(msgspec.to_builtins(data))
    changes = {"branding": branding.as_settings() or None}
    await off_loop(asked.services.projects.change_settings, asked.caller.project_id, changes)
    return _look(branding)


def _look(branding: Branding) -> Look:
    return Look(**{name: getattr(branding, name) for name in Look.__struct_fields__})


@get("/settings", scope=Scope.READ)
async def get_settings(request: Asked) -> ProjectUpkeep:
    """The project's rates and log settings."""
    asked = here(request)
    return _upkeep(Upkeep.of(await off_loop(asked.services.projects.settings, asked.caller.project_id)))


@put("/settings", scope=Scope.ADMIN)
async def put_settings(request: Asked, data: JSONBody[ProjectUpkeep]) -> ProjectUpkeep:
    """Replace them as a whole. Other instances of the server follow within five seconds."""
    asked = here(request)
    chosen = Upkeep(**msgspec.to_builtins(data)).check()
    changed = await off_loop(asked.services.projects.change_settings, asked.caller.project_id, chosen.as_settings())
    return _upkeep(Upkeep.of(changed))


def _upkeep(one: Upkeep) -> ProjectUpkeep:
    return ProjectUpkeep(Rates(**one.rates), one.log_payloads, one.log_chars, one.log_days)


router = Router(
    "/api/v3.1/project",
    route_handlers=[list_members, put_member, remove_member, get_branding, put_branding, get_settings, put_settings],
    guards=[require_key],
    response_headers=HEADERS,
    exception_handlers={Exception: answer_error},
    tags=["Own protocol: project"],
)
