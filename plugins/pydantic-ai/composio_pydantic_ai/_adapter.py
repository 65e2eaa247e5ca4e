"""Tools as Pydantic AI ``Tool`` objects, for its agents and toolsets."""

from __future__ import annotations

from typing import Any

import pydantic_ai
from pydantic_ai import RunContext, Tool
from pydantic_core import SchemaValidator, core_schema

from composio.framework import FrameworkAdapter, Invoke, ToolSpec

__all__ = ["Adapter"]

# Composio checks the arguments. All that Pydantic AI needs is an object: of anything else it can't make a function's keywords.
_OBJECT = SchemaValidator(core_schema.dict_schema())


class Adapter(FrameworkAdapter["Tool[Any]"]):
    """Pydantic AI takes a JSON Schema through ``Tool.from_schema``; its models adapt it to their provider.

    The tool's content is the result's JSON text. A failure is raised as ``ToolFailed``, which Pydantic AI gives to the model as
    a failed result; before 2.16 there was none, and any other exception ends the run or asks the model to try the same again,
    so there the JSON is returned. A run names its entity in its dependencies, ``agent.run(..., deps=...)``: a mapping with
    ``entity_id``, or an object with that attribute.
    """

    name = "pydantic-ai"

    def __init__(self, max_retries: int | None = None) -> None:
        self._max_retries = max_retries

    def wrap(self, spec: ToolSpec, invoke: Invoke) -> Tool[Any]:
        failed: Any = getattr(pydantic_ai, "ToolFailed", None)

        async def carry_out(context: RunContext[Any], /, **arguments: Any) -> str:
            result = await invoke.acall(arguments, run=context.deps)
            text = result.to_json()
            if failed is not None and result.failed:
                raise failed(text)
            return text

        schema = spec.object_schema()
        tool: Tool[Any] = Tool.from_schema(carry_out, spec.name, spec.description, schema, takes_ctx=True)
        tool.max_retries = self._max_retries
        # Left open, OpenAI's models would switch to strict wherever the schema allows, and rewrite it for that.
        tool.strict = False
        tool.function_schema.validator = _OBJECT
        return tool
