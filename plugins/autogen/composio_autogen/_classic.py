"""Tools for AutoGen's classic agents, with which they are registered: for one that asks, and one that runs.

Nothing of theirs is imported: AutoGen 0.2 lives on under several names, whose agents all have these two methods. Source: AutoGen
0.2, ``ConversableAgent.update_tool_signature`` and ``ConversableAgent.register_function``.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from composio.errors import InvalidRequest
from composio_autogen._adapter import ComposioTool

__all__ = ["check", "register"]


def check(caller: Any, executor: Any) -> None:
    """Raise ``InvalidRequest`` where one of the two is no classic agent, or has no model to ask with."""
    for name, agent, method in (("caller", caller, "update_tool_signature"), ("executor", executor, "register_function")):
        if not callable(getattr(agent, method, None)):
            raise InvalidRequest(
                f"register_tools: the {name} is a {type(agent).__name__}, with which no tools can be registered. AgentChat's agents"
                " take them when they are made: AssistantAgent(..., tools=toolset.get_tools(...))."
            )
    if not isinstance(getattr(caller, "llm_config", None), dict):
        raise InvalidRequest("register_tools: the caller has no llm_config, and so no model that could ask for tools.")


def register(caller: Any, executor: Any, tools: Sequence[ComposioTool]) -> None:
    """Have ``caller`` offer ``tools`` to its model and ``executor`` run them."""
    for tool in tools:
        shown = {"name": tool.name, "description": tool.description, "parameters": tool.schema.get("parameters", {})}
        caller.update_tool_signature({"type": "function", "function": shown}, is_remove=False)
    executor.register_function({tool.name: partial(_carry_out, tool) for tool in tools})


def _carry_out(tool: ComposioTool, /, **arguments: Any) -> str:
    return tool.invoke(arguments).to_json()
