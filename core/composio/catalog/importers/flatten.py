"""An object schema as a flat list of fields, where it is one. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from composio.catalog.importers.document import Document, Schemas

__all__ = ["Fields", "fields_of"]

_DEPTH = 12
_ANNOTATIONS = frozenset(("required", "description", "title", "type"))


@dataclass(slots=True)
class Fields:
    """Raw schemas by property name. ``open`` where further properties are asked for, ``closed`` where they are forbidden."""

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
    node: Mapping[str, Any] = schema
    if "$ref" in schema:
        siblings = {k: v for k, v in schema.items() if k != "$ref"} if document.version != "3.0" else {}
        node = {**document.follow(schema), **siblings}
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
    more = node.get("additionalProperties")
    found.open, found.closed = more is True or (isinstance(more, Mapping)), more is False
    return found if _merge(document, schemas, node, found, depth) else None


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
        found.properties = {**other.properties, **found.properties}
        found.required |= other.required
        found.constraints = {**other.constraints, **found.constraints}
        found.open = found.open or other.open
    found.required &= found.properties.keys()
    return True


def _listed(node: Mapping[str, Any], keyword: str) -> list[Any]:
    value = node.get(keyword)
    return value if isinstance(value, list) else []
