"""Approvals and totals in SQLite and PostgreSQL: decided once, used once, apart by project."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
import sqlalchemy as sa

from composio.model.approval import Approval, ApprovalFilter, ApprovalStatus
from composio.store import approvals, tables
from composio.store.database import EVERYTHING
from composio.store.projects import Partition
from composio.store.store import Store
from tests.peers.records import Records

PENDING, APPROVED, DENIED = ApprovalStatus.PENDING, ApprovalStatus.APPROVED, ApprovalStatus.DENIED


@pytest.fixture
def part(opened: Store) -> Partition:
    with opened._open().write(EVERYTHING) as connection:
        for table in (tables.approvals, tables.policy_totals):
            connection.execute(sa.delete(table))
    return opened.for_project("p").part()


def approval(id_: str = "apr_1", digest: str = "d", at: float = 100.0, seconds: float = 50.0) -> Approval:
    return Approval(
        id=id_,
        status=PENDING,
        digest=digest,
        action="SHOP_REFUND",
        app="shop",
        entity_id="ünï",
        connection="conn_1",
        policy="v",
        shown='{"amount": 5}',
        request="POST /refunds",
        created_at=at,
        expires_at=at + seconds,
        by=("finance", "légal"),
        rules=('confirm("SHOP_*")',),
    )


def add(part: Partition, one: Approval) -> Approval:
    return approvals.add(part, one, Records.sealed("a"))


def decide(part: Partition, id_: str = "apr_1", status: ApprovalStatus = APPROVED, now: float = 101.0) -> bool:
    return approvals.decide(part, [id_], status=status, by="carol", reason=None, now=now)


def test_one_comes_back_as_it_was_added(part: Partition) -> None:
    assert add(part, approval()) == approval()
    assert approvals.get(part, "apr_1") == (approval(), Records.sealed("a"))
    assert approvals.find_live(part, "d", 101.0) == approval()
    assert approvals.list_approvals(part, ApprovalFilter(), 101.0) == [approval()]


def test_the_same_call_finds_the_live_one(part: Partition) -> None:
    add(part, approval())
    assert add(part, approval("apr_2")).id == "apr_1"
    assert add(part, approval("apr_3", digest="other")).id == "apr_3"
    assert add(part, approval("apr_4", at=151.0)).id == "apr_4", "the first has expired"
    listed = approvals.list_approvals(part, ApprovalFilter(status=ApprovalStatus.EXPIRED), 151.0)
    assert {one.id for one in listed} == {"apr_1", "apr_3"}


def test_it_is_decided_once_and_in_time(part: Partition) -> None:
    add(part, approval())
    assert not decide(part, now=150.0)
    assert decide(part)
    assert not decide(part, status=DENIED)
    found = approvals.get(part, "apr_1")
    assert found is not None
    assert (found[0].status, found[0].decided_by) == (APPROVED, "carol")


def test_it_is_used_once_in_time_and_for_its_digest(part: Partition) -> None:
    add(part, approval())
    assert not approvals.take(part, "apr_1", "d", 101.0), "nobody approved it"
    decide(part)
    assert not approvals.take(part, "apr_1", "other", 101.0)
    assert not approvals.take(part, "apr_1", "d", 150.0)
    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(lambda _: approvals.take(part, "apr_1", "d", 102.0), range(8))) == 1
    assert approvals.find_live(part, "d", 102.0) is None
    assert add(part, approval("apr_2")).id == "apr_2"


def test_many_that_ask_at_once_share_one(part: Partition) -> None:
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda number: add(part, approval(f"apr_{number}")).id, range(8)))
    assert len(set(made)) == 1
    assert len(approvals.list_approvals(part, ApprovalFilter(), 101.0)) == 1


def test_projects_are_apart(opened: Store, part: Partition) -> None:
    add(part, approval())
    other = opened.for_project("q").part()
    assert approvals.get(other, "apr_1") is None
    assert approvals.find_live(other, "d", 101.0) is None
    assert not decide(other)
    assert not approvals.take(other, "apr_1", "d", 101.0)
    assert approvals.list_approvals(other, ApprovalFilter(), 101.0) == []
    assert approvals.count_waiting(other, "ünï", 101.0) == 0
    assert approvals.count_waiting(part, "ünï", 101.0) == 1
    assert add(other, replace(approval(), id="apr_q")).id == "apr_q"
    assert approvals.spend(part, "k", 5, 5, ends_at=200.0, now=100.0)
    assert approvals.spend(other, "k", 5, 5, ends_at=200.0, now=100.0)


def test_a_total_stays_within_its_limit_whoever_adds(part: Partition) -> None:
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: approvals.spend(part, "k", 2, 11, ends_at=200.0, now=100.0), range(12)))
    assert sum(done) == 5
    approvals.give_back(part, "k", 2)
    assert approvals.spend(part, "k", 3, 11, ends_at=200.0, now=100.0)
    assert not approvals.spend(part, "k", 0.5, 11, ends_at=200.0, now=100.0)
    assert approvals.spend(part, "k", 11, 11, ends_at=300.0, now=200.0), "another period"


def test_what_is_long_over_is_forgotten(part: Partition) -> None:
    add(part, approval())
    add(part, approval("apr_2", digest="other", at=100.0 + 31 * 86_400))
    assert approvals.get(part, "apr_1") is None
