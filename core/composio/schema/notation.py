"""A schema in the few words that programmers write types with: ``{id: integer(1..), kind?: "a" | "b" = "a"}``. Pure.

Enums, defaults, bounds and what is required are all said; descriptions are not.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

__all__ = ["notation"]

_TEXTS = frozenset(("$comment", "default", "deprecated", "description", "examples", "readOnly", "title", "writeOnly"))
_SAID = _TEXTS | {"const", "enum", "format", "pattern", "type"}
_SAID |= {"allOf", "anyOf", "oneOf", "items", "properties", "required", "additionalProperties"}
_RANGES = (
    ("", "minimum", "maximum"),
    ("length ", "minLength", "maxLength"),
    ("items ", "minItems", "maxItems"),
    ("properties ", "minProperties", "maxProperties"),
)
_SAID |= {name for _, *names in _RANGES for name in names}


def notation(schema: Any) -> str:
    """``schema``, which stands for itself, in words."""
    if not isinstance(schema, Mapping):
        return "never" if schema is False else "any"
    text = _type(schema)
    if limits := ", ".join(_limits(schema)):
        text += f"({limits})"
    return f"{text} = {_json(schema['default'])}" if "default" in schema else text


def _type(schema: Mapping[str, Any]) -> str:
    for keyword, glue in (("anyOf", " | "), ("oneOf", " | "), ("allOf", " & ")):
        if keyword in schema:
            inner = glue.join(map(notation, schema[keyword]))
            rest = {name: value for name, value in schema.items() if name not in (keyword, "default")}
            return f"({inner})" if rest.keys() <= _TEXTS | {"type"} else f"{_type(rest)} & ({inner})"
    if "const" in schema or "enum" in schema:
        return " | ".join(map(_json, schema.get("enum", [schema.get("const")])))
    types = schema.get("type")
    listed = [types] if isinstance(types, str) else types or []
    if not listed and ("properties" in schema or "additionalProperties" in schema):
        listed = ["object"]
    return " | ".join(_named(schema, kind) for kind in listed) or "any"


def _named(schema: Mapping[str, Any], kind: str) -> str:
    if kind == "array":
        inner = notation(schema.get("items", {}))
        return f"({inner})[]" if any(sign in inner for sign in " |&=") and inner[:1] not in "{(" else f"{inner}[]"
    if kind != "object":
        return f"{kind}<{schema['format']}>" if "format" in schema else kind
    required = schema.get("required") or ()
    parts = [
        f"{name if name.isidentifier() else _json(name)}{'' if name in required else '?'}: {notation(child)}"
        for name, child in (schema.get("properties") or {}).items()
    ]
    parts += [f"{name}: any" for name in required if name not in (schema.get("properties") or {})]
    if isinstance(more := schema.get("additionalProperties"), Mapping):
        parts.append(f"[name]: {notation(more)}")
    elif more is False and parts:
        parts.append("nothing else")
    return f"{{{', '.join(parts)}}}" if parts else "object"


def _limits(schema: Mapping[str, Any]) -> Iterator[str]:
    for about, least, most in _RANGES:
        if least in schema or most in schema:
            yield f"{about}{schema.get(least, '')}..{schema.get(most, '')}"
    if "pattern" in schema:
        yield f"/{schema['pattern']}/"
    for keyword, value in schema.items():
        if keyword not in _SAID:
            yield f"{keyword}: {_json(value)}"


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
