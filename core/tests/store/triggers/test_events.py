"""Events: stored once, in an order that readers can follow, with their deliveries."""

from __future__ import annotations

import pytest

from composio.errors import InvalidRequest
from composio.model.trigger_event import DeliveryStatus
from composio.store.projects import Partition
from composio.store.store import Store
from composio.store.triggers import deliveries, events, instances
from composio.store.triggers.deliveries import DeliveryQuery
from composio.store.triggers.events import EventQuery, record
from composio.store.triggers.horizon import Horizon, take_turn
from tests.peers.records import Records
from tests.peers.triggering import destination, event, instance


def read(part: Partition, after: int = 0) -> list[str]:
    return [one.id for one in events.read_after(part, after, Horizon(part).advance(), limit=100)]


def test_an_event_comes_back_as_it_was_stored(part: Partition) -> None:
    made = event(payload={"text": "ü\0\ud800", "n": [1, None]}, original="not JSON", warning="new shape")
    [stored] = record(part, [made], now=100.0)
    assert events.get(part, made.id) == stored
    assert stored.sequence


def test_the_same_key_of_an_instance_is_no_second_event(part: Partition) -> None:
    """Not in one batch, not later, and not another instance's."""
    here, there = instance("ti_1"), instance("ti_2")
    batch = [event("ev_1", of=here, key="k"), event("ev_2", of=here, key="k"), event("ev_3", of=there, key="k")]
    assert [one.id for one in record(part, batch, now=1.0)] == ["ev_1", "ev_3"]
    assert record(part, [event("ev_4", of=here, key="k")], now=2.0) == []
    assert record(part, [], now=2.0) == []


@pytest.mark.parametrize("key", ["x" * 100_000, "\0", "\ud800", ""])
def test_a_key_may_be_whatever_a_provider_sends(part: Partition, key: str) -> None:
    assert record(part, [event("ev_1", key=key)], now=1.0)
    assert record(part, [event("ev_2", key=key), event("ev_3", key=key + "y")], now=1.0)[0].id == "ev_3"


def test_a_key_may_come_again_after_seven_days(part: Partition) -> None:
    record(part, [event("ev_1", key="k", received_at=100.0)], now=100.0)
    later = 100.0 + events.KEPT_KEY_SECONDS
    assert events.release_keys(part, later - events.KEPT_KEY_SECONDS) == 0
    assert events.release_keys(part, later + 1 - events.KEPT_KEY_SECONDS) == 1
    assert record(part, [event("ev_2", key="k")], now=later)
    assert read(part) == ["ev_1", "ev_2"]


def test_numbers_that_json_has_no_word_for_become_null(part: Partition) -> None:
    record(part, [event(payload={"a": [float("nan"), 1.5], "b": float("inf")})], now=1.0)
    stored = events.get(part, "ev_1")
    assert stored
    assert stored.payload == {"a": [None, 1.5], "b": None}
    with pytest.raises(InvalidRequest, match="JSON"):
        record(part, [event("ev_2", payload={"a": object()})], now=1.0)


def test_hundreds_of_events_are_stored_in_their_order(part: Partition) -> None:
    made = record(part, [event(f"ev_{n}") for n in range(450)], now=1.0)
    assert [one.id for one in made] == [f"ev_{n}" for n in range(450)]
    numbers = [one.sequence or 0 for one in made]
    assert numbers == sorted(numbers)


def test_a_reader_gets_what_came_after_its_place_and_of_its_project_only(part: Partition, other: Partition) -> None:
    first, second = record(part, [event("ev_1"), event("ev_2", received_at=500.0)], now=1.0)
    record(other, [event("ev_q", of=instance("ti_q", "q"))], now=1.0)
    horizon = Horizon(part).advance()
    assert [one.id for one in events.read_after(part, first.sequence or 0, horizon, limit=9)] == ["ev_2"]
    assert events.read_after(part, second.sequence or 0, horizon, limit=9) == []
    assert [one.id for one in events.read_after(part, 0, horizon, limit=9, since=400.0)] == ["ev_2"]
    assert events.get(part, "ev_q") is None


def test_a_sequence_is_never_given_twice(part: Partition) -> None:
    [first] = record(part, [event("ev_1", received_at=1.0)], now=1.0)
    assert events.purge(part, 2.0) == 1
    [second] = record(part, [event("ev_2")], now=2.0)
    assert (second.sequence or 0) > (first.sequence or 0)


