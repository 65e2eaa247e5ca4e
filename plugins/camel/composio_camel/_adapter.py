"""Tools as CAMEL's ``FunctionTool`` objects, for its chat agents and whatever is built of them."""

from __future__ import annotations

from typing import Any

from camel.toolkits import FunctionTool

from composio.framework import FrameworkAdapter, Invoke, ToolSpec
from composio.schema.dialect import IDENTIFIERS

__all__ = ["Adapter", "Call"]


class Call:
    """The function behind a tool: ``step`` calls it, ``astep`` awaits its ``async_call``, as for CAMEL's MCP tools.

    It returns the result's JSON text, for failures too. CAMEL would replace an exception's message with its own.
    """

    def __init__(self, name: str, invoke: Invoke) -> None:
        self.__name__ = name
        self._invoke = invoke

    def __call__(self, /, **arguments: Any) -> str:
        return self._invoke(arguments).to_json()

    async def async_call(self, /, **arguments: Any) -> str:
        return (await self._invoke.acall(arguments)).to_json()


class Adapter(FrameworkAdapter[FunctionTool]):
    """CAMEL takes an unmodified JSON Schema, and passes arguments as keywords of a method: none may be named ``self``."""

    name = "camel"
    dialect = IDENTIFIERS

    def wrap(self, spec: ToolSpec, invoke: Invoke) -> FunctionTool:
        parameters = spec.object_schema()
        properties = parameters["properties"]
        # CAMEL warns of each property without a description, several times in a run.
        parameters["properties"] = {name: _describe(schema) for name, schema in properties.items()}
        function = {
            "name": spec.name,
            "description": spec.description,
            # Left out, CAMEL takes it for true, and a run with a `response_format` fails.
            "strict": False,
            "parameters": parameters,
        }
        return FunctionTool(Call(spec.name, invoke), openai_tool_schema={"type": "function", "function": function})


def _describe(schema: Any) -> dict[str, Any]:
    return {"description": "", **schema} if isinstance(schema, dict) else {"description": ""}
