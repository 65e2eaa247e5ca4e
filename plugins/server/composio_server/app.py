"""The ASGI application: every protocol's routes over one set of services."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, nullcontext
from typing import Any, Final
from urllib.parse import quote

from litestar import Litestar, Request, Response, get
from litestar.config.cors import CORSConfig
from litestar.enums import ScopeType
from litestar.openapi.config import OpenAPIConfig
from litestar.openapi.spec import Components, SecurityScheme
from litestar.types import ASGIApp, Receive, Scope, Send

from composio import __version__
from composio.errors import ComposioError
from composio.remote.codec import PROTOCOL, PROTOCOL_HEADER
from composio.remote.problems import write_error
from composio_server.access import audit_changes, get_services
from composio_server.dashboard.routes import DASHBOARD
from composio_server.logs import log_requests
from composio_server.pages.errors import show_error
from composio_server.pages.render import Site
from composio_server.pages.routes import PAGES
from composio_server.problems import describe
from composio_server.request_ids import STATE_KEY, read_id, request_id_of
from composio_server.services.ids import make_id
from composio_server.services.mcp_endpoint import load_endpoint
from composio_server.services.services import Services
from composio_server.telemetry import export_metrics, measure_requests
from composio_server.unknown import explain_unknown
from composio_server.wire import shapes
from composio_server.wire.mcp import serve_mcp_server
from composio_server.wire.routers import ROUTERS
from composio_server.wire.session_mcp import serve_session_mcp
from composio_server.wire.shortcut import shorten_calls

__all__ = ["create_app"]

# The headers of the published clients.
_SENT = ["authorization", "content-type", "idempotency-key", "x-api-key", "x-request-id", "x-source", "x-session-id"]
_PROTOCOL: Final = PROTOCOL_HEADER.encode()
_SPOKEN: Final = [(_PROTOCOL, str(PROTOCOL).encode()), (b"x-composio-version", __version__.encode())]
_FORMER_BASE = re.compile(r"\A/api(?=/api/)")


def create_app(services: Services, *, close: bool = True) -> Litestar:
    """Return the application over ``services``, which it closes at its end unless ``close`` is False."""

    @asynccontextmanager
    async def run(app: Litestar) -> AsyncIterator[None]:
        app.state.services = services
        app.state.mcp = load_endpoint(services.backends.shared.plugins, services.settings)
        sweeping = asyncio.create_task(services.housekeeping.run())
        try:
            async with services.backends.shared.events.listening(), app.state.mcp.run() if app.state.mcp else nullcontext():
                yield
        finally:
            sweeping.cancel()
            if close:
                await services.aclose()

    app = Litestar(
        route_handlers=[
            check_alive,
            check_ready,
            describe_api,
            export_metrics,
            serve_mcp_server,
            serve_session_mcp,
            *ROUTERS,
            *PAGES,
            DASHBOARD,
        ],
        lifespan=[run],
        exception_handlers={Exception: answer_error},
        middleware=[audit_changes],
        cors_config=_allow_sites(services.settings.cors_origins),
        request_max_body_size=services.settings.body_bytes,
        # Litestar's own would set the root logger of the process to INFO and add a handler; `composio serve` has ours.
        logging_config=None,
        openapi_config=OpenAPIConfig(
            title="Composio server",
            version=__version__,
            path="/openapi",
            use_handler_docstrings=True,
            security=[{"ApiKey": []}],
            components=Components(
                security_schemes={
                    "ApiKey": SecurityScheme(
                        type="apiKey", name="x-api-key", security_scheme_in="header", description="A project's API key."
                    )
                }
            ),
        ),
    )
    # Outside the routing: Litestar's own middleware sees no unrouted request.
    served = measure_requests(shorten_calls(app, app.asgi_handler, answer_error))
    app.asgi_handler = drop_prefix(number_requests(log_requests(served)), services)
    return app


def _allow_sites(origins: Sequence[str]) -> CORSConfig | None:
    """Allow scripts of these sites, with a key in a header: this server's cookies are for its own pages."""
    if not origins:
        return None
    return CORSConfig(
        allow_origins=list(origins),
        allow_methods=["GET", "POST", "PUT", "PATCH", "DELETE"],
        allow_headers=_SENT,
        expose_headers=["x-request-id", "retry-after"],
        allow_credentials=False,
    )


