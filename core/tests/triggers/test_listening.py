"""Listening for events in code, over the embedded backend."""

from __future__ import annotations

import asyncio
import json
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from composio import ComposioToolSet
from composio.client.collections import TriggerEventData, TriggerSubscription
from composio.embedded import EmbeddedBackend
from composio.errors import InvalidRequest, TriggerNotFound
from composio.model.names import App, Trigger
from composio.store.triggers import events
from composio.testing.exchange import Request, Response
from composio.testing.loopback import Loopback
from composio.triggers.listening import TriggerListener
from tests.peers.triggering import message


class Stand:
    """A toolset over a home of its own, and events that are stored as a receiver stores them."""

    def __init__(self, backend: EmbeddedBackend) -> None:
        self.backend = backend
        self.toolset: ComposioToolSet[Any] = ComposioToolSet(backend=backend)
        self.count = 0

    def emit(self, text: str = "hello", **changes: Any) -> str:
        self.count += 1
        made = message(f"ev_{self.count:04}", **{"key": f"k{self.count}", "payload": {"text": text}} | changes)
        events.record(self.backend.keeping.store.for_project("").part(), [made], now=time.time())
        return made.id


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedBackend]:
    backend = EmbeddedBackend(home=tmp_path_factory.mktemp("home"), environ={})
    yield backend
    backend.close()


@pytest.fixture(scope="module")
def stand(opened: EmbeddedBackend) -> Stand:
    return Stand(opened)


@pytest.fixture
def listener(stand: Stand) -> Iterator[TriggerListener]:
    with stand.toolset.create_trigger_listener(timeout=60) as made:
        yield made


def until(condition: Callable[[], object]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.005)


def test_a_callback_gets_the_events_that_fit_its_filters_with_v07s_fields(stand: Stand, listener: TriggerListener) -> None:
    got, others = list[TriggerEventData](), list[TriggerEventData]()

    @listener.callback(filters={"trigger_name": "SLACK_RECEIVE_MESSAGE", "app_name": App.SLACK, "entity_id": "JANE"})
    def handle_slack_message(event: TriggerEventData) -> None:
        got.append(event)

    listener.on("GITHUB_STAR_ADDED_EVENT")(others.append)
    assert isinstance(listener, TriggerSubscription)
    stand.emit("one")
    stand.emit("not hers", entity_id="joe")
    stand.emit("star", trigger="GITHUB_STAR_ADDED_EVENT", app="github")
    until(lambda: got and others)
    assert [event.payload["text"] for event in got] == ["one"]
    event = got[0]
    assert (event.appName, event.metadata.triggerName, event.metadata.id) == ("slack", "SLACK_RECEIVE_MESSAGE", "ti_1")
    assert event.metadata.connection.clientUniqueUserId == "jane"
    assert [event.payload["text"] for event in others] == ["star"]


def test_a_callback_that_raises_or_hangs_is_spoken_of_and_keeps_no_other_waiting(
    stand: Stand, listener: TriggerListener, caplog: pytest.LogCaptureFixture
) -> None:
    got, awaited, hold = list[str](), list[str](), threading.Event()

    @listener.callback()
    def fail(event: TriggerEventData) -> None:
        event.payload.clear()  # its own copy
        raise ValueError("no good")

    @listener.callback()
    def hang(_event: TriggerEventData) -> None:
        hold.wait(60)

    @listener.callback()
    def keep(event: TriggerEventData) -> None:
        got.append(event.payload["text"])

    @listener.callback()
    async def keep_too(event: TriggerEventData) -> None:
        await asyncio.sleep(0)
        awaited.append(event.payload["text"])

    try:
        for number in range(3):
            stand.emit(str(number))
        until(lambda: len(got) == len(awaited) == 3)
        assert (sorted(got), sorted(awaited)) == (["0", "1", "2"], ["0", "1", "2"])
        until(lambda: "no good" in caplog.text)
        assert "fail failed with event ev_" in caplog.text
    finally:
        hold.set()


