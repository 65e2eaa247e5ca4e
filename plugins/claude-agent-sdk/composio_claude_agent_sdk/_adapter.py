"""Tools as the Claude Agent SDK's ``SdkMcpTool`` objects, for its in-process servers."""

from __future__ import annotations

from typing import Any

from claude_agent_sdk import SdkMcpTool
from mcp.types import ToolAnnotations

from composio.framework import FrameworkAdapter, Invoke, ToolSpec
from composio.model.action import HttpBinding
from composio.schema.dialect import ANTHROPIC

__all__ = ["Adapter", "ComposioTool"]

# Source: RFC 9110, section 9.2.1, "Safe Methods".
_SAFE = frozenset({"GET", "HEAD"})


class ComposioTool(SdkMcpTool[Any]):
    """One action. It answers with the result's JSON text, and marks a failure as MCP does, with ``is_error``."""


class Adapter(FrameworkAdapter[ComposioTool]):
    """The SDK takes an unmodified JSON Schema. Claude sees tools as ``mcp__SERVER__NAME``, and that whole name counts for its limit."""

    name = "claude-agent-sdk"
    dialect = ANTHROPIC

    def wrap(self, spec: ToolSpec, invoke: Invoke) -> ComposioTool:
        async def carry_out(arguments: dict[str, Any]) -> dict[str, Any]:
            result = await invoke.acall(arguments)
            failed = result.failed
            return {"content": [{"type": "text", "text": result.to_json()}], "is_error": failed}

        schema = spec.object_schema()
        return ComposioTool(spec.name, spec.description, schema, carry_out, _annotations(spec))


def _annotations(spec: ToolSpec) -> ToolAnnotations | None:
    """That a tool only reads: Claude Code runs such tools at the same time, and others one after the other."""
    binding = spec.action.binding
    reads = isinstance(binding, HttpBinding) and binding.method.upper() in _SAFE
    return ToolAnnotations.model_validate({"readOnlyHint": True}) if reads else None
