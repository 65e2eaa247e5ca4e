"""The redirect URI of every project: ``/api/v1/auth-apps/add``.

The ``state`` identifies the connection. One that a connect page started is finished only in the browser that opened the page:
otherwise someone could start a connection, have another person authorize it, and use that person's account.
"""

from __future__ import annotations

from typing import Any

from litestar import Request, Response, get

from composio.errors import AuthorizationError, ComposioError, NotFoundError
from composio.model.connection import Connection, ConnectionStatus
from composio_server.access import get_services
from composio_server.pages.browser import BROWSER, cookie_of, site_of
from composio_server.pages.ending import find_goal, show_connected, show_failed
from composio_server.pages.link import LAST_LINK, explain
from composio_server.pages.render import Site
from composio_server.services.branding import CALLBACK, Branding
from composio_server.services.callbacks import Waiting
from composio_server.services.links import Link
from composio_server.services.services import Services, off_loop

__all__ = ["receive_callback"]

_LONGEST = 32 * 1024  # some providers' codes and tokens take several thousand characters
_UNKNOWN = "This answer came too late, or its address is incomplete. Start again where you began."


@get(CALLBACK, include_in_schema=False)
async def receive_callback(request: Request[Any, Any, Any]) -> Response[Any]:
    """Finish the connection of a returning user, and redirect them."""
    services, site = get_services(request), site_of(request)
    query = request.scope["query_string"].decode("latin-1")
    states = set(request.query_params.getall("state", []))
    if len(query) > _LONGEST or len(states) != 1:
        return show_failed(None, _UNKNOWN, Branding(), site=site)
    waiting = await off_loop(services.callbacks.find, states.pop())
    if waiting is None:
        return show_failed(None, _UNKNOWN, Branding(), site=site)
    link = await off_loop(services.links.of_connection, waiting.project_id, waiting.connection_id)
    branding = Branding.of(await off_loop(services.projects.settings, waiting.project_id))
    browser = cookie_of(request, BROWSER)
    if link is not None and services.links.guards(link) and not (browser and services.links.is_bound_to(link, browser)):
        message = "You began this in another browser. Open the link there, or ask for a new one."
        return show_failed(None, message, branding, site=site, status=403)
    again = await _find_way_back(services, request, link)
    try:
        one = await _complete(services, waiting, f"{branding.callback(services.settings.public_url)}?{query}")
    except ComposioError as error:
        return await _show_error(services, waiting, error, link, branding, site=site, again=again)
    if link is not None:
        await off_loop(services.links.finish, link)
    app = await services.backends.of(waiting.project_id).app(one.app)
    url = one.redirect_url or (link.callback_url if link is not None else None)
    goal = find_goal(url, ok=True, connection_id=one.id, app=one.app)
    return show_connected(goal, app.name, branding, site=site, redirect=True)


async def _complete(services: Services, waiting: Waiting, callback_url: str) -> Connection:
    """Return the connection, finished now or on the first load: a code works once, browsers load pages twice."""
    accounts = services.backends.of(waiting.project_id).accounts
    if waiting.used:
        one = await accounts.connection(waiting.connection_id)
        if one.status is ConnectionStatus.ACTIVE:
            return one
    return await accounts.complete(callback_url)


async def _find_way_back(services: Services, request: Request[Any, Any, Any], link: Link | None) -> str | None:
    """Return the connect page that the user came from, if it still works."""
    end = cookie_of(request, LAST_LINK)
    if link is None or end is None:
        return None
    found = await off_loop(services.links.open, f"lk_{end}")
    return site_of(request).to(f"/link/lk_{end}") if found is not None and found.id == link.id else None


async def _show_error(
    services: Services,
    waiting: Waiting,
    error: ComposioError,
    link: Link | None,
    branding: Branding,
    *,
    site: Site,
    again: str | None,
) -> Response[Any]:
    """Show the error. If the developer named a page, the user goes there, without the provider's message."""
    message = explain(error)
    if not isinstance(error, AuthorizationError):
        return show_failed(None, message, branding, site=site, again=again)
    url, app = error.redirect_url, error.app
    if url is None and link is not None:
        url = link.callback_url
    if app is None:
        try:
            app = (await services.backends.of(waiting.project_id).accounts.connection(waiting.connection_id)).app
        except NotFoundError:  # it was deleted meanwhile
            app = ""
    goal = find_goal(url, ok=False, connection_id=waiting.connection_id, app=app)
    return show_failed(goal, message, branding, site=site, again=again)
