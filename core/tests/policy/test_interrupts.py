"""Answers to a framework's interrupts: what they decide, and attempts to let another call through with them."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, fields
from typing import Any

import pytest

from composio import ComposioToolSet
from composio.embedded import EmbeddedBackend
from composio.errors import ApprovalRefused, InvalidRequest
from composio.model.approval import Answer, ApprovalStatus, NewApproval
from composio.policy import Policy, allow, arg, confirm, deny, reads
from composio.policy.gate import _replace
from composio.testing import FakeUpstream
from composio.toolset.pausing import ToolPausingInvoke, pausing

Shop = tuple[EmbeddedBackend, FakeUpstream]
Make = Callable[..., ComposioToolSet[Any]]
REFUND = "SHOP_CREATE_REFUND"
POLICY = Policy(allow(reads), confirm(REFUND, by="finance", expires="1h"), otherwise=confirm())
_ORDERS = itertools.count(1)

CHANGES: list[Callable[[str], dict[str, Any]]] = [
    lambda _: {"amount": 6},
    lambda _: {"amount": 5.000001},
    lambda _: {"amount": -5},
    lambda _: {"amount": 5e300},
    lambda _: {"amount": 0},
    lambda _: {"currency": "eur"},
    lambda _: {"parts": []},
    lambda _: {"parts": [{"amount": 1}]},
    lambda order: {"order": f"{order}2"},
    lambda order: {"order": f" {order}"},
    lambda order: {"order": f"{order}\n"},
    lambda order: {"order": f"{order}\uff11"},
    lambda order: {"order": f"{order}\u200b"},
]
POLICIES = [
    Policy(allow(reads), confirm(REFUND, by="finance", expires="2h"), otherwise=confirm()),
    Policy(allow(reads), confirm(REFUND, expires="1h"), otherwise=confirm()),
    Policy(allow(reads), confirm(REFUND, by="finance", expires="1h"), otherwise=deny()),
    Policy(*POLICY.rules, deny(REFUND, when=arg("amount") >= 5), otherwise=confirm()),
]
FORGED = ["", "apr_", "apr_000000000000000000000000", "APR", "%", "' OR 1=1 --", "apr_\0", "🎉"]
OTHERS = ["alice", "Default", "default ", "def\u0430ult"]


def tool_of(toolset: ComposioToolSet[Any], action: str = REFUND) -> ToolPausingInvoke:
    offer = toolset.get_tools(actions=[action]).offers[action]
    return pausing(toolset._caller().invoke(offer), "a framework")


@dataclass
class Asked:
    """A refund that waits for an answer, in a toolset of its own. ``answer`` lets it through."""

    make: Make
    toolset: ComposioToolSet[Any]
    arguments: dict[str, Any]
    id: str

    def attempt(
        self, answer: object, *, other: ComposioToolSet[Any] | None = None, groups: Any = "finance", **changes: Any
    ) -> bool:
        """Whether the call passes. Answers that are of no kind, and approvals that there are not, are refused."""
        toolset = other or self.toolset
        try:
            with toolset.approving_as("carol", groups=groups):
                return bool(tool_of(toolset)({**self.arguments, **changes}, answer=answer)["successful"])
        except InvalidRequest:
            return False

    @property
    def answer(self) -> dict[str, Any]:
        return {"type": "approve", "id": self.id}


@pytest.fixture
def ask(make: Make) -> Callable[[], Asked]:
    def asked() -> Asked:
        toolset = make(policy=POLICY)
        arguments = {"order": f"order-{next(_ORDERS)}", "amount": 5}
        id_ = tool_of(toolset)(arguments).approval_id
        assert id_
        return Asked(make, toolset, arguments, id_)

    return asked


def vectors(ask: Callable[[], Asked], backend: EmbeddedBackend) -> Iterator[tuple[str, bool]]:
    """Each attempt, by its kind, and whether a request went through that should not have."""
    for change in CHANGES:
        for named in (True, False):
            one = ask()
            yield "altered arguments", one.attempt(one.answer if named else True, **change(one.arguments["order"]))
    for entity in OTHERS:
        for named in (True, False):
            one = ask()
            other = one.make(policy=POLICY, entity_id=entity)
            yield "another entity", one.attempt(one.answer if named else True, other=other)
    for policy in POLICIES:
        for named in (True, False):
            one = ask()
            other = one.make(policy=policy)
            yield "a changed policy", one.attempt(one.answer if named else True, other=other)
    for id_ in FORGED:
        one = ask()
        yield "forged", one.attempt({"type": "approve", "id": id_})
        yield "forged", one.attempt({"type": "edit", "id": id_, "arguments": {**one.arguments, "amount": 1}})
    for answer in ("yes", 1, None, {}, {"type": "approved"}, {"type": "edit"}, {"type": "edit", "id": "apr_"}, ["approve"]):
        yield "no answer", ask().attempt(answer)
    for groups in ((), "sales", ("Finance",), ("finance ",)):
        one = ask()
        yield "the wrong group", one.attempt(one.answer, groups=groups)
        yield (
            "the wrong group",
            one.attempt({"type": "edit", **one.answer, "arguments": one.arguments} | {"type": "edit"}, groups=groups),
        )
    for answer in (True, None):
        one = ask()
        backend.approvals.decide(one.id, approved=False, by="dave", groups=("finance",), reason="no")
        yield "denied elsewhere", one.attempt(one.answer if answer else True)


def test_nothing_gets_through_with_an_answer_to_another_call(ask: Callable[[], Asked], shop: Shop) -> None:
    tried = list(vectors(ask, shop[0]))
    assert len(tried) >= 60
    assert [kind for kind, passed in tried if passed] == []
    assert shop[1].requests == []


@pytest.mark.parametrize("named", [True, False])
def test_an_answer_is_used_once(ask: Callable[[], Asked], shop: Shop, named: bool) -> None:
    one = ask()
    answer = one.answer if named else True
    assert one.attempt(answer)
    assert not one.attempt(answer)
    assert not one.toolset.execute_action(REFUND, one.arguments)["successful"]
    assert len(shop[1].requests) == 1
    assert one.toolset.approvals.get(one.id).decided_by == "carol"


def test_of_many_answers_at_once_one_counts(ask: Callable[[], Asked], shop: Shop) -> None:
    one = ask()
    answers = [one.answer, {**one.answer, "type": "reject"}] * 4
    with ThreadPoolExecutor(8) as pool:
        passed = sum(pool.map(one.attempt, answers))
    assert passed == len(shop[1].requests) <= 1
    assert one.toolset.approvals.get(one.id).status in {ApprovalStatus.USED, ApprovalStatus.DENIED}


def test_an_expired_approval_takes_no_answer(ask: Callable[[], Asked], shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    one = ask()
    later = one.toolset.approvals.get(one.id).expires_at + 1
    monkeypatch.setattr("composio.accounts.approvals.ApprovalBook._now", lambda _: later)
    assert not one.attempt(one.answer)
    assert shop[1].requests == []


def test_another_connection_needs_another_answer(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    backend, api = shop
    monkeypatch.setenv("COMPOSIO_SHOP_BASE_URL", api.url)
    toolset = ComposioToolSet(backend=backend, policy=POLICY, entity_id="alice")

    def connect(token: str) -> None:
        params = {"token": token}
        toolset.initiate_connection(app="shop", entity_id="alice", auth_scheme="BEARER_TOKEN", connected_account_params=params)

    connect("first")
    arguments = {"order": "1", "amount": 5}
    id_ = tool_of(toolset)(arguments).approval_id
    connect("second")
    with toolset.approving_as("carol", groups="finance"):
        for answer in (True, {"type": "approve", "id": id_}, {"type": "edit", "id": id_, "arguments": arguments}):
            assert not tool_of(toolset)(arguments, answer=answer)["successful"]
    assert api.requests == []


def test_edited_arguments_are_judged_by_the_policy(make: Make, shop: Shop) -> None:
    policy = Policy(
        deny(REFUND, when=arg("amount") > 100), confirm(REFUND, when=arg("amount") > 10), allow(REFUND), otherwise=confirm()
    )
    toolset = make(policy=policy)
    outcomes = {}
    for amount in (500, 50, 5):
        arguments = {"order": f"order-{amount}", "amount": 20}
        id_ = tool_of(toolset)(arguments).approval_id
        edited = {**arguments, "amount": amount}
        result = tool_of(toolset)(arguments, answer={"type": "edit", "id": id_, "arguments": edited})
        outcomes[amount] = (result["successful"], toolset.approvals.get(str(id_)).status)
    denied = ApprovalStatus.DENIED
    assert outcomes == {500: (False, ApprovalStatus.PENDING), 50: (True, denied), 5: (True, denied)}
    assert [one.arguments["amount"] for one in shop[1].requests] == [50, 5]


def test_arguments_that_name_files_can_not_be_edited(ask: Callable[[], Asked], shop: Shop) -> None:
    one = ask()
    shown = shop[0].approvals.get(one.id)
    names = [field.name for field in fields(NewApproval) if field.name not in {"arguments", "seconds", "digest"}]
    wanted = NewApproval(
        **{name: getattr(shown, name) for name in names}, arguments={"order": "2"}, seconds=60.0, digest="another"
    )
    answer = Answer(approved=True, id=one.id, arguments={"order": "2"}, by="carol", groups=("finance",))
    with pytest.raises(ApprovalRefused, match="files"):
        _replace(answer, wanted, shop[0].approvals, has_files=True)
    assert shop[0].approvals.get(one.id).status is ApprovalStatus.PENDING


def test_asking_whether_a_call_needs_approval_runs_nothing(make: Make, shop: Shop) -> None:
    policy = Policy(
        allow(REFUND),
        confirm(REFUND, when=arg("amount") > 10),
        deny(REFUND, total_of="amount", total_per="day", limit=30),
        otherwise=confirm(),
    )
    toolset = make(policy=policy)
    tool = tool_of(toolset)

    async def needs(amount: int) -> bool:
        return await tool.needs_approval({"order": "q", "amount": amount})

    assert [asyncio.run(needs(amount)) for amount in (5, 20, 5, 20, 20)] == [False, True, False, True, True]
    assert shop[1].requests == []
    assert len([one for one in toolset.approvals.list() if one.action == REFUND]) == 1, "asked for once"
    assert tool({"order": "q", "amount": 5})["successful"], "asking counts toward no limit"
