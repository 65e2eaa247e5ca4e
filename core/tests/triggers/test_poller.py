"""The poller: each instance in its turn, one at a time over all processes, and nothing lost where something fails."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import anyio
import pytest
from tests.triggers.hosts import START, Stage, open_stage

from composio.jobs.worker import Widths
from composio.model.action import JsonSchema
from composio.model.call import Outcome
from composio.model.trigger import Polling, Request, TriggerModel
from composio.store.claims import Lease
from composio.store.triggers import events, instances, polls
from composio.triggers.mapping import FoundEvent
from composio.triggers.poller import Poller, retry_at
from composio.triggers.receiving import event_of

LIST = Polling(
    request=Request(action="ACME_LIST", arguments={"since": "{{ since }}"}),
    items="response",
    id="item.id",
    time="item.at",
    order="newest",
    overlap=60,
    payload={"id": "item.id"},
)
TRIGGER = TriggerModel(
    slug="ACME_ITEM",
    app="acme",
    kind="poll",
    payload=JsonSchema({"type": "object", "properties": {"id": {}}}),
    poll=LIST,
)
OTHER = replace(TRIGGER, slug="OTHER_ITEM", app="other", poll=replace(LIST, request=Request(action="OTHER_LIST")))
BOTH = replace(TRIGGER, slug="ACME_BOTH", kind="both", poll=replace(LIST, reconciles=True))
ONCE = replace(TRIGGER, slug="ACME_ONCE", kind="both")


@pytest.fixture(scope="module")
def opened(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with open_stage(tmp_path_factory.mktemp("poller"), TRIGGER, OTHER, BOTH, ONCE) as made:
        yield made


@pytest.fixture
def slow(stage: Stage) -> str:
    """A second connection."""
    return "conn_2"


def items(*found: dict[str, Any]) -> Any:
    return lambda _: Outcome(successful=True, data=list(found))


def poller(stage: Stage, widths: Widths | None = None) -> Poller:
    return Poller(stage.host, now=stage.clock, chance=lambda: 0.5, widths=widths or Widths(most=200, lane=8, failing=1))


def turn(stage: Stage, one: Poller, seconds: float) -> int:
    stage.clock.time += seconds
    return anyio.run(one.run_due)


def test_events_and_the_cursor_are_stored_together_and_each_item_comes_once(stage: Stage) -> None:
    instance, one = stage.enable(TRIGGER, source="poll", next_poll=START), poller(stage)
    stage.providers.answer = items({"id": 1, "at": START - 5})
    assert turn(stage, one, 1) == 1
    stage.providers.answer = items({"id": 2, "at": START + 30}, {"id": 1, "at": START - 5})
    assert turn(stage, one, 30) == 0  # not its time yet
    assert turn(stage, one, 30) == 1
    assert turn(stage, one, 60) == 1
    assert [event.payload for event in stage.events()] == [{"id": 2}]
    [call, *_] = stage.providers.asked
    assert (call.action, call.who.entity_id, call.who.connected_account_id) == ("ACME_LIST", "entity of conn_1", "conn_1")
    now = stage.instance(instance.id)
    assert (now.last_poll, now.next_poll, now.failures, now.last_error) == (START + 121, START + 180, 0, None)


def test_a_failure_is_said_waited_for_longer_each_time_and_loses_nothing(stage: Stage) -> None:
    instance, one = stage.enable(TRIGGER, source="poll", next_poll=START), poller(stage)
    stage.providers.answer = lambda _: Outcome(successful=False, error="HTTP 503: away", status=503)
    pauses = []
    for _ in range(3):
        assert turn(stage, one, (stage.instance(instance.id).next_poll or 0) - stage.clock()) == 1
        found = stage.instance(instance.id)
        pauses.append(round((found.next_poll or 0) - stage.clock()))
    assert pauses == [108, 216, 432]
    assert (found.last_error, found.failures) == ("HTTP 503: away", 3)
    stage.providers.answer = items({"id": 1, "at": START + 1})  # of the time of the failures
    assert turn(stage, one, 432) == 1
    assert [event.payload for event in stage.events()] == [{"id": 1}]
    assert (stage.instance(instance.id).last_error, stage.instance(instance.id).failures) == (None, 0)


def test_what_breaks_in_one_instance_leaves_the_others_alone(stage: Stage) -> None:
    broken, fine = (stage.enable(TRIGGER, source="poll", next_poll=START) for _ in range(2))
    unknown = instances.add(stage.host.part(""), replace(fine, id="ti_x", trigger="ACME_GONE", config={"x": 1}))[0]
    answers: Iterator[Any] = iter([ValueError("secret in it"), Outcome(successful=True, data=[{"id": 1, "at": START + 1}])])

    def answer(_: Any) -> Outcome:
        found = next(answers)
        if isinstance(found, Exception):
            raise found
        assert isinstance(found, Outcome)
        return found

    stage.providers.answer = answer
    assert turn(stage, poller(stage), 2) == 3
    assert len(stage.events()) == 1
    said = {stage.instance(one.id).last_error for one in (broken, fine)}
    assert said == {None, "Polling failed: ValueError."}
    assert "ACME_GONE" in (stage.instance(unknown.id).last_error or "")


def test_an_api_that_does_not_answer_keeps_nobody_waiting(stage: Stage, slow: str) -> None:
    waiting = [stage.enable(TRIGGER, slow, source="poll", next_poll=START) for _ in range(30)]
    quick = [stage.enable(TRIGGER, source="poll", next_poll=START) for _ in range(30)]
    released = anyio.Event()
    asked: list[str] = []

    async def execute(call: Any) -> Outcome:
        if call.who.connected_account_id == slow:
            asked.append(slow)
            await released.wait()
            return Outcome(successful=False, error="HTTP 504", status=504)
        return Outcome(successful=True, data=[])

    stage.providers.execute = execute  # type: ignore[method-assign]  # it waits
    stage.clock.time += 1

    async def run() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(poller(stage, Widths(most=200, lane=4, failing=1, batch=16)).run_due)
            with anyio.fail_after(60):
                while any(stage.instance(one.id).last_poll is None for one in quick):  # noqa: ASYNC110 - rows tell nobody
                    await anyio.sleep(0.01)
            assert all(stage.instance(one.id).last_poll is None for one in waiting)
            assert len(asked) == 4
            released.set()

    anyio.run(run)
    del stage.providers.execute
    assert all(stage.instance(one.id).last_error == "HTTP 504" for one in waiting)


def test_a_poller_that_is_cancelled_gives_back_what_it_had_begun(stage: Stage) -> None:
    instance = stage.enable(TRIGGER, source="poll", next_poll=START)
    begun = anyio.Event()

    async def execute(call: Any) -> Outcome:
        begun.set()
        await anyio.sleep_forever()
        raise AssertionError

    stage.providers.execute = execute  # type: ignore[method-assign]  # it waits
    stage.clock.time += 1

    async def run() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(poller(stage).run)
            with anyio.fail_after(60):
                await begun.wait()
            group.cancel_scope.cancel()

    anyio.run(run)
    del stage.providers.execute
    assert [one.instance.id for one in polls.claim_due(stage.host.part(None), Lease("w", stage.clock(), 30.0), 5)] == [
        instance.id
    ]


def test_no_app_takes_all_the_places(stage: Stage) -> None:
    others = [stage.connection(f"conn_of_{n}") for n in range(12)]
    hanging = [stage.enable(TRIGGER, other, source="poll", next_poll=START) for other in others]
    last = stage.enable(OTHER, source="poll", next_poll=START + 0.5)
    released, asked = anyio.Event(), set[str]()

    async def execute(call: Any) -> Outcome:
        asked.add(call.who.connected_account_id)
        if call.action == "ACME_LIST":
            await released.wait()
        return Outcome(successful=True, data=[])

    stage.providers.execute = execute  # type: ignore[method-assign]  # it waits
    stage.clock.time += 1

    async def run() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(poller(stage, Widths(most=8, lane=4, failing=1)).run_due)
            with anyio.fail_after(60):
                while stage.instance(last.id).last_poll is None:  # noqa: ASYNC110 - rows tell nobody
                    await anyio.sleep(0.01)
            assert len(asked & set(others)) == 4
            released.set()

    anyio.run(run)
    del stage.providers.execute
    assert all(stage.instance(one.id).last_poll is not None for one in hanging)


def test_an_api_that_asks_for_a_pause_is_left_alone_by_all_of_its_connection(stage: Stage) -> None:
    busy = [stage.enable(TRIGGER, source="poll", next_poll=START + n) for n in range(3)]
    stage.providers.answer = lambda _: Outcome(successful=False, error="HTTP 429", status=429, retry_after=200.0)
    one = poller(stage)
    assert turn(stage, one, 0.5) == 1
    assert stage.instance(busy[0].id).next_poll == START + 202  # and a part of the interval, by chance
    stage.providers.answer = items()
    assert turn(stage, one, 100) == 0
    assert len(stage.providers.asked) == 1
    assert turn(stage, one, 103) == 3


def test_two_pollers_never_poll_an_instance_at_the_same_time(stage: Stage) -> None:
    for _ in range(20):
        stage.enable(TRIGGER, source="poll", next_poll=START)
    first, second = poller(stage), poller(stage)
    counts: list[int] = []

    async def both() -> None:
        async def count(one: Poller) -> None:
            counts.append(await one.run_due())

        async with anyio.create_task_group() as group:
            group.start_soon(count, first)
            group.start_soon(count, second)

    stage.providers.answer = items()
    stage.clock.time += 1
    anyio.run(both)
    assert sum(counts) == len(stage.providers.asked) == 20


def test_a_poll_whose_lease_was_lost_stores_nothing(stage: Stage) -> None:
    instance = stage.enable(TRIGGER, source="poll", next_poll=START)
    slow, quick = poller(stage), poller(stage)
    found = items({"id": 1, "at": START + 1})
    asked: list[int] = []

    def answer(call: Any) -> Outcome:
        if not asked:
            asked.append(1)
            stage.clock.time += 500  # the lease ends meanwhile, and another takes it
            stage.providers.answer = found
            with anyio.from_thread.start_blocking_portal() as portal:
                assert portal.call(quick.run_due) == 1
        outcome: Outcome = found(call)
        return outcome

    stage.providers.answer = answer
    assert turn(stage, slow, 1) == 1
    assert len(stage.events()) == 1
    assert stage.instance(instance.id).last_poll == START + 501


@pytest.mark.parametrize(("trigger", "following"), [(BOTH, START + 900), (ONCE, None)])
def test_a_webhooks_instance_is_polled_slowly_where_the_ids_are_the_same(
    stage: Stage, trigger: TriggerModel, following: float | None
) -> None:
    instance = stage.enable(trigger, source="webhook", next_poll=START)
    stage.providers.answer = items()
    assert turn(stage, poller(stage), 1) == 1
    assert stage.instance(instance.id).next_poll == following


def test_a_slow_poll_finds_what_a_webhook_missed_and_nothing_twice(stage: Stage) -> None:
    instance = stage.enable(BOTH, source="webhook", next_poll=START)
    stage.providers.answer = items()
    one = poller(stage)
    assert turn(stage, one, 1) == 1
    came = event_of(instance, FoundEvent(key="1", payload={"id": 1}), START + 10)
    assert events.record(stage.host.part(""), [came], now=START + 10)
    stage.providers.answer = items({"id": 2, "at": START + 20}, {"id": 1, "at": START + 9})
    assert turn(stage, one, 900) == 1
    assert [event.payload for event in stage.events()] == [{"id": 1}, {"id": 2}]


def test_a_poller_that_is_late_is_an_error_in_the_log(stage: Stage, caplog: pytest.LogCaptureFixture) -> None:
    stage.enable(TRIGGER, source="poll", next_poll=START)
    stage.providers.answer = items()
    assert turn(stage, poller(stage), 300) == 1
    assert "1 instances are polled late, one of them by 300 seconds" in caplog.text


def test_a_disabled_instance_is_not_polled(stage: Stage) -> None:
    stage.enable(TRIGGER, source="poll", next_poll=START, enabled=False)
    assert turn(stage, poller(stage), 1) == 0


def test_it_waits_until_something_is_due_and_ends_when_told(stage: Stage) -> None:
    one = poller(stage)
    stage.providers.answer = items()
    stage.clock.time += 1

    async def run() -> None:
        async with anyio.create_task_group() as group:
            group.start_soon(one.run)
            await anyio.wait_all_tasks_blocked()
            stage.enable(TRIGGER, source="poll", next_poll=START)
            while not stage.providers.asked:
                one.wake()
                await anyio.sleep(0.001)
            one.stop()

    anyio.run(run)


def test_a_provider_that_says_when_to_come_again_is_left_alone_until_then() -> None:
    assert retry_at(60, 0, 500.0, now=START, chance=0.0) == START + 500
    assert retry_at(60, 5, 500.0, now=START, chance=1.0) == START + 503  # not all of a connection together
    assert retry_at(60, 5, 1.0, now=START, chance=0.0) == START + 60
    assert retry_at(60, 0, 1e9, now=START, chance=0.0) == START + 86_400
    assert retry_at(60, 0, None, now=START, chance=1.0) == START + 120
    assert retry_at(60, 99, None, now=START, chance=1.0) == START + 3600
