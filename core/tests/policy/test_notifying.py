"""The hook that tells of approvals."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from composio import ComposioToolSet
from composio.embedded import EmbeddedBackend
from composio.model.approval import Approval, ApprovalStatus
from composio.plugin import hookimpl
from composio.policy import Policy, confirm
from composio.testing import FakeUpstream

REFUND = "SHOP_CREATE_REFUND"


class Notifier:
    def __init__(self, error: Exception | None = None) -> None:
        self.told: list[Approval] = []
        self._error = error

    @hookimpl
    def approval_requested(self, approval: Approval) -> None:
        self.told.append(approval)
        if self._error is not None:
            raise self._error


@pytest.fixture
def register(shop: tuple[EmbeddedBackend, FakeUpstream]) -> Iterator[Callable[[Notifier], Notifier]]:
    plugins, registered = shop[0].plugins, list[Notifier]()

    def add(notifier: Notifier) -> Notifier:
        plugins.register(notifier)
        registered.append(notifier)
        return notifier

    yield add
    for one in registered:
        plugins.unregister(one)


def test_each_new_approval_is_told_once(
    make: Callable[..., ComposioToolSet[Any]], register: Callable[[Notifier], Notifier]
) -> None:
    notifier = register(Notifier())
    toolset = make(policy=Policy(otherwise=confirm()))
    ids = [toolset.execute_action(REFUND, {"order": order, "amount": 5}).approval_id for order in ("n1", "n1", "n2")]
    assert [one.id for one in notifier.told] == [ids[0], ids[2]]
    [first, _] = notifier.told
    assert (first.status, first.request, first.shown) == (
        ApprovalStatus.PENDING,
        "POST /refunds",
        '{"order": "n1", "amount": 5}',
    )


def test_a_notifier_that_fails_stops_nothing(
    make: Callable[..., ComposioToolSet[Any]],
    register: Callable[[Notifier], Notifier],
    caplog: pytest.LogCaptureFixture,
) -> None:
    failing, other = register(Notifier(OSError("no route to Slack"))), register(Notifier())
    with caplog.at_level(logging.ERROR, logger="composio"):
        assert make(policy=Policy(otherwise=confirm())).execute_action(REFUND, {"order": "n3", "amount": 5}).approval_id
    assert [len(one.told) for one in (failing, other)] == [1, 1]
    assert "no route to Slack" in caplog.text
