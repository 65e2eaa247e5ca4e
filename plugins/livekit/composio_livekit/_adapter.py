"""Tools as LiveKit's ``RawFunctionTool`` objects, for its agents and its language models."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from livekit.agents import RunContext, ToolError, function_tool

from composio.framework import FrameworkAdapter, Invoke, ToolSpec

if TYPE_CHECKING:
    from livekit.agents.llm import RawFunctionTool, Tool, Toolset  # noqa: F401 - named in the string below, which mypy reads

__all__ = ["Adapter"]

_OUTSIDE: Any = None  # of a session there is no context


class Adapter(FrameworkAdapter["Tool | Toolset"]):
    """LiveKit sends a raw tool's JSON Schema unchanged, and passes the model's arguments as one dict.

    A tool answers with the result's JSON text. A failure is raised as ``ToolError`` with the same text, which LiveKit gives to
    the model as a failed output; any other exception it would report without a message. A session names its entity in its
    data, ``AgentSession(userdata=...)``: a mapping with ``entity_id``, or an object with that attribute.
    """

    name = "livekit"

    def wrap(self, spec: ToolSpec, invoke: Invoke) -> RawFunctionTool[..., Any]:
        # LiveKit goes by these names and annotations.
        async def carry_out(raw_arguments: dict[str, object], context: RunContext[Any] = _OUTSIDE) -> str:
            call_id = context.function_call.call_id if context is not _OUTSIDE else None
            result = await invoke.acall(raw_arguments, call_id=call_id, run=_userdata(context))
            return result.to_json_or_raise(ToolError)

        carry_out.__name__ = carry_out.__qualname__ = spec.name
        schema = spec.object_schema()
        raw = {"name": spec.name, "description": spec.description, "parameters": schema}
        return function_tool(carry_out, raw_schema=raw)


def _userdata(context: RunContext[Any]) -> object:
    try:
        return None if context is _OUTSIDE else context.userdata
    except ValueError:  # the session has none
        return None
