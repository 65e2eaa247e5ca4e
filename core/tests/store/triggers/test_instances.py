"""Instances: enabled once, apart by project, and polled by one process at a time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from composio.errors import StoreError
from composio.model.trigger_instance import InstanceQuery, TriggerInstance
from composio.store.claims import Lease
from composio.store.projects import Partition
from composio.store.store import Store
from composio.store.triggers import events, instances, polls
from composio.store.triggers.polls import Busy, PollResult
from tests.peers.triggering import event, instance


def ids(part: Partition, **query: object) -> list[str]:
    return [one.id for one in instances.list_instances(part, InstanceQuery(**query)).items]  # type: ignore[arg-type]


def lease(owner: str, now: float, seconds: float = 60.0) -> Lease:
    return Lease(owner, now, seconds)


def test_an_instance_comes_back_as_it_was_added(part: Partition) -> None:
    made = instance(config={"repo": "ünï\0\ud800", "n": 1}, route="o/r", next_poll=5.0, source="poll")
    assert instances.add(part, made) == (made, True)
    assert instances.get(part, made.id) == made


def test_the_same_trigger_with_the_same_config_is_the_same_instance(part: Partition) -> None:
    first, _ = instances.add(part, instance("ti_1", config={"owner": "o", "repo": "r"}))
    assert instances.add(part, instance("ti_2", config={"repo": "r", "owner": "o"})) == (first, False)
    assert instances.add(part, instance("ti_3", config={"repo": "s", "owner": "o"}))[1]
    assert instances.add(part, instance("ti_4", trigger="GITHUB_STAR_ADDED_EVENT", config=first.config))[1]
    assert ids(part) == ["ti_4", "ti_3", "ti_1"]


def test_an_instance_that_needs_no_connection_is_its_entitys_all_the_same(part: Partition) -> None:
    made = instance("ti_1", connection_id="", config={})
    assert instances.add(part, made) == (made, True)
    assert instances.add(part, instance("ti_2", connection_id="", config={})) == (made, False)
    assert instances.add(part, instance("ti_3", config={}))[1]
    assert instances.add(part, instance("ti_4", connection_id="", config={}, entity_id="bob"))[1]


def test_enabling_at_the_same_time_gives_one_instance(part: Partition) -> None:
    with ThreadPoolExecutor(4) as threads:
        made = list(threads.map(lambda n: instances.add(part, instance(f"ti_{n}", config={})), range(8)))
    assert len({one.id for one, _ in made}) == 1
    assert [new for _, new in made].count(True) == 1


def test_an_instance_is_deleted_with_its_connection_and_needs_one(whole: Store, part: Partition) -> None:
    instances.add(part, instance())
    with pytest.raises(StoreError):
        instances.add(part, instance("ti_2", connection_id="ca-gone"))
    assert whole.for_project("p").delete_connection("ca-p")
    assert instances.get(part, "ti_1") is None


def test_a_project_sees_and_changes_its_own_instances_only(part: Partition, other: Partition, every: Partition) -> None:
    instances.add(part, instance("ti_p"))
    instances.add(other, instance("ti_q", "q"))
    assert (ids(part), ids(other), ids(every)) == (["ti_p"], ["ti_q"], ["ti_q", "ti_p"])
    assert instances.get(part, "ti_q") is None
    assert instances.update(part, "ti_q", 2.0, enabled=False) is None
    assert not instances.delete(part, "ti_q")
    assert instances.fan_out(part, "github", ["GITHUB_ISSUE_ADDED_EVENT"]) == [instances.get(part, "ti_p")]


def test_lists_are_filtered_paged_and_counted(part: Partition) -> None:
    for number in range(4):
        instances.add(part, instance(f"ti_{number}", entity_id="ada" if number % 2 else "bob"))
    assert instances.update(part, "ti_1", 9.0, enabled=False, disabled_at=9.0)
    assert ids(part, entity_ids=["ada"]) == ["ti_3", "ti_1"]
    assert ids(part, entity_ids=["ada"], enabled=True) == ["ti_3"]
    assert ids(part, ids=["ti_0"], triggers=["GITHUB_ISSUE_ADDED_EVENT"], connection_ids=["ca-p"]) == ["ti_0"]
    assert ids(part, apps=["slack"]) == []
    page = instances.list_instances(part, InstanceQuery(limit=2, offset=1))
    assert ([one.id for one in page.items], page.total) == (["ti_2", "ti_1"], 4)
    assert ids(part, before="ti_2") == ["ti_1", "ti_0"]
    assert ids(part, before="ti_2", entity_ids=["ada"], limit=1) == ["ti_1"]
    assert ids(part, before="gone") == ["ti_3", "ti_2", "ti_1", "ti_0"]


def test_an_event_finds_the_instances_of_its_route_and_those_without_one(part: Partition) -> None:
    made = {"ti_a": "o/a", "ti_b": "o/b", "ti_any": None}
    for id_, route in made.items():
        instances.add(part, instance(id_, route=route))
    instances.add(part, instance("ti_off", route="o/a", enabled=False))
    instances.add(part, instance("ti_else", route="o/a", integration_id="in-2"))

    def found(**which: str) -> list[str]:
        return [one.id for one in instances.fan_out(part, "github", ["GITHUB_ISSUE_ADDED_EVENT"], **which)]

    assert found(route="o/a") == ["ti_a", "ti_any", "ti_else"]
    assert found(route="o/a", integration_id="in-1") == ["ti_a", "ti_any"]
    assert found() == ["ti_a", "ti_b", "ti_any", "ti_else"]
    assert instances.fan_out(part, "github", ["GITHUB_OTHER"]) == []


def test_instances_whose_time_has_come_are_each_claimed_once(part: Partition, other: Partition, every: Partition) -> None:
    for number in range(12):
        instances.add(part, instance(f"ti_{number}", next_poll=float(number)))
    instances.add(other, instance("ti_q", "q", next_poll=3.5))
    instances.add(part, instance("ti_off", next_poll=0.0, enabled=False))
    instances.add(part, instance("ti_never"))
    with ThreadPoolExecutor(3) as threads:
        got = list(threads.map(lambda n: polls.claim_due(every, lease(f"w{n}", 9.0), 3), range(6)))
    claimed = [one.instance.id for batch in got for one in batch]
    assert sorted(claimed) == sorted([*(f"ti_{number}" for number in range(10)), "ti_q"])
    assert polls.claim_due(every, lease("late", 9.0), 3) == []
    assert polls.next_due(every, 9.0) == 10.0
    assert {one.instance.project for batch in got for one in batch} == {"p", "q"}


def test_a_lease_ends_by_itself_and_who_lost_it_stores_nothing(part: Partition) -> None:
    made, _ = instances.add(part, instance(next_poll=1.0))
    [slow] = polls.claim_due(part, lease("slow", 10.0), 5)
    assert polls.claim_due(part, lease("fast", 69.0), 5) == []
    [again] = polls.claim_due(part, lease("fast", 70.0), 5)
    assert (slow.cursor, again.instance.id) == (None, made.id)
    late = PollResult(instance_id=made.id, events=[event("ev_late")], cursor={"at": 1}, next_poll=99.0, now=71.0)
    failed = PollResult(instance_id=made.id, next_poll=99.0, now=71.0, error="x", failed=True)
    assert events.record_polls(part, "slow", [late]) == [None]
    assert events.record_polls(part, "slow", [failed]) == [None]
    assert events.get(part, "ev_late") is None
    assert polls.next_due(part, 131.0) == 1.0


def test_a_clock_that_was_set_back_does_not_keep_an_instance_for_ever(part: Partition) -> None:
    instances.add(part, instance(next_poll=1.0))
    assert polls.claim_due(part, lease("future", 1e9), 1)
    assert polls.claim_due(part, lease("now", 100.0), 1)


def test_a_poll_stores_its_events_its_cursor_and_its_next_time_together(part: Partition) -> None:
    made, _ = instances.add(part, instance(next_poll=1.0))
    assert polls.claim_due(part, lease("w", 10.0), 5)
    events.record_polls(part, "w", [PollResult(instance_id=made.id, now=10.0, next_poll=20.0, error="503", failed=True)])
    failed = instances.get(part, made.id)
    assert failed
    assert (failed.failures, failed.last_error, failed.last_error_at, failed.next_poll) == (1, "503", 10.0, 20.0)
    [claimed] = polls.claim_due(part, lease("w", 20.0), 5)
    found = [event("ev_1"), event("ev_2")]
    result = PollResult(instance_id=made.id, events=found, cursor={"since": 7}, next_poll=80.0, now=21.0)
    [stored] = events.record_polls(part, "w", [result])
    assert stored
    assert [one.id for one in stored] == ["ev_1", "ev_2"]
    [claimed] = polls.claim_due(part, lease("w", 80.0), 5)
    assert claimed.cursor == {"since": 7}
    assert claimed.instance.status(now=140.0) == {
        "late_seconds": None,
        "last_poll": "1970-01-01T00:00:21Z",
        "next_poll": "1970-01-01T00:01:20Z",
        "last_event": "1970-01-01T00:00:21Z",
        "last_error": None,
        "last_error_at": None,
        "failures": 0,
    }
    assert polls.give_back(part, "w", [made.id]) == 1
    assert instances.update(part, made.id, 81.0, afresh=True, enabled=True)
    [claimed] = polls.claim_due(part, lease("w2", 80.0), 5)
    assert claimed.cursor is None


def test_polls_that_end_together_are_stored_together_each_for_its_own_instance(part: Partition) -> None:
    made = [instances.add(part, instance(f"ti_{n}", next_poll=1.0))[0] for n in range(3)]
    assert len(polls.claim_due(part, lease("w", 10.0), 5)) == 3
    polls.give_back(part, "w", ["ti_1"])
    results = [
        PollResult(instance_id=one.id, events=[event(f"ev_{one.id}", of=one)], cursor={"of": one.id}, next_poll=80.0, now=11.0)
        for one in made
    ]
    results.append(PollResult(instance_id="ti_gone", events=[event("ev_gone")], next_poll=80.0, now=11.0))
    stored = events.record_polls(part, "w", results)
    assert [None if one is None else [each.id for each in one] for one in stored] == [["ev_ti_0"], None, ["ev_ti_2"], None]
    assert events.get(part, "ev_gone") is None
    assert [one.cursor for one in polls.claim_due(part, lease("w", 80.0), 5)] == [None, {"of": "ti_0"}, {"of": "ti_2"}]


def test_busy_connections_and_apps_are_left_for_later(part: Partition) -> None:
    made, _ = instances.add(part, instance(next_poll=1.0))
    for busy in (Busy(connections=[made.connection_id]), Busy(apps=[made.app])):
        assert polls.claim_due(part, lease("w", 10.0), 5, busy=busy) == []
        assert polls.next_due(part, 10.0, busy=busy) is None
    assert polls.claim_due(part, lease("w", 10.0), 5, busy=Busy(connections=["ca-other"], apps=["slack"]))


def test_what_nobody_polls_in_time_is_counted(part: Partition) -> None:
    instances.add(part, instance(next_poll=40.0))
    assert polls.count_late(part, 99.0, seconds=60.0) == (0, None)
    assert polls.count_late(part, 101.0, seconds=60.0) == (1, 40.0)
    assert polls.claim_due(part, lease("w", 101.0), 5)
    assert polls.count_late(part, 102.0, seconds=60.0) == (0, None)  # it is being polled


def test_a_clock_that_was_set_back_keeps_nothing_waiting(part: Partition) -> None:
    year = 31_536_000.0
    ahead, _ = instances.add(part, instance("ti_ahead", next_poll=1.0))
    instances.add(part, instance("ti_new", created_at=year, updated_at=year, next_poll=year))
    instances.add(part, instance("ti_far", updated_at=1.0, next_poll=year))  # a yearly schedule's
    polls.claim_due(part, lease("w", year - 1), 5)
    events.record_polls(part, "w", [PollResult(instance_id=ahead.id, now=year, next_poll=year + 60)])
    assert polls.rewind(part, year) == 0
    assert polls.rewind(part, 100.0) == 2
    assert sorted(one.instance.id for one in polls.claim_due(part, lease("w", 100.0), 5)) == ["ti_ahead", "ti_new"]
    assert polls.rewind(part, 100.0) == 0


def test_only_what_may_change_can_be_changed(part: Partition) -> None:
    made: TriggerInstance = instances.add(part, instance())[0]
    with pytest.raises(TypeError, match="trigger can't be changed"):
        instances.update(part, made.id, 2.0, trigger="OTHER")
