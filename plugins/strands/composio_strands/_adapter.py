"""Tools as Strands' ``PythonAgentTool`` objects, for its agents."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from strands.tools import PythonAgentTool
from strands.types.tools import ToolResult, ToolUse

from composio.framework import FrameworkAdapter, Invoke, ToolSpec

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
            asked, call_id = tool_use["input"], tool_use["toolUseId"]
            arguments = asked if isinstance(asked, Mapping) else json.dumps(asked)
            result = await invoke.acall(arguments, call_id=call_id, run=state)
            status: Any = "error" if result.failed else "success"
            return {"toolUseId": call_id, "status": status, "content": [{"text": result.to_json()}]}

        schema = typed(spec.parameters.model_dump())
        definition: Any = {"name": spec.name, "description": spec.description, "inputSchema": {"json": schema}}
        return PythonAgentTool(spec.name, definition, carry_out)


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
