"""Convert OpenAPI 3.0 and 3.1 schema objects to JSON Schema 2020-12.

The result is always a valid schema: a keyword with an invalid value is dropped, as one mistake in a description should not cost
the whole operation. References stay unchanged; the importer moves their targets. Source: OpenAPI 3.0.3, "Schema Object";
OpenAPI 3.1.0, "Schema Object".
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import Any

from composio.schema.keywords import IN_LIST, IN_MAP, IN_PLACE
from composio.schema.patterns import bare, is_usable, matches

__all__ = ["TYPES", "json_key", "kind_of_value", "to_json_schema"]

# Hand-written descriptions are never deeper; a recursive YAML alias would be.
_MAX_DEPTH = 100

TYPES = {name: name for name in ("string", "number", "integer", "boolean", "array", "object", "null")}
# Common misspellings.
TYPES |= {"file": "string", "date": "string", "int": "integer", "float": "number", "bool": "boolean"}

# In JSON's form, within the range of every JSON parser.
_INTEGER = re.compile(r"-?(0|[1-9][0-9]{0,14})")

_ANNOTATIONS = frozenset(
    {"contentEncoding", "contentMediaType", "default", "deprecated", "description", "format", "readOnly", "title", "writeOnly"}
)


# Keywords that are kept unchanged if they are strings; most schemas have no others.
_LEAF = frozenset(("$ref", "description", "format", "title", "type"))
# Keywords that may add properties beyond the object's own.
_ELSEWHERE = frozenset(("$ref", "allOf", "anyOf", "oneOf", "patternProperties"))


def _is_bound(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_count(value: Any) -> bool:
    return _is_bound(value) and value >= 0 and int(value) == value


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_plain_text(value: Any) -> bool:
    return type(value) is str


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_list(value: Any) -> bool:
    return isinstance(value, list)


def _is_full_list(value: Any) -> bool:
    return isinstance(value, list) and bool(value)


# The required type of each keyword's value.
_PLAIN: dict[str, Callable[[Any], bool]] = {
    "$ref": _is_text,
    "const": lambda _: True,
    "contentEncoding": _is_text,
    "contentMediaType": _is_text,
    "default": lambda _: True,
    "deprecated": _is_flag,
    "description": _is_text,
    "enum": _is_full_list,
    "examples": _is_list,
    "exclusiveMaximum": _is_bound,
    "exclusiveMinimum": _is_bound,
    "format": _is_text,
    "maxContains": _is_count,
    "maximum": _is_bound,
    "maxItems": _is_count,
    "maxLength": _is_count,
    "maxProperties": _is_count,
    "minContains": _is_count,
    "minimum": _is_bound,
    "minItems": _is_count,
    "minLength": _is_count,
    "minProperties": _is_count,
    "multipleOf": lambda value: _is_bound(value) and value > 0,
    "pattern": lambda value: isinstance(value, str) and (expression := bare(value)) is not None and is_usable(expression),
    "readOnly": _is_flag,
    "title": _is_text,
    "uniqueItems": _is_flag,
    "writeOnly": _is_flag,
}


def to_json_schema(schema: Any, *, openapi: str) -> dict[str, Any]:
    """Return ``schema`` as JSON Schema 2020-12, a new dict. ``openapi`` is the document's version, ``3.0.3`` or ``3.1.0``.

    ``example`` becomes ``examples``; ``nullable`` becomes a type; vendor extensions, ``xml``, ``discriminator`` and
    ``externalDocs`` are dropped.
    """
    found = _convert(schema, openapi.startswith("3.0"), 0)
    if isinstance(found, dict):
        return found
    return {} if found else {"not": {}}


def _convert(schema: Any, is_30: bool, depth: int) -> dict[str, Any] | bool:
    if isinstance(schema, bool):
        return schema
    if not isinstance(schema, dict) or depth > _MAX_DEPTH:
        return {}
    if (len(schema) == 1 or "$ref" not in schema) and _LEAF.issuperset(schema) and all(map(_is_plain_text, schema.values())):
        return _convert_leaf(schema)
    if is_30 and "$ref" in schema:  # 3.0 ignores a reference's siblings; its strings are harmless
        schema = {k: v for k, v in schema.items() if k in _ANNOTATIONS or k in ("$ref", "nullable")}
    kept: dict[str, Any] = {}
    for keyword, value in schema.items():
        if (fits := _PLAIN.get(keyword)) is None:
            _keep(kept, keyword, value, is_30, depth + 1)
        elif fits(value):
            mend = _MENDED.get(fits)
            kept[keyword] = value if mend is None else mend(value)
    if "example" in schema and "examples" not in kept:
        kept["examples"] = [schema["example"]]
    if "pattern" in kept:
        kept["pattern"] = bare(kept["pattern"])
        _doubt_pattern(kept)
    if not _CHECKED.isdisjoint(kept):
        _set_bounds(kept, schema)
        _fit_values(kept, schema.get("type"))
        _set_required(kept)
    _set_type(kept, schema.get("type"))
    return _or_null(kept) if schema.get("nullable") is True else kept


def _convert_leaf(schema: dict[str, str]) -> dict[str, Any]:
    kept = {keyword: value for keyword, value in schema.items() if keyword != "type"}
    if (kind := TYPES.get(schema.get("type", ""))) is not None:
        kept["type"] = kind
    return kept


def _doubt_pattern(kept: dict[str, Any]) -> None:
    """Unescape a pattern with doubled backslashes if the description's own examples require it."""
    pattern = kept.get("pattern", "")
    if "\\\\" not in pattern:
        return
    shown = [example for example in kept.get("examples") or () if isinstance(example, str)]
    meant = pattern.replace("\\\\", "\\")
    if is_usable(meant) and not any(matches(pattern, one) for one in shown) and any(matches(meant, one) for one in shown):
        kept["pattern"] = meant


