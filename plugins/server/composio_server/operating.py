"""The shared part of the operator's commands."""

from __future__ import annotations

import getpass
from typing import Annotated

import typer

from composio.errors import InvalidRequest
from composio_server.services.services import Services
from composio_server.settings import Settings

__all__ = ["Project", "actor", "find_project", "open_services"]

Project = Annotated[str | None, typer.Option("--project", "-p", help="A project's id or name; the oldest if none is given.")]


def open_services() -> Services:
    """Open the services of the server in the environment."""
    return Services.open(Settings.of())


def find_project(services: Services, project: str | None) -> str:
    """Return the id of a project by its id or name, the oldest one's for None. Raises ``InvalidRequest`` if there is none."""
    known = services.projects.list_projects()
    if not known:
        raise InvalidRequest("There is no project yet. `composio serve` makes the first one.")
    found = [one.id for one in known if project is None or project in {one.id, one.name}]
    if not found:
        raise InvalidRequest(f"There is no project {project!r}; there are {', '.join(one.name for one in known[:20])}.")
    return found[0]


def actor() -> str:
    """Return who runs a command, for the audit log."""
    return f"operator:{getpass.getuser()}"
