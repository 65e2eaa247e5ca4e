"""Tools as LangChain ``BaseTool`` objects, for LangChain, LangGraph and everything that takes their tools."""

from __future__ import annotations

from typing import Any

from langchain_core.runnables import RunnableConfig
from langchain_core.tools import BaseTool, ToolException
from pydantic import PrivateAttr

from composio.framework import FrameworkAdapter, Invoke, ToolSpec

__all__ = ["Adapter", "ComposioTool"]


class ComposioTool(BaseTool):
    """One action as a LangChain tool. Its content is the result's JSON text: ``{"successful", "data", "error"}``.

    A failure is a ``ToolException``. ``handle_tool_error`` is on, so the model sees the same JSON in a ``ToolMessage`` with
    ``status == "error"`` and the run goes on; set it to False to have the exception. A run names its entity in
    ``config={"configurable": {"entity_id": ...}}``.
    """

    _carry_out: Invoke = PrivateAttr()

    def __init__(self, spec: ToolSpec, invoke: Invoke) -> None:
        # LangChain reads `properties` without checking that it exists.
        schema = spec.object_schema()
        super().__init__(name=spec.name, description=spec.description, args_schema=schema, handle_tool_error=True)
        self._carry_out = invoke

    def _to_args_and_kwargs(
        self, tool_input: str | dict[str, Any], tool_call_id: str | None = None
    ) -> tuple[tuple[Any, ...], dict[str, Any]]:
        # The arguments travel as one positional value. As keywords, LangChain's way, an action's own `config`, `self`,
        # `run_manager` or `callbacks` would collide with Python's and LangChain's parameters.
        return (tool_input, tool_call_id), {}

    # LangChain fills the parameter of this very type with the run's configuration.

    def _run(self, arguments: str | dict[str, Any], call_id: str | None = None, /, *, config: RunnableConfig) -> str:
        run = config.get("configurable")
        return self._carry_out(arguments, call_id=call_id, run=run).to_json_or_raise(ToolException)

    async def _arun(self, arguments: str | dict[str, Any], call_id: str | None = None, /, *, config: RunnableConfig) -> str:
        run = config.get("configurable")
        return (await self._carry_out.acall(arguments, call_id=call_id, run=run)).to_json_or_raise(ToolException)


class Adapter(FrameworkAdapter[ComposioTool]):
    """LangChain takes an unmodified JSON Schema in ``args_schema``."""

    name = "langchain"
    tool = ComposioTool
