"""Strict mode: the provider enforces the schema, and requires all properties to be required and objects to be closed.

:func:`obstacles` says why a schema has no strict form. Otherwise :func:`fillable` is that form: an optional value may be null,
and null is removed again. If strict mode cannot be disabled, :func:`fillable` works for any schema: a map is JSON text, and a
literal null is ``<null>``. :func:`given` reverses all of that. Source: OpenAI's guide "Structured Outputs", section "Supported
schemas".
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from composio.schema.keywords import subschemas
from composio.schema.prose import shorten
from composio.schema.walk import applying, below

__all__ = ["NULL", "fillable", "obstacles", "read_given"]

# As null omits an optional value, this sends a real one: it clears a field if null is a valid value.
NULL = "<null>"
_Schema = Mapping[str, Any]
_NULL_TYPE = {"type": "null"}
_PLAIN = ("string", "number", "integer", "boolean")
_BOUNDS = ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minItems", "maxItems")
_KEPT = ("type", "enum", "const", "format", *_BOUNDS)
# Put in words, as the wire loses them (`default`, most of `format`) or strict mode refuses them. The core still checks them.
_SAID = ("default", "format", "pattern", "minLength", "maxLength", "uniqueItems", "minProperties", "maxProperties")
_FORMATS = frozenset(("date", "date-time", "duration", "email", "hostname", "ipv4", "ipv6", "time", "uuid"))
_TYPES = {str: "string", bool: "boolean", int: "integer", float: "number", list: "array", type(None): "null"}
_DEEPEST = 8  # nested objects; strict mode allows ten levels, and arrays may count
_DESCRIPTION = 1024

# Limits of one schema: properties, levels of objects, enum values, characters of names and enum values together; and characters
# of one enum's values if it has more than this many.
_MOST_PROPERTIES, _MOST_LEVELS, _MOST_VALUES, _MOST_TEXT = 5_000, 10, 1_000, 120_000
_MANY_VALUES, _MOST_ENUM_TEXT = 250, 15_000
# Keywords beyond strict mode that words would not enforce either.
_REFUSED = (
    "$ref",
    "allOf",
    "dependentRequired",
    "dependentSchemas",
    "if",
    "not",
    "patternProperties",
    "prefixItems",
    "propertyNames",
)
_Path = tuple[str | int, ...]


def obstacles(parameters: _Schema) -> list[str]:
    """Return why ``parameters`` cannot be strict without changing their meaning, each with its place; empty if they can.

    ``parameters`` are self-contained, from :func:`composio.schema.shape.shape`.
    """
    count = _Count()
    found = [f"{_place(path)}: {reason}" for path, reason in _obstacles(parameters, (), 1, count)]
    return found + count.excess()


@dataclass(slots=True)
class _Count:
    """What strict mode limits over a whole schema."""

    properties: int = 0
    levels: int = 0
    values: int = 0
    text: int = 0

    def excess(self) -> list[str]:
        limits = (
            ("properties", self.properties, _MOST_PROPERTIES),
            ("levels of objects", self.levels, _MOST_LEVELS),
            ("enum values", self.values, _MOST_VALUES),
            ("characters of names and values", self.text, _MOST_TEXT),
        )
        return [
            f"the whole: {number} {what}, and strict mode takes {limit}" for what, number, limit in limits if number > limit
        ]


def _obstacles(schema: Any, path: _Path, level: int, count: _Count) -> Iterator[tuple[_Path, str]]:
    if not isinstance(schema, Mapping) or _is_open(schema):
        yield path, "takes any value"
        return
    yield from ((path, f"strict mode knows no {keyword}") for keyword in _REFUSED if keyword in schema)
    values = schema.get("enum") or ()
    size = sum(len(value) for value in values if isinstance(value, str))
    count.values, count.text = count.values + len(values), count.text + size
    if len(values) > _MANY_VALUES and size > _MOST_ENUM_TEXT:
        yield path, f"an enum of {len(values)} values has {size} characters, and strict mode takes {_MOST_ENUM_TEXT}"
    kinds = _kinds(schema)
    if "array" in kinds and "items" not in schema:
        yield path, "an array without an item schema"
    if "object" in kinds:
        branches = "anyOf" in schema or "oneOf" in schema
        if schema.get("additionalProperties", False) is not False or not (path == () or schema.get("properties") or branches):
            yield path, "a map or free-form object"
        if schema.get("properties") and branches:
            yield path, "branches beside properties"
        count.levels = max(count.levels, level)
    yield from _optional_nulls(schema, path)
    for keyword, name, child in subschemas(schema):
        if keyword == "properties":
            count.properties, count.text = count.properties + 1, count.text + len(str(name))
            yield from _obstacles(child, (*path, str(name)), level + 1, count)
        elif keyword == "items":
            yield from _obstacles(child, (*path, 0), level, count)
        elif keyword in ("anyOf", "oneOf"):
            yield from _obstacles(child, path, level, count)


def _optional_nulls(schema: _Schema, path: _Path) -> Iterator[tuple[_Path, str]]:
    required = schema.get("required") or ()
    for name, child in (schema.get("properties") or {}).items():
        if name not in required and isinstance(child, Mapping) and _is_nullable(applying([child], child)):
            yield (*path, name), "may be left out or be null, and strict mode has one null for both"


def _kinds(schema: _Schema) -> Sequence[str]:
    stated = schema.get("type")
    if stated is None:
        return [kind for kind, sign in (("object", "properties"), ("array", "items")) if sign in schema]
    return [stated] if isinstance(stated, str) else stated


def _place(path: _Path) -> str:
    return "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path).removeprefix(".") or "the whole"


def fillable(parameters: _Schema) -> dict[str, Any]:
    """Return a tool's ``parameters`` as a strict schema in which a model can still set, omit or clear each of them."""
    return _object({"type": "object", **parameters}, _properties(parameters), 0)


