"""Record calls as OpenTelemetry metrics.

::

    from composio.plugin.metrics import measure_calls

    measure_calls()  # to the program's own meter provider

Attributes are the app, the action and the outcome, never an entity, an argument or a response.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from composio.errors import ConfigurationError
from composio.model.call import Record
from composio.plugin.manager import PluginManager, plugins
from composio.plugin.spec import hookimpl

if TYPE_CHECKING:
    from opentelemetry.metrics import MeterProvider

__all__ = ["METRICS", "CallMetrics", "measure_calls"]

METRICS: Final = "composio-opentelemetry-metrics"
"""The name of the registered plugin."""
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 180.0)


class CallMetrics:
    """An observer that counts and times calls.

    ``composio.call.duration`` is a histogram in seconds, ``composio.call.requests`` a counter of the requests that were sent.
    Attributes: ``composio.app``, ``gen_ai.tool.name``, for a failure ``error.type`` (the HTTP status, else ``failed``), and
    where one was sent ``http.request.method``.
    """

    def __init__(self, provider: MeterProvider) -> None:
        meter = provider.get_meter("composio")
        self._seconds = meter.create_histogram(
            "composio.call.duration", "s", "How long calls took.", explicit_bucket_boundaries_advisory=_SECONDS
        )
        self._requests = meter.create_counter("composio.call.requests", "{request}", "Requests that calls sent.")

    @hookimpl
    def observe(self, record: Record) -> None:
        """Measure a call."""
        attributes: dict[str, Any] = {"composio.app": record.app, "gen_ai.tool.name": record.action}
        if record.method:
            attributes["http.request.method"] = record.method
        if not record.successful:
            attributes["error.type"] = str(record.status or "failed")
        self._seconds.record(record.seconds, attributes)
        if record.attempts:
            self._requests.add(record.attempts, attributes)


def measure_calls(provider: MeterProvider | None = None, manager: PluginManager | None = None) -> CallMetrics:
    """Start measuring the calls of this process. Calling it again only changes the provider.

    ``provider`` is a meter provider, by default the program's own. Raises ``ConfigurationError`` without ``opentelemetry-api``.
    """
    try:
        from opentelemetry import metrics
    except ModuleNotFoundError:
        raise ConfigurationError(
            "measure_calls needs OpenTelemetry: pip install opentelemetry-api opentelemetry-sdk."
        ) from None
    observer = CallMetrics(metrics.get_meter_provider() if provider is None else provider)
    registered = plugins() if manager is None else manager
    if (earlier := registered.find(METRICS)) is not None:
        registered.unregister(earlier)
    registered.register(observer, METRICS)
    return observer
