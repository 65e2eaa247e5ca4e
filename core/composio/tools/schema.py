"""v0.7's shapes of definitions, for adapters of one's own: ``SchemaType.OPENAI.format(action.model_dump()).model_dump()``."""

from __future__ import annotations

from collections.abc import Mapping
from enum import Enum
from typing import Any

from pydantic import BaseModel

__all__ = ["ClaudeSchema", "OpenAISchema", "SchemaType"]


class OpenAISchema(BaseModel):
    """A tool as OpenAI's Chat Completions takes it; ``function`` has ``name``, ``description`` and ``parameters``."""

    type: str = "function"
    function: dict[str, Any]


class ClaudeSchema(BaseModel):
    """A tool as Anthropic's Messages takes it."""

    name: str
    description: str
    input_schema: dict[str, Any]


class SchemaType(Enum):
    """Whose shape a definition gets; ``DEFAULT`` leaves it as it is."""

    CLAUDE = "claude"
    OPENAI = "openai"
    DEFAULT = "default"

    def format(self, schema: Mapping[str, Any]) -> OpenAISchema | ClaudeSchema | Mapping[str, Any]:
        """``schema``, a dump of an ``ActionModel``, in this shape."""
        if self is SchemaType.DEFAULT:
            return schema
        name, description, parameters = schema["name"], schema.get("description") or "", schema.get("parameters") or {}
        if self is SchemaType.CLAUDE:
            return ClaudeSchema(name=name, description=description, input_schema=parameters)
        return OpenAISchema(function={"name": name, "description": description, "parameters": parameters})
