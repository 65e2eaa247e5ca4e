"""Convert Google Discovery's schemas and parameters to OpenAPI 3.1 schemas. Pure.

Source: "Type and format summary", https://developers.google.com/discovery/v1/type-format; JSON Schema draft 3, the origin of
Discovery's keywords.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

__all__ = ["parameter_schema", "schema"]

Schema = dict[str, Any]

_KEPT: Final = ("title", "format", "enum", "pattern", "readOnly", "description")
_FORMATS: Final = {"google-datetime": "date-time"}
# Characters for the meanings of an enum's values, together; and of one of them.
_MEANINGS, _MEANING = 600, 120


def parameter_schema(node: Mapping[str, Any]) -> Schema:
    """Return the schema of a parameter's value; a list if the parameter may be repeated."""
    found = schema(node)
    if node.get("repeated") is not True:
        return found
    text = found.pop("description", None)
    found.pop("default", None)  # of one value, as a string
    return {"type": "array", "items": found, **({"description": text} if text else {})}


def schema(node: Any) -> Schema:
    """Convert a schema: references into ``components``, numbers as numbers, meanings of enum values in the description."""
    if not isinstance(node, dict):
        return {}
    if isinstance(variant := node.get("variant"), dict):
        return _variant(node, variant)
    found: Schema = {key: node[key] for key in _KEPT if node.get(key) not in (None, "", False)}
    if isinstance(reference := node.get("$ref"), str):
        found["$ref"] = f"#/components/schemas/{reference.replace('~', '~0').replace('/', '~1')}"
    if node.get("deprecated") is True:
        found["deprecated"] = True
    kind = str(node.get("type"))
    if isinstance(node.get("type"), str) and kind != "any":
        found["type"] = kind
    if isinstance(form := found.get("format"), str):
        found["format"] = _FORMATS.get(form, form)
    for key in ("minimum", "maximum"):
        if (bound := _number(node.get(key))) is not None and kind in {"integer", "number"}:
            found[key] = bound
    if (default := _default(node.get("default"), kind)) is not None:
        found["default"] = default
    _nest(node, found)
    _say_meanings(node, found)
    return found


def _nest(node: Mapping[str, Any], found: Schema) -> None:
    if isinstance(properties := node.get("properties"), dict):
        found["properties"] = {str(name): schema(one) for name, one in properties.items()}
    if "items" in node:
        found["items"] = schema(node["items"])
    if "additionalProperties" in node:
        more = node["additionalProperties"]
        found["additionalProperties"] = schema(more) if isinstance(more, dict) else more is True


def _variant(node: Mapping[str, Any], variant: Mapping[str, Any]) -> Schema:
    """Return one of several schemas, distinguished by a property."""
    listed = variant.get("map")
    branches = [schema(one) for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    text = {"description": node["description"]} if isinstance(node.get("description"), str) else {}
    return {**text, **({"oneOf": branches} if branches else {"type": "object"})}


def _say_meanings(node: Mapping[str, Any], found: Schema) -> None:
    """Add the meanings of an enum's values, and which are deprecated, to the description if there is room."""
    values, meanings, gone = (node.get(key) for key in ("enum", "enumDescriptions", "enumDeprecated"))
    if not isinstance(values, list):
        return
    lines: list[str] = []
    room = _MEANINGS
    for index, value in enumerate(values):
        text = _first(meanings[index]) if isinstance(meanings, list) and index < len(meanings) else ""
        if isinstance(gone, list) and index < len(gone) and gone[index] is True and "eprecated" not in text:
            text = f"Deprecated. {text}".strip()
        if text and (room := room - len(text) - len(str(value)) - 4) >= 0:
            lines.append(f"- {value}: {text}")
    if lines:
        found["description"] = "\n".join(filter(None, [str(found.get("description") or ""), *lines]))


def _first(text: Any) -> str:
    """Return the first sentence of ``text``, shortened."""
    if not isinstance(text, str):
        return ""
    sentence = text.strip().split("\n")[0].partition(". ")[0].rstrip(".")
    return sentence if len(sentence) <= _MEANING else f"{sentence[: _MEANING - 1]}…"


def _number(value: Any) -> int | float | None:
    """Convert Discovery's bounds, which are strings."""
    try:
        return int(value)
    except (TypeError, ValueError):
        pass
    try:
        return float(value)
    except (TypeError, ValueError):
        return None


def _default(value: Any, kind: str) -> Any:
    """Return a default in the type of its schema, None if it is invalid."""
    if not isinstance(value, str):
        return value
    if kind == "boolean":
        return {"true": True, "false": False}.get(value.lower())
    if kind in {"integer", "number"}:
        return _number(value)
    return value if kind == "string" and value else None
