"""Cases: one call, whatever happens to it."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

import pytest

from composio.functions.decorator import action
from composio.functions.registry import REGISTRY
from composio.testing.contract.driver import Driver, Mode, World, calling_as, result_in, slug

__all__ = ["CallCases"]

_MEGABYTE = 1024 * 1024
_MODES = pytest.mark.parametrize("mode", ["sync", "async"])


class CallCases(Driver):
    """Arguments, results and failures of a single call."""

    @_MODES
    def test_call(self, world: World, toolset: Any, mode: Mode) -> None:
        world.api.require(header="Authorization", value="Bearer contract")
        tools = self.tools(toolset, "create_order")
        order = {"customer": {"name": "Ada", "address": {"city": "Turin"}}, "items": [{"sku": "ABC1", "quantity": 2}]}
        result = result_in(self.answer(mode, toolset, tools, order))
        assert result == {"successful": True, "data": {"ok": True}, "error": None}
        assert world.api.requests[0].arguments == order

    @_MODES
    def test_empty_arguments(self, world: World, toolset: Any, mode: Mode) -> None:
        tools = self.tools(toolset, "get_status")
        assert result_in(self.answer(mode, toolset, tools, {}))["successful"]
        assert len(world.api.requests) == 1

    @_MODES
    def test_a_copied_tool_is_the_same(self, toolset: Any, mode: Mode) -> None:
        """Frameworks copy agents, whole, with their tools."""
        tools = self.tools(toolset, "get_status")
        tools[0] = deepcopy(tools[0])
        assert result_in(self.answer(mode, toolset, tools, {}))["successful"]

    @_MODES
    def test_unicode(self, world: World, toolset: Any, mode: Mode) -> None:
        text = "Grüße, 日本 🎉 \"quoted\" \\ \u2028 'single'"
        world.api.reply(slug("echo"), json={"said": text})
        tools = self.tools(toolset, "echo")
        shown = self.answer(mode, toolset, tools, {"text": text})
        assert result_in(shown)["data"] == {"said": text}
        assert "日本" in shown, "escapes cost a model tokens"
        assert world.api.requests[0].arguments == {"text": text}

    @_MODES
    def test_large_result(self, world: World, toolset: Any, mode: Mode) -> None:
        world.api.reply(slug("get_status"), json={"text": "x" * _MEGABYTE})
        tools = self.tools(toolset, "get_status")
        assert len(result_in(self.answer(mode, toolset, tools, {}))["data"]["text"]) == _MEGABYTE

    @_MODES
    @pytest.mark.parametrize(
        ("status", "reply", "shown"),
        [
            (404, {"json": {"message": "No such item"}}, "No such item"),
            (500, {"json": {"error": {"message": "It broke"}}}, "It broke"),
            (502, {"text": "<html><title>Bad Gateway</title></html>"}, "502"),
            (200, {"text": "<html>Please log in</html>"}, "HTML"),
        ],
    )
    def test_upstream_failure_is_shown(
        self, world: World, toolset: Any, mode: Mode, status: int, reply: dict[str, Any], shown: str
    ) -> None:
        # An action that is not idempotent, so that nothing is tried again and the case stays quick.
        world.api.reply(slug("echo"), status=status, **reply)
        tools = self.tools(toolset, "echo")
        result = result_in(self.answer(mode, toolset, tools, {"text": "a"}))
        assert result["successful"] is False
        assert shown.casefold() in result["error"].casefold()
        assert "Traceback" not in result["error"]

    @_MODES
    def test_invalid_arguments_are_shown(self, world: World, toolset: Any, mode: Mode) -> None:
        tools = self.tools(toolset, "create_order")
        order = {"customer": {"name": "Ada"}, "items": [{"sku": "ABC1", "quantity": "many"}]}
        result = result_in(self.answer(mode, toolset, tools, order))
        assert result["successful"] is False
        assert "items[0].quantity" in result["error"]
        assert "integer" in result["error"]
        assert world.api.requests == [], "a call that can't be right is not sent"

    @_MODES
    def test_missing_arguments_are_shown(self, world: World, toolset: Any, mode: Mode) -> None:
        tools = self.tools(toolset, "create_order")
        result = result_in(self.answer(mode, toolset, tools, {"items": [{"sku": "ABC1"}]}))
        assert result["successful"] is False
        assert "customer" in result["error"]
        assert world.api.requests == []

    @_MODES
    def test_missing_credentials_are_shown(self, world: World, toolset: Any, mode: Mode) -> None:
        world.api.require(header="Authorization", value="Bearer another")
        tools = self.tools(toolset, "get_status")
        shown = self.answer(mode, toolset, tools, {})
        assert result_in(shown)["successful"] is False
        assert "Bearer contract" not in shown, "a token is never shown"

    @_MODES
    def test_a_functions_exception_is_shown_without_its_traceback(self, toolset: Any, mode: Mode) -> None:
        def always_fails(text: str) -> str:
            """Fails with a message for whoever called."""
            raise LookupError(f"there is no {text}")

        function = action(always_fails)
        try:
            shown = self.answer(mode, toolset, toolset.get_tools(actions=[function]), {"text": "lamp"})
        finally:
            REGISTRY.discard(function)
        result = result_in(shown)
        assert result["successful"] is False
        assert "there is no lamp" in result["error"]
        assert "Traceback" not in shown
        assert __file__ not in shown

    @_MODES
    def test_processors_run_for_these_tools_only(self, world: World, toolset: Any, mode: Mode) -> None:
        def louder(inputs: dict[str, Any]) -> dict[str, Any]:
            return {**inputs, "text": inputs["text"].upper()}

        def shorter(result: dict[str, Any]) -> dict[str, Any]:
            return {**result, "data": "short"}

        processors = {"pre": {slug("echo"): louder}, "post": {slug("echo"): shorter}}
        plain = self.tools(toolset, "echo")
        processed = self.tools(toolset, "echo", processors=processors)
        assert result_in(self.answer(mode, toolset, processed, {"text": "a"}))["data"] == "short"
        assert result_in(self.answer(mode, toolset, plain, {"text": "b"}))["data"] == {"ok": True}
        assert [r.arguments["text"] for r in world.api.requests] == ["A", "b"]

    @_MODES
    def test_context_variables_reach_the_call(self, toolset: Any, mode: Mode) -> None:
        tools, seen = self.watch_caller(toolset)
        with calling_as("the test"):
            self.answer(mode, toolset, tools, {})
        assert seen == ["the test"]
