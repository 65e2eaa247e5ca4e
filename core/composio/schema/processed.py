"""A definition after schema processors."""

from __future__ import annotations

from typing import Any

from composio.errors import ProcessorError
from composio.model.action import ActionModel, JsonSchema
from composio.model.processors import Processors

__all__ = ["process"]


def process(action: ActionModel, processors: Processors) -> tuple[JsonSchema, str]:
    """Return the parameters and the description for models. Raises ``ProcessorError`` for parameters that are not a schema.

    Removing a property is enough: ``required`` is adjusted.
    """
    if not processors.schema:
        return action.parameters, action.description
    shown = processors.apply("schema", action, action.model_dump())
    parameters = shown.get("parameters")
    if not isinstance(parameters, dict):
        raise ProcessorError(
            f"The schema processors of {action.slug} left `parameters` as {type(parameters).__name__}; it must be a JSON Schema."
        )
    return JsonSchema(_tidy(parameters)), shown.get("description") or ""


def _tidy(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_tidy(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    tidy = {key: _tidy(value) for key, value in schema.items()}
    properties, required = tidy.get("properties"), tidy.get("required")
    if isinstance(properties, dict) and isinstance(required, list):
        tidy["required"] = [name for name in required if name in properties]
    return tidy
