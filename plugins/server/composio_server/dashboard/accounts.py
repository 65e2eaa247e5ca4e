"""Integrations and connections."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from composio.errors import AppNotFound, ComposioError, IntegrationNotFound, InvalidRequest, NotFoundError, UsageError
from composio.model.connection import (
    Connection,
    ConnectionPage,
    ConnectionQuery,
    ConnectionStatus,
    IntegrationChange,
    NewConnection,
    NewIntegration,
)
from composio.store.calls import CallQuery
from composio_server.dashboard.catalog import redirect_uri_of
from composio_server.dashboard.forms import read_entity
from composio_server.dashboard.show import Filter, Next, asked, show, write_command
from composio_server.dashboard.visit import Asked, Visit, act, visit
from composio_server.services.branding import Branding
from composio_server.services.links import LINK_SECONDS
from composio_server.services.people import Role
from composio_server.services.services import off_loop

__all__ = [
    "add_integration",
    "change_integration",
    "connect_user",
    "do_with_connection",
    "do_with_integration",
    "list_connections",
    "list_integrations",
    "new_connection",
    "new_integration",
    "show_connection",
    "show_integration",
]

_DISABLED = "DISABLED"
_REDIRECTED = frozenset({"OAUTH1", "OAUTH2"})
_LOOKED_AT = 2_000  # calls of an entity that are searched for those of one connection
_KINDS = {ConnectionStatus.ACTIVE: "good", ConnectionStatus.EXPIRED: "bad", ConnectionStatus.FAILED: "bad"}


def _state(one: Connection) -> tuple[str, str]:
    """Return a connection's status in a word, and its style."""
    return (_DISABLED.lower(), "") if not one.enabled else (one.status.lower(), _KINDS.get(one.status, ""))


@get("/connections")
async def list_connections(request: Asked, project: FromPath[str]) -> Response[bytes]:
    """List connections, newest first."""
    here = await visit(request, project)
    app, entity, status, integration = (asked(here, name) for name in ("app", "entity", "status", "integration"))
    statuses = [ConnectionStatus(status)] if status in set(ConnectionStatus) else []
    query = ConnectionQuery(
        apps=[app.lower()] if app else [],
        entity_ids=[entity] if entity else [],
        integration_ids=[integration] if integration else [],
        statuses=statuses,
        disabled=status == _DISABLED,
        after=asked(here, "after") or None,
        limit=50,
    )
    try:
        page = await here.accounts.page_connections(query)
    except NotFoundError:  # an unknown app or integration has none
        page = ConnectionPage(items=(), next=None, total=0)
    given = {"app": app, "entity": entity, "status": status, "integration": integration}
    return show(
        here,
        "connections",
        title="Connections",
        place="connections",
        rows=page.items,
        state=_state,
        total=_count(page.total),
        command=write_command(
            "connections --active" if status == ConnectionStatus.ACTIVE else "connections", app=app, entity_id=entity
        ),
        next=here.url("connections", **given, after=page.next) if page.next else "",
        filters=[
            Filter("app", "App", app),
            Filter("entity", "Entity", entity),
            Filter("status", "Status", status, [*ConnectionStatus, _DISABLED]),
            Filter("integration", "Integration", integration),
        ],
        empty=Next("No connection matches these filters.", here.url("connections"), "Show all")
        if any(given.values())
        else Next(
            "No connections yet. Send a user a link, and their account appears here.",
            here.url("connections", "new"),
            "Connect a user",
        ),
    )


def _count(total: int) -> str:
    most = 10_000
    return f"more than {most:,} connections" if total > most else f"{total:,} connection{'' if total == 1 else 's'}"


@get("/connections/{connection:str}")
async def show_connection(request: Asked, project: FromPath[str], connection: FromPath[str]) -> Response[bytes]:
    """Show one connection, its operations, and its latest calls."""
    here = await visit(request, project)
    one = await here.accounts.connection(connection)
    rows = await off_loop(
        here.services.calls.list_calls,
        here.project_id,
        CallQuery(entity_id=one.entity_id, connection_id=one.id, limit=10, within=_LOOKED_AT),
    )
    acts = [("check", "Test", "plain"), ("refresh", "Renew tokens", "plain")] if one.is_usable else []
    acts.append(("disable", "Disable", "plain") if one.enabled else ("enable", "Enable", "plain"))
    acts.append(("reconnect", "Make a link to reconnect", "plain"))
    return show(
        here,
        "connection",
        title=f"{one.app} of {one.entity_id}",
        place="connections",
        one=one,
        state=_state,
        acts=acts,
        calls=[row.as_logged() for row in rows],
    )


