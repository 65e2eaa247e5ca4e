"""Apps that a project adds itself, from an API's description: an uploaded file, or a URL."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from composio.embedded.addressed import fetch_description
from composio.errors import ComposioError, InvalidRequest, ServerMoved
from composio.model.app import AppModel
from composio.model.operating import AUTH_FORMS
from composio_server.dashboard.show import asked, show
from composio_server.dashboard.visit import Asked, Visit, act, visit
from composio_server.pages.browser import SESSION, Upload, cookie_of, read_upload
from composio_server.services.people import Role
from composio_server.services.project_apps import ProjectApp
from composio_server.services.services import off_loop

__all__ = ["add_app", "do_with_app", "new_app"]


@get("/own-apps")
async def new_app(request: Asked, project: FromPath[str]) -> Response[bytes]:
    """Show the form that adds an app, or replaces the description of the project's own."""
    here = await visit(request, project, Role.OWNER)
    known = {one.key: one for one in await off_loop(here.services.project_apps.list_apps, here.project_id)}
    said = known.get(asked(here, "app"))
    if said is None:
        return _form(here, {})
    return _form(here, _fill(said))


def _fill(said: ProjectApp) -> dict[str, str]:
    """The values of the form's fields."""
    return {"key": said.key, "url": said.url, "base_url": said.base_url or "", "auth": "\n".join(said.auth)}


def _form(here: Visit, typed: Mapping[str, str], problem: str = "", *, moved: bool = False) -> Response[bytes]:
    return show(
        here,
        "new_app",
        title="Add an app",
        place="apps",
        status=422 if problem else 200,
        typed=typed,
        problem=problem,
        moved=moved,
        auth_forms=AUTH_FORMS,
    )


@post("/own-apps", status_code=200)
async def add_app(request: Asked, project: FromPath[str]) -> Response[Any]:
    """Add one, or replace its description."""
    here = await visit(request, project, Role.OWNER)
    form, file = await read_upload(request, cookie_of(request, SESSION), "file")
    try:
        said, document = await _read_description(here, form, file)
        added = await _put(here, said, document, accept_server=bool(form.get("accept_server")))
    except ComposioError as error:
        return _refuse(here, form, error)
    here.note("add app", {"app": added.key})
    return here.go("apps", added.key, said="added")  # keys are normalised: "My app" is my_app


async def _read_description(here: Visit, form: Mapping[str, str], file: Upload | None) -> tuple[ProjectApp, bytes]:
    """Return the app's settings and its description. Raises ``InvalidRequest``."""
    given = {name: form.get(name, "").strip() for name in ("key", "url", "base_url")}
    if file is None and not given["url"]:
        raise InvalidRequest("Choose a file with the API's description, or give the URL of one.")
    said = ProjectApp(
        key=given["key"],
        url="" if file is not None else given["url"],
        base_url=given["base_url"] or None,
        auth=tuple(filter(None, (line.strip() for line in form.get("auth", "").splitlines()))),
    )
    return said, file.content if file is not None else await _fetch(here, said.url)


async def _fetch(here: Visit, url: str) -> bytes:
    return await fetch_description(here.services.backends.shared.awaiting, url, most=here.services.settings.body_bytes)


async def _put(here: Visit, said: ProjectApp, document: bytes, *, accept_server: bool) -> AppModel:
    apps = here.services.project_apps
    return await off_loop(lambda: apps.put(here.project_id, said, document, accept_server=accept_server))


def _refuse(here: Visit, typed: Mapping[str, str], error: ComposioError) -> Response[bytes]:
    """Show the form with the entered values.

    If its description names another server, it offers to accept that, as the CLI does.
    """
    moved = error.__cause__
    if not isinstance(moved, ServerMoved):
        return _form(here, typed, str(error))
    problem = (
        f"The description names {', '.join(moved.new)}, and the app's connections were made for {', '.join(moved.old)}:"
        " their credentials would be sent to another server. Nothing was changed; tick the box below if it is meant."
    )
    return _form(here, typed, problem, moved=True)


@post("/own-apps/{app:str}/{deed:str}", status_code=200)
async def do_with_app(request: Asked, project: FromPath[str], app: FromPath[str], deed: FromPath[str]) -> Response[Any]:
    """Fetch the description of one again, or remove it."""
    here, _ = await act(request, project, Role.OWNER)
    apps = here.services.project_apps
    said = await off_loop(apps.get, here.project_id, app)
    if deed == "delete":
        await off_loop(apps.remove, here.project_id, app)
    elif deed == "update" and said.url:
        try:
            await _put(here, said, await _fetch(here, said.url), accept_server=False)
        except ComposioError as error:
            return _refuse(here, _fill(said), error)
    else:
        raise InvalidRequest(f"An app of the project's own has no action {deed!r:.40}.")
    here.note(f"{deed} app", {"app": app})
    return here.go("apps", said="removed") if deed == "delete" else here.go("apps", app, said="updated")
