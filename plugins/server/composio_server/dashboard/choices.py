"""Settings of a project: the look of its pages, its rate limits, and its log."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litestar import Response, post
from litestar.params import FromPath

from composio.errors import InvalidRequest
from composio_server.dashboard.project import show_project_settings
from composio_server.dashboard.visit import Asked, NotAllowed, Visit, act
from composio_server.services.branding import Branding
from composio_server.services.limits import KINDS
from composio_server.services.people import Role
from composio_server.services.services import off_loop
from composio_server.services.upkeep import Upkeep

__all__ = ["add_project", "change_look", "change_upkeep"]


@post("/settings/look", status_code=200)
async def change_look(request: Asked, project: FromPath[str]) -> Response[Any]:
    """Change the look of the project's connect pages."""
    here, form = await act(request, project, Role.OWNER)
    given = {name: form.get(name, "") for name in Branding.__slots__}
    try:
        look = Branding.check(given)
    except InvalidRequest as error:
        return await show_project_settings(here, problem=str(error), look=given)
    await _change(here, {"branding": look.as_settings() or None})
    here.note("change look", look.as_settings())
    return here.go("settings", said="saved")


@post("/settings/upkeep", status_code=200)
async def change_upkeep(request: Asked, project: FromPath[str]) -> Response[Any]:
    """Change the project's rate limits, and how long its log keeps calls."""
    here, form = await act(request, project, Role.OWNER)
    try:
        chosen = Upkeep(
            rates={kind: form.get(f"rate.{kind}", "").strip() for kind in KINDS},
            log_payloads="log_payloads" in form,
            log_chars=_read_number(form, "log_chars"),
            log_days=_read_number(form, "log_days"),
        ).check()
    except InvalidRequest as error:
        return await show_project_settings(here, problem=str(error), upkeep=form)
    await _change(here, chosen.as_settings())
    here.note("change settings", {name: value for name, value in chosen.as_settings().items() if value is not None})
    return here.go("settings", said="saved")


@post("/settings/projects", status_code=200)
async def add_project(request: Asked, project: FromPath[str]) -> Response[Any]:
    """Create another project. Server admins only."""
    here, form = await act(request, project, Role.OWNER)
    if not here.person.is_admin:
        raise NotAllowed("Only an admin of the server makes projects.")
    try:
        made = await off_loop(here.services.projects.create, form.get("project_name", ""))
    except InvalidRequest as error:
        return await show_project_settings(here, problem=str(error))
    here.note("add project", {"project": made.id})
    return here.go_to(made.id, "start")


async def _change(here: Visit, changes: Mapping[str, Any]) -> None:
    await off_loop(here.services.projects.change_settings, here.project_id, changes)


def _read_number(form: Mapping[str, str], name: str) -> int | None:
    text = form.get(name, "").strip()
    if not text:
        return None
    if not text.isascii() or not text.isdigit() or len(text) > 9:
        raise InvalidRequest(f"{name} is a whole number; got {text!r:.40}.")
    return int(text)
