"""Cases: a run pauses at a call that needs approval, by the framework's own interrupt, and a person's answer decides once."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable, Mapping
from contextlib import nullcontext
from typing import Any

import pytest

from composio.errors import InvalidRequest
from composio.model.approval import ApprovalStatus
from composio.policy import Policy, allow, confirm, reads
from composio.testing.contract.driver import Driver, World, connect, slug

__all__ = ["PausingCases"]

_POLICY = Policy(allow(reads), confirm(slug("echo"), by="finance"), otherwise=confirm())


class PausingCases(Driver):
    """Interrupts, for frameworks whose driver writes ``apause``."""

    def _pausing(self, world: World, policy: Policy = _POLICY) -> Any:
        if not self.supplies("apause"):
            pytest.skip("the framework has no interrupt that is used")
        toolset = self.make_toolset(world.backend, policy=policy, interrupts=True)
        connect(toolset, world)
        return toolset

    def _run(self, toolset: Any, arguments: dict[str, Any], decide: Callable[[], Mapping[str, Any]], **approver: Any) -> str:
        tools = self.tools(toolset, "echo")
        with toolset.approving_as(**approver) if approver else nullcontext():
            return asyncio.run(self.apause(toolset, tools, arguments, decide))

    def test_a_run_pauses_until_somebody_approves(self, world: World) -> None:
        toolset, arguments, asked = self._pausing(world), _arguments(), list[str]()

        def decide() -> dict[str, Any]:
            assert world.api.requests == [], "nothing is sent before somebody approves it"
            asked.append(_waiting(toolset, arguments))
            return {"type": "approve", "id": asked[-1]}

        shown = json.loads(self._run(toolset, arguments, decide, by="carol", groups=["finance"]))
        assert shown["successful"]
        assert [one.arguments for one in world.api.requests] == [arguments]
        [id_] = asked
        found = toolset.approvals.get(id_)
        assert (found.status, found.decided_by) == (ApprovalStatus.USED, "carol")
        plain = self.make_toolset(world.backend, policy=_POLICY)
        connect(plain, world)
        assert plain.execute_action(slug("echo"), arguments).approval_id not in (None, id_), "once"

    def test_a_call_that_needs_no_approval_does_not_pause(self, world: World) -> None:
        toolset, arguments = self._pausing(world, Policy(allow(slug("echo")), otherwise=confirm())), _arguments()
        assert json.loads(self._run(toolset, arguments, _never))["successful"]
        assert [one.arguments for one in world.api.requests] == [arguments]

    def test_a_rejected_call_is_not_made(self, world: World) -> None:
        toolset, arguments, asked = self._pausing(world), _arguments(), list[str]()

        def decide() -> dict[str, Any]:
            asked.append(_waiting(toolset, arguments))
            return {"type": "reject", "id": asked[-1], "message": "not in this quarter"}

        shown = self._run(toolset, arguments, decide, by="carol", groups=["finance"])
        assert "not in this quarter" in shown
        assert world.api.requests == []
        status = toolset.approvals.get(asked[0]).status
        assert status in {ApprovalStatus.DENIED, ApprovalStatus.PENDING}, "some frameworks reject without a word to the tool"

    def test_edited_arguments_are_what_is_sent(self, world: World) -> None:
        toolset, arguments, asked = self._pausing(world), _arguments(), list[str]()
        edited = _arguments()

        def decide() -> dict[str, Any]:
            asked.append(_waiting(toolset, arguments))
            return {"type": "edit", "id": asked[-1], "arguments": edited}

        assert json.loads(self._run(toolset, arguments, decide, by="carol", groups=["finance"]))["successful"]
        assert [one.arguments for one in world.api.requests] == [edited]
        assert toolset.approvals.get(asked[0]).status is ApprovalStatus.DENIED, "the call as it was asked for can't follow"

    def test_only_the_group_of_a_rule_approves(self, world: World) -> None:
        toolset, arguments, asked = self._pausing(world), _arguments(), list[str]()

        def decide() -> dict[str, Any]:
            asked.append(_waiting(toolset, arguments))
            return {"type": "approve", "id": asked[-1]}

        assert "finance" in self._run(toolset, arguments, decide), "whoever resumes a run belongs to no group"
        assert world.api.requests == []
        assert toolset.approvals.get(asked[0]).status is ApprovalStatus.PENDING

    def test_a_denial_made_elsewhere_wins_over_the_answer(self, world: World) -> None:
        toolset, arguments = self._pausing(world), _arguments()

        def decide() -> dict[str, Any]:
            id_ = _waiting(toolset, arguments)
            toolset.approvals.deny(id_, by="dave", groups=["finance"], reason="frozen budget")
            return {"type": "approve", "id": id_}

        assert "frozen budget" in self._run(toolset, arguments, decide, by="carol", groups=["finance"])
        assert world.api.requests == []

    def test_interrupts_are_refused_where_there_are_none(self, world: World) -> None:
        if self.supplies("apause"):
            pytest.skip("the framework has an interrupt")
        toolset = self.make_toolset(world.backend, policy=_POLICY, interrupts=True)
        with pytest.raises(InvalidRequest, match="interrupts=True"):
            self.tools(toolset, "echo")


def _arguments() -> dict[str, Any]:
    return {"text": f"pay {secrets.token_hex(6)}"}  # a home that others share keeps what they asked for


def _waiting(toolset: Any, arguments: dict[str, Any]) -> str:
    """The one approval that these arguments wait for."""
    [found] = [one for one in toolset.approvals.list(limit=1_000) if json.loads(one.shown) == arguments]
    return str(found.id)


def _never() -> dict[str, Any]:
    raise AssertionError("nobody has to be asked")
