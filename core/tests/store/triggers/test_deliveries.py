"""Deliveries: tried by one process at a time, in order where that is asked, and logged."""

from __future__ import annotations

from pathlib import Path

from composio.model.trigger_event import Attempt, DeliveryStatus
from composio.store.claims import Lease
from composio.store.projects import Partition
from composio.store.store import Store
from composio.store.triggers import deliveries, events, subscriptions
from tests.peers.records import Records
from tests.peers.triggering import destination, event, subscription


def claim(part: Partition, owner: str, now: float, **more: object) -> list[str]:
    return [one.id for one in deliveries.claim_due(part, Lease(owner, now, 30.0), 10, **more)]  # type: ignore[arg-type]


def attempt(delivery_id: str, number: int, status: int) -> Attempt:
    return Attempt(delivery_id=delivery_id, number=number, started_at=10.0, seconds=0.5, http_status=status, answer="no")


def test_a_delivery_is_tried_logged_and_tried_again(part: Partition) -> None:
    deliveries.add_destination(part, destination(), Records.sealed())
    events.record(part, [event()], now=10.0)
    assert deliveries.next_due(part, 10.0) == 10.0
    assert claim(part, "w", 9.0) == []
    assert claim(part, "w", 10.0) == ["ev_1:cb_1"]
    assert claim(part, "x", 11.0) == []
    assert deliveries.finish(part, attempt("ev_1:cb_1", 1, 503), "w", status=DeliveryStatus.PENDING, due=15.0)
    assert claim(part, "x", 14.0) == []
    assert claim(part, "x", 15.0) == ["ev_1:cb_1"]
    assert not deliveries.finish(part, attempt("ev_1:cb_1", 2, 200), "w", status=DeliveryStatus.DELIVERED)
    assert deliveries.finish(part, attempt("ev_1:cb_1", 2, 200), "x", status=DeliveryStatus.DELIVERED)
    done = deliveries.get(part, "ev_1:cb_1")
    assert done
    assert (done.status, done.attempts, done.http_status, done.ended_at) == (DeliveryStatus.DELIVERED, 2, 200, 10.5)
    assert [one.number for one in deliveries.list_attempts(part, "ev_1:cb_1")] == [1, 2, 2]
    assert deliveries.count_pending(part) == 0


def test_a_delivery_that_was_not_tried_counts_no_attempt(part: Partition) -> None:
    deliveries.add_destination(part, destination(), Records.sealed())
    events.record(part, [event()], now=10.0)
    assert claim(part, "w", 10.0)
    assert deliveries.give_back(part, "w", ["ev_1:cb_1"]) == 1
    assert deliveries.claim_due(part, Lease("x", 10.0, 30.0), 1)[0].attempts == 1


def test_an_ordered_destination_gets_one_after_another_and_keeps_no_other_waiting(part: Partition) -> None:
    deliveries.add_destination(part, destination("cb_1", ordered=True), Records.sealed())
    deliveries.add_destination(part, destination("cb_2"), Records.sealed())
    events.record(part, [event("ev_1"), event("ev_2")], now=10.0)
    assert sorted(claim(part, "w", 10.0)) == ["ev_1:cb_1", "ev_1:cb_2", "ev_2:cb_2"]
    assert claim(part, "x", 10.0) == []
    deliveries.finish(part, attempt("ev_1:cb_1", 1, 500), "w", status=DeliveryStatus.PENDING, due=99.0)
    assert claim(part, "x", 20.0) == []
    assert claim(part, "x", 99.0, skip=["cb_2"]) == ["ev_1:cb_1"]
    deliveries.finish(part, attempt("ev_1:cb_1", 2, 500), "x", status=DeliveryStatus.FAILED)
    assert claim(part, "x", 99.0, skip=["cb_2"]) == ["ev_2:cb_1"]


def test_a_resent_event_is_delivered_under_the_id_that_it_had(part: Partition, other: Partition) -> None:
    deliveries.add_destination(part, destination(), Records.sealed())
    events.record(part, [event()], now=10.0)
    assert deliveries.resend(part, ["ev_1"], now=11.0) == 0
    assert claim(part, "w", 10.0)
    deliveries.finish(part, attempt("ev_1:cb_1", 1, 400), "w", status=DeliveryStatus.FAILED)
    assert deliveries.resend(other, ["ev_1"], now=20.0) == deliveries.resend(part, [], now=20.0) == 0
    assert deliveries.resend(part, ["ev_1"], now=20.0) == 1
    assert deliveries.count_pending(part, overdue=21.0) == 1
    assert claim(part, "w", 20.0) == ["ev_1:cb_1"]
    assert [one.number for one in deliveries.list_attempts(part, "ev_1:cb_1")] == [1]


