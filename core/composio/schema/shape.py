"""A tool's parameters as one provider takes them: keys it does not reject, descriptions within its limits."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from composio.model.action import JsonSchema
from composio.schema.dialect import PLAIN, Dialect
from composio.schema.inline import inline
from composio.schema.keywords import IN_LIST, IN_MAP, IN_PLACE
from composio.schema.names import property_aliases
from composio.schema.prose import clean, shortened

__all__ = ["clean", "inline", "shape", "shortened"]


def shape(parameters: Mapping[str, Any], dialect: Dialect = PLAIN) -> JsonSchema:
    """``parameters``, self-contained, with each property under the name ``dialect`` allows; a new schema.

    A property under an alias says its real name in its description; :func:`composio.schema.arguments.restore` is the way back.
    """
    return JsonSchema(_shape(parameters, dialect))


def _shape(schema: Mapping[str, Any], dialect: Dialect) -> dict[str, Any]:
    shaped = {keyword: _keyword(keyword, value, dialect) for keyword, value in schema.items()}
    properties = schema.get("properties")
    if isinstance(properties, Mapping):
        aliases = property_aliases(properties, dialect)
        shaped["properties"] = {
            aliases[name]: _about(name, child, dialect) if aliases[name] != name else child
            for name, child in shaped["properties"].items()
        }
        if "required" in schema:
            shaped["required"] = [aliases.get(name, name) for name in schema["required"]]
    return shaped


def _keyword(keyword: str, value: Any, dialect: Dialect) -> Any:
    if keyword in IN_MAP and isinstance(value, Mapping):
        return {name: _child(child, dialect) for name, child in value.items()}
    if keyword in IN_LIST and isinstance(value, list):
        return [_child(child, dialect) for child in value]
    if keyword in IN_PLACE:
        return _child(value, dialect)
    if keyword == "description" and isinstance(value, str):
        return shortened(value, dialect.description_limit)
    return list(value) if isinstance(value, list) else value


def _child(schema: Any, dialect: Dialect) -> Any:
    return _shape(schema, dialect) if isinstance(schema, Mapping) else schema


def _about(name: str, schema: Any, dialect: Dialect) -> Any:
    if not isinstance(schema, dict):
        return schema
    note = f"Sent as {name!r}."
    text = str(schema.get("description") or "")
    return {**schema, "description": shortened(f"{note} {text}".strip(), dialect.description_limit)}
