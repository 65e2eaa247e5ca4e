"""Tools as the ``FunctionTool`` objects of OpenAI's Agents SDK."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from agents import FunctionTool
from agents.tool_context import ToolContext

from composio.errors import InvalidRequest
from composio.framework import FrameworkAdapter, Invoke, PausingInvoke, ToolSpec

__all__ = ["Adapter"]

_HAS_APPROVALS = any(field.name == "needs_approval" for field in fields(FunctionTool))


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

        return _tool(spec, carry_out)

    def wrap_pausing(self, spec: ToolSpec, invoke: PausingInvoke) -> FunctionTool:
        """A tool whose ``needs_approval`` asks the policy: ``state.approve(item)`` and ``state.reject(item)`` answer."""

        async def needs_approval(context: Any, arguments: dict[str, Any], _call_id: str) -> bool:
            return await invoke.needs_approval(arguments, run=context.context)

        async def carry_out(context: ToolContext[Any], arguments: str) -> str:
            call: Any = context  # versions without approvals don't know the method
            answer = call.is_tool_approved(spec.name, context.tool_call_id) or None
            call_id = context.tool_call_id
            return (await invoke.acall(arguments, call_id=call_id, run=context.context, answer=answer)).to_json()

        if not _HAS_APPROVALS:
            raise InvalidRequest("interrupts=True needs a later openai-agents, whose tools have needs_approval; upgrade it.")
        return _tool(spec, carry_out, needs_approval=needs_approval)


def _tool(spec: ToolSpec, carry_out: Any, **options: Any) -> FunctionTool:
    return FunctionTool(
        name=spec.name,
        description=spec.description,
        params_json_schema=spec.parameters.model_dump(),
        on_invoke_tool=carry_out,
        # Strict mode would make every property required, and refuses maps and free-form objects.
        strict_json_schema=False,
        **options,
    )
