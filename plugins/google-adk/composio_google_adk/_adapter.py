"""Tools as ADK's ``BaseTool`` objects, for every agent and runner of the Agent Development Kit."""

from __future__ import annotations

import json
from typing import Any

from google.adk.tools.base_tool import BaseTool
from google.adk.tools.tool_context import ToolContext
from google.genai import types

from composio.framework import FrameworkAdapter, Invoke, PausingInvoke, ToolSpec
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


class PausingTool(ComposioTool):
    """As :class:`ComposioTool`, but a call that needs approval asks for ADK's tool confirmation."""

    def __init__(self, spec: ToolSpec, invoke: PausingInvoke) -> None:
        super().__init__(spec, invoke)
        self._pausing = invoke

    async def run_async(self, *, args: dict[str, Any], tool_context: ToolContext) -> dict[str, Any]:
        def ask(shown: dict[str, Any]) -> None:
            tool_context.request_confirmation(hint=f"Approve {shown['request']}?", payload=shown)
            tool_context.actions.skip_summarization = True

        result = await self._pausing.acall(
            args,
            call_id=tool_context.function_call_id,
            run={"entity_id": tool_context.user_id},
            answer=_answer(tool_context.tool_confirmation),
            ask=ask,
        )
        answer: dict[str, Any] = json.loads(result.to_json())
        return answer


def _answer(given: Any) -> dict[str, Any] | None:
    """Read a confirmation. Its payload may be what was shown, or an answer of its own, ``{"type": "edit", ...}``."""
    if given is None:
        return None
    payload = given.payload if isinstance(given.payload, dict) else {}
    if not given.confirmed:
        return {"id": payload.get("id"), "message": payload.get("message"), "type": "reject"}
    return payload if payload.get("type") == "edit" else {"id": payload.get("id"), "type": "approve"}


class Adapter(FrameworkAdapter[ComposioTool]):
    """ADK only has asynchronous tools; its synchronous ``Runner.run`` has its own loop."""

    name = "google-adk"
    dialect = GEMINI
    tool = ComposioTool

    def wrap_pausing(self, spec: ToolSpec, invoke: PausingInvoke) -> ComposioTool:
        """A tool that requests a confirmation: ``{"confirmed": True}`` answers, or a ``payload`` of type ``edit``."""
        return PausingTool(spec, invoke)
