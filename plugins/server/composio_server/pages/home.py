"""The first page: the signed-in person and their projects. v0.7's programs sign in through `/?cliKey=`."""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get
from litestar.response import Redirect

from composio_server.access import get_services
from composio_server.pages.browser import SESSION, cookie_of, csrf_token, site_of
from composio_server.pages.letting_in import show_request
from composio_server.pages.render import headers_of, page
from composio_server.pages.signing_in import ask_to_sign_in, who_is_here
from composio_server.services.branding import Branding
from composio_server.services.projects import LOCAL
from composio_server.services.services import off_loop

__all__ = ["show_home"]


@get("/", include_in_schema=False)
async def show_home(request: Request[Any, Any, Any]) -> Response[Any]:
    """Show a person's project, or the list of them; with ``cliKey``, the program that asks to sign in."""
    if request.query_params.get("cliKey"):
        return await show_request(request)
    person = await who_is_here(request)
    if person is None:
        return ask_to_sign_in(request)
    services = get_services(request)
    found = await off_loop(services.people.projects_of, person)
    if len(found) == 1:
        where = site_of(request).to(f"/projects/{found[0].project_id or LOCAL}/start")
        return Redirect(where, status_code=303, headers=headers_of(Branding(), site=site_of(request)))
    csrf = csrf_token(str(cookie_of(request, SESSION)))
    return page("home", site=site_of(request), title="Composio", name=person.name, projects=found, csrf=csrf)