def read_given(arguments: Mapping[str, Any], parameters: _Schema) -> dict[str, Any]:
    """Return the arguments that a model meant with ``fillable(parameters)``; a new dict.

    Values valid for ``parameters`` stay.
    """
    meant = _read_given(arguments, applying([parameters], parameters), parameters)
    assert isinstance(meant, dict)
    return meant


def _strict(schema: Any, depth: int) -> dict[str, Any]:
    if not isinstance(schema, Mapping):
        return _text({}, "a JSON value")
    types = schema.get("type")
    branches = schema.get("anyOf") or schema.get("oneOf")
    properties = schema.get("properties") and _properties(schema)
    if isinstance(types, list) and {"object", "array"} & set(types):
        found: dict[str, Any] = {"anyOf": [_strict({**schema, "type": kind}, depth) for kind in types]}
    elif properties and types in (None, "object") and depth < _DEEPEST:
        found = _object(schema, properties, depth)
        if schema.get("additionalProperties"):  # additional properties: as JSON text, since strict objects are closed
            found = {"anyOf": [found, _text(schema, "a JSON object")]}
    elif branches:
        inherited = {} if types is None else {"type": types}
        found = {"anyOf": [_strict({**inherited, **b} if isinstance(b, Mapping) else b, depth) for b in branches]}
    elif types == "array":
        found = {**_keep(schema), "items": _strict(schema.get("items", {}), depth)}
    elif types == "object" or (properties and types is None):
        return _text(schema, "a JSON object")
    elif _is_open(schema):
        return _text(schema, "a JSON value")
    else:
        found = _keep(schema)
    return _describe(found, schema)


def _object(schema: _Schema, properties: _Schema, depth: int) -> dict[str, Any]:
    required = set(schema.get("required") or ())
    shown = {}
    for name, child in properties.items():
        shown[name] = _strict(child, depth + 1)
        if name not in required:
            shown[name] = _optional(shown[name], is_nullable=_is_nullable(applying([child], schema)))
    return {"type": "object", "properties": shown, "required": list(shown), "additionalProperties": False}


