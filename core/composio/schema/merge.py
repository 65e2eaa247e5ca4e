"""Merge two schemas into one that requires both, for consumers that handle ``allOf`` badly."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from composio.schema.normalise import json_key

__all__ = ["merge"]

# Annotations: the outer schema's win.
_TEXTS = frozenset({"default", "deprecated", "description", "examples", "readOnly", "title", "writeOnly", "$comment"})

# Of two bounds the narrower one counts.
_BOUNDS: dict[str, Callable[[Any, Any], Any]] = {
    **dict.fromkeys(("exclusiveMinimum", "minimum", "minItems", "minLength", "minProperties", "uniqueItems"), max),
    **dict.fromkeys(("exclusiveMaximum", "maximum", "maxItems", "maxLength", "maxProperties"), min),
}
_IN_PLACE = frozenset({"additionalProperties", "items", "unevaluatedProperties"})


def merge(inner: Mapping[str, Any], outer: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return a schema that requires both; None if a single schema cannot. ``outer``'s strings win."""
    whole = dict(inner)
    for keyword, value in outer.items():
        if keyword not in whole or keyword in _TEXTS or whole[keyword] == value:
            whole[keyword] = value
        elif keyword == "required":
            whole[keyword] = list(dict.fromkeys([*whole[keyword], *value]))
        elif keyword == "properties":
            whole[keyword] = _properties(whole[keyword], value)
        elif keyword in _BOUNDS:
            whole[keyword] = _BOUNDS[keyword](whole[keyword], value)
        elif keyword in _IN_PLACE:
            whole[keyword] = _both(whole[keyword], value)
        elif (kept := _common(keyword, whole[keyword], value)) is not None:
            whole[keyword] = kept
        else:
            return None
    return _settle(whole)


def _common(keyword: str, inner: Any, outer: Any) -> Any:
    """Return the values or types that both allow; None if there are none, or it is unknown."""
    if keyword == "type":
        return _types(inner, outer) or None
    if keyword == "enum":
        return _in_both(inner, outer) or None
    return None


def _settle(whole: dict[str, Any]) -> dict[str, Any] | None:
    """Drop from ``whole`` what its enum makes redundant; None if it contradicts itself."""
    if isinstance(values := whole.get("enum"), list):
        if "const" in whole:
            if not _in_both([whole["const"]], values):
                return None
            del whole["enum"]
        elif "default" in whole and not _in_both([whole["default"]], values):
            del whole["default"]  # a base's, that this one narrows
    return whole


def _in_both(values: list[Any], others: list[Any]) -> list[Any]:
    """Return those of ``values`` that are among ``others``."""
    allowed = {json_key(other) for other in others}
    return [value for value in values if json_key(value) in allowed]


def _properties(inner: Mapping[str, Any], outer: Mapping[str, Any]) -> dict[str, Any]:
    whole = dict(inner)
    for name, schema in outer.items():
        whole[name] = _both(whole[name], schema) if name in whole else schema
    return whole


def _both(inner: Any, outer: Any) -> Any:
    """Merge two schemas of one place."""
    if inner == outer or inner in (True, {}) or outer is False:
        return outer
    if outer in (True, {}) or inner is False:
        return inner
    plain = isinstance(inner, dict) and isinstance(outer, dict) and "$ref" not in {**inner, **outer}
    together = merge(inner, outer) if plain else None
    return together if together is not None else {"allOf": [inner, outer]}


def _types(inner: Any, outer: Any) -> Any:
    """Return the types in both; "" if there are none."""
    allowed = set(outer if isinstance(outer, list) else [outer])
    if "number" in allowed:
        allowed.add("integer")
    kept = [t for t in (inner if isinstance(inner, list) else [inner]) if t in allowed]
    if not kept and inner == "number" and "integer" in allowed:
        kept = ["integer"]
    return kept if len(kept) > 1 else "".join(kept)
