"""Describe a schema in a compact type notation: ``{id: integer(1..); kind?: 'a'|'b' = 'a'; x, y?: string}``. Pure.

It includes enums, defaults, bounds and what is required, but no descriptions. Properties of one type are grouped, as most
properties of a large object are plain strings.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from composio.schema.keywords import subschemas
from composio.schema.leftout import read_left_out, some_values

__all__ = ["FREE", "SAID", "SAME", "holds", "notation"]

# Keywords of stubs, not of JSON Schema, which are removed before a model sees them: the words for a schema; where it is
# defined; that it restricts nothing but the type.
SAID, SAME, FREE = "\0said", "\0same", "\0free"

Known = dict[int, str]
_TEXTS = frozenset(
    ("$comment", "default", "deprecated", "description", "examples", "readOnly", "title", "writeOnly", FREE, SAID)
)
_KNOWN = _TEXTS | {"const", "enum", "format", "pattern", "type", SAME}
_KNOWN |= {"allOf", "anyOf", "oneOf", "items", "properties", "required", "additionalProperties"}
_PLAIN = frozenset(("description", "format", "title", "type"))
_SIMPLE = ("string", "integer", "boolean", "number", "null")
_UNIONS = (("anyOf", " | "), ("oneOf", " | "), ("allOf", " & "))
# Bounds on the length of strings, and on the number of items.
_RANGES = (
    ("", "minimum", "maximum"),
    ("", "minLength", "maxLength"),
    ("", "minItems", "maxItems"),
    ("properties ", "minProperties", "maxProperties"),
)
_BOUNDS = frozenset(name for _, *names in _RANGES for name in names)
_SAID = _KNOWN - {"pattern"}
_KNOWN |= _BOUNDS
# The representation of a number is irrelevant to a model.
_WIDTHS = frozenset(("double", "float", "int32", "int64"))
# Names and values that are clear without quotes, or with plain ones.
_BARE = re.compile(r"[\w$@./-]+")
_QUOTED = re.compile(r"[^'\\\x00-\x1f\x7f]*")
# Keywords that restrict a value beyond its type.
_HOLDS = _BOUNDS | {"const", "default", "enum", "not", "pattern", "required", "uniqueItems", "multipleOf"}
_HOLDS |= {"exclusiveMinimum", "exclusiveMaximum", "dependentRequired"}


def notation(schema: Any, few: int | None = None, known: Known | None = None) -> str:
    """Return the words for ``schema``, which is self-contained.

    If ``few`` is given, only that many optional properties with a bare type are named per object. ``known`` are the words of
    schemas by their ``id``, for callers that process inner ones first; it grows.
    """
    if not isinstance(schema, dict):
        return "never" if schema is False else "any"
    if known is None:
        known = {}
    elif (text := known.get(id(schema))) is not None:
        return text
    if _PLAIN.issuperset(schema) and (kind := schema.get("type")) in _SIMPLE:  # the common case
        return _name_type(schema, kind, few, known)
    text = _type(schema, few, known)
    if "enum" not in schema and "const" not in schema and (limits := ", ".join(_limits(schema))):
        text += f"({limits})"
    if "default" in schema and schema.get("enum") != [schema["default"]]:
        text += f" = {_value(schema['default'])}"
    known[id(schema)] = text
    return text


def _type(schema: Mapping[str, Any], few: int | None, known: Known) -> str:
    if SAID in schema and "properties" not in schema:
        return str(schema[SAID])
    if SAME in schema:
        return f"same as {schema[SAME]}"
    for keyword, glue in _UNIONS:
        if keyword in schema:
            inner = glue.join(dict.fromkeys(notation(branch, few, known) for branch in schema[keyword]))
            rest = {name: value for name, value in schema.items() if name not in (keyword, "default")}
            return f"({inner})" if rest.keys() <= _TEXTS | {"type"} else f"{_type(rest, few, known)} & ({inner})"
    if "const" in schema or "enum" in schema:
        text = "|".join(map(_value, schema.get("enum", [schema.get("const")])))
        return text if _is_bound_by_values(schema) else f"({text})({', '.join(_limits(schema))})"
    types = schema.get("type")
    if isinstance(types, str):
        return _name_type(schema, types, few, known)
    if not types:
        return _object(schema, few, known) if "properties" in schema or "additionalProperties" in schema else "any"
    return " | ".join(_name_type(schema, kind, few, known) for kind in types)


def _is_bound_by_values(schema: Mapping[str, Any]) -> bool:
    """Return whether the listed values imply the bounds beside them."""
    values = schema.get("enum", [schema.get("const")])
    measures = (("minimum", "maximum", _number), ("minLength", "maxLength", _length))
    held = {name for least, most, _ in measures for name in (least, most)}
    if any(keyword not in _KNOWN or keyword == "pattern" or (keyword in _BOUNDS and keyword not in held) for keyword in schema):
        return False
    return all(
        schema.get(least, measured) <= measured <= schema.get(most, measured)
        for least, most, measure in measures
        for value in values
        if (measured := measure(value)) is not None
    )


def _number(value: Any) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _length(value: Any) -> int | None:
    return len(value) if isinstance(value, str) else None


def _name_type(schema: Mapping[str, Any], kind: str, few: int | None, known: Known) -> str:
    if kind == "array":
        inner = notation(schema.get("items", {}), few, known)
        return f"({inner})[]" if any(sign in inner for sign in " |&=") and inner[:1] not in "{(" else f"{inner}[]"
    if kind == "object":
        return _object(schema, few, known)
    form = schema.get("format")
    text = f"{kind}<{form}>" if form is not None and form not in _WIDTHS else kind
    return f"{text}({some})" if (some := some_values(schema.get("description"))) else text


def _object(schema: Mapping[str, Any], few: int | None, known: Known) -> str:
    required, properties = schema.get("required") or (), schema.get("properties") or {}
    loose = read_left_out(schema.get("description")) if not properties else []
    dropped = set[str]()
    if few is not None:
        free = [name for name, child in properties.items() if name not in required and not holds(child)]
        dropped.update(free[few:])
        free = [name for name in loose if name.endswith(("?", "..."))]
        dropped.update(free[few:])
    groups: dict[str, list[str]] = {}
    for name, child in properties.items():
        if name not in dropped:
            groups.setdefault(notation(child, few, known), []).append(f"{_name(name)}{'' if name in required else '?'}")
    if missing := [_name(name) for name in required if name not in properties and name not in loose]:
        groups.setdefault("any", []).extend(missing)
    parts = [f"{', '.join(names)}: {text}" for text, names in groups.items()]
    told = [name for name in loose if name not in dropped]
    if told:
        parts.append(", ".join(told))
    if dropped and "..." not in told:
        parts.append("...")
    if isinstance(more := schema.get("additionalProperties"), dict):
        parts.append(f"[name]: {notation(more, few, known)}")
    return f"{{{'; '.join(parts)}}}" if parts and parts != ["..."] else "object"


def holds(schema: Any) -> bool:
    """Return whether a schema, or a nested one, restricts a value beyond its type."""
    if not isinstance(schema, dict) or FREE in schema:
        return False
    if not _HOLDS.isdisjoint(schema) or SAME in schema or some_values(schema.get("description")):
        return True
    if any(not name.endswith(("?", "...")) for name in read_left_out(schema.get("description"))):
        return True
    return any(holds(child) for _, _, child in subschemas(schema))


def _limits(schema: Mapping[str, Any]) -> Iterator[str]:
    if _SAID.issuperset(schema):
        return
    for about, least, most in _RANGES:
        if least in schema or most in schema:
            low, high = schema.get(least, ""), schema.get(most, "")
            yield f"{about}{low}" if low == high else f"{about}{low}..{high}"
    if "pattern" in schema:
        yield f"/{schema['pattern']}/"
    for keyword, value in schema.items():
        if keyword not in _KNOWN:
            yield f"{keyword}: {_json(value)}"


def _name(name: str) -> str:
    return name if _BARE.fullmatch(name) else _value(name)


def _value(value: Any) -> str:
    """Return a value as JSON, strings in quotes that JSON does not escape."""
    return f"'{value}'" if isinstance(value, str) and _QUOTED.fullmatch(value) else _json(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
