"""Tools as ADK's ``BaseTool`` objects, for every agent and runner of the Agent Development Kit."""

from __future__ import annotations

import json
from typing import Any

from google.adk.tools.base_tool import BaseTool
from google.adk.tools.tool_context import ToolContext
from google.genai import types

from composio.framework import FrameworkAdapter, Invoke, ToolSpec
from composio.schema.dialect import GEMINI

__all__ = ["Adapter", "ComposioTool"]


class ComposioTool(BaseTool):
    """One action as an ADK tool. It answers with the result: ``{"successful", "data", "error"}``, for failures too.

    The session's ``user_id`` is the entity of a run; its state is not, as models may write that. ADK ends a run at an
    exception; what went wrong is therefore in ``error``, where Gemini's function responses have it.
    """

    def __init__(self, spec: ToolSpec, invoke: Invoke) -> None:
        super().__init__(name=spec.name, description=spec.description)
        # `parameters` would refuse references, unions and constants; this takes unmodified JSON Schema.
        self._declaration = types.FunctionDeclaration(
            name=spec.name, description=spec.description, parameters_json_schema=spec.parameters.model_dump()
        )
        self._carry_out = invoke

    def _get_declaration(self) -> types.FunctionDeclaration:
        return self._declaration

    async def run_async(self, *, args: dict[str, Any], tool_context: ToolContext) -> dict[str, Any]:
        run = {"entity_id": getattr(tool_context, "user_id", None)}
        result = await self._carry_out.acall(args, call_id=tool_context.function_call_id, run=run)
        # An object is what ADK hands on unwrapped. By way of the text it holds nothing that JSON does not know.
        answer: dict[str, Any] = json.loads(result.to_json())
        return answer


class Adapter(FrameworkAdapter[ComposioTool]):
    """ADK only has asynchronous tools; its synchronous ``Runner.run`` has its own loop."""

    name = "google-adk"
    dialect = GEMINI
    tool = ComposioTool
