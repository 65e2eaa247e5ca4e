"""The hosted connect page: ``/link/<token>`` connects one user once, in the browser that opened it first."""

from __future__ import annotations

import logging
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from litestar import Request, Response, get, post
from litestar.params import FromPath
from litestar.response import Redirect

from composio.callback.page import is_web_address
from composio.errors import (
    ComposioError,
    ConfigurationError,
    ConnectedAccountNotFound,
    IntegrationNotFound,
    StoreError,
    UsageError,
)
from composio.model.app import AppModel, AuthField, AuthScheme
from composio.model.connection import Connection, ConnectionStarted, ConnectionStatus, NewConnection
from composio_server.access import get_services
from composio_server.pages import fields as fields_
from composio_server.pages.browser import (
    BROWSER,
    FormRefused,
    cookie_of,
    csrf_token,
    is_prefetched,
    keep_cookie,
    make_browser,
    read_form,
    site_of,
)
from composio_server.pages.ending import find_goal, show_connected
from composio_server.pages.render import Site, headers_of, page, send_away
from composio_server.services.branding import Branding
from composio_server.services.links import Link
from composio_server.services.services import Services, off_loop

__all__ = ["LAST_LINK", "explain", "open_link", "submit_link", "tell_status"]

log = logging.getLogger("composio.server")
LAST_LINK = "composio-link"
"""The cookie with the link from which a browser was last sent to a provider."""
_ON_THE_WAY = 1200  # seconds: the lifetimes of a link and a state
_KEPT = "kept"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Visit:
    """A request for an open link, from its browser."""

    services: Services
    token: str
    link: Link
    browser: str
    branding: Branding
    site: Site
    app: AppModel
    scheme: AuthScheme
    fields: tuple[AuthField, ...]
    connection: Connection | None

    @property
    def url(self) -> str:
        return self.site.to(f"/link/{self.token}")

    @property
    def is_connected(self) -> bool:
        """Return True once its user is connected; a connection that is being reconnected was active before."""
        one = self.connection
        return one is not None and one.status is ConnectionStatus.ACTIVE and (one.activated_at or 0.0) >= self.link.created_at