@post("/connections/{connection:str}/{deed:str}", status_code=200)
async def do_with_connection(
    request: Asked, project: FromPath[str], connection: FromPath[str], deed: FromPath[str]
) -> Response[Any]:
    """Test, renew, label, enable, disable, reconnect or remove it."""
    here, form = await act(request, project)
    one = await here.accounts.connection(connection)
    again: Connection | None = None
    if deed == "delete":
        await here.accounts.delete_connection(one.id)
    elif deed == "reconnect":
        again = (await here.accounts.reinitiate(one.id)).connection
    elif deed == "check":
        await here.accounts.check_connection(one.id)
    elif deed == "refresh":
        await here.accounts.refresh_connection(one.id)
    elif deed == "label":
        labels = [label.strip() for label in form.get("labels", "").split(",")]
        await here.accounts.update_connection(one.id, labels=list(dict.fromkeys(filter(None, labels))))
    elif deed in {"enable", "disable"}:
        await here.accounts.update_connection(one.id, enabled=deed == "enable")
    else:
        raise InvalidRequest(f"A connection has no action {deed!r:.40}.")
    here.note(f"{deed} connection", {"connection": one.id})
    if again is not None:
        return await _show_link(here, again)
    if deed == "delete":
        return here.go("connections", said="removed")
    said = {"check": "checked", "refresh": "refreshed", "label": "saved"}.get(deed, f"{deed}d")
    return here.go("connections", one.id, said=said)


@get("/connections/new")
async def new_connection(request: Asked, project: FromPath[str]) -> Response[bytes]:
    """Show the form that creates a link for a user."""
    return await _connection_form(await visit(request, project, Role.DEVELOPER))


async def _connection_form(here: Visit, *, problem: str = "", entity: str = "", chosen: str = "") -> Response[bytes]:
    return show(
        here,
        "new_connection",
        title="Connect a user",
        place="connections",
        status=422 if problem else 200,
        problem=problem,
        link="",
        integrations=await here.accounts.integrations(),
        chosen=chosen or asked(here, "integration"),
        entity=entity,
        empty=Next("No integrations yet. Users connect through an integration.", here.url("apps"), "Choose an app"),
    )


@post("/connections/new", status_code=200)
async def connect_user(request: Asked, project: FromPath[str]) -> Response[Any]:
    """Create a link for a user."""
    here, form = await act(request, project)
    chosen = form.get("integration", "")
    try:
        entity = read_entity(form)
    except InvalidRequest as error:
        return await _connection_form(here, problem=str(error), entity=form["entity"], chosen=chosen)
    if not entity:
        return await _connection_form(here, problem="Entity: your own id of the user who connects.", chosen=chosen)
    try:
        started = await here.accounts.initiate(NewConnection(entity_id=entity, integration_id=chosen))
    except ComposioError as error:
        return await _connection_form(here, problem=str(error), entity=entity, chosen=chosen)
    here.note("connect user", {"connection": started.connection.id})
    return await _show_link(here, started.connection)


async def _show_link(here: Visit, one: Connection) -> Response[bytes]:
    _, token = await off_loop(
        here.services.links.create,
        here.project_id,
        connection_id=one.id,
        integration_id=one.integration_id,
        app=one.app,
        user_id=one.entity_id,
    )
    settings = await off_loop(here.services.projects.settings, here.project_id)
    base = Branding.of(settings).base_url(here.services.settings.public_url)
    return show(
        here,
        "new_connection",
        title="Connect a user",
        place="connections",
        link=f"{base}/link/{token.reveal()}",
        entity=one.entity_id,
        expires_at=time.time() + LINK_SECONDS,
    )


@get("/integrations")
async def list_integrations(request: Asked, project: FromPath[str]) -> Response[bytes]:
    """List integrations, newest first."""
    here = await visit(request, project)
    app = asked(here, "app")
    try:
        rows = await here.accounts.integrations(app=app or None, disabled=True)
    except NotFoundError:
        rows = []
    return show(
        here,
        "integrations",
        title="Integrations",
        place="integrations",
        rows=rows,
        command=write_command("integrations", app=app),
        counts=await here.accounts.count_connections([one.id for one in rows]) if rows else {},
        filters=[Filter("app", "App", app)],
        empty=Next("No integrations yet. An integration says how users of one app sign in.", here.url("apps"), "Choose an app"),
    )


@get("/integrations/{integration:str}")
async def show_integration(request: Asked, project: FromPath[str], integration: FromPath[str]) -> Response[bytes]:
    """Show one integration, and the form that changes it."""
    return await _integration(await visit(request, project), integration)


