"""A JSON Schema as the inputs that smolagents wants: each property with its types and a description."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

__all__ = ["inputs_of"]

_TYPES = ("string", "number", "integer", "boolean", "object", "array")


def inputs_of(parameters: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Each property as an input: with a description and types, and ``nullable`` where it is optional."""
    required = parameters.get("required", ())
    inputs = {}
    for name, schema in parameters.get("properties", {}).items():
        shown = dict(schema) if isinstance(schema, Mapping) else {}
        if "anyOf" in shown:
            # Of an `anyOf` smolagents keeps the types and drops what they hold; of an `oneOf` everything.
            shown["oneOf"] = shown.pop("anyOf")
        types = _types(shown)
        if "number" in types and len(types) > 1:
            types = _unique([*types, "integer"])  # beside other types, smolagents takes no 7 for a number
        if "array" in types and types != ["array"]:
            shown.setdefault("items", {})  # OpenAI refuses arrays of which nothing is said
        shown |= {"type": types[0] if len(types) == 1 else types, "description": str(shown.get("description") or "")}
        inputs[name] = shown if name in required else {**shown, "nullable": True}
    return inputs


def _types(schema: Mapping[str, Any]) -> list[str]:
    """The types that a value may have; smolagents checks them before a call."""
    stated = schema.get("type")
    if stated is None and "oneOf" in schema:
        return _unique(kind for branch in schema["oneOf"] for kind in _types(branch))
    if stated is None:
        values = [schema["const"]] if "const" in schema else schema.get("enum", ())
        return _unique(_type_of(value) for value in values) or list(_TYPES)
    return [stated] if isinstance(stated, str) else list(stated)


def _type_of(value: Any) -> str:
    kinds = {str: "string", bool: "boolean", int: "integer", float: "number", dict: "object", list: "array"}
    return kinds.get(type(value), "null")


def _unique(types: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(types))
