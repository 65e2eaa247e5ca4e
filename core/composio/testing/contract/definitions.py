"""Cases: what a tool's definition looks like on the wire."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest

from composio.errors import InvalidRequest
from composio.functions.decorator import action
from composio.functions.registry import REGISTRY
from composio.plugin.frameworks import framework_of
from composio.plugin.manager import plugins
from composio.testing.contract.driver import Driver, Mode, World, connect, result_in, slug
from composio.testing.contract_api import HOSTILE, LONG_SLUG, hostile_values
from composio.testing.model.wire import schema_problem
from composio.toolset import ComposioToolSet

__all__ = ["DefinitionCases"]

_EVERY = ("get_status", "get_item", "echo", "create_order", "save_tree", "send_awkward_names")
_NAME = re.compile(r"[a-zA-Z_][a-zA-Z0-9_-]*")
_NUMBER = re.compile(r"Value number (\d+)")
_LARGEST = 32 * 1024  # bytes of one definition


class DefinitionCases(Driver):
    """Names, descriptions and schemas."""

    def _parameters(self, toolset: Any, name: str) -> dict[str, Any]:
        (tool,) = self.wire_tools(self.tools(toolset, name))
        parameters: dict[str, Any] = tool["parameters"]
        return parameters

    def test_every_definition_is_one_that_providers_take(self, toolset: Any) -> None:
        wire = self.wire_tools([*self.tools(toolset, *_EVERY), *toolset.get_tools(actions=[LONG_SLUG])])
        assert len(wire) == len(_EVERY) + 1
        for tool in wire:
            assert _NAME.fullmatch(tool["name"]), tool["name"]
            assert len(tool["name"]) <= self.name_limit
            assert tool["description"]
            assert len(tool["description"]) <= 1024
            assert schema_problem(tool["parameters"]) is None
            assert len(json.dumps(tool["parameters"]).encode()) <= _LARGEST

    def test_nested_schema(self, toolset: Any) -> None:
        schema = self._parameters(toolset, "create_order")
        assert set(schema["required"]) == {"customer", "items"}
        address = _plain(schema["properties"]["customer"])["properties"]["address"]
        assert set(_plain(address)["properties"]) == {"street", "city"}

    def test_enums_defaults_and_bounds(self, toolset: Any) -> None:
        properties = self._parameters(toolset, "create_order")["properties"]
        assert properties["priority"]["enum"] == ["low", "high"]
        assert _says(properties["priority"], "default", "low")
        assert "urgent" in properties["priority"]["description"]
        items = _plain(properties["items"])
        assert (items["minItems"], items["maxItems"]) == (1, 5)
        item = _plain(items["items"])
        assert item["required"] == ["sku"]
        assert _says(item["properties"]["sku"], "pattern", "^[A-Z]{3}[0-9]+$")
        quantity = item["properties"]["quantity"]
        assert (quantity["type"], quantity["minimum"], quantity["maximum"]) == ("integer", 1, 99)
        assert _says(quantity, "default", 1)

    def test_recursive_schema(self, world: World, toolset: Any) -> None:
        schema = self._parameters(toolset, "save_tree")
        assert schema_problem(schema) is None
        assert set(schema["properties"]) == {"label", "children"}
        tree = {"label": "a", "children": [{"label": "b", "children": [{"label": "c", "children": [{"label": "d"}]}]}]}
        tools = self.tools(toolset, "save_tree")
        assert result_in(self.call(toolset, tools, tree))["successful"]
        assert world.api.requests[0].arguments == tree

    @pytest.mark.parametrize("mode", ["sync", "async"])
    def test_hostile_names(self, world: World, toolset: Any, mode: Mode) -> None:
        values = hostile_values()
        tools = self.tools(toolset, "send_awkward_names")
        properties = self.wire_tools(tools)[0]["parameters"]["properties"]
        assert len(properties) == len(HOSTILE), "each name is there, and none twice"
        spelled = {key: int(_NUMBER.findall(schema["description"])[0]) for key, schema in properties.items()}
        assert result_in(self.answer(mode, toolset, tools, spelled))["successful"]
        assert world.api.requests[0].arguments == values, "they arrive under their real names"

    @pytest.mark.parametrize("mode", ["sync", "async"])
    def test_long_slug(self, world: World, toolset: Any, mode: Mode) -> None:
        tools = toolset.get_tools(actions=[LONG_SLUG])
        assert result_in(self.answer(mode, toolset, tools, {}))["successful"]
        assert world.api.requests[0].path == "/long"

    def test_a_tool_asked_for_twice_is_one_tool(self, toolset: Any) -> None:
        tools = toolset.get_tools(actions=[slug("get_item"), slug("get_status"), slug("get_item").lower()])
        assert len(self.wire_tools(tools)) == 2

    def test_two_tools_of_one_name_are_refused(self, toolset: Any) -> None:
        def first() -> Any:
            def pick(number: int) -> int:
                """One of two."""
                return number

            return pick

        def second() -> Any:
            def pick(number: int) -> int:
                """The other one."""
                return number

            return pick

        functions = [action(toolname="pick_one")(function()) for function in (first, second)]
        try:
            with pytest.raises(InvalidRequest, match="could not tell them apart"):
                toolset.get_tools(actions=functions)
        finally:
            for function in functions:
                REGISTRY.discard(function)

    def test_the_toolset_without_a_framework_gives_the_same_tools_by_its_name(self, world: World) -> None:
        framework = framework_of(self.toolset_class.__module__.partition(".")[0])
        if framework is None or framework.name not in plugins().frameworks():
            pytest.skip("belongs to no plugin that is installed")
        own = self.toolset_class(backend=world.backend)
        plain = ComposioToolSet(backend=world.backend)
        mine, theirs = (
            own.get_tools(actions=[slug("get_item")]),
            plain.get_tools(actions=[slug("get_item")], framework=framework.name.upper().replace("-", "_")),
        )
        assert [type(tool) for tool in mine] == [type(tool) for tool in theirs]
        assert not isinstance(mine[0], dict) or mine == theirs

    def test_schema_processors_change_the_definition_of_this_fetch_only(self, toolset: Any) -> None:
        def without_note(schema: dict[str, Any]) -> dict[str, Any]:
            del schema["parameters"]["properties"]["note"]
            schema["description"] = "Shorter."
            return schema

        processors = {"schema": {slug("create_order"): without_note}}
        changed = self.wire_tools(self.tools(toolset, "create_order", processors=processors))[0]
        assert "note" not in changed["parameters"]["properties"]
        assert changed["description"] == "Shorter."
        assert "note" in self._parameters(toolset, "create_order")["properties"]

    def test_two_toolsets_do_not_disturb_each_other(self, world: World, toolset: Any) -> None:
        other = self.make_toolset(world.backend, entity_id="someone-else")
        connect(other, world)
        mine, theirs = self.tools(toolset, "get_status"), self.tools(other, "get_status")
        assert self.wire_tools(mine) == self.wire_tools(theirs)
        assert result_in(self.call(other, theirs, {}))["successful"]


def _says(schema: dict[str, Any], keyword: str, value: Any) -> bool:
    """Whether a model is told: by the keyword, or in words where the provider would not pass that on."""
    return schema.get(keyword) == value or f"{keyword}: {json.dumps(value)}" in schema.get("description", "")


def _plain(schema: dict[str, Any]) -> dict[str, Any]:
    """The branch that is no null: frameworks may write an optional value as ``anyOf``."""
    branches = [b for b in schema.get("anyOf", []) if b.get("type") != "null"]
    return {**schema, **branches[0]} if branches else schema