def test_what_happens_while_it_is_stopped_comes_when_it_is_restarted_and_nothing_twice(stand: Stand) -> None:
    got: list[str] = []
    listener = stand.toolset.create_trigger_listener(timeout=60)
    try:
        listener.callback()(lambda event: got.append(event.payload["text"]))
        stand.emit("before")
        until(lambda: got)
        listener.stop()
        assert not listener.is_alive()
        stand.emit("while it was away")
        listener.restart(timeout=60)
        stand.emit("after")
        until(lambda: len(got) == 3)
        assert got == ["before", "while it was away", "after"]
    finally:
        listener.stop()
    position = listener.position
    assert position is not None
    with stand.toolset.create_trigger_listener(timeout=60, after=position - 1) as later:
        again: list[str] = []
        later.callback()(lambda event: again.append(event.payload["text"]))
        until(lambda: again == ["after"])


def test_wait_forever_ends_when_a_callback_stops_it(stand: Stand, listener: TriggerListener) -> None:
    @listener.callback(filters={"trigger_name": Trigger.SLACK_RECEIVE_MESSAGE})
    def handle(_event: TriggerEventData) -> None:
        listener.stop()

    stand.emit()
    listener.wait_forever()
    assert not listener.is_alive()
    assert not listener.has_errored()


def test_events_can_be_iterated_over_until_it_is_stopped(stand: Stand) -> None:
    async def collect() -> list[str]:
        listener = await stand.toolset.acreate_trigger_listener(timeout=60)
        found = []
        stream = listener.events({"app_name": "slack"})
        await asyncio.to_thread(lambda: [stand.emit("a"), stand.emit("x", app="github"), stand.emit("b")])
        async for event in stream:
            found.append(event.payload["text"])
            if len(found) == 2:
                await asyncio.to_thread(listener.stop)
        return found

    assert asyncio.run(collect()) == ["a", "b"]


def test_while_it_listens_events_are_delivered_to_callback_urls(stand: Stand, listener: TriggerListener) -> None:
    got: list[Request] = []

    def respond(request: Request) -> Response:
        got.append(request)
        return Response(status=200)

    with Loopback(respond) as receiver:
        made = stand.backend.run(lambda: stand.backend.events.set_callback(f"{receiver.url}/webhook"))
        event_id = stand.emit("for the web")
        until(lambda: got)
        until(lambda: _deliveries(stand, event_id)[0]["status"] == "delivered")
        stand.backend.run(lambda: stand.backend.events.remove_callback(str(made["id"])))
    assert json.loads(got[0].body)["data"]["text"] == "for the web"
    assert made["secret"].startswith("whsec_")
    assert listener.is_alive()


def _deliveries(stand: Stand, event_id: str) -> list[Any]:
    shown = stand.backend.run(lambda: stand.backend.events.event(event_id))
    return list(shown["deliveries"])


def test_the_log_says_what_came_and_how_it_was_delivered(stand: Stand) -> None:
    event_id = stand.emit("to be found", entity_id="log", trigger="GMAIL_NEW_GMAIL_MESSAGE", app="gmail")
    log = stand.backend.events.log
    for asked in ({"entity_id": "log"}, {"text": "TO BE FOUND"}, {"trigger": "gmail_new_gmail_message"}, {"app": "GMAIL"}):
        [found] = stand.backend.run(lambda asked=asked: log(**asked))  # type: ignore[misc]  # each names one filter
        assert (found["id"], found["deliveries"]) == (event_id, [])
    whole = stand.backend.run(lambda: stand.backend.events.event(event_id))
    assert whole["payload"] == {"text": "to be found"}
    with pytest.raises(InvalidRequest, match="There is no event"):
        stand.backend.run(lambda: stand.backend.events.event("ev_unknown"))


def test_mistakes_in_callbacks_are_said_where_they_are_made(listener: TriggerListener) -> None:
    with pytest.raises(TriggerNotFound, match="SCHEDULE"):
        listener.callback(filters={"trigger_name": "SCHEDULE_NO_SUCH"})
    with pytest.raises(InvalidRequest, match="filters are"):
        listener.callback(filters={"triger": "X"})
    with pytest.raises(InvalidRequest, match="with parentheses"):
        listener.callback(lambda event: None)  # type: ignore[arg-type]  # what is tested