def _optional(shown: dict[str, Any], *, is_nullable: bool) -> dict[str, Any]:
    about = shown.pop("description", "")
    branches = [branch for branch in shown.get("anyOf", [shown]) if branch != _NULL_TYPE]
    if is_nullable:
        branches.append({"type": "string", "enum": [NULL]})
    note = f"null leaves it out; {NULL!r} sets it to null." if is_nullable else "null leaves it out."
    # Most are plain values, and each costs tokens: the short form if there is one.
    is_plain = branches == [shown] and shown.get("type") in _PLAIN and not {"enum", "const"} & shown.keys()
    found = {**shown, "type": [shown["type"], "null"]} if is_plain else {"anyOf": [*branches, _NULL_TYPE]}
    return {**found, "description": shorten(f"{about} {note}".strip(), _DESCRIPTION)}


def _text(schema: _Schema, what: str) -> dict[str, Any]:
    details = {keyword: value for keyword, value in schema.items() if keyword not in ("type", "description")}
    fitting = f" that fits the schema {json.dumps(details, ensure_ascii=False)}" if details else ""
    about = f"{schema.get('description') or ''} Written as JSON text: {what}{fitting}."
    return {"type": "string", "description": shorten(about.strip(), _DESCRIPTION)}


def _describe(shown: dict[str, Any], schema: _Schema) -> dict[str, Any]:
    text = str(schema.get("description") or "")
    words = [f"{k}: {json.dumps(schema[k], ensure_ascii=False)}" for k in _SAID if k in schema]
    said = ", ".join(word for word in words if word not in text)
    about = f"{text} {f'({said})' if said else ''}".strip()
    return {**shown, "description": shorten(about, _DESCRIPTION)} if about else shown


def _keep(schema: _Schema) -> dict[str, Any]:
    kept = {keyword: schema[keyword] for keyword in _KEPT if keyword in schema}
    if kept.get("format") not in _FORMATS:  # put in words: an unsupported one makes the provider refuse the whole request
        kept.pop("format", None)
    if "type" not in kept:  # which strict mode requires even if the values imply it
        kinds = dict.fromkeys(_TYPES.get(type(value), "object") for value in kept.get("enum", [kept.get("const")]))
        kept = {"type": next(iter(kinds)) if len(kinds) == 1 else list(kinds), **kept}
    return kept


def _properties(schema: _Schema) -> dict[str, Any]:
    """Return everything that may be set.

    Strict mode has no sibling schemas, so those of branches are merged into the object.
    """
    found: dict[str, Any] = {}
    for each in applying([schema], schema):
        for name, child in (each.get("properties") or {}).items():
            found.setdefault(name, child)
    return found


def _is_open(schema: _Schema) -> bool:
    return not any(keyword in schema for keyword in ("type", "enum", "const", "anyOf", "oneOf", "properties"))


def _is_nullable(schemas: Iterable[_Schema]) -> bool:
    return any(s.get("type") == "null" or "null" in _list(s.get("type")) or None in _list(s.get("enum")) for s in schemas)


def _list(value: Any) -> Sequence[Any]:
    return value if isinstance(value, list) else ()


def _read_given(value: Any, schemas: list[_Schema], root: _Schema) -> Any:
    if isinstance(value, Mapping):
        return {name: meant for name, inner in value.items() if (meant := _property(name, inner, schemas, root)) is not _ABSENT}
    if isinstance(value, list):
        return [_read_given(item, applying(below(schemas, index), root), root) for index, item in enumerate(value)]
    if isinstance(value, str) and schemas and all(_is_open(schema) for schema in schemas):
        try:
            return json.loads(value)
        except (ValueError, RecursionError):
            return value  # a model that wrote plain text meant that text
    return value


_ABSENT = object()


def _property(name: str, value: Any, schemas: list[_Schema], root: _Schema) -> Any:
    places = applying(below(schemas, name), root)
    known = any(name in (s.get("properties") or ()) for s in schemas)
    if known and not any(name in (s.get("required") or ()) for s in schemas):
        if value is None:
            return _ABSENT
        if value == NULL and _is_nullable(places):
            return None
    return _read_given(value, places, root)
