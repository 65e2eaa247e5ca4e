"""The JSON Schema keywords that contain schemas, and in which form.

Source: JSON Schema 2020-12, Core, "Applicator" vocabulary.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any
from urllib.parse import unquote

__all__ = ["HOLD_SCHEMAS", "IN_LIST", "IN_MAP", "IN_PLACE", "change_subschemas", "has_subschemas", "lookup", "subschemas"]

IN_MAP = frozenset({"$defs", "properties", "patternProperties", "dependentSchemas"})
IN_LIST = frozenset({"allOf", "anyOf", "oneOf", "prefixItems"})
IN_PLACE = frozenset(
    {
        "additionalProperties",
        "contains",
        "contentSchema",
        "else",
        "if",
        "items",
        "not",
        "propertyNames",
        "then",
        "unevaluatedItems",
        "unevaluatedProperties",
    }
)

HOLD_SCHEMAS = IN_MAP | IN_LIST | IN_PLACE


def has_subschemas(schema: Mapping[str, Any]) -> bool:
    """Return whether any keyword of ``schema`` contains schemas."""
    return not HOLD_SCHEMAS.isdisjoint(schema)


def subschemas(schema: Mapping[str, Any]) -> Sequence[tuple[str, str | int | None, Any]]:
    """Yield each direct subschema as ``(keyword, property name or index or None, schema)``."""
    if HOLD_SCHEMAS.isdisjoint(schema):  # most have none
        return ()
    found: list[tuple[str, str | int | None, Any]] = []
    for keyword, value in schema.items():
        if keyword in IN_MAP and isinstance(value, dict):
            found += [(keyword, name, child) for name, child in value.items()]
        elif keyword in IN_LIST and isinstance(value, list):
            found += [(keyword, index, child) for index, child in enumerate(value)]
        elif keyword in IN_PLACE:
            found.append((keyword, None, value))
    return found


def change_subschemas(schema: Mapping[str, Any], change: Callable[[Any], Any]) -> Mapping[str, Any]:
    """Return ``schema`` with each direct subschema replaced by ``change``; not copied if nothing changes."""
    if not has_subschemas(schema):
        return schema
    changed: dict[str, Any] = {}
    for keyword, value in schema.items():
        inner: Any = value
        if keyword in IN_MAP and isinstance(value, dict):
            inner = {name: change(child) for name, child in value.items()}
            inner = value if all(inner[name] is child for name, child in value.items()) else inner
        elif keyword in IN_LIST and isinstance(value, list):
            inner = [change(child) for child in value]
            inner = value if all(one is child for one, child in zip(inner, value, strict=True)) else inner
        elif keyword in IN_PLACE:
            inner = change(value)
        if inner is not value:
            changed[keyword] = inner
    return {**schema, **changed} if changed else schema


def lookup(root: Mapping[str, Any], reference: str) -> Any:
    """Return the target of a ``#/...`` reference inside ``root``; None if there is none."""
    if reference == "#":
        return root
    if not reference.startswith("#/"):
        return None
    found: Any = root
    for part in unquote(reference[2:]).split("/"):
        key = part.replace("~1", "/").replace("~0", "~")
        if isinstance(found, dict):
            found = found.get(key)
        elif isinstance(found, list) and key.isdecimal() and int(key) < len(found):
            found = found[int(key)]
        else:
            return None
    return found
