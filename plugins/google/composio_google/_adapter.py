"""Tools as google-genai's ``types.Tool``, each with one function declaration; its client sends them as one list.

Source: Gemini API reference, "FunctionDeclaration". ``parameters_json_schema`` takes unmodified JSON Schema; ``parameters``
knows a subset of OpenAPI's and refuses references, unions and constants.
"""

from __future__ import annotations

from google.genai import types

from composio.framework import FrameworkAdapter, Invoke, ToolSpec
from composio.schema.dialect import GEMINI

__all__ = ["Adapter"]


class Adapter(FrameworkAdapter[types.Tool]):
    """For ``generate_content(config={"tools": ...})``, chats and Live sessions."""

    name = "google"
    dialect = GEMINI

    def wrap(self, spec: ToolSpec, invoke: Invoke) -> types.Tool:  # noqa: ARG002 - the user's own loop runs calls
        declaration = types.FunctionDeclaration(
            name=spec.name,
            description=spec.description,
            parameters_json_schema=spec.parameters.model_dump(),
        )
        return types.Tool(function_declarations=[declaration])
