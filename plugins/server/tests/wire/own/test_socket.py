"""The WebSocket of listeners: in order, acknowledged, from where it was before, and only a project's own events."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from litestar import Litestar
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

from composio import ComposioToolSet
from composio.errors import InvalidRequest, KeyRefused
from composio.store.triggers import events
from composio_server.services.keys import Scope
from composio_server.services.services import Services
from tests.peers.cutting import Cuttable
from tests.peers.listening import listening
from tests.peers.triggering import message

Connect = Callable[..., ClientConnection]


@pytest.fixture
def port(app: Litestar) -> Iterator[int]:
    """Of a real server on loopback, as ``composio serve`` has it."""
    with listening(app, ws="websockets-sansio") as url:
        yield httpx.URL(url).port or 0


@pytest.fixture
def socket(port: int, key: str) -> Connect:
    """Opens one."""

    def open_one(query: str = "", key: str = key) -> ClientConnection:
        url = f"ws://127.0.0.1:{port}/api/v3.1/triggers/listen{query}"
        return connect(url, additional_headers={"x-api-key": key}, proxy=None)

    return open_one


def emit(services: Services, project_id: str, *ids: str, received_at: float | None = None) -> None:
    made = [message(one, received_at=time.time() if received_at is None else received_at) for one in ids]
    events.record(services.backends.shared.keeping.store.for_project(project_id).part(), made, now=time.time())


def frame(opened: ClientConnection) -> Any:
    return json.loads(opened.recv(timeout=30))


def closed(opened: ClientConnection) -> tuple[int, str]:
    with pytest.raises(ConnectionClosed) as caught:
        opened.recv(timeout=30)
    assert caught.value.rcvd is not None
    return caught.value.rcvd.code, caught.value.rcvd.reason


def test_events_arrive_in_order_and_what_was_missed_after_a_reconnect(
    services: Services, project: Any, socket: Connect
) -> None:
    other = services.projects.create("other")
    with socket() as opened:
        ready = frame(opened)
        assert ready["type"] == "ready"
        emit(services, other.id, "ev_strange")
        emit(services, project.id, "ev_1", "ev_2")
        first, second = frame(opened), frame(opened)
        assert [one["event"]["id"] for one in (first, second)] == ["ev_1", "ev_2"]
        assert ready["cursor"] < first["sequence"] < second["sequence"]
        assert first["event"]["metadata"]["triggerName"] == "SLACK_RECEIVE_MESSAGE"
        opened.send(json.dumps({"type": "ack", "sequence": first["sequence"]}))
        opened.send(json.dumps({"type": "pong"}))
    emit(services, project.id, "ev_3")
    with socket(f"?cursor={first['sequence']}") as opened:
        assert frame(opened) == {"type": "ready", "cursor": first["sequence"]}
        assert [frame(opened)["event"]["id"] for _ in range(2)] == ["ev_2", "ev_3"]
        opened.send("no frame")
        assert closed(opened)[0] == 4400


def test_a_cursor_older_than_a_day_is_closed_with_a_code_that_says_so(
    services: Services, project: Any, socket: Connect
) -> None:
    emit(services, project.id, "ev_old", received_at=time.time() - 90_000)
    with socket("?cursor=0") as opened:
        code, reason = closed(opened)
        assert (code, "older than 24 hours" in reason) == (4410, True)
    for wrong in ("?cursor=-1", "?cursor=x", f"?cursor={'9' * 30}"):
        with socket(wrong) as opened:
            assert closed(opened) == (4400, "cursor is the sequence of an event")
    reader = services.keys.create(project.id, "reader", [Scope.READ])[1].reveal()
    with socket(key=reader) as opened:
        assert closed(opened)[0] == 4403
    with socket(key="ck_nobodys") as opened:
        assert closed(opened)[0] == 4401


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)


def test_a_listener_hears_over_the_socket_and_what_it_missed_while_the_network_was_cut(
    services: Services, project: Any, port: int, key: str, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[str] = []
    with Cuttable(port) as network, ComposioToolSet[Any](base_url=f"http://127.0.0.1:{network.port}", api_key=key) as toolset:
        listener = toolset.create_trigger_listener(timeout=60)
        listener.callback()(lambda event: heard.append(event.id))
        emit(services, project.id, "ev_1", "ev_2")
        until(lambda: len(heard) == 2)
        network.cut()
        emit(services, project.id, *(f"ev_{number}" for number in range(3, 700)))  # more than are sent without an answer
        until(lambda: "events can't be fetched" in caplog.text)
        assert len(heard) == 2
        network.mend()
        until(lambda: len(heard) == 699)
        listener.stop()
    assert sorted(heard) == sorted(f"ev_{number}" for number in range(1, 700))
    assert "Falling back to HTTP" not in caplog.text


def test_a_listener_whose_events_are_too_old_or_whose_key_ends_says_so(
    services: Services, project: Any, port: int, key: str
) -> None:
    emit(services, project.id, "ev_old", received_at=time.time() - 90_000)
    reader = services.keys.create(project.id, "reader", [Scope.READ])[1].reveal()
    with ComposioToolSet[Any](base_url=f"http://127.0.0.1:{port}", api_key=key) as toolset:
        with pytest.raises(InvalidRequest, match="older than 24 hours"):
            toolset.create_trigger_listener(timeout=60, after=0)
        toolset.create_trigger_listener(timeout=60).stop()
    with ComposioToolSet[Any](base_url=f"http://127.0.0.1:{port}", api_key=reader) as toolset:  # noqa: SIM117 - only one raises
        with pytest.raises(KeyRefused, match="execute"):
            toolset.create_trigger_listener(timeout=60)


def test_without_the_library_events_are_asked_for_over_http_and_the_log_says_why(
    services: Services,
    project: Any,
    port: int,
    key: str,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setitem(sys.modules, "websockets.asyncio.client", None)
    heard: list[str] = []
    toolset = ComposioToolSet[Any](base_url=f"http://127.0.0.1:{port}", api_key=key)
    with toolset, toolset.create_trigger_listener(timeout=60) as listener:
        listener.callback()(lambda event: heard.append(event.id))
        emit(services, project.id, "ev_1")
        until(lambda: heard)
    assert "pip install 'opencomposio-core[listen]'" in caplog.text
    assert key not in caplog.text
