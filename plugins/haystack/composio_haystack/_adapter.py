"""Tools as Haystack ``Tool`` objects, for its agents, tool invokers and chat generators."""

from __future__ import annotations

from typing import Any

from haystack.core.errors import DeserializationError
from haystack.core.serialization import generate_qualified_class_name
from haystack.tools.errors import ToolInvocationError
from haystack.tools.tool import Tool

from composio.framework import FrameworkAdapter, Invoke, ToolSpec
from composio.model.call import ToolResult

__all__ = ["Adapter", "ComposioTool", "as_json"]


def as_json(result: ToolResult) -> str:
    """Return the text of a result for the model."""
    return result.to_json()


class ComposioTool(Tool):
    """One action. It answers with the result, ``{"successful", "data", "error"}``, which the model is shown as JSON.

    A failure raises ``ToolInvocationError`` with the same JSON; Haystack's agents show it as a result with ``error=True``.
    """

    def __init__(self, spec: ToolSpec, invoke: Invoke) -> None:
        def carry_out(**arguments: Any) -> ToolResult:
            return _raise_failure(invoke(arguments))

        async def acarry_out(**arguments: Any) -> ToolResult:
            return _raise_failure(await invoke.acall(arguments))

        super().__init__(
            name=spec.name,
            description=spec.description,
            parameters=spec.object_schema(),
            function=carry_out,
            outputs_to_string={"handler": as_json},
            inputs_from_state={},  # before 3.0 None would mean whatever a state has under the names in the signature
        )
        self.async_function = acarry_out  # a field since 3.0; before that, tools run in threads
        self._carry_out, self._acarry_out = carry_out, acarry_out

    # `self` by position alone: a property may be called that. And Haystack's own would put the arguments before the error.

    def invoke(self, /, **arguments: Any) -> ToolResult:
        return self._carry_out(**arguments)

    async def invoke_async(self, /, **arguments: Any) -> ToolResult:
        return await self._acarry_out(**arguments)

    # Snapshots of runs serialize tools. A deserialized tool would have no known entity, so that is refused.

    def to_dict(self) -> dict[str, Any]:
        """Return the tool's definition for the model."""
        return {"type": generate_qualified_class_name(type(self)), "data": self.tool_spec}

    @classmethod
    def from_dict(cls, data: dict[str, Any]) -> ComposioTool:
        """Raises ``DeserializationError``: a tool belongs to a toolset, with its entity, credentials and processors."""
        raise DeserializationError(
            f"{data.get('data', {}).get('name')}: a toolset's entity, credentials and processors are not written down with its"
            " tools. Make the tool where the pipeline is loaded, with ComposioToolSet().get_tools(actions=[...])."
        )


class Adapter(FrameworkAdapter[ComposioTool]):
    """Haystack takes an unmodified JSON Schema."""

    name = "haystack"
    tool = ComposioTool


def _raise_failure(result: ToolResult) -> ToolResult:
    if result.failed:
        raise ToolInvocationError(result.to_json(), tool_name=result.tool)
    return result
