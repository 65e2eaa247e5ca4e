"""Tools as AG2's ``FunctionTool`` objects, for its agents and toolkits."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from functools import cache
from typing import Any

from ag2 import Context, tool
from ag2.events import ModelResponse, ToolCallEvent, ToolErrorEvent, ToolResult, ToolResultEvent
from ag2.tools.final.function_tool import FunctionTool

from composio.errors import ComposioError
from composio.framework import FrameworkAdapter, Invoke, ToolSpec

__all__ = ["Adapter", "ComposioTool"]


class ComposioTool(FunctionTool):
    """One action. Its result is the JSON text; a failure is a ``ToolErrorEvent`` that holds the same JSON.

    ``tool(function, schema=...)`` would pass arguments as keywords beside AG2's own, and show a traceback where one raises.
    A run names its entity in its dependencies, ``agent.ask(..., dependencies={"entity_id": ...})``.
    """

    __slots__ = ("_carry_out",)

    def __init__(self, spec: ToolSpec, invoke: Invoke) -> None:
        schema = spec.parameters.model_dump()
        super().__init__(_nothing().model, name=spec.name, description=spec.description, schema=schema)
        # A function, as agents and toolkits deep-copy their tools, and a backend must stay one.
        self._carry_out: Callable[[Any, str, object], Awaitable[Any]] = lambda arguments, call_id, run: invoke.acall(
            arguments, call_id=call_id, run=run
        )

    async def __call__(self, event: ToolCallEvent, context: Context) -> ToolResultEvent:
        arguments: Any = event.arguments
        if _is_object(event.arguments or "{}"):
            arguments = event.serialized_arguments  # what middleware made of them
        else:
            await _make_readable(event.id, context)
        result = await self._carry_out(arguments, event.id, context.dependencies)
        text = result.to_json()
        if not result.failed:
            return ToolResultEvent.from_call(event, result=text)
        error = ComposioError(str(result.get("error")))
        return ToolErrorEvent(parent_id=event.id, name=event.name, error=error, result=ToolResult(text))


@cache
def _nothing() -> FunctionTool:
    """A ``FunctionTool`` wants a function; ours are run without one."""

    def composio() -> None: ...

    return tool(composio)


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


async def _make_readable(call_id: str, context: Context) -> None:
    """Give a call whose arguments are no object empty ones in the transcript: AG2 reads them again there, and would raise."""
    for event in await context.stream.history.get_events():
        if isinstance(event, ModelResponse):
            for call in event.tool_calls.calls:
                if call.id == call_id:
                    call.serialized_arguments = {}


class Adapter(FrameworkAdapter[ComposioTool]):
    """AG2 takes an unmodified JSON Schema, and is asynchronous throughout."""

    name = "ag2"
    tool = ComposioTool
