"""Two schemas as one that says both, for readers who do better without ``allOf``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["merged"]

# About the value rather than of it: the outer text wins.
_TEXTS = frozenset({"default", "deprecated", "description", "examples", "readOnly", "title", "writeOnly", "$comment"})


def merged(inner: Mapping[str, Any], outer: Mapping[str, Any]) -> dict[str, Any] | None:
    """What satisfies both, as one schema; None where one schema can't say it. ``outer``'s texts win."""
    whole = dict(inner)
    for keyword, value in outer.items():
        if keyword not in whole or keyword in _TEXTS or whole[keyword] == value:
            whole[keyword] = value
        elif keyword == "required":
            whole[keyword] = list(dict.fromkeys([*whole[keyword], *value]))
        elif keyword == "properties":
            whole[keyword] = _properties(whole[keyword], value)
        elif keyword == "type" and (kept := _types(whole[keyword], value)):
            whole[keyword] = kept
        else:
            return None
    return whole


def _properties(inner: Mapping[str, Any], outer: Mapping[str, Any]) -> dict[str, Any]:
    whole = dict(inner)
    for name, schema in outer.items():
        if name not in whole or whole[name] == schema or whole[name] in (True, {}):
            whole[name] = schema
        elif schema not in (True, {}):
            both = isinstance(schema, Mapping) and isinstance(whole[name], Mapping) and "$ref" not in {**schema, **whole[name]}
            together = merged(whole[name], schema) if both else None
            whole[name] = together if together is not None else {"allOf": [whole[name], schema]}
    return whole


def _types(inner: Any, outer: Any) -> Any:
    """The types in both; "" where there are none."""
    allowed = set(outer if isinstance(outer, list) else [outer])
    if "number" in allowed:
        allowed.add("integer")
    kept = [t for t in (inner if isinstance(inner, list) else [inner]) if t in allowed]
    if not kept and inner == "number" and "integer" in allowed:
        kept = ["integer"]
    return kept if len(kept) > 1 else "".join(kept)
