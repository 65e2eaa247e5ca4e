"""Tools as the dicts that OpenAI's APIs take.

Source: OpenAI API reference, "Create chat completion", "Create a model response" and "Realtime client events", ``tools``.
"""

from __future__ import annotations

from typing import Any

from composio.framework import FrameworkAdapter, Invoke, ToolSpec
from composio.schema.dialect import OPENAI, OPENAI_STRICT

__all__ = ["ChatAdapter", "RealtimeAdapter", "ResponsesAdapter", "StrictChatAdapter", "StrictResponsesAdapter", "Tool"]

Tool = dict[str, Any]


def _function(spec: ToolSpec) -> Tool:
    # A copy: users add keys to what they get, and the schema belongs to the catalog.
    return {"name": spec.name, "description": spec.description, "parameters": spec.parameters.model_dump()}


class ChatAdapter(FrameworkAdapter[Tool]):
    """``{"type": "function", "function": {"name", "description", "parameters"}}`` for Chat Completions."""

    name = "openai"
    dialect = OPENAI

    def wrap(self, spec: ToolSpec, invoke: Invoke) -> Tool:  # noqa: ARG002 - the user's own loop runs calls
        return {"type": "function", "function": {**_function(spec), **({"strict": True} if spec.strict else {})}}


class ResponsesAdapter(FrameworkAdapter[Tool]):
    """``{"type": "function", "name", "description", "parameters", "strict": False}`` for Responses."""

    name = "openai"
    dialect = OPENAI

    def wrap(self, spec: ToolSpec, invoke: Invoke) -> Tool:  # noqa: ARG002 - the user's own loop runs calls
        # Responses takes a missing `strict` for true, and true rejects optional properties and free objects.
        return {"type": "function", **_function(spec), "strict": spec.strict}


class StrictChatAdapter(ChatAdapter):
    """With ``"strict": True`` for each tool whose schema has a strict form."""

    dialect = OPENAI_STRICT


class StrictResponsesAdapter(ResponsesAdapter):
    """With ``"strict": True`` for each tool whose schema has a strict form."""

    dialect = OPENAI_STRICT


class RealtimeAdapter(FrameworkAdapter[Tool]):
    """``{"type": "function", "name", "description", "parameters"}`` for a Realtime session, which knows no ``strict``."""

    name = "openai"
    dialect = OPENAI

    def wrap(self, spec: ToolSpec, invoke: Invoke) -> Tool:  # noqa: ARG002 - the user's own loop runs calls
        return {"type": "function", **_function(spec)}