@get("/link/{token:str}", include_in_schema=False)
async def open_link(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[Any]:
    """Show the next step: a form, a button, or a code to enter elsewhere."""
    if is_prefetched(request):
        return Response(b"", status_code=204)  # not opened yet
    visit = await _visit(request, token)
    if isinstance(visit, Response):
        return visit
    if visit.is_connected:
        return await _finish(visit)
    device, connection = visit.link.device, visit.connection
    if device is not None and connection is not None and connection.status is ConnectionStatus.INITIATED:
        if (device.get("expires_at") or 0.0) > time.time():
            return _show_device(visit, device)
        return _show_form(visit, problem="The code has expired. Continue to get a new one.")
    failed = connection is not None and connection.status is ConnectionStatus.FAILED
    return _show_form(visit, problem=(connection.error or "") if failed and connection is not None else "")


@post("/link/{token:str}", include_in_schema=False, status_code=200)
async def submit_link(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[Any]:
    """Start the connection with the entered values, and redirect to the provider if there is one."""
    browser = cookie_of(request, BROWSER)
    visit = await _visit(request, token)
    if isinstance(visit, Response):
        return visit
    form = await read_form(request, browser)
    if visit.is_connected:
        return await _finish(visit)
    values = fields_.read_values(visit.fields, form)
    if wrong := fields_.find_missing(visit.fields, values):
        return _show_form(visit, values=values, wrong=wrong, problem="Something is missing.")
    try:
        started = await _begin(visit, values)
    except ComposioError as error:
        wrong = fields_.name_wrong([one.name for one in visit.fields], str(error))
        problem = "Some values are not valid." if wrong else explain(error)
        return _show_form(visit, values=values, wrong=wrong, problem=problem)
    return await _go_on(request, visit, started)


@get("/link/{token:str}/status", include_in_schema=False)
async def tell_status(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[Any]:
    """Poll whether a device's user is done. Then htmx loads the page again."""
    visit = await _visit(request, token)
    waits = (
        not isinstance(visit, Response)
        and visit.connection is not None
        and visit.connection.status is ConnectionStatus.INITIATED
        and visit.link.device is not None
    )
    headers = headers_of(Branding(), site=site_of(request)) | ({} if waits else {"hx-refresh": "true"})
    return Response({"status": "waiting" if waits else "over"}, headers=headers)


async def _visit(request: Request[Any, Any, Any], token: str) -> _Visit | Response[Any]:
    """Return the browser and link, or an error page if it cannot be opened."""
    services, site = get_services(request), site_of(request)
    link = await off_loop(services.links.find, token)
    if link is None:
        return _refuse("Unknown link", "Check that it was copied whole, or ask for a new one.", 404, site=site)
    branding = await _branding(services, link.project_id)
    browser = cookie_of(request, BROWSER)
    is_mine = browser is not None and services.links.is_bound_to(link, browser)
    if not services.links.is_open(link) and not is_mine:
        return _refuse(*_why_closed(link), 410, branding=branding, site=site)
    if browser is None:
        return _ask_for_cookie(request, token, branding, site=site)
    # Link previews of chats and mails keep no cookies, and so open nothing.
    if not is_mine and not await off_loop(services.links.bind, link, browser):
        message = "It was opened in another browser first, and works in that one only. Ask for a new link if that was not you."
        return _refuse("This link is in use elsewhere", message, 403, branding=branding, site=site)
    visit = await _look(services, token, link, browser, branding, site=site)
    if not services.links.is_open(link) and not visit.is_connected:
        return _refuse(*_why_closed(link), 410, branding=branding, site=site)
    return visit


async def _look(services: Services, token: str, link: Link, browser: str, branding: Branding, *, site: Site) -> _Visit:
    """Return the link's subject and its progress."""
    backend = services.backends.of(link.project_id)
    integration = await backend.accounts.integration(link.integration_id)
    app = await backend.app(integration.app)
    scheme, fields = await backend.accounts.expected_fields(app.key, integration_id=integration.id, customer=True)
    connection, known = None, frozenset[str]()
    if link.connection_id is not None:
        connection = await _advance(services, link)
        if connection is not None and connection.status is ConnectionStatus.INITIATED:
            stored = await backend.accounts.connection(connection.id, values=True)
            known = frozenset(name for name, value in stored.values.items() if value)
    return _Visit(
        services=services,
        token=token,
        link=link,
        browser=browser,
        branding=branding,
        site=site,
        app=app,
        scheme=scheme,
        fields=tuple(one for one in fields if one.name not in known),
        connection=connection,
    )


async def _advance(services: Services, link: Link) -> Connection | None:
    """Return the current state of the link's connection; None if it was deleted. A device's provider is polled."""
    accounts = services.backends.of(link.project_id).accounts
    connection_id = str(link.connection_id)
    try:
        await accounts.connection(connection_id, entity_id=link.user_id)
        return await accounts.advance(connection_id)
    except ConnectedAccountNotFound:
        return None
    except ComposioError:  # the provider refused, which the connection then says
        return await accounts.connection(connection_id)


def _why_closed(link: Link) -> tuple[str, str]:
    if link.used_at is not None:
        return "This link was already used", "Each link connects once. Ask for a new one to connect again."
    return "This link has expired", "Links work only for a few minutes. Ask for a new one."


def _refuse(title: str, message: str, status: int, *, branding: Branding | None = None, site: Site) -> Response[Any]:
    return page("message", status=status, branding=branding, site=site, title=title, message=message, ok=False, again=None)


def _ask_for_cookie(request: Request[Any, Any, Any], token: str, branding: Branding, *, site: Site) -> Response[Any]:
    """Set a cookie and redirect to the same page; if it came without one, it stores no cookies."""
    if _KEPT in request.query_params or request.method != "GET":
        message = "This page needs a cookie to know your browser again. Allow cookies for this site, and open the link again."
        return page(
            "message",
            status=400,
            branding=branding,
            site=site,
            title="Cookies are off",
            message=message,
            ok=False,
            again=site.to(f"/link/{token}"),
        )
    answer = Redirect(site.to(f"/link/{token}?{_KEPT}=1"), status_code=303, headers=headers_of(branding, site=site))
    keep_cookie(request, answer, BROWSER, make_browser())
    return answer


async def _branding(services: Services, project_id: str) -> Branding:
    return Branding.of(await off_loop(services.projects.settings, project_id))


async def _begin(visit: _Visit, values: Mapping[str, str]) -> ConnectionStarted:
    """Start, or restart, the link's one connection."""
    link, accounts = visit.link, visit.services.backends.of(visit.link.project_id).accounts
    if visit.connection is None:
        request = NewConnection(
            entity_id=link.user_id, integration_id=link.integration_id, values=values, redirect_url=link.callback_url
        )
        return await accounts.initiate(request)
    one = visit.connection.id
    if visit.connection.status is ConnectionStatus.INITIATED:
        return await accounts.submit(one, values, entity_id=link.user_id, redirect_url=link.callback_url)
    return await accounts.reinitiate(one, values=values or None, redirect_url=link.callback_url)


async def _go_on(request: Request[Any, Any, Any], visit: _Visit, started: ConnectionStarted) -> Response[Any]:
    """Show the user's next step, after a form."""
    services, link, one = visit.services, visit.link, started.connection
    device = None
    if started.user_code is not None:
        device = {"user_code": started.user_code, "url": started.redirect_url, "expires_at": started.expires_at}
    if not await off_loop(services.links.attach, link, one.id, device):
        # The form was sent twice at once, and the other request was first.
        await services.backends.of(link.project_id).accounts.delete_connection(one.id)
        return Redirect(visit.url, status_code=303, headers=headers_of(visit.branding, site=visit.site))
    if one.status is ConnectionStatus.ACTIVE and started.redirect_url is None:
        await off_loop(services.links.finish, link)
    if started.redirect_url is None or device is not None:
        return Redirect(visit.url, status_code=303, headers=headers_of(visit.branding, site=visit.site))
    if not is_web_address(started.redirect_url):
        log.error("request for %s: its provider's page has no web address", visit.app.key)
        return _show_form(visit, problem=_OPERATORS)
    name = visit.app.name
    answer = send_away(
        started.redirect_url,
        title=f"Continue to {name}",
        message=f"{name} asks whether you allow it. One moment.",
        branding=visit.branding,
        site=visit.site,
    )
    keep_cookie(request, answer, LAST_LINK, visit.token.removeprefix("lk_"), _ON_THE_WAY)
    return answer


async def _finish(visit: _Visit) -> Response[Any]:
    connection = visit.connection
    assert connection is not None
    await off_loop(visit.services.links.finish, visit.link)
    url = visit.link.callback_url or connection.redirect_url
    goal = find_goal(url, ok=True, connection_id=connection.id, app=connection.app)
    return show_connected(goal, visit.app.name, visit.branding, site=visit.site)


def _show_device(visit: _Visit, device: Mapping[str, Any]) -> Response[Any]:
    url = str(device.get("url", ""))
    return page(
        "device",
        branding=visit.branding,
        site=visit.site,
        script=True,
        title=f"Connect {visit.app.name}",
        app=visit.app.name,
        code=str(device.get("user_code", "")),
        url=url if is_web_address(url) else "",
        status_url=f"{visit.url}/status",
    )


def _show_form(
    visit: _Visit,
    *,
    values: Mapping[str, str] | None = None,
    wrong: Mapping[str, str] | None = None,
    problem: str = "",
) -> Response[Any]:
    name, flows = visit.app.name, visit.scheme.auth_mode in {"OAUTH1", "OAUTH2"}
    who = visit.branding.name
    asks = f"{who} asks to use your {name} account." if who else f"Connect your {name} account."
    how = f"{name} will ask whether you allow it." if flows else "What you type is stored encrypted."
    return page(
        "link",
        status=400 if problem and values is not None else 200,
        branding=visit.branding,
        site=visit.site,
        title=f"Connect {name}",
        about=f"{asks} {how}" if visit.fields or flows else asks,
        problem=problem,
        action=visit.url,
        csrf=csrf_token(visit.browser),
        fields=fields_.view_fields(visit.fields, values, wrong),
        button=f"Continue to {name}" if flows else "Connect",
        note=f"This connects the user {visit.link.user_id}.",
    )


_OPERATORS = "This connection is not set up correctly. Tell the person who sent you the link."


def explain(error: Exception) -> str:
    """Return an error for a user, who cannot fix mistakes of the operator or the developer."""
    if isinstance(error, StoreError):
        return "The server can't store this right now. Nothing was changed; try again in a minute."
    if isinstance(error, ConnectedAccountNotFound | IntegrationNotFound):
        return "This connection was removed in the meantime. Ask the person who sent you here for a new link."
    if isinstance(error, ConfigurationError):
        log.error("a user could not be connected: %s", error)
        return _OPERATORS
    if isinstance(error, FormRefused | UsageError | ComposioError):
        return str(error)
    log.error("a user could not be connected: unexpected %s", type(error).__name__, exc_info=error)
    return "Something went wrong on the server. Try again in a minute."
