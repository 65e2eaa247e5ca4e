"""Tools as LlamaIndex's ``AsyncBaseTool``, for its agents and for every LLM that takes tools."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from llama_index.core.tools import AsyncBaseTool, ToolMetadata, ToolOutput

from composio.framework import FrameworkAdapter, Invoke, ToolSpec
from composio.model.action import JsonSchema
from composio.model.call import ToolResult

__all__ = ["ActionMetadata", "Adapter", "ComposioTool"]


@dataclass
class ActionMetadata(ToolMetadata):
    """Describes a tool by a JSON Schema; LlamaIndex's own does it by a Pydantic model, which would lose most of a schema."""

    parameters: JsonSchema = field(default_factory=lambda: JsonSchema({}))

    def get_parameters_dict(self) -> dict[str, Any]:
        # A new copy each time, as LLMs modify it; `properties` is read without checking that it exists.
        return {"type": "object", "properties": {}, **self.parameters.model_dump()}

    @property
    def fn_schema_str(self) -> str:
        # ReAct agents put this into their prompt; the inherited one wants the Pydantic model.
        return json.dumps(self.get_parameters_dict(), ensure_ascii=False)


class ComposioTool(AsyncBaseTool):
    """One action as a LlamaIndex tool. Its content is the result's JSON text: ``{"successful", "data", "error"}``.

    A failure is an output with ``is_error`` that holds the same JSON; nothing is raised. ``raw_output`` is the result itself.
    """

    def __init__(self, spec: ToolSpec, invoke: Invoke) -> None:
        self._metadata = ActionMetadata(
            description=spec.description, name=spec.name, fn_schema=None, parameters=spec.parameters
        )
        self._carry_out = invoke

    @property
    def metadata(self) -> ToolMetadata:
        return self._metadata

    # Keywords alone, and `self` by position: a property may be called `self` or `input`. LlamaIndex tries a single argument
    # by position first; the TypeError that this raises has it try again by its name, which a position would have lost.

    def __call__(self, /, **arguments: Any) -> ToolOutput:  # type: ignore[override]  # narrower than declared: see above
        return self.call(**arguments)

    def call(self, /, **arguments: Any) -> ToolOutput:  # type: ignore[override]  # narrower than declared: see above
        return self._output(arguments, self._carry_out(arguments))

    async def acall(self, /, **arguments: Any) -> ToolOutput:  # type: ignore[override]  # narrower than declared: see above
        return self._output(arguments, await self._carry_out.acall(arguments))

    def _output(self, arguments: dict[str, Any], result: ToolResult) -> ToolOutput:
        return ToolOutput(
            content=result.to_json(),
            tool_name=self._metadata.get_name(),
            raw_input={"kwargs": arguments},
            raw_output=result,
            is_error=result.failed,
        )


class Adapter(FrameworkAdapter[ComposioTool]):
    """LlamaIndex passes a JSON Schema on unchanged, and refuses descriptions beyond OpenAI's 1024 characters, the usual limit."""

    name = "llamaindex"
    tool = ComposioTool
