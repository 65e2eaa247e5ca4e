"""``ToolNode`` around the tools: it injects the graph's state, store and runtime into what asks for them, and ours do not."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from langchain_core.messages import AIMessage, ToolMessage
from langgraph.graph import START, MessagesState, StateGraph
from langgraph.prebuilt import ToolNode

from composio.testing import Recorder, tool_spec
from composio_langgraph._adapter import Adapter

NAMES = ["state", "store", "runtime", "tool_call_id", "tool_runtime", "config", "writer", "messages", "self"]
FAILED = {"successful": False, "data": None, "error": "404 Not Found"}


def run(recorder: Recorder, names: list[str], mode: str) -> ToolMessage:
    spec = tool_spec({"type": "object", "properties": {name: {"type": "string"} for name in names}})
    graph: Any = StateGraph(MessagesState)
    graph.add_node("tools", ToolNode([Adapter().wrap(spec, recorder)]))
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
    assert (recorder.asked, recorder.call_ids) == ([{name: f"my {name}" for name in NAMES}], ["c1"])
    assert (message.status, message.tool_call_id, message.name) == ("success", "c1", "APP_DO")
    assert json.loads(str(message.content)) == recorder.result


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_a_failure_is_a_message(mode: str) -> None:
    message = run(Recorder(FAILED), ["a"], mode)
    assert message.status == "error"
    assert json.loads(str(message.content)) == FAILED