def number_requests(app: ASGIApp) -> ASGIApp:
    """Give every request an id, the client's own if it sent one, and return it; read ``/api/api`` as ``/api``.

    The clients of v0.7 disagree on whether the base URL ends in ``/api``: with one setting for both, one of them repeats it.
    """

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        headers = dict(scope["headers"])
        sent = headers.get(b"x-request-id", b"").decode("latin-1")
        # A toolset recognises this server by the header, also on routes of v3.
        spoken = _SPOKEN if _PROTOCOL in headers else []
        request_id = read_id(sent) or make_id("req")
        scope["state"][STATE_KEY] = request_id

        async def send_with_id(message: Any) -> None:
            if message["type"] == "http.response.start":
                said = {name for name, _ in message["headers"]}
                more = [one for one in spoken if one[0] not in said]
                message["headers"] = [*message["headers"], (b"x-request-id", request_id.encode()), *more]
            await send(message)

        await app(scope, receive, send_with_id)

    return serve


def drop_prefix(app: ASGIApp, services: Services) -> ASGIApp:
    """Serve the same with and without the public URL's path: some proxies keep their prefix, others strip it."""

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        prefix = Site.of(services.settings.public_url).base
        if prefix and scope["path"].startswith(f"{prefix}/"):
            path = _FORMER_BASE.sub("", scope["path"].removeprefix(prefix), count=1)
            scope["path"], scope["raw_path"] = path, quote(path).encode()
        await app(scope, receive, send)

    return serve


def read_twice_said_base(app: Callable[..., Any]) -> Callable[..., Any]:
    """An ASGI application that reads ``/api/api/...`` as ``/api/...``; routing happens before middleware."""

    async def serve(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http" and _FORMER_BASE.match(scope["path"]):
            path = scope["path"].removeprefix("/api")
            scope = {**scope, "path": path, "raw_path": path.encode()}
        await app(scope, receive, send)

    return serve


def answer_error(request: Request[Any, Any, Any], error: Exception) -> Response[Any]:
    """Return an error in the format of the request's protocol."""
    request_id = request_id_of(request)
    if "path_template" not in request.scope and "text/html" in request.headers.get("accept", "") and not is_of_api(request):
        return show_error(request, error)
    if "path_template" not in request.scope:
        error = explain_unknown(request.app, request.scope["path"], error)
    problem = describe(error, request_id)
    content = shapes.error_for(request.url.path, problem, request_id)
    said, is_told = content.get("error"), problem.name == type(error).__name__  # only the log may contain the details
    if PROTOCOL_HEADER in request.headers and is_told and isinstance(said, dict) and isinstance(error, ComposioError):
        said["exception"] = write_error(error)  # for a toolset, which raises the same class
    status = shapes.status_for(request.url.path, problem.status, request.headers.get("x-source", ""))
    return Response(content, status_code=status, headers=dict(problem.headers), media_type="application/json")


def is_of_api(request: Request[Any, Any, Any]) -> bool:
    """Return whether a path is for programs, even if a browser requests it."""
    return request.scope["path"].startswith(("/api/", "/mcp/", "/oauth/", "/.well-known/"))


@get("/healthz", include_in_schema=False, sync_to_thread=False)
def check_alive() -> dict[str, str]:
    """Liveness: the process serves."""
    return {"status": "ok", "version": __version__}


@get("/openapi.json", include_in_schema=False, sync_to_thread=False)
def describe_api(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """The API as an OpenAPI document; ``/openapi`` shows it to people."""
    described: dict[str, Any] = request.app.openapi_schema.to_schema()
    return described


@get("/readyz", include_in_schema=False)
async def check_ready(request: Request[Any, Any, Any]) -> dict[str, str]:
    """Readiness: the catalog is open, and the database is readable and writable."""
    await get_services(request).readiness.check()
    return {"status": "ready", "version": __version__}
