"""Calls as metrics of OpenTelemetry's: what is counted, and what no attribute has."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import httpx
import pytest

from composio import ComposioToolSet
from composio.embedded import EmbeddedBackend
from composio.errors import ConfigurationError
from composio.plugin.manager import make_plugins
from composio.plugin.metrics import measure_calls
from tests.peers.described import add_app, openapi

sdk = pytest.importorskip("opentelemetry.sdk.metrics")
ANSWER = {"200": {"description": "ok", "content": {"application/json": {"schema": {"type": "object"}}}}}
DOCUMENT = openapi(
    "Till",
    "https://till.example",
    {"/payments": {"get": {"summary": "List payments", "responses": ANSWER}, "post": {"summary": "Pay", "responses": ANSWER}}},
)


def answer(request: httpx.Request) -> httpx.Response:
    return httpx.Response(200 if request.method == "GET" else 422, json={"secret-answer": "hush"})


def points(reader: Any, name: str) -> list[tuple[dict[str, Any], Any]]:
    """The attributes and the value of each point of a metric."""
    data = reader.get_metrics_data()
    found = [
        metric
        for resource in (data.resource_metrics if data is not None else ())
        for scope in resource.scope_metrics
        for metric in scope.metrics
        if metric.name == name
    ]
    return [(dict(one.attributes), one) for metric in found for one in metric.data.data_points]


def test_calls_are_timed_and_requests_counted_without_who_and_what(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OTEL_SDK_DISABLED", raising=False)
    reader = sdk.export.InMemoryMetricReader()
    manager = make_plugins()
    measure_calls(sdk.MeterProvider([reader], shutdown_on_exit=False), manager)
    measure_calls(sdk.MeterProvider([reader2 := sdk.export.InMemoryMetricReader()], shutdown_on_exit=False), manager)
    backend = EmbeddedBackend(home=tmp_path, transport=httpx.MockTransport(answer), plugin_manager=manager)
    try:
        add_app(backend, tmp_path, "till", DOCUMENT)
        toolset = ComposioToolSet(backend=backend, entity_id="alice")
        for _ in range(3):
            assert toolset.execute_action("TILL_LIST_PAYMENTS")["successful"]
        assert not toolset.execute_action("TILL_PAY")["successful"]
    finally:
        backend.close()
    timed = {one["gen_ai.tool.name"]: (one, point) for one, point in points(reader2, "composio.call.duration")}
    assert timed["TILL_LIST_PAYMENTS"][0] == {
        "composio.app": "till",
        "gen_ai.tool.name": "TILL_LIST_PAYMENTS",
        "http.request.method": "GET",
    }
    assert timed["TILL_LIST_PAYMENTS"][1].count == 3
    assert timed["TILL_LIST_PAYMENTS"][1].sum > 0
    assert timed["TILL_PAY"][0]["error.type"] == "422"
    counted = {one["gen_ai.tool.name"]: point.value for one, point in points(reader2, "composio.call.requests")}
    assert counted == {"TILL_LIST_PAYMENTS": 3, "TILL_PAY": 1}
    assert "alice" not in str(timed)
    assert points(reader, "composio.call.duration") == [], "a later provider takes the place of an earlier one"


def test_without_opentelemetry_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "opentelemetry", None)
    with pytest.raises(ConfigurationError, match="pip install opentelemetry-api"):
        measure_calls(manager=make_plugins())
