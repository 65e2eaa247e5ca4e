"""Looking into a schema: references followed, ``allOf`` merged, allowed types known. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["SchemaView"]

_EVERY_TYPE = ("object", "array", "string", "integer", "number", "boolean", "null")
_MAX_HOPS = 32


class SchemaView:
    """One schema document; its references point into its own ``$defs``."""

    def __init__(self, root: Mapping[str, Any]) -> None:
        self.root = root

    def resolve(self, schema: Any) -> dict[str, Any]:
        """The schema without ``$ref`` and ``allOf``: what they say merged into one level. ``True`` and the unknown become ``{}``."""
        return self._resolve(schema, _MAX_HOPS, set())

    def _resolve(self, schema: Any, hops: int, seen: set[str]) -> dict[str, Any]:
        if not isinstance(schema, Mapping) or hops == 0:
            return {}
        found = {key: value for key, value in schema.items() if key not in ("$ref", "allOf")}
        # What was merged already says nothing new, as often as parts that share parts lead to it.
        reference = str(schema.get("$ref", ""))
        parts = [self._target(reference)] if reference and reference not in seen else []
        seen.add(reference)
        for part in [*parts, *(schema.get("allOf") or [])]:
            found = _merge(self._resolve(part, hops - 1, seen), found)
        return found

    def _target(self, reference: Any) -> Any:
        node: Any = self.root
        for part in str(reference).removeprefix("#").split("/")[1:]:
            node = node.get(part.replace("~1", "/").replace("~0", "~")) if isinstance(node, Mapping) else None
        return node

    def part(self, schema: Any) -> dict[str, Any]:
        """A document of its own for validating one part."""
        return {"allOf": [schema], "$defs": self.root.get("$defs") or {}}

    def types(self, schema: Any) -> set[str]:
        """The JSON types that a value may have."""
        resolved = self.resolve(schema)
        declared = resolved.get("type")
        allowed = set(_EVERY_TYPE) if declared is None else {declared} if isinstance(declared, str) else set(declared)
        for keyword in ("anyOf", "oneOf"):
            branches = resolved.get(keyword)
            if branches:
                allowed &= set().union(*(self.types(branch) for branch in branches))
        if declared is None and "properties" in resolved:
            allowed &= {"object"}
        if declared is None and "items" in resolved:
            allowed &= {"array"}
        return allowed


def _merge(base: dict[str, Any], over: dict[str, Any]) -> dict[str, Any]:
    merged = {**base, **over}
    if "properties" in base and "properties" in over:
        one, other = base["properties"], over["properties"]
        both = {name: _both(one[name], other[name]) for name in one if name in other}
        merged["properties"] = {**one, **other, **both}
    if "required" in base and "required" in over:
        merged["required"] = list(dict.fromkeys([*base["required"], *over["required"]]))
    if "enum" in base and "enum" in over:
        merged["enum"] = [value for value in over["enum"] if value in base["enum"]] or over["enum"]
    return merged


def _both(one: Any, other: Any) -> Any:
    if one == other or one in (True, {}):
        return other
    return False if one is False or other is False else {"allOf": [other, one]}
