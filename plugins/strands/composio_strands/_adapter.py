"""Tools as Strands' ``PythonAgentTool`` objects, for its agents."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from strands.interrupt import InterruptException
from strands.tools import PythonAgentTool
from strands.types._events import ToolInterruptEvent
from strands.types.tools import ToolContext, ToolGenerator, ToolResult, ToolUse

from composio.framework import FrameworkAdapter, Invoke, PausingInvoke, ToolSpec
from composio.model.call import ToolResult as Result

__all__ = ["Adapter"]

# What tells Strands that a property need not be a string.
_TELLING = frozenset({"type", "$ref", "anyOf", "oneOf", "allOf", "not"})


class Adapter(FrameworkAdapter[PythonAgentTool]):
    """Strands takes a JSON Schema as it is, and gives the tool what the model asked for as one mapping.

    A run names its entity in what it is invoked with, ``agent(..., invocation_state={"entity_id": ...})``. The content is the result's
    JSON text; a failure has the status that Strands' models send as an error of the tool.
    """

    name = "strands"

    def wrap(self, spec: ToolSpec, invoke: Invoke) -> PythonAgentTool:
        async def carry_out(tool_use: ToolUse, /, **state: Any) -> ToolResult:
            call_id = tool_use["toolUseId"]
            return _result(await invoke.acall(_arguments(tool_use), call_id=call_id, run=state), call_id)

        return PythonAgentTool(spec.name, _definition(spec), carry_out)

    def wrap_pausing(self, spec: ToolSpec, invoke: PausingInvoke) -> PythonAgentTool:
        """A tool that interrupts the agent: ``{"interruptResponse": {"interruptId", "response": {"type", "id"}}}`` answers."""

        async def carry_out(tool_use: ToolUse, /, **state: Any) -> ToolResult:
            context, call_id = ToolContext(tool_use, state["agent"], state), tool_use["toolUseId"]

            def ask(shown: dict[str, Any]) -> object:
                # Under one name Strands gives the first response again.
                return context.interrupt(f"composio-approval-{shown.get('attempt', 1)}-{shown['id']}", shown)

            return _result(await invoke.acall(_arguments(tool_use), call_id=call_id, run=state, ask=ask), call_id)

        return PausingTool(spec.name, _definition(spec), carry_out)


class PausingTool(PythonAgentTool):
    """A tool that hands its interrupts to the agent, as Strands' decorated tools do."""

    async def stream(self, tool_use: ToolUse, invocation_state: dict[str, Any], **options: Any) -> ToolGenerator:
        try:
            async for event in super().stream(tool_use, invocation_state, **options):
                yield event
        except InterruptException as paused:
            yield ToolInterruptEvent(tool_use, [paused.interrupt])


def _arguments(tool_use: ToolUse) -> Mapping[str, Any] | str:
    asked = tool_use["input"]
    return asked if isinstance(asked, Mapping) else json.dumps(asked)


def _result(found: Result, call_id: str) -> ToolResult:
    return {
        "toolUseId": call_id,
        "status": "error" if found.failed else "success",
        "content": [{"text": found.to_json()}],
    }


def _definition(spec: ToolSpec) -> Any:
    schema = typed(spec.parameters.model_dump())
    return {"name": spec.name, "description": spec.description, "inputSchema": {"json": schema}}


def typed(schema: dict[str, Any]) -> dict[str, Any]:
    """``schema`` with every property telling what it is: one that doesn't Strands would call a string, whatever fits it."""
    properties = schema.get("properties")
    if not isinstance(properties, dict):
        return schema
    return {**schema, "properties": {name: _property(one) for name, one in properties.items()}}


def _property(schema: Any) -> dict[str, Any]:
    shown = dict(schema) if isinstance(schema, dict) else {}
    if not _TELLING.isdisjoint(shown):
        return typed(shown) if shown.get("type") == "object" else shown
    about = {"description": shown.pop("description")} if "description" in shown else {}
    return {**about, "anyOf": [shown]}
