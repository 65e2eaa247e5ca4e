"""Tools as the dicts that Anthropic's Messages API takes.

Source: Anthropic API reference, "Create a Message", ``tools``.
"""

from __future__ import annotations

from typing import Any

from composio.framework import FrameworkAdapter, Invoke, ToolSpec
from composio.schema.dialect import ANTHROPIC

__all__ = ["DIALECT", "Adapter", "Tool", "definition"]

Tool = dict[str, Any]

DIALECT = ANTHROPIC


def definition(spec: ToolSpec) -> Tool:
    """``{"name", "description", "input_schema"}``; a copy, as users add keys (``cache_control``) to what they get."""
    return {"name": spec.name, "description": spec.description, "input_schema": spec.parameters.model_dump()}


class Adapter(FrameworkAdapter[Tool]):
    """Plain dicts for ``client.messages.create(tools=...)``; the user's own loop runs calls."""

    name = "anthropic"
    dialect = DIALECT

    def wrap(self, spec: ToolSpec, invoke: Invoke) -> Tool:  # noqa: ARG002 - a dict can't run itself
        return definition(spec)