def _set_required(kept: dict[str, Any]) -> None:
    """Fix a closed object with a required property that it does not have, which would accept nothing: ``required`` is wrong."""
    properties, required = kept.get("properties"), kept.get("required")
    if properties and required and kept.get("additionalProperties") is False and _ELSEWHERE.isdisjoint(kept):
        kept["required"] = [name for name in required if name in properties]


def _keep(kept: dict[str, Any], keyword: Any, value: Any, is_30: bool, depth: int) -> None:
    """Add the JSON Schema meaning of ``keyword``, whose value contains schemas or names, to ``kept``, if any."""
    if keyword in IN_MAP:
        if isinstance(value, dict):
            usable = (n for n in value if keyword != "patternProperties" or is_usable(str(n)))
            kept[keyword] = {str(name): _convert(value[name], is_30, depth) for name in usable}
    elif keyword in IN_LIST or (keyword == "items" and isinstance(value, list)):
        if isinstance(value, list) and value:
            kept["prefixItems" if keyword == "items" else keyword] = [_convert(child, is_30, depth) for child in value]
    elif keyword in IN_PLACE:
        kept[keyword] = _convert(value, is_30, depth)
    elif keyword == "required" and isinstance(value, list):
        kept[keyword] = list(dict.fromkeys(name for name in value if isinstance(name, str)))
    elif (
        keyword == "dependentRequired" and isinstance(value, dict) and all(isinstance(names, list) for names in value.values())
    ):
        kept[keyword] = {str(name): list(dict.fromkeys(map(str, names))) for name, names in value.items()}


def _different(values: list[Any]) -> list[Any]:
    """Return each of ``values`` once: providers refuse a whole request for a duplicate in an enum."""
    if all(map(_is_plain_text, values)):  # the common case
        return list(dict.fromkeys(values))
    found: dict[Any, Any] = {}
    for value in values:
        found.setdefault(json_key(value), value)
    return list(found.values())


# How to keep a valid value, by keyword.
_MENDED: dict[Callable[[Any], bool], Callable[[Any], Any]] = {_is_count: int, _is_full_list: _different}


_RANGES = (("minimum", "maximum"), *((f"min{what}", f"max{what}") for what in ("Items", "Length", "Properties")))


# Checks to run after the whole schema was read.
_CHECKED = frozenset((*(name for pair in _RANGES for name in pair), "const", "default", "enum", "examples", "required"))


