"""The dashboard of an embedded home, on loopback, for the holder of the link that the command prints.

Source: RFC 8252, 7.3 and 8.3, on loopback; OWASP's cheat sheets on sessions and on DNS rebinding.
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, Request, Response, get
from litestar.enums import ScopeType
from litestar.params import FromPath
from litestar.response import Redirect
from litestar.types import ASGIApp, Receive, Scope, Send

from composio_server.access import get_services
from composio_server.app import number_requests
from composio_server.dashboard.routes import DASHBOARD
from composio_server.pages.assets import serve_accent, serve_asset
from composio_server.pages.browser import SESSION, is_prefetched, keep_cookie, site_of
from composio_server.pages.errors import show_error
from composio_server.pages.home import show_home
from composio_server.pages.link import open_link, submit_link, tell_status
from composio_server.pages.logos import serve_logo
from composio_server.pages.render import headers_of, page
from composio_server.pages.signing_in import sign_out
from composio_server.services.branding import Branding
from composio_server.services.ids import make_token
from composio_server.services.people import Person
from composio_server.services.projects import LOCAL
from composio_server.services.services import Services, off_loop

__all__ = ["ENTER_SECONDS", "Door", "create_local"]

ENTER_SECONDS = 60.0
_NOT_HERE = b"This is the dashboard of this machine alone. Open it by the link that `composio dashboard` shows.\n"
_AGAIN = "The link works once, for a minute. Stop `composio dashboard` and start it again for another one."


class Door:
    """Admit one browser once, with a token known to whoever started the process. ``now`` returns monotonic seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now, self._until = now, now() + ENTER_SECONDS
        token = make_token()
        self.path = f"/enter/{token}"
        self._digest: bytes | None = _hash(token)

    def open(self, token: str) -> bool:
        """Return True for the first valid use of the token, in time."""
        fits = self._digest is not None and hmac.compare_digest(_hash(token), self._digest)
        if fits:
            self._digest = None
        return fits and self._now() < self._until


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).digest()


def create_local(services: Services, person: Person, door: Door) -> ASGIApp:
    """Return the pages over ``services``, closed at the end, for ``person``, admitted by ``door``. There is no API."""

    @asynccontextmanager
    async def run(app: Litestar) -> AsyncIterator[None]:
        app.state.services, app.state.person, app.state.door = services, person, door
        try:
            yield
        finally:
            await services.aclose()

    app = Litestar(
        route_handlers=[
            *(enter, explain_sign_in, show_home, sign_out),
            *(serve_asset, serve_accent, serve_logo, open_link, submit_link, tell_status),
            DASHBOARD,
        ],
        lifespan=[run],
        exception_handlers={Exception: show_error},
        request_max_body_size=services.settings.body_bytes,
        logging_config=None,
        openapi_config=None,
    )
    app.asgi_handler = number_requests(_only_here(app.asgi_handler, services.settings.port))
    return app


def _only_here(app: ASGIApp, port: int) -> ASGIApp:
    """Refuse requests with another Host, which DNS rebinding causes, and forms of other sites."""
    hosts = {f"127.0.0.1:{port}", f"localhost:{port}"}
    origins = {f"http://{host}" for host in hosts}

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == ScopeType.HTTP:
            said = [value.decode("latin-1").lower() for name, value in scope["headers"] if name == b"host"]
            origin = [value.decode("latin-1").lower() for name, value in scope["headers"] if name == b"origin"]
            # Pages with a no-referrer policy make the browser send "null".
            if len(said) == 1 and said[0] in hosts and all(one == "null" or one in origins for one in origin):
                await app(scope, receive, send)
                return
        await send({"type": "http.response.start", "status": 403, "headers": [(b"content-type", b"text/plain")]})
        await send({"type": "http.response.body", "body": _NOT_HERE, "more_body": False})

    return serve


@get("/enter/{token:str}", include_in_schema=False)
async def enter(request: Request[Any, Any, Any], token: FromPath[str]) -> Response[Any]:
    """Admit whoever has the token, with a new cookie."""
    if is_prefetched(request):
        return Response(b"", status_code=204)  # not opened yet
    if not request.app.state.door.open(token):
        return _refuse(request)
    session = await off_loop(get_services(request).web_sessions.begin, request.app.state.person)
    site = site_of(request)
    where = site.to(f"/projects/{LOCAL}/start")
    answer = Redirect(where, status_code=303, headers=headers_of(Branding(), site=site))
    keep_cookie(request, answer, SESSION, session.reveal())
    return answer


@get("/sign-in", include_in_schema=False)
async def explain_sign_in(request: Request[Any, Any, Any]) -> Response[Any]:
    """Refuse password sign-in, which does not exist here."""
    return _refuse(request)


def _refuse(request: Request[Any, Any, Any]) -> Response[Any]:
    return page(
        "message", status=403, site=site_of(request), title="You are not signed in", message=_AGAIN, ok=False, again=None
    )