def test_destinations_are_a_projects_own_with_their_secrets(part: Partition, other: Partition) -> None:
    made = destination(instance_id="ti_1", format="v3")
    deliveries.add_destination(part, made, Records.sealed("a"))
    assert deliveries.get_destination(part, "cb_1") == (made, Records.sealed("a"))
    assert deliveries.get_destination(other, "cb_1") is None
    assert not deliveries.update_destination(other, "cb_1", now=2.0, enabled=False)
    assert deliveries.update_destination(part, "cb_1", now=2.0, enabled=False, reason="410", sealed=Records.sealed("b"))
    [listed] = deliveries.list_destinations(part, instance_id="ti_1")
    assert (listed.enabled, listed.reason, listed.updated_at) == (False, "410", 2.0)
    assert deliveries.list_destinations(part, instance_id="") == deliveries.list_destinations(other) == []
    assert not deliveries.delete_destination(other, "cb_1")
    assert deliveries.delete_destination(part, "cb_1")


def test_a_subscription_is_made_once_claimed_and_found_by_its_address(
    part: Partition, every: Partition, other: Partition
) -> None:
    made = subscription(renew_at=5.0)
    assert subscriptions.add(part, made, Records.sealed("a")) == (made, Records.sealed("a"), True)
    assert subscriptions.add(part, subscription("ts_2"), Records.sealed("b")) == (made, Records.sealed("a"), False)
    assert subscriptions.get(every, "ts_1") == (made, Records.sealed("a"))
    assert subscriptions.get(other, "ts_1") is None
    assert subscriptions.claim_due(every, Lease("w", 4.0, 30.0), 5) == []
    [(claimed, _)] = subscriptions.claim_due(every, Lease("w", 5.0, 30.0), 5)
    assert claimed == made
    assert not subscriptions.update(every, "ts_1", now=6.0, owner="x", status="active")
    assert subscriptions.update(
        every, "ts_1", now=6.0, owner="w", sealed=Records.sealed("c"), status="active", kept={"id": 7}, renew_at=99.0
    )
    [found] = subscriptions.list_subscriptions(part, app="github", instance_id="ti_1")
    assert (found.status, found.kept, found.renew_at) == ("active", {"id": 7}, 99.0)
    assert subscriptions.delete(part, "ts_1")
    assert subscriptions.list_subscriptions(part, connection_id="ca-p") == []


def test_secrets_of_subscriptions_and_destinations_are_wrapped_and_backed_up_as_all_are(
    whole: Store, part: Partition, tmp_path: Path
) -> None:
    deliveries.add_destination(part, destination(), Records.sealed("d"))
    subscriptions.add(part, subscription(), Records.sealed("s"))
    found = [(place.kind, place.owner, place.project, place.route) for place, _ in whole.sealed()]
    assert ("destination", "cb_1", "p", ("",)) in found
    assert ("subscription", "ts_1", "p", ("github", "", "ti_1")) in found
    with whole.snapshot(tmp_path / "backup") as file, Store.from_backup(file) as (copy, _):
        assert subscriptions.get(copy.part(), "ts_1") == (subscription(), Records.sealed("s"))
        assert deliveries.list_destinations(copy.part()) == [destination()]


def test_an_event_is_delivered_to_destinations_that_were_added_after_it_and_to_none_twice(
    part: Partition, other: Partition
) -> None:
    deliveries.add_destination(part, destination("cb_1"), Records.sealed())
    events.record(part, [event("ev_1"), event("ev_2")], now=10.0)
    deliveries.add_destination(part, destination("cb_2"), Records.sealed())
    deliveries.add_destination(part, destination("cb_3", instance_id="ti_1"), Records.sealed())
    deliveries.add_destination(part, destination("cb_4", instance_id="ti_2"), Records.sealed())
    assert events.deliver_missing(other, ["ev_1"], now=20.0) == 0
    assert events.deliver_missing(part, ["ev_1", "ev_unknown"], now=20.0) == 2
    assert events.deliver_missing(part, ["ev_1"], now=20.0) == 0
    assert sorted(claim(part, "w", 20.0)) == ["ev_1:cb_1", "ev_1:cb_2", "ev_1:cb_3", "ev_2:cb_1"]
