"""Remove defaults that violate their own schema: an empty string for an integer, a value that the enum lacks. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

from composio.schema.keywords import change_subschemas
from composio.schema.normalise import json_key, kind_of_value
from composio.schema.patterns import engine

__all__ = ["fits", "without_wrong_defaults"]

Schema = Mapping[str, Any]
# Nested references and parts that are followed; beyond this, a value counts as valid.
_DEPTH = 100
_BOUNDS: dict[str, Callable[[float, float], bool]] = {
    "minimum": lambda value, bound: value >= bound,
    "maximum": lambda value, bound: value <= bound,
    "exclusiveMinimum": lambda value, bound: value > bound,
    "exclusiveMaximum": lambda value, bound: value < bound,
}
_SIZES: dict[str, dict[str, str]] = {
    "string": {"least": "minLength", "most": "maxLength"},
    "array": {"least": "minItems", "most": "maxItems"},
    "object": {"least": "minProperties", "most": "maxProperties"},
}


def without_wrong_defaults(schema: Any, definitions: Mapping[str, Any]) -> Any:
    """Return ``schema`` without invalid defaults; not copied if there are none.

    References lead into ``definitions``, as ``#/$defs/NAME``.
    """
    if not isinstance(schema, dict):
        return schema
    whole = change_subschemas(schema, lambda inner: without_wrong_defaults(inner, definitions))
    if "default" in whole and not fits(whole["default"], whole, definitions):
        return {keyword: value for keyword, value in whole.items() if keyword != "default"}
    return whole


def fits(value: Any, schema: Any, definitions: Mapping[str, Any]) -> bool:
    """Return whether ``value`` is valid, as far as plain keywords and references show; True if they do not."""
    return _Fitting(definitions).fits(value, schema, 0)


@dataclass(slots=True)
class _Fitting:
    definitions: Mapping[str, Any]
    known: dict[tuple[int, int], bool] = field(default_factory=dict)

    def fits(self, value: Any, schema: Any, depth: int) -> bool:
        if not isinstance(schema, dict) or depth > _DEPTH:
            return schema is not False
        # Each schema checks a value once, as nested sharing would take exponential time.
        key = id(schema), id(value)
        if key not in self.known:
            self.known[key] = True  # recursive
            self.known[key] = self._fits(value, schema, depth + 1)
        return self.known[key]

    def _fits(self, value: Any, schema: Schema, depth: int) -> bool:
        reference = schema.get("$ref")
        parts = [self.definitions.get(reference.removeprefix("#/$defs/"))] if isinstance(reference, str) else []
        if not all(self.fits(value, part, depth) for part in [*parts, *(schema.get("allOf") or ())]):
            return False
        for branches in (schema.get("anyOf"), schema.get("oneOf")):
            if branches and not any(self.fits(value, branch, depth) for branch in branches):
                return False
        return _fits_plain(value, schema) and self._inside(value, schema, depth)

    def _inside(self, value: Any, schema: Schema, depth: int) -> bool:
        if isinstance(value, dict):
            properties = schema.get("properties") or {}
            if any(name not in value for name in schema.get("required") or ()):
                return False
            is_closed = schema.get("additionalProperties") is False and "patternProperties" not in schema
            if is_closed and value.keys() - properties.keys():
                return False
            return all(self.fits(value[name], child, depth) for name, child in properties.items() if name in value)
        if isinstance(value, list):
            after = len(schema.get("prefixItems") or ())
            return all(self.fits(item, schema.get("items"), depth) for item in value[after:])
        return True


def _fits_plain(value: Any, schema: Schema) -> bool:
    kind = kind_of_value(value)
    types = schema.get("type")
    listed = [types] if isinstance(types, str) else types or [kind]
    if kind not in listed and not (kind == "integer" and "number" in listed):
        return False
    allowed = schema.get("enum", [schema["const"]] if "const" in schema else [value])
    if json_key(value) not in map(json_key, allowed):
        return False
    if kind in ("integer", "number"):
        step = schema.get("multipleOf")
        is_step = step is None or abs(value / step - round(value / step)) < 1e-9
        return is_step and all(hold(value, schema[name]) for name, hold in _BOUNDS.items() if name in schema)
    sizes = _SIZES.get(kind, {})
    if sizes and not schema.get(sizes["least"], 0) <= len(value) <= schema.get(sizes["most"], len(value)):
        return False
    return kind != "string" or "pattern" not in schema or _matches(value, schema["pattern"])


@lru_cache(maxsize=1024)
def _matches(value: str, pattern: str) -> bool:
    import jsonschema_rs

    try:
        return jsonschema_rs.Draft202012Validator({"pattern": pattern}, pattern_options=engine()).is_valid(value)
    except jsonschema_rs.ValidationError:  # an unsupported dialect: nothing is validated against it
        return True
