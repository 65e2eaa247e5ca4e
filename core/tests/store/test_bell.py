"""Bells: who waits in a process hears of what is stored there, and on PostgreSQL of what other processes store."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from composio.model.job import Job
from composio.store import jobs
from composio.store.bell import Bell, Topic
from composio.store.store import Store
from composio.store.triggers import events
from tests.peers.triggering import event


@pytest.fixture
def here(url: str, tmp_path: Path) -> Iterator[Store]:
    """A store on PostgreSQL."""
    made = Store(lambda: tmp_path / "db", url, project=None)
    yield made
    made.close()


@pytest.fixture
def there(url: str, tmp_path: Path) -> Iterator[Store]:
    """The same database, as another process opens it."""
    made = Store(lambda: tmp_path / "db", url, project=None)
    yield made
    made.close()


def test_a_bell_wakes_those_who_hear_its_topic_until_they_leave() -> None:
    bell, heard = Bell(), list[str]()
    with bell.hearing(Topic.EVENTS, lambda: heard.append("a")), bell.hearing(Topic.JOBS, lambda: heard.append("b")):
        bell.ring(Topic.EVENTS)
        with bell.hearing(Topic.EVENTS, lambda: heard.append("c")):
            bell.ring(Topic.EVENTS)
    bell.ring(Topic.EVENTS)
    assert heard == ["a", "a", "c"]


def test_what_is_stored_is_heard_in_the_same_process(tmp_path: Path) -> None:
    store, heard = Store(lambda: tmp_path / "db", project=None), list[str]()
    part = store.for_project("p").part()
    with (
        part.bell.hearing(Topic.EVENTS, lambda: heard.append("event")),
        part.bell.hearing(Topic.JOBS, lambda: heard.append("job")),
    ):
        assert events.record(part, [event()], now=1.0)
        assert events.record(part, [event()], now=1.0) == []  # it was there
        jobs.add(store.part(), [Job(id="j", kind="k", due=1.0, payload={})])
    store.close()
    assert heard == ["event", "job"]


def test_a_relay_hears_what_other_processes_store_and_hears_again_after_its_session_was_lost(here: Store, there: Store) -> None:
    part, came = here.part(), {topic: threading.Event() for topic in Topic}
    own = there.for_project("p").part()

    async def hear(topic: Topic) -> None:
        came[topic].clear()
        if topic is Topic.EVENTS:
            number = events.count_events(own, events.EventQuery())
            await asyncio.to_thread(events.record, own, [event(f"ev_{number}")], now=1.0)
        else:
            await asyncio.to_thread(jobs.add, there.part(), [Job(id="j", kind="k", due=1.0, payload={})])
        assert await asyncio.to_thread(came[topic].wait, 60)

    def end_sessions() -> None:
        with here._open().write() as connection:
            ended = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE query LIKE 'LISTEN %'"
            assert connection.execute(sa.text(ended)).scalar() == 1

    async def run() -> None:
        relay = part.relay()
        running = asyncio.create_task(relay.run())
        for topic in Topic:
            assert await asyncio.to_thread(came[topic].wait, 60)  # once it listens
        for topic in Topic:
            await hear(topic)
        for topic in Topic:
            came[topic].clear()
        await asyncio.to_thread(end_sessions)
        assert await asyncio.to_thread(came[Topic.JOBS].wait, 60)  # it listens again
        await hear(Topic.EVENTS)
        relay.stop()
        await asyncio.wait_for(running, 60)

    with part.bell.hearing(Topic.EVENTS, came[Topic.EVENTS].set), part.bell.hearing(Topic.JOBS, came[Topic.JOBS].set):
        asyncio.run(run())


def test_where_processes_cannot_be_heard_a_relay_ends_at_once(tmp_path: Path) -> None:
    store = Store(lambda: tmp_path / "db", project=None)
    asyncio.run(asyncio.wait_for(store.part().relay().run(), 60))
    store.close()
