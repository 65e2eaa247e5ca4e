"""Custom tools through the toolset and the real embedded backend."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import pytest
from pydantic import BaseModel, Field

from composio import ComposioToolSet, action
from composio.embedded import EmbeddedBackend
from composio.errors import ActionNotFound, AppNotFound
from composio.model.call import ToolResult


class Line(BaseModel):
    text: str
    count: int = Field(ge=1)


@dataclasses.dataclass
class Total:
    pieces: int
    lines: list[Line]


@pytest.fixture
def toolset(tmp_path: Path, over: Any) -> Iterator[ComposioToolSet]:
    backend = EmbeddedBackend(home=tmp_path)
    with ComposioToolSet(backend=over(backend)) as toolset:
        yield toolset
    backend.close()


def order(lines: list[Line], entity_id: str, express: Annotated[bool, "Faster"] = False) -> Total:
    """Places an order."""
    if express:
        raise RuntimeError(f"no express for {entity_id}")
    assert all(isinstance(line, Line) for line in lines)
    return Total(sum(line.count for line in lines), lines)


LINES = [{"text": "bread", "count": 2}]
PLACED = {"successful": True, "data": {"pieces": 2, "lines": LINES}, "error": None}


def test_models_go_in_and_results_come_out_as_json(toolset: ComposioToolSet) -> None:
    tool = action(order)
    assert toolset.execute_action(tool, {"lines": LINES}) == PLACED
    assert toolset.execute_action("ORDER", {"lines": LINES}) == PLACED
    (shown,) = toolset.get_tools(actions=[tool])
    assert list(shown["parameters"]["properties"]) == ["lines", "express"]


def test_functions_that_share_a_toolname_are_tools_of_their_own_as_in_v0_7(toolset: ComposioToolSet) -> None:
    @action(toolname="sums")
    def add(a: int, b: int) -> int:
        """Adds."""
        return a + b

    @action(toolname="sums")
    def double(a: int) -> int:
        """Doubles."""
        return 2 * a

    tools = toolset.get_tools(actions=[add, double])
    assert [tool["name"] for tool in tools] == ["SUMS_ADD", "SUMS_DOUBLE"]
    calls = [{"name": "SUMS_ADD", "arguments": {"a": 1, "b": 2}}, {"name": "SUMS_DOUBLE", "arguments": {"a": 4}}]
    assert [done["data"] for done in toolset.handle_tool_calls(calls)] == [3, 8]
    assert [done["data"] for done in toolset.handle_tool_calls(calls, actions=[add, double])] == [3, 8]
    (alone,) = toolset.get_tools(actions=[add])
    assert alone["name"] == "sums"
    assert [tool["name"] for tool in toolset.get_tools(apps=["Sums"])] == ["SUMS_ADD", "SUMS_DOUBLE"]
    assert [done["data"] for done in toolset.handle_tool_calls(calls, apps=["sums"])] == [3, 8]
    with pytest.raises(AppNotFound, match="summs"):
        toolset.get_tools(apps=["sums", "summs"])


@pytest.mark.anyio
async def test_asynchronous_functions_are_awaited(toolset: ComposioToolSet) -> None:
    @action
    async def aorder(lines: list[Line], entity_id: str) -> Total:
        """Places an order."""
        return order(lines, entity_id)

    assert await toolset.aexecute_action(aorder, {"lines": LINES}) == PLACED
    assert await toolset.ahandle_tool_calls({"name": "aorder", "arguments": {"lines": LINES}}, actions=aorder) == [PLACED]


def test_an_asynchronous_function_can_be_waited_for(toolset: ComposioToolSet) -> None:
    @action
    async def later(a: int) -> int:
        """Later."""
        return a

    assert toolset.execute_action(later, {"a": 1})["data"] == 1
    results = toolset.handle_tool_calls([{"name": "later", "arguments": {"a": n}} for n in range(3)], actions=[later])
    assert [r["data"] for r in results] == [0, 1, 2]


def test_what_a_model_gets_wrong_is_explained_to_it(toolset: ComposioToolSet) -> None:
    toolset.get_tools(action(order))
    wrong: list[dict[str, Any]] = [
        {"lines": [{"text": "x", "count": 0}]},
        {"lines": LINES, "expres": True},
        {},
        {"lines": LINES, "express": True},
        {"lines": LINES, "entity_id": "the admin"},
    ]
    results = toolset.handle_tool_calls([{"name": "order", "arguments": arguments} for arguments in wrong])
    assert not any(result["successful"] for result in results)
    said = [result["error"] for result in results]
    assert "lines[0].count" in said[0]
    assert "express" in said[1]
    assert "lines" in said[2]
    assert said[3] == "RuntimeError: no express for default"
    assert "entity_id" in said[4]


def test_processors_work_on_functions_by_object_and_by_name(toolset: ComposioToolSet) -> None:
    tool = action(order)

    def hide(schema: dict[str, Any]) -> dict[str, Any]:
        del schema["parameters"]["properties"]["lines"]
        return schema

    def fill(inputs: dict[str, Any]) -> dict[str, Any]:
        return {**inputs, "lines": LINES}

    def count_only(result: dict[str, Any]) -> dict[str, Any]:
        return {**result, "data": result["data"]["pieces"]}

    processors = {"schema": {tool: hide}, "pre": {"order": fill}, "post": {"ORDER": count_only}}
    tools = toolset.get_tools(actions=[tool], processors=processors)
    assert list(tools[0]["parameters"]["properties"]) == ["express"]
    assert "lines" not in tools[0]["parameters"].get("required", [])
    (result,) = toolset.handle_tool_calls({"name": "order", "arguments": {}}, tools=tools)
    assert result == {"successful": True, "data": 2, "error": None}
    direct = toolset.execute_action(tool, {}, processors={"pre": {tool: fill}})
    assert direct == PLACED


def test_a_function_with_a_name_of_its_own(toolset: ComposioToolSet) -> None:
    @action(toolname="calculator_multiply")
    def multiply(a: int, b: int) -> int:
        """Multiplies."""
        return a * b

    assert toolset.get_tools(actions=["calculator_multiply"])[0]["name"] == "calculator_multiply"
    for name in (multiply, "calculator_multiply", "CALCULATOR_MULTIPLY"):
        result: ToolResult = toolset.execute_action(name, {"a": "6", "b": 7})
        assert result["data"] == 42


def test_a_function_that_is_not_known_is_not_found(toolset: ComposioToolSet) -> None:
    with pytest.raises(ActionNotFound, match="no_such_function"):
        toolset.execute_action("no_such_function")
