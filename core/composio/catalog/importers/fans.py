"""Limit definitions that reach the same parts on many paths: each part is validated once, not once per path. Pure.

Twelve schemas that each refer twice to the next have two hundred bytes each and four thousand paths to the last; a validator
walks all of them, for every value.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterator, Mapping
from typing import Any

from composio.schema.keywords import subschemas

__all__ = ["Fans", "references_in"]

Schema = dict[str, Any]
_PREFIX = "#/$defs/"
_UNIONS = ("anyOf", "oneOf")
_ABOUT = frozenset(("$comment", "default", "deprecated", "description", "examples", "readOnly", "title", "writeOnly"))
# Paths per part, beyond which the parts are listed instead.
_MANY = 8


class Fans:
    """The paths through one document's definitions, which are added in batches."""

    def __init__(self, definitions: Mapping[str, Schema]) -> None:
        self._definitions = definitions
        self._all = [_Ways(definitions, is_union=is_union) for is_union in (False, True)]

    def cut(self, new: list[str]) -> dict[str, Schema]:
        """Return replacements for ``new`` definitions with too many paths, and the parts created for them, by name.

        Each name is new once, and all of its references are known by then.
        """
        made: dict[str, Schema] = {}
        for ways in self._all:
            ways.add(new)
            for name in new:
                if not ways.may_fan(name):
                    continue
                parts = ways.parts(name)
                if ways.count(name) > _MANY * max(len(parts), 1):
                    made[name] = ways.listed(name, parts, made)
        return made


class _Ways:
    def __init__(self, definitions: Mapping[str, Schema], *, is_union: bool) -> None:
        self._definitions, self._is_union = definitions, is_union
        self._counts: dict[str, int] = {}
        self._edges_of: dict[str, list[str]] = {}
        self._fanning: dict[str, bool] = {}
        self._reached: Counter[str] = Counter()

    def add(self, new: list[str]) -> None:
        """Add definitions, before any query about them."""
        for name in new:
            self._reached.update(self._edges(name))

    def may_fan(self, name: str) -> bool:
        """Return whether anything below ``name`` is reached on two paths: most chains, however long, have no such part."""
        # Edges are examined, as a target may have been reached again since its own query.
        for one in self._from_the_end(name, self._fanning):
            self._fanning[one] = any(self._reached[edge] > 1 or self._fanning.get(edge, False) for edge in self._edges(one))
        return self._fanning[name]

    def _edges(self, name: str) -> list[str]:
        """Return the definitions that ``name`` consists of: all of them, or one of them for a union."""
        found = self._edges_of.get(name)
        if found is None:
            found = self._edges_of[name] = self._read_edges(name)
        return found

    def _read_edges(self, name: str) -> list[str]:
        schema = self._definitions.get(name, {})
        if self._is_union:
            keywords = [keyword for keyword in _UNIONS if keyword in schema]
            if len(keywords) != 1 or schema.keys() - {*keywords, *_ABOUT}:
                return []
            names = [_name_of(part) for part in schema[keywords[0]]]
            return [found for found in names if found is not None] if None not in names else []
        if "unevaluatedProperties" in schema:  # it depends on what its own parts leave over
            return []
        return [found for part in _flat(schema.get("allOf") or ()) if (found := _name_of(part)) is not None]

    def count(self, name: str) -> int:
        """Return the number of paths to the parts of ``name``; a cycle counts once."""
        for one in self._from_the_end(name, self._counts):
            self._counts[one] = 1 + sum(self._counts.get(edge, 0) for edge in self._edges(one))
        return self._counts[name]

    def _from_the_end(self, name: str, known: Container[str]) -> Iterator[str]:
        """Yield everything that ``name`` reaches and that is not ``known``, dependencies first."""
        seen: set[str] = set()
        waiting: list[tuple[str, bool]] = [(name, False)]
        while waiting:
            one, is_done = waiting.pop()
            if is_done:
                yield one
            elif one not in seen and one not in known:
                seen.add(one)
                waiting.append((one, True))
                waiting += [(edge, False) for edge in self._edges(one) if edge not in seen and edge not in known]

    def parts(self, name: str) -> list[str]:
        """Return each part of ``name`` once, without itself."""
        found: dict[str, None] = {}
        waiting = list(reversed(self._edges(name)))
        while waiting:
            one = waiting.pop()
            if one not in found and one != name:
                found[one] = None
                waiting += reversed(self._edges(one))
        return list(found)

    def listed(self, name: str, parts: list[str], made: dict[str, Schema]) -> Schema:
        """Return ``name`` with its parts next to each other, each alone."""
        schema = self._definitions[name]
        if self._is_union:
            rest = {keyword: value for keyword, value in schema.items() if keyword not in _UNIONS}
            return {**rest, "anyOf": [{"$ref": f"{_PREFIX}{part}"} for part in parts if not self._edges(part)]}
        refs = []
        for part in parts:
            own = f"{part}.alone" if self._edges(part) else part
            if own != part and own not in made:
                made[own] = self._alone(self._definitions[part])
            refs.append({"$ref": f"{_PREFIX}{own}"})
        alone = self._alone(schema)
        return {**alone, "allOf": [*alone.get("allOf", ()), *refs]}

    def _alone(self, schema: Schema) -> Schema:
        rest = {keyword: value for keyword, value in schema.items() if keyword != "allOf"}
        inline = [part for part in _flat(schema.get("allOf") or ()) if _name_of(part) is None]
        return {**rest, "allOf": inline} if inline else rest


def _flat(parts: Any) -> Iterator[Any]:
    """Return the parts of an ``allOf``, including those of nested ones."""
    for part in parts:
        if isinstance(part, dict) and part.keys() == {"allOf"}:
            yield from _flat(part["allOf"])
        else:
            yield part


def _name_of(part: Any) -> str | None:
    """Return the definition that a part refers to without additions."""
    if not isinstance(part, dict) or not isinstance(reference := part.get("$ref"), str) or part.keys() - {"$ref", *_ABOUT}:
        return None
    return reference.removeprefix(_PREFIX)


def references_in(schema: Any) -> frozenset[str]:
    """Return the definitions that ``schema`` refers to."""
    found: set[str] = set()
    waiting: list[Any] = [schema]
    while waiting:
        here = waiting.pop()
        if isinstance(here, dict):
            if isinstance(reference := here.get("$ref"), str):
                found.add(reference.removeprefix(_PREFIX))
            waiting += (child for _, _, child in subschemas(here))
    return frozenset(found)
