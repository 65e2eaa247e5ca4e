"""Tools as AutoGen ``BaseTool`` objects, for its agents, its workbenches and whatever else takes them."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from autogen_core import CancellationToken
from autogen_core.tools import BaseTool, ParametersSchema, ToolSchema
from pydantic import RootModel

from composio.framework import FrameworkAdapter, Invoke, ToolSpec

__all__ = ["ActionFailed", "Adapter", "Arguments", "ComposioTool"]


class ActionFailed(Exception):
    """An action that did not succeed; its text is the result's JSON. AutoGen shows it to the model as an error."""


class Arguments(RootModel[Any]):
    """Whatever the model wrote, untouched: Composio validates it, and its messages name the parameter that is wrong."""


class ComposioTool(BaseTool[Arguments, Any]):
    """One action as an AutoGen tool. Its content is the result's JSON text: ``{"successful", "data", "error"}``.

    A failure raises :class:`ActionFailed`; AutoGen turns it into a result with ``is_error`` that holds the same JSON.
    ``invoke`` runs it without AutoGen.
    """

    def __init__(self, spec: ToolSpec, invoke: Invoke) -> None:
        super().__init__(args_type=Arguments, return_type=str, name=spec.name, description=spec.description)
        self._parameters = spec.parameters
        self.invoke = invoke

    @property
    def schema(self) -> ToolSchema:
        # AutoGen would derive it from the arguments' type, and close it. A fresh one each time: callers may change theirs.
        parameters = {"type": "object", "properties": {}, **self._parameters.model_dump()}
        return ToolSchema(
            name=self.name, description=self.description, parameters=cast("ParametersSchema", parameters), strict=False
        )

    async def run(self, args: Arguments, cancellation_token: CancellationToken) -> str:
        call = asyncio.ensure_future(self.invoke.acall(args.root))
        cancellation_token.link_future(call)
        return (await call).to_json_or_raise(ActionFailed)


class Adapter(FrameworkAdapter[ComposioTool]):
    """AutoGen passes a tool's schema to the provider unchanged."""

    name = "autogen"
    tool = ComposioTool
