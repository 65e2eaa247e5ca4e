"""Tools as Agent Framework's ``FunctionTool`` objects, for its agents, chat clients and workflows."""

from __future__ import annotations

from typing import Any

from agent_framework import FunctionInvocationContext, FunctionTool

from composio.framework import FrameworkAdapter, Invoke, ToolSpec

__all__ = ["Adapter", "ComposioTool"]


class Unchecked(dict[str, Any]):
    """A schema that goes to the model whole, and in which Agent Framework's own check finds nothing to refuse.

    Before a call it looks at the top of a schema, through ``get``. What it refuses there, an integer written as "5" or a null,
    Composio would repair or explain; the model would only get "Argument parsing failed". There is no option to disable that.
    """

    def get(self, key: str, default: Any = None) -> Any:
        """Nothing but the mapping of properties, whose names are read elsewhere too."""
        value = super().get(key)
        return value if isinstance(value, Unchecked) else default


class ComposioTool(FunctionTool):
    """One action as a function tool. It answers with the result's JSON text, for failures too.

    Of an exception Agent Framework shows the model no more than "Function failed", and gives up after three in a row. A run names
    its entity in what it gives to functions, ``agent.run(..., function_invocation_kwargs={"entity_id": ...})``.
    """

    def __init__(self, spec: ToolSpec, invoke: Invoke) -> None:
        # Agent Framework goes by the annotation, and calls with the parameter's name.
        async def carry_out(arguments: dict[str, Any] | str, composio_run: FunctionInvocationContext | None = None) -> str:
            run = None if composio_run is None else composio_run.kwargs
            return (await invoke.acall(arguments, run=run)).to_json()

        shown = {"properties": {}, **spec.parameters.model_dump()}
        super().__init__(name=spec.name, description=spec.description, func=carry_out, input_model=shown)
        self._shown = shown

    def parameters(self) -> dict[str, Any]:
        """A new copy of the schema each time: the client for OpenAI's Responses modifies its argument in place."""
        return Unchecked({**self._shown, "properties": Unchecked(self._shown["properties"])})

    def __call__(self, /, **arguments: Any) -> Any:
        """Carry the action out. A property may have any name, ``self`` too: the function gets all of them as one mapping."""
        context = arguments.pop("composio_run", None)
        text = arguments.get("raw")
        # Agent Framework's key for arguments that are not a JSON object.
        unread = isinstance(text, str) and len(arguments) == 1 and "raw" not in self._shown["properties"]
        return super().__call__(text if unread else arguments, context)


class Adapter(FrameworkAdapter[ComposioTool]):
    """Agent Framework takes an unmodified JSON Schema, and is asynchronous throughout."""

    name = "agent-framework"
    tool = ComposioTool
