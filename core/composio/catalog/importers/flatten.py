"""An object schema as a flat list of fields, where it is one. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from composio.catalog.importers.document import Document, Schemas
from composio.schema.keywords import IN_LIST, IN_MAP, IN_PLACE

__all__ = ["Fields", "fields_of"]

_DEPTH = 12
_ANNOTATIONS = frozenset(("required", "description", "title", "type"))
_TEXTS = frozenset(("$comment", "default", "deprecated", "description", "example", "examples", "title"))
# Beside its properties, about the object as a whole.
_OF_THE_WHOLE = (
    *("dependentRequired", "dependentSchemas", "if", "then", "else", "not"),
    *("maxProperties", "minProperties", "patternProperties", "propertyNames"),
)
# What can't simply stand beside another schema's keywords.
_BOUND = frozenset(("$ref", "discriminator", "nullable")) | IN_MAP | IN_LIST | IN_PLACE


@dataclass(slots=True)
class Fields:
    """Raw schemas by property name, and raw keywords about the object as a whole under ``constraints``.

    ``open`` where further properties are asked for, ``closed`` where they are forbidden.
    """

    properties: dict[str, Any] = field(default_factory=dict)
    required: set[str] = field(default_factory=set)
    constraints: dict[str, Any] = field(default_factory=dict)
    open: bool = False
    closed: bool = False


def fields_of(document: Document, schemas: Schemas, schema: Any, depth: int = 0) -> Fields | None:
    """The fields of an object, ``allOf`` merged; None for anything that is not plainly one object.

    Alternatives that only differ in what is required stay as a constraint beside the fields; properties that this direction
    does not carry are left out.
    """
    if not isinstance(schema, Mapping) or depth > _DEPTH:
        return None
    node = _followed(document, schema) if "$ref" in schema else schema
    kind = node.get("type")
    if kind is not None and kind != "object" and not (isinstance(kind, list) and "object" in kind):
        return None
    found = Fields()
    own = node.get("properties")
    if isinstance(own, Mapping):
        found.properties = {str(k): v for k, v in own.items() if not schemas.is_foreign(v)}
    required = node.get("required")
    if isinstance(required, list):
        found.required = {
            name for name in required if name in found.properties or not isinstance(own, Mapping) or name not in own
        }
    found.constraints = {k: node[k] for k in _OF_THE_WHOLE if k in node}
    more = node.get("additionalProperties")
    found.open, found.closed = more is True or (isinstance(more, Mapping)), more is False
    if isinstance(more, Mapping) and more:
        found.constraints["additionalProperties"] = more
    return found if _merge(document, schemas, node, found, depth) else None


def _followed(document: Document, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """What a reference leads to, with what stands beside it: both count in 3.1, only the reference in 3.0."""
    target = document.follow(schema)
    beside = {k: v for k, v in schema.items() if k != "$ref"} if document.version != "3.0" else {}
    if beside.keys() <= _TEXTS:
        return {**target, **beside}
    return {**beside, "allOf": [target, *_listed(beside, "allOf")]}


def _merge(document: Document, schemas: Schemas, node: Mapping[str, Any], found: Fields, depth: int) -> bool:
    """Add what ``allOf``, ``anyOf`` and ``oneOf`` say; False where they make more than one shape."""
    parts = list(_listed(node, "allOf"))
    for keyword in ("anyOf", "oneOf"):
        branches = _listed(node, keyword)
        if len(branches) == 1:
            parts += branches
        elif branches and all(isinstance(b, Mapping) and not b.keys() - _ANNOTATIONS for b in branches):
            found.constraints[keyword] = [{k: b[k] for k in ("required",) if k in b} for b in branches]
        elif branches:
            return False
    for part in parts:
        other = fields_of(document, schemas, part, depth + 1)
        if other is None:
            return False
        both = {n: _both(found.properties[n], s) for n, s in other.properties.items() if n in found.properties}
        found.properties = {**other.properties, **found.properties, **both}
        found.required |= other.required
        found.constraints = _constrained(found.constraints, other.constraints)
        found.open = found.open or other.open
    found.required &= found.properties.keys()
    return True


def _constrained(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """What both say; of further properties the first alone, as in an ``allOf`` the second would mean the first's own too."""
    if not one.keys() & other.keys():
        return {**one, **other}
    more = {k: v for k, v in other.items() if k != "additionalProperties"}
    return {**one, "allOf": [*one.get("allOf", ()), more]} if more else one


def _both(one: Any, other: Any) -> Any:
    """Two schemas of one property, which has to fit both."""
    if one == other or other in (True, {}):
        return one
    if one in (True, {}):
        return other
    if isinstance(one, Mapping) and isinstance(other, Mapping) and not _BOUND & (one.keys() | other.keys()):
        shared = (one.keys() & other.keys()) - _TEXTS
        if all(one[keyword] == other[keyword] for keyword in shared):
            return {**one, **other}
    return {"allOf": [one, other]}


def _listed(node: Mapping[str, Any], keyword: str) -> list[Any]:
    value = node.get(keyword)
    return value if isinstance(value, list) else []
