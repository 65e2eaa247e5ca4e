"""``composio server members``: who may sign in to a project, and in which role."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from composio.errors import nearest
from composio_server.operating import Project, actor, find_project, open_services
from composio_server.services.people import Member, MemberNotFound, Role
from composio_server.services.services import Services

__all__ = ["members"]

members = typer.Typer(help="Who may sign in to a project.", no_args_is_help=True, rich_markup_mode=None)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@members.command("list")
def list_members(project: Project = None, as_json: AsJson = False) -> None:
    """List a project's members. Admins of the server may do everything and are not listed.

    Example: composio server members list --project shop
    """
    services = open_services()
    found = services.people.members(find_project(services, project))
    if as_json:
        typer.echo(json.dumps([_describe(one) for one in found]))
        return
    for one in found:
        typer.echo(f"{one.person_id}  {one.name}  {one.role}")


@members.command("add")
def add_member(
    name: Annotated[str, typer.Argument(help="The name that they sign in with, such as an address.")],
    role: Annotated[Role, typer.Option(help="What they may do; each role includes the next.")] = Role.DEVELOPER,
    project: Project = None,
    as_json: AsJson = False,
) -> None:
    """Add a person to a project, or change their role there.

    Example: composio server members add ann@example.com --role viewer
    """
    services = open_services()
    where = find_project(services, project)
    made = services.people.add_member(where, name, role)
    _note(services, where, "add member", {"id": made.person_id, "name": made.name, "role": made.role.value})
    typer.echo(json.dumps(_describe(made)) if as_json else f"{made.name} is {made.role} of {made.project_name}.")


@members.command("remove")
def remove_member(
    name: Annotated[str, typer.Argument(help="A member's name or id.")], project: Project = None, as_json: AsJson = False
) -> None:
    """Remove a person from a project. What they created stays.

    Example: composio server members remove ann@example.com
    """
    services = open_services()
    where = find_project(services, project)
    known = services.people.members(where)
    found = next((one for one in known if name in {one.person_id, one.name}), None)
    if found is None or not services.people.remove_member(where, found.person_id):
        raise MemberNotFound(name, nearest(name, [one.name for one in known]))
    _note(services, where, "remove member", {"id": found.person_id, "name": found.name})
    typer.echo(json.dumps({"removed": found.person_id}) if as_json else f"Removed {found.name} from {found.project_name}.")


def _describe(one: Member) -> Mapping[str, Any]:
    return {"id": one.person_id, "name": one.name, "role": one.role.value, "project_id": one.project_id}


def _note(services: Services, project_id: str, action: str, target: Mapping[str, Any]) -> None:
    services.audit.write(project_id, actor(), action, target, status=200, request_id="")