def test_no_reader_passes_events_that_are_not_there_yet(whole: Store, part: Partition) -> None:
    """On PostgreSQL, a writer gets a number and commits after one that got a higher number."""
    if not part.is_postgresql:
        pytest.skip("SQLite's writers take turns")
    horizon, database = Horizon(part), whole._open()
    before = horizon.advance()
    with database.write(part.reach) as slow:
        take_turn(slow)
        slow.exec_driver_sql("SELECT nextval('composio_trigger_events_seq_seq')")
        [fast] = record(part, [event("ev_fast")], now=1.0)
        assert horizon.advance() == before
        assert events.read_after(part, 0, horizon.advance(), limit=9) == []
        assert horizon.newest() == fast.sequence
    with database.write(part.reach) as later:  # a writer who begins afterwards keeps nobody
        take_turn(later)
        assert horizon.advance() == fast.sequence
        assert [one.id for one in events.read_after(part, 0, horizon.advance(), limit=9)] == ["ev_fast"]


def test_events_are_listed_newest_first_by_what_is_asked(part: Partition) -> None:
    made = instance("ti_2", trigger="SLACK_RECEIVE_MESSAGE", app="slack", entity_id="bob")
    record(part, [event("ev_1", payload={"t": "Größe 100%"}), event("ev_2", of=made, received_at=300.0)], now=1.0)

    def found(**query: object) -> list[str]:
        assert events.count_events(part, EventQuery(**query)) == len(events.list_events(part, EventQuery(**query)))  # type: ignore[arg-type]
        return [one.id for one in events.list_events(part, EventQuery(**query))]  # type: ignore[arg-type]

    assert found() == ["ev_2", "ev_1"]
    assert found(text="größe 100%") == ["ev_1"]
    assert found(text="100_") == []
    assert found(apps=["slack"]) == found(entity_ids=["bob"]) == found(since=200.0) == ["ev_2"]
    assert found(until=200.0, triggers=["GITHUB_ISSUE_ADDED_EVENT"]) == ["ev_1"]
    assert found(ids=["ev_1"], instance_ids=["ti_1"], connection_ids=["ca-p"], integration_ids=["in-1"]) == ["ev_1"]
    newest = events.list_events(part, EventQuery(limit=1))[0]
    assert [one.id for one in events.list_events(part, EventQuery(before=newest.sequence))] == ["ev_1"]


def test_an_event_brings_a_delivery_to_each_destination_that_is_meant(part: Partition, other: Partition) -> None:
    for one in (
        destination("cb_all"),
        destination("cb_one", instance_id="ti_1"),
        destination("cb_else", instance_id="ti_2"),
        destination("cb_off", enabled=False),
    ):
        deliveries.add_destination(part, one, Records.sealed())
    deliveries.add_destination(other, destination("cb_q"), Records.sealed())
    record(part, [event("ev_1", key="k")], now=50.0)
    record(part, [event("ev_2", key="k")], now=50.0)
    found = deliveries.list_deliveries(part, DeliveryQuery())
    assert sorted(one.id for one in found) == ["ev_1:cb_all", "ev_1:cb_one"]
    assert {(one.due, one.attempts, one.status) for one in found} == {(50.0, 0, DeliveryStatus.PENDING)}


def test_the_operator_stores_events_of_several_projects_at_once(every: Partition, part: Partition, other: Partition) -> None:
    deliveries.add_destination(other, destination("cb_q"), Records.sealed())
    mine, theirs = instance("ti_p"), instance("ti_q", "q")
    assert len(record(every, [event("ev_p", of=mine), event("ev_q", of=theirs)], now=1.0)) == 2
    assert (read(part), read(other)) == (["ev_p"], ["ev_q"])
    assert [one.id for one in deliveries.list_deliveries(every, DeliveryQuery())] == ["ev_q:cb_q"]


def test_an_instance_notes_its_last_event(part: Partition) -> None:
    instances.add(part, instance())
    for number, (now, noted) in enumerate([(100.0, 100.0), (100.5, 100.0), (102.0, 102.0)]):
        record(part, [event(f"ev_{number}")], now=now)
        found = instances.get(part, "ti_1")
        assert found
        assert found.last_event == noted


def test_old_events_are_purged_with_what_was_sent_but_not_what_still_is(part: Partition, other: Partition) -> None:
    deliveries.add_destination(part, destination(), Records.sealed())
    record(part, [event("ev_1", received_at=1.0)], now=1.0)
    record(other, [event("ev_q", of=instance("ti_q", "q"), received_at=1.0)], now=1.0)
    assert events.purge(part, 50.0) == 0
    assert deliveries.delete_destination(part, "cb_1")
    assert events.purge(part, 50.0) == 1
    assert deliveries.list_deliveries(part, DeliveryQuery()) == []
    assert read(other) == ["ev_q"]
