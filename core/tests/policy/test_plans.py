"""Several calls that are approved as one plan."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from composio import ComposioToolSet
from composio.embedded import EmbeddedBackend
from composio.errors import ApprovalNotFound, ApprovalRefused
from composio.model.approval import ApprovalStatus
from composio.policy import Policy, confirm
from composio.testing import FakeUpstream

Make = Callable[..., ComposioToolSet[Any]]
Shop = tuple[EmbeddedBackend, FakeUpstream]
REFUND, NOTE = "SHOP_CREATE_REFUND", "SHOP_SEND_NOTE"
STEP: list[tuple[str, dict[str, Any]]] = [(REFUND, {"order": "1", "amount": 5}), (NOTE, {"to": "ann", "text": "Refunded."})]
PENDING = [ApprovalStatus.PENDING] * 2


@pytest.fixture
def toolset(make: Make) -> ComposioToolSet[Any]:
    return make(policy=Policy(confirm(REFUND, by="finance"), otherwise=confirm()))


@pytest.fixture
def ids(toolset: ComposioToolSet[Any]) -> list[str]:
    return [str(toolset.execute_action(*call).approval_id) for call in STEP]


def statuses(toolset: ComposioToolSet[Any], ids: list[str]) -> list[ApprovalStatus]:
    return [toolset.approvals.get(one).status for one in ids]


def test_a_plan_is_approved_at_once_and_each_call_passes_once(
    toolset: ComposioToolSet[Any], ids: list[str], shop: Shop
) -> None:
    approved = toolset.approvals.approve_all([*ids, ids[0]], by="carol", groups="finance")
    assert [(one.id, one.decided_by) for one in approved] == [(one, "carol") for one in ids]
    for expected in (True, False):
        assert [toolset.execute_action(*call)["successful"] for call in STEP] == [expected, expected]
    assert len(shop[1].requests) == 2


def test_a_plan_needs_every_group(toolset: ComposioToolSet[Any], ids: list[str]) -> None:
    with pytest.raises(ApprovalRefused, match="finance"):
        toolset.approvals.approve_all(ids, by="carol")
    assert statuses(toolset, ids) == PENDING


def test_a_plan_with_a_call_that_is_decided_approves_nothing(toolset: ComposioToolSet[Any], ids: list[str]) -> None:
    toolset.approvals.deny(ids[1], by="dave")
    with pytest.raises(ApprovalRefused, match=r"denied by dave.*Nothing was decided"):
        toolset.approvals.approve_all(ids, by="carol", groups="finance")
    assert statuses(toolset, ids) == [ApprovalStatus.PENDING, ApprovalStatus.DENIED]


def test_a_plan_with_an_unknown_approval_approves_nothing(toolset: ComposioToolSet[Any], ids: list[str]) -> None:
    with pytest.raises(ApprovalNotFound):
        toolset.approvals.approve_all([*ids, "apr_none"], by="carol", groups="finance")
    assert statuses(toolset, ids) == PENDING


def test_a_plan_and_a_denial_at_once_leave_no_half(toolset: ComposioToolSet[Any], ids: list[str]) -> None:
    together = threading.Barrier(2)

    def decide(is_plan: bool) -> bool:
        together.wait()
        try:
            if is_plan:
                toolset.approvals.approve_all(ids, by="carol", groups="finance")
            else:
                toolset.approvals.deny(ids[1], by="dave")
        except ApprovalRefused:
            return False
        return True

    with ThreadPoolExecutor(2) as pool:
        assert sorted(pool.map(decide, [True, False])) == [False, True]
    assert statuses(toolset, ids) in (
        [ApprovalStatus.APPROVED] * 2,
        [ApprovalStatus.PENDING, ApprovalStatus.DENIED],
    )
