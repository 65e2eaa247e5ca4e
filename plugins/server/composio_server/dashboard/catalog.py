"""Pages of apps, their tools, and the search for tools by task."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from litestar import Response, get
from litestar.params import FromPath

from composio.backend.catalog import ActionQuery
from composio.errors import UsageError
from composio.model.action import ActionModel
from composio.model.app import AppModel
from composio_server.dashboard.frameworks import FRAMEWORKS, choose_framework, example_of, package_of, write_call, write_tools
from composio_server.dashboard.show import Filter, Next, asked, cut, show, write_command
from composio_server.dashboard.visit import Asked, Visit, visit
from composio_server.services.branding import Branding
from composio_server.services.people import Role
from composio_server.services.services import off_loop

__all__ = ["list_apps", "redirect_uri_of", "search_tools", "show_action", "show_app"]

_PAGE = 60
_LONGEST_TASK = 1_000
_MOST_WARNINGS = 50
_NO_APP = Next("No app matches. Clear the filters, or add the API by its description: composio apps add NAME --spec FILE.")


@dataclass(frozen=True, slots=True)
class Line:
    """A tool in a list: its name, and the first sentence of its description."""

    slug: str
    summary: str
    important: bool

    @classmethod
    def of(cls, action: ActionModel) -> Line:
        first = action.description.strip().partition("\n")[0]
        return cls(action.slug, first if len(first) <= 200 else first[:199].rstrip() + "…", action.important)


@get("/apps")
async def list_apps(request: Asked, project: FromPath[str]) -> Response[bytes]:
    """List all apps, by name, category and scheme."""
    here = await visit(request, project)
    text, category, scheme = asked(here, "q").lower(), asked(here, "category"), asked(here, "scheme")
    every = sorted(await here.backend.apps(), key=_mark_app)
    found = [
        app
        for app in every
        if (not text or text in f"{app.key} {app.name} {app.description}".lower())
        and (not category or category in app.categories)
        and (not scheme or any(one.auth_mode == scheme for one in app.auth_schemes))
    ]
    shown, after = cut(found, asked(here, "after"), _PAGE, _mark_app)
    return show(
        here,
        "apps",
        title="Apps",
        place="apps",
        apps=shown,
        total=len(found),
        command=write_command("apps", filter=text),
        next=here.url("apps", q=text, category=category, scheme=scheme, after=after) if after else "",
        filters=[
            Filter("q", "Name or words", text),
            Filter("category", "Category", category, sorted({one for app in every for one in app.categories})),
            Filter("scheme", "Scheme", scheme, sorted({str(one.auth_mode) for app in every for one in app.auth_schemes})),
        ],
        empty=_NO_APP
        if here.is_local or not here.may(Role.OWNER)
        else Next("No app matches. Clear the filters, or add the API by its description.", here.url("own-apps"), "Add an app"),
    )


@get("/apps/{app:str}")
async def show_app(request: Asked, project: FromPath[str], app: FromPath[str]) -> Response[bytes]:
    """Show one app: its sign-in, its triggers and its tools."""
    here = await visit(request, project)
    found = await here.backend.app(app)
    text = asked(here, "q").lower()
    actions = await here.backend.actions(ActionQuery(apps=[found.key], everything=True))
    ranked = sorted(actions, key=_mark_action)
    fitting = [one for one in ranked if not text or text in f"{one.slug} {one.description}".lower()]
    shown, after = cut(fitting, asked(here, "after"), _PAGE, _mark_action)
    return show(
        here,
        "app",
        title=found.name,
        place="apps",
        app=found,
        command=write_command("actions", app=found.key),
        actions=[Line.of(one) for one in shown],
        triggers=await here.backend.triggers.types(apps=[found.key]),
        redirect_uri=await redirect_uri_of(here),
        own=await off_loop(_find_own, here, found.key),
        filters=[Filter("q", f"Search its {len(actions)} tools", text)],
        next=here.url("apps", app, q=text, after=after) if after else "",
    )


def _mark_app(app: AppModel) -> str:
    return f"{app.name.lower()}\t{app.key}"


def _mark_action(action: ActionModel) -> str:
    """Important ones come first."""
    return f"{'a' if action.important else 'b'} {action.slug}"


@dataclass(frozen=True, slots=True)
class Own:
    """An app that a project added. ``url`` is its origin, without a query, which may contain a secret; "" for a file.

    ``warnings`` say what could not be read as written.
    """

    url: str
    updated_at: float
    warnings: Sequence[str]


def _find_own(here: Visit, key: str) -> Own | None:
    """Return the project's settings for one of its own apps; None for others. Blocking."""
    if here.is_local or not here.backend.catalog.owns(key):
        return None
    said = here.services.project_apps.get(here.project_id, key)
    url = urlsplit(said.url)._replace(query="", fragment="").geturl()
    return Own(url, said.updated_at, here.backend.catalog.warnings(key)[:_MOST_WARNINGS])


@get("/actions/{action:str}")
async def show_action(request: Asked, project: FromPath[str], action: FromPath[str]) -> Response[bytes]:
    """Show one action: its schemas, and code that calls it in a framework."""
    here = await visit(request, project)
    (found,) = await here.backend.actions(ActionQuery(names=[action]))
    framework = choose_framework(asked(here, "framework"))
    return show(
        here,
        "action",
        title=found.slug,
        place="apps",
        action=found,
        framework=framework,
        frameworks=FRAMEWORKS,
        package=package_of(framework),
        call=write_call(here, found.slug, example_of(found.parameters), "default", framework),
        tools=write_tools(here, found.slug, "default", framework),
    )


@get("/search")
async def search_tools(request: Asked, project: FromPath[str]) -> Response[bytes]:
    """Find tools for a task in words, and for a task of several steps their order."""
    here = await visit(request, project)
    task = request.query_params.get("q", "").strip()[:_LONGEST_TASK]
    found: list[Line] = []
    chain: list[str] = []
    problem = ""
    if task:
        try:
            slugs = await here.backend.search(task, limit=10)
            actions = await here.backend.actions(ActionQuery(names=slugs)) if slugs else []
            found = [Line.of(one) for one in actions]
            chain = await here.backend.chain(task)
        except UsageError as error:  # no app is compiled yet
            problem = str(error)
    return show(
        here,
        "search",
        status=422 if problem else 200,
        problem=problem,
        title="Search",
        place="search",
        task=task,
        found=found,
        chain=chain if len(chain) > 1 else [],
        command=write_command("actions", search=task) if task else "",
    )


async def redirect_uri_of(here: Visit) -> str:
    """Return what a developer enters at a provider for the project's integrations."""
    if here.is_local:
        return here.accounts.redirect_uri
    settings = await off_loop(here.services.projects.settings, here.project_id)
    return Branding.of(settings).callback(here.services.settings.public_url)
