"""Metrics and traces of calls: the app, the action and the outcome, never an entity, an argument or a response."""

from __future__ import annotations

import importlib.util
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import TYPE_CHECKING, Final

from composio.model.call import Outcome, Record

if TYPE_CHECKING:
    from opentelemetry.trace import Span
    from prometheus_client import Counter, Histogram

__all__ = ["CallSpan", "Metrics", "is_installed", "trace_call"]

_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 180.0)


class Metrics:
    """The process's metrics; created once, as Prometheus registers them by name for the whole process."""

    _made: Metrics | None = None

    def __init__(self) -> None:
        from prometheus_client import Counter, Histogram

        self.requests: Counter = Counter("composio_http_requests", "Requests answered.", ["method", "route", "status"])
        self.seconds: Histogram = Histogram(
            "composio_http_request_seconds", "How long requests took.", ["method", "route"], buckets=_SECONDS
        )
        self.calls: Counter = Counter("composio_calls", "Calls of actions and requests to apps.", ["app", "outcome"])
        self.call_seconds: Histogram = Histogram(
            "composio_call_seconds", "How long calls took, their API's time with it.", ["app"], buckets=_SECONDS
        )

    @classmethod
    def of(cls) -> Metrics:
        """Return the process's instance."""
        if cls._made is None:
            cls._made = cls()
        return cls._made

    def note_call(self, app: str, outcome: str, seconds: float) -> None:
        """Count a call. ``outcome`` is ``done``, ``failed``, ``raised`` or ``replayed``."""
        self.calls.labels(app, outcome).inc()
        self.call_seconds.labels(app).observe(seconds)


@cache
def is_installed(name: str) -> bool:
    """Return whether a module can be imported."""
    try:
        return importlib.util.find_spec(name) is not None
    except ModuleNotFoundError:  # its parent is not installed
        return False


class CallSpan:
    """The span of a call, if there is one."""

    def __init__(self, span: Span | None = None) -> None:
        self._span = span

    def end_with(self, outcome: Outcome, record: Record | None) -> None:
        """Record how the call ended, and its URL without the query."""
        if self._span is None or not self._span.is_recording():
            return
        if record is not None and record.url:
            self._span.set_attributes({"http.request.method": record.method, "url.full": record.url})
            self._span.set_attribute("http.request.resend_count", max(0, record.attempts - 1))
        if outcome.status is not None:
            self._span.set_attribute("http.response.status_code", outcome.status)
        if not outcome.successful:
            self._span.set_attribute("error.type", str(outcome.status or "failed"))


@contextmanager
def trace_call(action: str, call_id: str) -> Iterator[CallSpan]:
    """Open a span of one call, by the GenAI conventions: ``execute_tool ACTION``. Nothing without OpenTelemetry.

    Source: OpenTelemetry semantic conventions, "GenAI spans", execute tool.
    """
    if not is_installed("opentelemetry.trace"):
        yield CallSpan()
        return
    from opentelemetry import trace

    if isinstance(trace.get_tracer_provider(), trace.ProxyTracerProvider):  # no span processor is active
        yield CallSpan()
        return
    attributes = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": action, "gen_ai.tool.call.id": call_id}
    with trace.get_tracer("composio.server").start_as_current_span(
        f"execute_tool {action}", attributes=attributes, record_exception=False, set_status_on_exception=False
    ) as span:
        yield CallSpan(span)
