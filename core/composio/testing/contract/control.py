"""Cases: a call under a policy waits for approval, runs once, and is not offered where it is denied."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from composio.policy import Policy, allow, confirm, deny, reads
from composio.testing.contract.driver import Driver, Mode, World, connect, result_in, slug

__all__ = ["ControlCases"]

_MODES = pytest.mark.parametrize("mode", ["sync", "async"])


class ControlCases(Driver):
    """Policies and approvals, in the framework's own tools."""

    def _under(self, world: World, policy: Policy) -> Any:
        toolset = self.make_toolset(world.backend, policy=policy)
        connect(toolset, world)
        return toolset

    @_MODES
    def test_a_call_waits_for_approval_and_runs_once(self, world: World, mode: Mode) -> None:
        toolset = self._under(world, Policy(allow(reads), otherwise=confirm(by="finance")))
        tools = self.tools(toolset, "echo")
        text = f"pay {secrets.token_hex(6)}"  # a home that others share keeps what they asked for
        shown = self.answer(mode, toolset, tools, {"text": text})
        waiting = result_in(shown)
        assert waiting["successful"] is False
        approval_id = waiting["data"]["approval_required"]["id"]
        assert approval_id in waiting["error"]
        assert world.api.requests == [], "nothing is sent before somebody approves it"
        toolset.approvals.approve(approval_id, by="carol", groups=["finance"])
        other = result_in(self.answer(mode, toolset, tools, {"text": f"{text} twice"}))
        assert other["data"]["approval_required"]["id"] != approval_id, "an approval holds for its own arguments"
        assert result_in(self.answer(mode, toolset, tools, {"text": text}))["successful"]
        assert not result_in(self.answer(mode, toolset, tools, {"text": text}))["successful"], "once"
        assert [one.arguments for one in world.api.requests] == [{"text": text}]

    @_MODES
    def test_a_denial_is_shown_with_its_reason(self, world: World, mode: Mode) -> None:
        toolset = self._under(world, Policy(otherwise=confirm()))
        tools = self.tools(toolset, "echo")
        arguments = {"text": f"deny {secrets.token_hex(6)}"}
        waiting = result_in(self.answer(mode, toolset, tools, arguments))
        toolset.approvals.deny(waiting["data"]["approval_required"]["id"], by="carol", reason="not in this quarter")
        refused = result_in(self.answer(mode, toolset, tools, arguments))
        assert refused["successful"] is False
        assert "not in this quarter" in refused["error"]
        assert world.api.requests == []

    def test_what_is_denied_is_not_offered(self, world: World) -> None:
        toolset = self._under(world, Policy(deny(slug("echo")), otherwise=allow()))
        names = {
            one["name"].removeprefix(self.name_prefix) for one in self.wire_tools(self.tools(toolset, "echo", "get_status"))
        }
        assert names == {slug("get_status")}
