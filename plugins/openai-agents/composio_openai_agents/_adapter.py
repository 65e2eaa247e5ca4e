"""Tools as the ``FunctionTool`` objects of OpenAI's Agents SDK."""

from __future__ import annotations

from typing import Any

from agents import FunctionTool
from agents.tool_context import ToolContext

from composio.framework import FrameworkAdapter, Invoke, ToolSpec

__all__ = ["Adapter"]


class Adapter(FrameworkAdapter[FunctionTool]):
    """The SDK sends a JSON Schema unchanged and passes the arguments as the model's JSON text.

    A run names its entity in its context, ``Runner.run(..., context={"entity_id": ...})`` or an object with that attribute. A
    tool answers with the result's JSON text, ``{"successful", "data", "error"}``, for failures as well: an exception would
    end the run.
    """

    name = "openai-agents"

    def wrap(self, spec: ToolSpec, invoke: Invoke) -> FunctionTool:
        async def carry_out(context: ToolContext[Any], arguments: str) -> str:
            return (await invoke.acall(arguments, call_id=context.tool_call_id, run=context.context)).to_json()

        return FunctionTool(
            name=spec.name,
            description=spec.description,
            params_json_schema=spec.parameters.model_dump(),
            on_invoke_tool=carry_out,
            # Strict mode would make every property required, and refuses maps and free-form objects.
            strict_json_schema=False,
        )
