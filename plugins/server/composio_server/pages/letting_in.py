"""Sign in a command line: it prints a link; a signed-in person opens it, picks a project and gets a code to type.

Source: `composio login` of composio-core 0.7.20, whose link is ``/?cliKey=<key>``.
"""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get, post

from composio.errors import InvalidRequest
from composio_server.access import get_services
from composio_server.pages.browser import SESSION, cookie_of, csrf_token, read_form, site_of
from composio_server.pages.render import page
from composio_server.pages.signing_in import ask_to_sign_in, who_is_here
from composio_server.request_ids import request_id_of
from composio_server.services.cli_sessions import CliSession
from composio_server.services.keys import Scope
from composio_server.services.people import Member, Person, Role
from composio_server.services.services import off_loop

__all__ = ["ask_to_let_in", "let_in", "show_request"]

_SCOPES = {
    Role.OWNER: (Scope.ADMIN,),
    Role.DEVELOPER: (Scope.READ, Scope.CONNECT, Scope.EXECUTE),
    Role.VIEWER: (Scope.READ,),
}


async def show_request(request: Request[Any, Any, Any]) -> Response[Any]:
    """Show which program asks, and the projects that it could be signed in to."""
    person = await who_is_here(request)
    if person is None:
        return ask_to_sign_in(request)
    try:
        session = await off_loop(get_services(request).cli_sessions.get, request.query_params.get("cliKey", ""))
    except InvalidRequest as error:
        return _refuse(request, str(error))
    return await _form(request, person, session)


@get("/cli", include_in_schema=False)
async def ask_to_let_in(request: Request[Any, Any, Any]) -> Response[Any]:
    """Show the page behind a command line's link."""
    return await show_request(request)


@post("/cli", include_in_schema=False, status_code=200)
async def let_in(request: Request[Any, Any, Any]) -> Response[Any]:
    """Sign the program in, and show the code that it asks for."""
    services = get_services(request)
    form = await read_form(request, cookie_of(request, SESSION))
    person = await who_is_here(request)
    if person is None:
        return ask_to_sign_in(request)
    member = await _member(request, person, form.get("project", ""))
    if member is None:
        return _refuse(request, "You are not in this project.", status=403)
    try:
        session = await off_loop(services.cli_sessions.get, form.get("key", ""))
        name = f"command line of {person.name}"
        approved = await off_loop(
            services.cli_sessions.approve,
            session.key,
            form.get("code", "") if session.is_device else session.code,
            member.project_id,
            name=name[:200],
            scopes=_SCOPES[member.role],
            person_id=person.id,
        )
    except InvalidRequest as error:
        return _refuse(request, str(error))
    services.audit.note(
        member.project_id, f"person:{person.id}", "POST /cli", {}, status=200, request_id=request_id_of(request)
    )
    if approved.is_device:
        said = f"Your program works in {member.project_name} now. You can close this page."
        return page("message", site=site_of(request), title="Access allowed", message=said, ok=True, again=None)
    return page("code", site=site_of(request), title="Type this code", code=approved.code, project=member.project_name)


async def _member(request: Request[Any, Any, Any], person: Person, project_id: str) -> Member | None:
    found = await off_loop(get_services(request).people.projects_of, person)
    return next((one for one in found if one.project_id == project_id), None)


async def _form(request: Request[Any, Any, Any], person: Person, session: CliSession) -> Response[Any]:
    found = await off_loop(get_services(request).people.projects_of, person)
    if not found:
        return _refuse(request, "You are not in a project yet. A project's owner can add you.", status=403)
    return page(
        "cli",
        site=site_of(request),
        title="Give a program access?",
        csrf=csrf_token(str(cookie_of(request, SESSION))),
        key=session.key,
        asks_for_code=session.is_device,
        projects=found,
        name=person.name,
    )


def _refuse(request: Request[Any, Any, Any], message: str, status: int = 400) -> Response[Any]:
    site = site_of(request)
    return page("message", status=status, site=site, title="Something went wrong", message=message, ok=False, again=None)
