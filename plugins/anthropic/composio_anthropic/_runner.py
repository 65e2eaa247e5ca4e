"""Tools that ``client.beta.messages.tool_runner`` runs itself. The only module that imports ``anthropic``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from anthropic.lib import tools
from anthropic.types.beta import BetaToolUnionParam

from composio.framework import FrameworkAdapter, Invoke, ToolSpec
from composio_anthropic._adapter import DIALECT, definition

__all__ = ["AsyncRunnerAdapter", "AsyncRunnerTool", "RunnerAdapter", "RunnerTool", "ToolFailed"]

# `ToolError` came later than the runner. Without it the runner shows the model the repr of whatever was raised.
_Error: Any = getattr(tools, "ToolError", Exception)


class ToolFailed(_Error):  # type: ignore[misc]  # its base depends on the installed version
    """Makes the runner answer ``is_error: true`` with the result's JSON, and go on."""

    def __repr__(self) -> str:
        return str(self)


class RunnerTool(tools.BetaBuiltinFunctionTool):
    """One action for the runner of ``Anthropic``."""

    def __init__(self, spec: ToolSpec, invoke: Invoke) -> None:
        self._definition = definition(spec)
        self._carry_out = invoke

    def to_dict(self) -> BetaToolUnionParam:
        return cast(BetaToolUnionParam, self._definition)

    def call(self, input: object) -> str:  # noqa: A002 - the base's name
        return self._carry_out(_arguments(input)).to_json_or_raise(ToolFailed)


class AsyncRunnerTool(tools.BetaAsyncBuiltinFunctionTool):
    """One action for the runner of ``AsyncAnthropic``."""

    def __init__(self, spec: ToolSpec, invoke: Invoke) -> None:
        self._definition = definition(spec)
        self._carry_out = invoke

    def to_dict(self) -> BetaToolUnionParam:
        return cast(BetaToolUnionParam, self._definition)

    async def call(self, input: object) -> str:  # noqa: A002 - the base's name
        return (await self._carry_out.acall(_arguments(input))).to_json_or_raise(ToolFailed)


def _arguments(given: object) -> Mapping[str, Any] | str:
    return given if isinstance(given, Mapping) else str(given)


class RunnerAdapter(FrameworkAdapter[RunnerTool]):
    """Tools for ``Anthropic().beta.messages.tool_runner``."""

    name = "anthropic"
    dialect = DIALECT
    tool = RunnerTool


class AsyncRunnerAdapter(FrameworkAdapter[AsyncRunnerTool]):
    """Tools for ``AsyncAnthropic().beta.messages.tool_runner``."""

    name = "anthropic"
    dialect = DIALECT
    tool = AsyncRunnerTool
