"""Figures and spans: what they say of calls, and what they never say."""

from __future__ import annotations

import time

import httpx
import pytest

from composio.model.call import RawRequest, Who
from composio.model.connection import NewConnection
from composio.model.job import Job
from composio.store import jobs
from composio.store.triggers import instances
from composio_server.services.backlog import Backlog
from composio_server.services.keys import Caller, Scope
from composio_server.services.projects import Project
from composio_server.services.services import Services
from tests.peers.acme_api import Acme
from tests.peers.triggering import instance

SECRET = "t0ps3cret"


def send(services: Services, project: Project) -> None:
    backend = services.backends.of(project.id)
    backend.run(lambda: backend.accounts.initiate(NewConnection(app="acme", entity_id="alice", values={"api_key": SECRET})))
    caller = Caller(project_id=project.id, key_id="k", scopes=frozenset({Scope.EXECUTE}))
    asked = RawRequest(app="acme", endpoint="/me", query={"q": SECRET}, who=Who(entity_id="alice"))

    async def whole() -> None:
        await services.executions.request(caller, asked)
        await services.calls.aclose()

    backend.run(whole)


def test_figures_count_requests_by_route_and_calls_by_app(
    client: httpx.Client, services: Services, project: Project, acme: Acme
) -> None:
    send(services, project)
    client.get("/healthz")
    text = client.get("/metrics").text
    assert 'composio_calls_total{app="acme",outcome="done"}' in text
    assert 'composio_http_requests_total{method="GET",route="/healthz",status="200"}' in text
    assert "alice" not in text
    assert SECRET not in text


def test_figures_say_what_is_late(services: Services, project: Project) -> None:
    """Without a server, which would poll it."""
    store = services.backends.shared.keeping.store
    part, inbound = store.for_project(project.id).part(), services.backends.shared.inbound

    def figures() -> dict[str, float]:
        return {family.name: family.samples[0].value for family in Backlog(store.part(), inbound.count_overdue_jobs).collect()}

    assert set(figures().values()) == {0.0}
    instances.add(part, instance(project=project.id, connection_id="", next_poll=time.time() - 500))
    jobs.add(part, [Job(id="j", kind="nobody.does", due=time.time() - 500, payload={}, created_at=0.0, project=project.id)])
    found = figures()
    assert found["composio_trigger_polls_late"] == found["composio_jobs_overdue"] == 1
    assert 500 <= found["composio_trigger_poll_lag_seconds"] < 1000
    assert found["composio_trigger_deliveries_overdue"] == found["composio_trigger_deliveries_pending"] == 0


def test_what_waits_is_among_the_figures(client: httpx.Client) -> None:
    lines = client.get("/metrics").text.splitlines()
    assert "composio_trigger_polls_late 0.0" in lines


def test_figures_are_for_this_machine_unless_scrapers_have_a_token(
    client: httpx.Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert client.get("/metrics", headers={"x-forwarded-for": "203.0.113.9"}).status_code == 401
    monkeypatch.setenv("COMPOSIO_SERVER_METRICS_TOKEN", "scraper")
    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={"authorization": "Bearer scraper"}).status_code == 200


def test_a_call_has_a_span_of_the_genai_conventions_without_its_arguments(
    services: Services, project: Project, acme: Acme, monkeypatch: pytest.MonkeyPatch
) -> None:
    trace = pytest.importorskip("opentelemetry.sdk.trace", reason="OpenTelemetry's SDK is not installed")
    from opentelemetry import trace as api
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    exporter = InMemorySpanExporter()
    monkeypatch.delenv("OTEL_SDK_DISABLED", raising=False)
    provider = trace.TracerProvider()
    monkeypatch.setattr(api, "get_tracer_provider", lambda: provider)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    send(services, project)
    (span,) = exporter.get_finished_spans()
    assert span.name == "execute_tool GET /me"
    assert span.attributes is not None
    assert span.attributes["gen_ai.operation.name"] == "execute_tool"
    assert span.attributes["http.response.status_code"] == 200
    assert SECRET not in span.to_json()
    assert "alice" not in span.to_json()
