"""Example values for a schema, for people. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["make_example"]


def make_example(schema: Any, name: str, *, every: bool = False) -> Any:
    """Return a value of ``schema``: its example, first choice or default, else ``<name>`` or a plain value of the type.

    Objects get their required properties, with ``every`` all declared ones.
    """
    if not isinstance(schema, Mapping):
        return f"<{name}>"
    for keyword in ("examples", "enum"):
        if isinstance(schema.get(keyword), list | tuple) and schema[keyword]:
            return schema[keyword][0]
    for keyword in ("example", "default", "const"):
        if keyword in schema:
            return schema[keyword]
    kind = schema.get("type")
    if isinstance(kind, list | tuple):
        kind = next((one for one in kind if one != "null"), None)
    if kind == "array":
        return [make_example(schema.get("items"), name, every=every)]
    if kind == "object":
        fields = schema.get("properties")
        fields = fields if isinstance(fields, Mapping) else {}
        required = schema.get("required")
        named = fields if every else required if isinstance(required, list | tuple) else ()
        return {str(key): make_example(fields.get(key), str(key), every=every) for key in named}
    least = schema.get("minimum")
    number = least if isinstance(least, int | float) else 1
    plain: dict[str, Any] = {"integer": number, "number": number, "boolean": True}
    return plain.get(str(kind), f"<{name}>")
