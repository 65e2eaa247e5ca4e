"""Walk a value and its schemas in parallel."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from composio.schema.keywords import lookup

__all__ = ["applying", "at", "below", "find_entangled", "property_names"]

_Schema = Mapping[str, Any]
_BRANCHES = ("allOf", "anyOf", "oneOf")
_CONDITIONAL = ("then", "else")


def applying(schemas: Iterable[Any], root: _Schema) -> list[_Schema]:
    """Return all schemas for one value: references resolved, with the branches of combinations."""
    found: list[_Schema] = []
    waiting, visited = list(schemas), set()
    for schema in waiting:  # which grows meanwhile
        if not isinstance(schema, Mapping) or id(schema) in visited:
            continue
        visited.add(id(schema))
        found.append(schema)
        if isinstance(reference := schema.get("$ref"), str):
            waiting.append(lookup(root, reference))
        for keyword in _BRANCHES:
            waiting += schema.get(keyword) or ()
        waiting += [schema[keyword] for keyword in _CONDITIONAL if keyword in schema]
    return found


def below(schemas: Iterable[_Schema], part: str | int) -> Iterator[Any]:
    """Return the schemas of the property or item ``part`` in ``schemas``, which come from :func:`applying`."""
    for schema in schemas:
        if isinstance(part, int):
            prefix = schema.get("prefixItems") or ()
            yield prefix[part] if part < len(prefix) else schema.get("items")
        elif part in (schema.get("properties") or ()):
            yield schema["properties"][part]
        else:
            # Only the validator runs a description's patterns, so it decides which one a name matches.
            yield from (schema.get("patternProperties") or {}).values()
            yield schema.get("additionalProperties")


def at(root: _Schema, path: Iterable[str | int]) -> list[_Schema]:
    """Return the schemas in ``root`` for the value at ``path``."""
    found = applying([root], root)
    for part in path:
        found = applying(below(found, part), root)
    return found


def property_names(schemas: Iterable[_Schema]) -> list[str]:
    """Return the properties in ``schemas``, each once, in order."""
    return list(dict.fromkeys(name for schema in schemas for name in schema.get("properties") or ()))


def find_entangled(value: Any, root: _Schema, most: int = 2000) -> str | None:
    """Return the property of ``value`` with more than ``most`` possible readings, None if there is none.

    Nested unions multiply: explaining why none of six forms with six forms each fits takes six to the power of the depth steps.
    """
    if not isinstance(value, dict):
        return None
    waiting: list[tuple[str, Any, list[Any], int]] = [
        (str(name), inner, list(below(applying([root], root), name)), 1) for name, inner in value.items()
    ]
    for name, inner, schemas, above in waiting:  # which grows meanwhile
        ways = above * max(1, sum(isinstance(schema, Mapping) for schema in schemas))
        if ways > most:
            return name
        found = applying(schemas, root)
        parts = inner.items() if isinstance(inner, dict) else enumerate(inner) if isinstance(inner, list) else ()
        waiting += [(name, part, list(below(found, key)), ways) for key, part in parts if isinstance(part, dict | list)]
    return None
