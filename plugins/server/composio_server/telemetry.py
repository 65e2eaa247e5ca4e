"""Metrics for Prometheus, and spans for OpenTelemetry if it is installed and configured.

Labels and attributes have the app, the action and the outcome: never an entity, an argument or a response.
"""

from __future__ import annotations

import os
import time
from typing import Any, Final

from litestar import Request, Response, get
from litestar.enums import ScopeType
from litestar.exceptions import NotAuthorizedException
from litestar.types import ASGIApp, Receive, Scope, Send

from composio_server.access import get_services
from composio_server.answering import StatusWatch
from composio_server.logs import method_of, route_of
from composio_server.services.backlog import Backlog
from composio_server.services.figures import Metrics, is_installed

__all__ = ["export_metrics", "instrument", "measure_requests"]

_TOKEN: Final = "COMPOSIO_SERVER_METRICS_TOKEN"  # noqa: S105 - the variable's name
_NEARBY: Final = frozenset({"127.0.0.1", "::1"})
# Proxies' headers about their clients: a proxy on this machine does not make its clients trusted.
_FORWARDED: Final = ("x-forwarded-for", "x-forwarded-host", "x-forwarded-proto", "x-real-ip", "forwarded", "via")
_PACKAGES: Final = ("opentelemetry.sdk", "opentelemetry.instrumentation.asgi", "opentelemetry.exporter.otlp.proto.http")
# Pages and files whose URL grants access: no span contains it.
_UNTRACED: Final = "/link/.*,/auth-apps/.*,/cli.*,/files/.*"
_EXPORTERS: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")


def measure_requests(app: ASGIApp) -> ASGIApp:
    """Count and time every request, by its route's pattern: its own path contains ids."""
    metrics = Metrics.of()

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != ScopeType.HTTP:
            await app(scope, receive, send)
            return
        began, watch = time.perf_counter(), StatusWatch(send)

        try:
            await app(scope, receive, watch)
        finally:
            method, route = method_of(scope), route_of(scope)
            metrics.requests.labels(method, route, str(watch.status)).inc()
            metrics.seconds.labels(method, route).observe(time.perf_counter() - began)

    return serve


@get("/metrics", include_in_schema=False, sync_to_thread=True)
def export_metrics(request: Request[Any, Any, Any]) -> Response[bytes]:
    """Return all processes' metrics, and the database's backlog.

    For this machine only, unless the operator set a token for scrapers.
    """
    from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest, multiprocess, registry

    token = os.environ.get(_TOKEN)
    forwarded = any(name in request.headers for name in _FORWARDED)
    nearby = request.client is not None and request.client.host in _NEARBY and not forwarded
    if token is None and not nearby:
        raise NotAuthorizedException(f"Figures are for this machine alone, unless {_TOKEN} is set and sent as a bearer token.")
    if token is not None and not _is_same(request.headers.get("authorization", ""), f"Bearer {token}"):
        raise NotAuthorizedException(f"Send the token of {_TOKEN} as a bearer token.")
    found: Any = registry.REGISTRY
    if os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        found = CollectorRegistry()
        multiprocess.MultiProcessCollector(found)  # type: ignore[no-untyped-call]  # the library has no types here
    waiting = CollectorRegistry()
    shared = get_services(request).backends.shared
    waiting.register(Backlog(shared.keeping.store.part(), shared.inbound.count_overdue_jobs))
    return Response(generate_latest(found) + generate_latest(waiting), media_type=CONTENT_TYPE_LATEST)


def _is_same(one: str, other: str) -> bool:
    import hmac

    return hmac.compare_digest(one.encode(), other.encode())


def instrument(app: Any) -> Any:
    """Add spans for requests and the database to ``app``, if OTEL's own variables configure an exporter."""
    if not any(os.environ.get(name) for name in _EXPORTERS) or not all(map(is_installed, _PACKAGES)):
        return app
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    provider = TracerProvider(resource=Resource.create({"service.name": "composio-server"}))
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    trace.set_tracer_provider(provider)
    _instrument_database()
    return OpenTelemetryMiddleware(app, exclude_spans=["receive", "send"], excluded_urls=_UNTRACED)


def _instrument_database() -> None:
    # Not httpx: its spans would contain the URLs of requests, and some APIs have keys there. Ours have the destination.
    if is_installed("opentelemetry.instrumentation.sqlalchemy"):
        from opentelemetry.instrumentation.sqlalchemy import SQLAlchemyInstrumentor

        SQLAlchemyInstrumentor().instrument()
