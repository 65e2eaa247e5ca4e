"""Tools as CrewAI ``BaseTool`` objects."""

from __future__ import annotations

from typing import Any

from crewai.tools import BaseTool
from crewai.tools.tool_failure import ToolFailure
from pydantic import BaseModel, ConfigDict, PrivateAttr

from composio.framework import FrameworkAdapter, Invoke, ToolSpec
from composio.model.call import ToolResult
from composio.schema.dialect import IDENTIFIERS
from composio.schema.strict import fillable, read_given

__all__ = ["Adapter", "ComposioTool"]


class ComposioTool(BaseTool):
    """One action as a CrewAI tool. Its output is the result's JSON text: ``{"successful", "data", "error"}``.

    A failure is a ``ToolFailure`` with the same JSON: the model reads it, CrewAI records it, the run goes on unless
    ``tool_failure_policy`` says otherwise. Results are not cached, as asking twice is not asking once; set
    ``cache_function`` for actions whose answers keep.
    """

    _spec: ToolSpec = PrivateAttr()
    _carry_out: Invoke = PrivateAttr()

    def __init__(self, spec: ToolSpec, invoke: Invoke) -> None:
        super().__init__(
            name=spec.name, description=spec.description, args_schema=_arguments(spec), cache_function=_never_cached
        )
        self._spec, self._carry_out = spec, invoke

    def _run(self, **arguments: Any) -> str | ToolFailure:
        return _show(self._carry_out(read_given(arguments, self._spec.parameters)))

    async def _arun(self, **arguments: Any) -> str | ToolFailure:
        return _show(await self._carry_out.acall(read_given(arguments, self._spec.parameters)))


def _show(result: ToolResult) -> str | ToolFailure:
    text = result.to_json()
    return ToolFailure(message=text) if result.failed else text


def _never_cached(_arguments: Any = None, _result: Any = None) -> bool:
    return False


def _arguments(spec: ToolSpec) -> type[BaseModel]:
    """What CrewAI asks for a schema. It has no fields, so that nothing is validated here: the core does it, and says more."""

    class Arguments(BaseModel):
        model_config = ConfigDict(extra="allow")

        @classmethod
        def model_json_schema(cls, *_: Any, **__: Any) -> dict[str, Any]:
            return fillable(spec.parameters)

    return Arguments


class Adapter(FrameworkAdapter[ComposioTool]):
    """CrewAI makes every schema strict; see :mod:`composio.schema.strict`. Arguments arrive as Python's keywords."""

    name = "crewai"
    dialect = IDENTIFIERS
    tool = ComposioTool
