"""Cases: whom a call is for, and whether it may be made: approvals, denials, call ids, runs that name an entity."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from composio.functions.decorator import action
from composio.functions.registry import REGISTRY
from composio.model.call import from_run
from composio.policy import ByCallId, Policy, allow, confirm, deny, reads
from composio.testing.contract.driver import Driver, Mode, World, connect, result_in, slug
from composio.testing.model.script import Calls, Say
from composio.testing.model.server import ScriptedModel

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

    @_MODES
    def test_a_call_under_one_id_is_made_once(self, world: World, mode: Mode) -> None:
        if not self.gives_call_ids:
            pytest.skip("the framework gives its tools no call id")
        toolset = self.make_toolset(world.backend, dedupe=ByCallId())
        connect(toolset, world)
        tools, id_ = self.tools(toolset, "echo"), f"call_{secrets.token_hex(6)}"
        call = {"name": f"{self.name_prefix}{slug('echo')}", "arguments": {"text": "pay"}, "id": id_}
        for _ in range(2):  # as an agent does that starts again from a checkpoint
            with ScriptedModel([Calls([call]), Say("All done.")]) as model:
                self.agent(mode, toolset, tools, model)
                assert result_in(model.results_seen()[0])["successful"]
        assert [one.arguments for one in world.api.requests] == [{"text": "pay"}]

    def test_what_is_denied_is_not_offered(self, world: World) -> None:
        toolset = self._under(world, Policy(deny(slug("echo")), otherwise=allow()))
        shown = self.wire_tools(self.tools(toolset, "echo", "get_status"))
        assert {one["name"].removeprefix(self.name_prefix).upper() for one in shown} == {slug("get_status")}

    @_MODES
    def test_the_run_says_whom_a_call_is_for(self, world: World, mode: Mode) -> None:
        toolset = self.make_toolset(world.backend)
        with _whoami() as function:
            tools = toolset.get_tools(actions=[function], entity_id=from_run)
            for entity in ("alice", "bob"):
                with toolset.acting_as(entity, agent="contract"):
                    assert result_in(self.answer(mode, toolset, tools, {}))["data"] == entity
            nobody = result_in(self.answer(mode, toolset, tools, {}))
        assert nobody["successful"] is False, "a promised entity never falls to the default one"
        assert "acting_as" in nobody["error"]

    def test_no_run_uses_another_entitys_tool(self, world: World) -> None:
        toolset = self.make_toolset(world.backend)
        with _whoami() as function:
            tools = toolset.get_tools(actions=[function], entity_id="carol")
            assert result_in(self.answer("sync", toolset, tools, {}))["data"] == "carol"
            with toolset.acting_as("bob"):
                assert "carol" in result_in(self.answer("sync", toolset, tools, {}))["error"]

    def test_the_frameworks_run_says_whom_a_call_is_for(self, world: World) -> None:
        if not self.supplies("acall_in_run"):
            pytest.skip("the framework's runs name nobody")
        toolset = self.make_toolset(world.backend)
        with _whoami() as function:
            tools = toolset.get_tools(actions=[function], entity_id=from_run)
            for entity in ("alice", "bob"):
                assert result_in(asyncio.run(self.acall_in_run(toolset, tools, {}, entity)))["data"] == entity
            with toolset.acting_as("carol"):
                assert "carol" in result_in(asyncio.run(self.acall_in_run(toolset, tools, {}, "bob")))["error"]
            shown = asyncio.run(self.acall_in_run(toolset, tools, {"entity_id": "mallory"}, "alice"))
        assert "mallory" not in str(result_in(shown)["data"]), "a model writes no entity"


@contextmanager
def _whoami() -> Iterator[Any]:
    def whoami(entity_id: str) -> str:
        """Says whom the call is for."""
        return entity_id

    function = action(whoami)
    try:
        yield function
    finally:
        REGISTRY.discard(function)
