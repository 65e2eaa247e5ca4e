"""Sign people in, by password or through an OpenID provider. A session begins with a new cookie."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar
from litestar import Request, Response, get, post
from litestar.response import Redirect

from composio.callback.page import is_web_address
from composio.model.secret import Secret
from composio_server.access import get_services
from composio_server.pages.browser import (
    BROWSER,
    HTMX,
    SESSION,
    cookie_of,
    csrf_token,
    drop_cookie,
    keep_cookie,
    make_browser,
    read_form,
    site_of,
)
from composio_server.pages.render import headers_of, page, send_away
from composio_server.services.branding import Branding
from composio_server.services.openid import SIGN_IN_CALLBACK
from composio_server.services.people import Person, SignInRefused
from composio_server.services.services import off_loop
from composio_server.services.web_sessions import SESSION_SECONDS

__all__ = ["ask_to_sign_in", "finish_openid", "go_to_openid", "show_sign_in", "sign_in", "sign_out", "who_is_here"]

_SIGN_IN = "/sign-in"
_LONGEST = 2000
_AT_ONCE = 2  # concurrent password checks: each takes 64 MiB
_checking: RunVar[CapacityLimiter] = RunVar("composio_passwords")
# A page of this server: nothing that a browser could read as another host.
_GOAL = re.compile(r"/(?![/\\])[A-Za-z0-9._~/?&=%+-]*\Z")


async def who_is_here(request: Request[Any, Any, Any]) -> Person | None:
    """Return who is signed in."""
    token = cookie_of(request, SESSION)
    return None if token is None else await off_loop(get_services(request).web_sessions.find, token)


def ask_to_sign_in(request: Request[Any, Any, Any], query: str | None = None) -> Response[Any]:
    """Redirect a person to the sign-in page, and back to the requested page; with ``query``, if given."""
    query = request.scope["query_string"].decode("latin-1") if query is None else query
    site = site_of(request)
    goal = site.to(request.scope["path"]) + (f"?{query}" if query else "")
    where = site.to(f"{_SIGN_IN}?next={quote(goal, safe='')}")
    if HTMX in request.headers:  # the whole page goes there, not only a part of it
        return Response(b"", headers={**headers_of(Branding(), site=site), "hx-redirect": where})
    return Redirect(where, status_code=303, headers=headers_of(Branding(), site=site))


def _find_limiter() -> CapacityLimiter:
    """Return this loop's semaphore; waiting for it takes no thread."""
    try:
        return _checking.get()
    except LookupError:
        made = CapacityLimiter(_AT_ONCE)
        _checking.set(made)
        return made


@get(_SIGN_IN, include_in_schema=False)
async def show_sign_in(request: Request[Any, Any, Any]) -> Response[Any]:
    """Show the form."""
    browser = cookie_of(request, BROWSER) or make_browser()
    answer = _form(request, browser, _goal_of(request, request.query_params.get("next")))
    keep_cookie(request, answer, BROWSER, browser)
    return answer


@post(_SIGN_IN, include_in_schema=False, status_code=200)
async def sign_in(request: Request[Any, Any, Any]) -> Response[Any]:
    """Sign in a person with the right name and password."""
    services = get_services(request)
    form = await read_form(request, cookie_of(request, BROWSER))
    goal = _goal_of(request, form.get("next"))
    name, password = form.get("name", "")[:_LONGEST], Secret(form.get("password", "")[:_LONGEST])
    address = request.client.host if request.client is not None else ""
    try:
        person = await to_thread.run_sync(services.people.sign_in, name, password, address, limiter=_find_limiter())
    except SignInRefused as refused:
        answer = _form(
            request, str(cookie_of(request, BROWSER)), goal, problem=str(refused), status=429 if refused.wait else 403
        )
        if refused.wait:
            answer.headers["retry-after"] = str(round(refused.wait) + 1)
        return answer
    return await _let_in(request, person, goal)


@post(f"{_SIGN_IN}/openid", include_in_schema=False, status_code=200)
async def go_to_openid(request: Request[Any, Any, Any]) -> Response[Any]:
    """Redirect a person to the provider."""
    browser = cookie_of(request, BROWSER)
    form = await read_form(request, browser)
    openid, goal = get_services(request).openid, _goal_of(request, form.get("next"))
    if openid is None or browser is None:
        return _form(request, str(browser), goal, problem="This server has no provider to sign in at.", status=404)
    try:
        url = await openid.begin(browser, goal)
    except SignInRefused as refused:
        return _form(request, browser, goal, problem=str(refused), status=503)
    if not is_web_address(url):
        return _form(request, browser, goal, problem="The provider has no sign-in page.", status=503)
    return send_away(
        url, title="Continue to sign in", message="Your provider asks who you are. One moment.", site=site_of(request)
    )


@get(SIGN_IN_CALLBACK, include_in_schema=False)
async def finish_openid(request: Request[Any, Any, Any]) -> Response[Any]:
    """Sign in a person that the provider identifies."""
    try:
        person, goal = await _ask_provider(request)
    except SignInRefused as refused:
        return page(
            "message",
            status=403,
            site=site_of(request),
            title="Not signed in",
            message=str(refused),
            ok=False,
            again=site_of(request).to(_SIGN_IN),
        )
    return await _let_in(request, person, goal)


async def _ask_provider(request: Request[Any, Any, Any]) -> tuple[Person, str]:
    """Return who the provider says came back, and where they wanted to go. Raises ``SignInRefused``."""
    services = get_services(request)
    if services.openid is None:
        raise SignInRefused("This server has no provider to sign in at.")
    values = {name: request.query_params.getall(name) for name in request.query_params}
    if any(len(found) > 1 for found in values.values()):
        raise SignInRefused("This answer has a parameter twice.")
    read = {name: str(found[0]) for name, found in values.items()}
    identity, goal = await services.openid.complete(cookie_of(request, BROWSER), read)
    admins = services.openid.settings.admins
    who = (identity.issuer, identity.subject, identity.address)
    return await off_loop(services.people.sign_in_as, *who, admins=admins), goal


@post("/sign-out", include_in_schema=False, status_code=200)
async def sign_out(request: Request[Any, Any, Any]) -> Response[Any]:
    """End the session."""
    token = cookie_of(request, SESSION)
    await read_form(request, token)
    if token is not None:
        await off_loop(get_services(request).web_sessions.end, token)
    answer = Redirect(site_of(request).to(_SIGN_IN), status_code=303, headers=headers_of(Branding(), site=site_of(request)))
    drop_cookie(request, answer, SESSION)
    return answer


async def _let_in(request: Request[Any, Any, Any], person: Person, goal: str) -> Response[Any]:
    token = await off_loop(get_services(request).web_sessions.begin, person, cookie_of(request, SESSION))
    answer = Redirect(goal, status_code=303, headers=headers_of(Branding(), site=site_of(request)))
    keep_cookie(request, answer, SESSION, token.reveal(), int(SESSION_SECONDS))
    return answer


def _goal_of(request: Request[Any, Any, Any], asked: str | None) -> str:
    """Return a page of this server, whatever was requested."""
    first = site_of(request).to("/")
    fits = asked is not None and len(asked) <= _LONGEST and _GOAL.match(asked) and asked.startswith(first)
    return str(asked) if fits else first


def _form(request: Request[Any, Any, Any], browser: str, goal: str, *, problem: str = "", status: int = 200) -> Response[Any]:
    return page(
        "sign_in",
        status=status,
        site=site_of(request),
        title="Sign in",
        problem=problem,
        csrf=csrf_token(browser),
        next=goal,
        openid=get_services(request).openid is not None,
    )
