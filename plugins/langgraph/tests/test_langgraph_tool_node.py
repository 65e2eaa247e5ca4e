"""``ToolNode`` around the tools: it injects the graph's state, store and runtime into what asks for them, and ours do not."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest
from langchain_core.messages import AIMessage, ToolMessage
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode

from composio.framework import ToolSpec
from composio.model.action import ActionModel, HttpBinding, JsonSchema
from composio.model.call import ToolResult
from composio_langgraph._adapter import Adapter

NAMES = ["state", "store", "runtime", "tool_call_id", "tool_runtime", "config", "writer", "messages", "self"]
FAILED = {"successful": False, "data": None, "error": "404 Not Found"}


class Recorder:
    """An ``Invoke`` that remembers what it was asked and answers as it was told."""

    def __init__(self, result: Mapping[str, Any] | None = None) -> None:
        self.result = result or {"successful": True, "data": "é", "error": None}
        self.asked: list[tuple[Any, str | None]] = []

    def __call__(self, arguments: Mapping[str, Any] | str, *, call_id: str | None = None) -> ToolResult:
        self.asked.append((arguments, call_id))
        return ToolResult(self.result, call_id=call_id)

    async def acall(self, arguments: Mapping[str, Any] | str, *, call_id: str | None = None) -> ToolResult:
        return self(arguments, call_id=call_id)


def run(recorder: Recorder, names: list[str], mode: str) -> ToolMessage:
    schema = JsonSchema({"type": "object", "properties": {name: {"type": "string"} for name in names}})
    action = ActionModel(slug="APP_DO", app="app", binding=HttpBinding("GET", "/"))
    graph: Any = StateGraph(MessagesState)
    graph.add_node("tools", ToolNode([Adapter().wrap(ToolSpec("APP_DO", "Does it.", schema, action), recorder)]))
    graph.add_edge(START, "tools")
    call = {"type": "tool_call", "id": "c1", "name": "APP_DO", "args": {name: f"my {name}" for name in names}}
    asked = {"messages": [AIMessage("", tool_calls=[call])]}
    node = graph.compile()
    state = node.invoke(asked) if mode == "sync" else asyncio.run(node.ainvoke(asked))
    message: ToolMessage = state["messages"][-1]
    return message


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_every_property_arrives_as_the_model_wrote_it(mode: str) -> None:
    recorder = Recorder()
    message = run(recorder, NAMES, mode)
    assert recorder.asked == [({name: f"my {name}" for name in NAMES}, "c1")]
    assert (message.status, message.tool_call_id, message.name) == ("success", "c1", "APP_DO")
    assert json.loads(str(message.content)) == {"successful": True, "data": "é", "error": None}


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_a_failure_is_a_message(mode: str) -> None:
    message = run(Recorder(FAILED), ["a"], mode)
    assert message.status == "error"
    assert json.loads(str(message.content)) == FAILED