def _set_bounds(kept: dict[str, Any], schema: Mapping[str, Any]) -> None:
    """Convert 3.0's ``exclusiveMinimum: true`` with ``minimum`` to a bound; contradictory bounds are dropped."""
    for exclusive, inclusive in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if schema.get(exclusive) is True and inclusive in kept:
            kept[exclusive] = kept.pop(inclusive)
    for least, most in _RANGES:
        if least in kept and most in kept and kept[least] > kept[most]:  # nothing is valid: usually a 0 that means unlimited
            del kept[least], kept[most]


def _fit_values(kept: dict[str, Any], value: Any) -> None:
    """Convert values to their declared type.

    YAML reads an enum of 1 and 2 as numbers, and some frameworks write the numbers of an enum as strings: the API accepts the
    declared type.
    """
    fit = _FITTED.get(TYPES.get(value, "") if isinstance(value, str) else "")
    if fit is None:
        return
    for keyword in ("enum", "examples"):
        if keyword in kept:
            kept[keyword] = _different([fit(one) for one in kept[keyword]])
    for keyword in ("const", "default"):
        if keyword in kept:
            kept[keyword] = fit(kept[keyword])


def _as_text(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, int | float) else value


def _as_integer(value: Any) -> Any:
    return int(value) if isinstance(value, str) and _INTEGER.fullmatch(value) else value


def _as_flag(value: Any) -> Any:
    return {"true": True, "false": False}.get(value.lower(), value) if isinstance(value, str) else value


_FITTED: dict[str, Callable[[Any], Any]] = {
    "boolean": _as_flag,
    "string": _as_text,
    "integer": _as_integer,
    "number": _as_integer,
}


def _set_type(kept: dict[str, Any], value: Any) -> None:
    if value is None:
        return
    if type(value) is str and "enum" not in kept:
        if value in TYPES:
            kept["type"] = TYPES[value]
        return
    names = [TYPES[name] for name in (value if isinstance(value, list) else [value]) if isinstance(name, str) and name in TYPES]
    names = list(dict.fromkeys(names))
    # A type that none of the values has would allow nothing.
    if "enum" in kept and not any(_has_type(option, name) for option in kept["enum"] for name in names):
        return
    if names:
        kept["type"] = names if len(names) > 1 else names[0]


def json_key(value: Any) -> Any:
    """Return a key that only equal JSON values share: in Python True equals 1."""
    return ("json", json.dumps(value, sort_keys=True, default=str)) if isinstance(value, bool | list | dict) else value


def kind_of_value(value: Any) -> str:
    """Return the JSON type of a value."""
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int | float):
        return "integer" if isinstance(value, int) or value.is_integer() else "number"
    if value is None:
        return "null"
    return "array" if isinstance(value, list) else "object" if isinstance(value, dict) else "string"


def _has_type(value: Any, name: str) -> bool:
    return kind_of_value(value) == name or (name == "number" and kind_of_value(value) == "integer")


def _or_null(schema: dict[str, Any]) -> dict[str, Any]:
    """Make ``schema`` nullable: in place if that is readable, else as one branch of an ``anyOf``."""
    if any(keyword in schema for keyword in ("$ref", "allOf", "anyOf", "oneOf", "const", "not", "if")):
        return _as_branch(schema)
    if "enum" in schema and None not in schema["enum"]:
        schema["enum"] = [*schema["enum"], None]
    types = schema.get("type")
    if types is not None:
        listed = types if isinstance(types, list) else [types]
        schema["type"] = listed if "null" in listed else [*listed, "null"]
    return schema


def _as_branch(schema: dict[str, Any]) -> dict[str, Any]:
    texts = {k: v for k, v in schema.items() if k in _ANNOTATIONS and k != "format"}
    rest = {k: v for k, v in schema.items() if k not in texts}
    branches = rest["anyOf"] if set(rest) == {"anyOf"} else [rest]
    if {"type": "null"} not in branches:
        branches = [*branches, {"type": "null"}]
    return {**texts, "anyOf": branches}
