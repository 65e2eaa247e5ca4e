"""Tools as Pydantic AI ``Tool`` objects, for its agents and toolsets."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NoReturn

import pydantic_ai
from pydantic_ai import ApprovalRequired, RunContext, Tool
from pydantic_core import SchemaValidator, core_schema

from composio.framework import FrameworkAdapter, Invoke, PausingInvoke, ToolSpec
from composio.model.call import ToolResult

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
        return self._tool(
            spec, lambda context, arguments: invoke.acall(arguments, call_id=context.tool_call_id, run=context.deps)
        )

    def wrap_pausing(self, spec: ToolSpec, invoke: PausingInvoke) -> Tool[Any]:
        """A tool that raises ``ApprovalRequired``, with what is shown as metadata.

        ``DeferredToolResults.approvals`` answers. ``ToolApproved(override_args=...)`` needs the request's ``metadata`` back too: it
        names the call that was edited.
        """

        def run(context: RunContext[Any], arguments: dict[str, Any]) -> Awaitable[ToolResult]:
            answer: dict[str, Any] | None = None
            if context.tool_call_approved:
                about: Any = context.tool_call_metadata
                named = about.get("id") if isinstance(about, Mapping) else None
                answer = {"type": "edit", "id": named, "arguments": arguments} if named else {"type": "approve"}
            return invoke.acall(arguments, call_id=context.tool_call_id, run=context.deps, answer=answer, ask=_defer)

        return self._tool(spec, run)

    def _tool(self, spec: ToolSpec, run: Callable[[RunContext[Any], dict[str, Any]], Awaitable[ToolResult]]) -> Tool[Any]:
        failed: Any = getattr(pydantic_ai, "ToolFailed", None)

        async def carry_out(context: RunContext[Any], /, **arguments: Any) -> str:
            result = await run(context, arguments)
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


def _defer(shown: dict[str, Any]) -> NoReturn:
    raise ApprovalRequired(metadata=shown)