async def _integration(
    here: Visit, integration: str, problem: str = "", typed: Mapping[str, str] | None = None
) -> Response[bytes]:
    one = await here.accounts.integration(integration)
    counts = await here.accounts.count_connections([one.id])
    try:
        _, fields = await here.accounts.expected_fields(one.app, integration_id=one.id, customer=False)
    except UsageError:  # its app or scheme no longer exists
        fields = []
    return show(
        here,
        "integration",
        title=one.name or one.app,
        place="integrations",
        status=422 if problem else 200,
        one=one,
        count=counts.get(one.id, 0),
        fields=fields,
        redirects=one.auth_mode in _REDIRECTED,
        problem=problem,
        typed=typed
        or {
            "name": one.name,
            "redirect_uri": one.redirect_uri or "",
            "scopes": " ".join(one.scopes or ()),
            "limited": "\n".join(one.limited_actions or ()),
        },
    )


@post("/integrations/{integration:str}", status_code=200)
async def change_integration(request: Asked, project: FromPath[str], integration: FromPath[str]) -> Response[Any]:
    """Change its name, scopes, limited actions, redirect URI or credentials; empty fields stay unchanged."""
    here, form = await act(request, project)
    config = _config_of(form)
    if redirect_uri := form.get("redirect_uri", "").strip():
        config["redirect_uri"] = redirect_uri
    change = IntegrationChange(
        name=form.get("name", "").strip() or None,
        scopes=tuple(form.get("scopes", "").split()) or None,
        limited_actions=form.get("limited", "").split(),
        config=config,
    )
    try:
        await here.accounts.update_integration(integration, change)
    except IntegrationNotFound:
        raise
    except UsageError as error:
        return await _integration(here, integration, str(error), form)
    here.note("change integration", {"integration": integration})
    return here.go("integrations", integration, said="saved")


@post("/integrations/{integration:str}/{deed:str}", status_code=200)
async def do_with_integration(
    request: Asked, project: FromPath[str], integration: FromPath[str], deed: FromPath[str]
) -> Response[Any]:
    """Enable, disable or remove it."""
    here, _ = await act(request, project)
    if deed == "delete":
        await here.accounts.remove_integration(integration)
    elif deed in {"enable", "disable"}:
        await here.accounts.update_integration(integration, IntegrationChange(enabled=deed == "enable"))
    else:
        raise InvalidRequest(f"An integration has no action {deed!r:.40}.")
    here.note(f"{deed} integration", {"integration": integration})
    if deed == "delete":
        return here.go("integrations", said="removed")
    return here.go("integrations", integration, said=f"{deed}d")


@get("/integrations/new")
async def new_integration(request: Asked, project: FromPath[str]) -> Response[bytes]:
    """Show the form that adds one."""
    return await _integration_form(await visit(request, project, Role.DEVELOPER))


async def _integration_form(here: Visit, problem: str = "", typed: Mapping[str, str] | None = None) -> Response[bytes]:
    app = await here.backend.app(asked(here, "app"))
    scheme, fields = await here.accounts.expected_fields(app.key, asked(here, "mode") or None, customer=False)
    return show(
        here,
        "new_integration",
        title=f"Integration for {app.name}",
        place="integrations",
        status=422 if problem else 200,
        app=app,
        scheme=scheme,
        schemes=app.auth_schemes,
        fields=fields,
        redirect_uri=await redirect_uri_of(here),
        problem=problem,
        typed=typed or {},
    )


@post("/integrations/new", status_code=200)
async def add_integration(request: Asked, project: FromPath[str]) -> Response[Any]:
    """Add one."""
    here, form = await act(request, project)
    redirect_uri = form.get("redirect_uri", "").strip()
    try:
        made = await here.accounts.create_integration(
            NewIntegration(
                app=asked(here, "app"),
                auth_mode=asked(here, "mode") or None,
                name=form.get("name", "").strip() or None,
                config=_config_of(form) | ({"redirect_uri": redirect_uri} if redirect_uri else {}),
                scopes=tuple(form.get("scopes", "").split()) or None,
                force_new=True,
            )
        )
    except AppNotFound:
        raise
    except UsageError as error:
        return await _integration_form(here, str(error), form)
    here.note("add integration", {"integration": made.id})
    return here.go("integrations", made.id, said="added")


def _config_of(form: Mapping[str, str]) -> dict[str, str]:
    """Return the filled fields of a scheme."""
    prefix = "config."
    return {name.removeprefix(prefix): value for name, value in form.items() if name.startswith(prefix) and value}
