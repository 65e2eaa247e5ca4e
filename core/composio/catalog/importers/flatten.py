"""Flatten an object schema to a list of fields, if it is one. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from composio.catalog.importers.document import Document, Schemas
from composio.catalog.importers.subtypes import Family
from composio.schema.keywords import IN_LIST, IN_MAP, IN_PLACE

__all__ = ["Choice", "Fields", "fields_of", "form_fields"]

_DEPTH = 12
_ANNOTATIONS = frozenset(("required", "description", "title", "type"))
_TEXTS = frozenset(("$comment", "default", "deprecated", "description", "example", "examples", "title"))
# Keywords besides properties that are about the whole object.
_OF_THE_WHOLE = (
    *("dependentRequired", "dependentSchemas", "if", "then", "else", "not"),
    *("maxProperties", "minProperties", "patternProperties", "propertyNames"),
)
# Keywords that cannot be merged with another schema's.
_BOUND = frozenset(("$ref", "discriminator", "nullable")) | IN_MAP | IN_LIST | IN_PLACE


@dataclass(slots=True)
class Fields:
    """Raw schemas by property name, and raw keywords about the whole object under ``constraints``.

    ``open`` if further properties are explicitly allowed, ``closed`` if they are forbidden; those in ``foreign`` always are, as
    they belong to the other direction. ``choices`` are those of bases with subtypes: ``properties`` has the union of theirs.
    """

    properties: dict[str, Any] = field(default_factory=dict)
    required: set[str] = field(default_factory=set)
    constraints: dict[str, Any] = field(default_factory=dict)
    choices: list[Choice] = field(default_factory=list)
    foreign: set[str] = field(default_factory=set)
    open: bool = False
    closed: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """The property ``name`` of a discriminator, and an object's fields by its values."""

    name: str
    cases: tuple[tuple[tuple[str, ...], Fields], ...]


def fields_of(document: Document, schemas: Schemas, schema: Any) -> Fields | None:
    """Return the fields of an object with its ``allOf`` merged; None for anything that is not clearly one object.

    Alternatives that differ only in what is required stay as a constraint; properties of the other direction are dropped. A
    base with subtypes has the properties of all of them.
    """
    return _Flattener(document, schemas).fields(schema)


def form_fields(document: Document, schemas: Schemas, schema: Any) -> Fields | None:
    """Do the same as :func:`fields_of` for a form, whose parts must all be known: includes those of a union's branches."""
    flattener = _Flattener(document, schemas)
    return flattener.fields(schema) or flattener.alternatives(schema)


class _Flattener:
    def __init__(self, document: Document, schemas: Schemas) -> None:
        self._document, self._schemas = document, schemas
        self._known: dict[tuple[int, bool], Fields | None] = {}

    def fields(self, schema: Any, depth: int = 0, *, base: bool = False) -> Fields | None:
        """``base`` requests a schema alone, as its extensions use it."""
        if not isinstance(schema, dict) or depth > _DEPTH:
            return None
        node = _follow(self._document, schema) if "$ref" in schema else schema
        target = self._document.follow(schema) if "$ref" in schema else schema
        # Each schema is read once, as nested sharing would take exponential time.
        key = (id(target), base)
        if node is target or not node.keys() - target.keys():
            if key not in self._known:
                self._known[key] = None  # recursive
                self._known[key] = self._read(target, depth, base=base)
            found = self._known[key]
            return None if found is None else _copy(found)
        if "allOf" in node and node["allOf"][:1] == [target]:
            return self._object(node, depth, base=base)
        return self._read(target, depth, base=base)

    def alternatives(self, schema: Any) -> Fields | None:
        """Return the properties of all branches of a union of objects, with what each requires."""
        node = self._document.follow(schema) if isinstance(schema, dict) else {}
        keyword = next((key for key in ("oneOf", "anyOf") if isinstance(node.get(key), list) and node[key]), None)
        if keyword is None:
            return None
        own = self._object({k: v for k, v in node.items() if k not in (keyword, "discriminator")}, 0, base=False)
        branches = [self.fields(branch, 1) for branch in node[keyword]]
        told = [fields for fields in branches if fields is not None]
        if own is None or len(told) < len(branches):
            return None
        names = dict.fromkeys(name for fields in (own, *told) for name in fields.properties)
        own.properties = {name: _any(f.properties[name] for f in (own, *told) if name in f.properties) for name in names}
        own.foreign = own.foreign.union(*(fields.foreign for fields in told))
        shared = set.intersection(*(fields.required for fields in told))
        own.required |= shared
        if all(needed := [sorted(fields.required - own.required) for fields in told]):
            own.constraints["anyOf"] = [{"required": names} for names in needed]
        own.open = own.open or any(fields.open for fields in told)
        own.closed = False
        return own

    def _read(self, node: Mapping[str, Any], depth: int, *, base: bool) -> Fields | None:
        subtypes = self._schemas.subtypes
        if not base and (family := subtypes.family(node)) is not None:
            return self._family(node, family, depth)
        found = self._object(node, depth, base=base)
        if found is not None and not base and subtypes.is_subtype(node):
            self._tag(node, found)
        return found

    def _object(self, node: Mapping[str, Any], depth: int, *, base: bool) -> Fields | None:
        kind = node.get("type")
        if kind is not None and kind != "object" and not (isinstance(kind, list) and "object" in kind):
            return None
        found = Fields()
        own = node.get("properties")
        if isinstance(own, dict):
            found.properties = {str(k): v for k, v in own.items() if not self._schemas.is_foreign(v)}
            found.foreign = {str(k) for k in own} - found.properties.keys()
        required = node.get("required")
        if isinstance(required, list):
            found.required = {
                name for name in required if name in found.properties or not isinstance(own, dict) or name not in own
            }
        found.constraints = {k: node[k] for k in _OF_THE_WHOLE if k in node}
        more = node.get("additionalProperties")
        found.open, found.closed = more is True or (isinstance(more, dict)), more is False
        if isinstance(more, dict) and more:
            found.constraints["additionalProperties"] = more
        return found if self._merge(node, found, depth, base=base) else None

    def _merge(self, node: Mapping[str, Any], found: Fields, depth: int, *, base: bool) -> bool:
        """Add ``allOf``, ``anyOf`` and ``oneOf``; return False if they make more than one shape."""
        subtypes = self._schemas.subtypes
        are_bases = base or subtypes.is_subtype(node)
        parts = [(part, are_bases) for part in _list(node, "allOf")]
        for keyword in ("anyOf", "oneOf"):
            branches = _list(node, keyword)
            if base and subtypes.lists_subtypes(node, keyword):
                continue
            if len(branches) == 1:
                parts.append((branches[0], False))
            elif branches and all(isinstance(b, dict) and not b.keys() - _ANNOTATIONS for b in branches):
                found.constraints[keyword] = [{k: b[k] for k in ("required",) if k in b} for b in branches]
            elif branches:
                return False
        for part, is_base in parts:
            other = self.fields(part, depth + 1, base=is_base)
            if other is None:
                return False
            both = {n: _both(found.properties[n], s) for n, s in other.properties.items() if n in found.properties}
            found.properties = {**other.properties, **found.properties, **both}
            found.required |= other.required
            found.foreign |= other.foreign
            found.constraints = _constrain(found.constraints, other.constraints)
            found.choices += [choice for choice in other.choices if choice not in found.choices]
            # Closed parts close the whole and not each other.
            found.open, found.closed = found.open or other.open, found.closed or other.closed
        found.required &= found.properties.keys()
        return True

    def _tag(self, node: Mapping[str, Any], found: Fields) -> None:
        """Record which discriminator value selects this schema."""
        for tag in self._schemas.tags_of(node):
            for name, said in tag["properties"].items():
                if name in found.properties:
                    found.properties[name] = _both(found.properties[name], said)

    def _family(self, node: Mapping[str, Any], family: Family, depth: int) -> Fields | None:
        whole = self.fields(node, depth + 1, base=True)
        if whole is None:
            return None
        cases: list[tuple[tuple[str, ...], Fields]] = []
        for one in family.subtypes:
            inner = self._schemas.subtypes.family(one.node)
            case = self.fields(one.node, depth + 1, base=inner is None or inner.name == family.name)
            if case is None:
                return None
            if not one.extends:
                case = _beside(whole, case)
            cases.append((() if one.is_default else one.values, case))
        if family.stands:
            cases.append((family.own, whole))
        alternatives = [case for _, case in cases]
        found = Fields(constraints=whole.constraints)
        names = dict.fromkeys(name for fields in (whole, *alternatives) for name in fields.properties)
        found.properties = {
            name: _any(f.properties[name] for f in (*alternatives, whole) if name in f.properties) for name in names
        }
        found.required = set.intersection(*(fields.required for fields in alternatives))
        found.foreign = set().union(*(fields.foreign for fields in (whole, *alternatives)))
        found.open, found.closed = any(f.open for f in alternatives), all(f.closed for f in alternatives)
        declared = whole.properties.get(family.name)
        if family.values and declared is not None and not self._schemas.is_foreign(declared):
            found.properties[family.name] = _both(declared, {"enum": list(family.values)})
        found.choices = [Choice(family.name, tuple(cases)), *(inner for case in alternatives for inner in case.choices)]
        return found


def _copy(found: Fields) -> Fields:
    return replace(
        found,
        properties=dict(found.properties),
        required=set(found.required),
        foreign=set(found.foreign),
        constraints=dict(found.constraints),
        choices=list(found.choices),
    )


def _beside(one: Fields, other: Fields) -> Fields:
    """Return the fields of an object that must match both."""
    both = {n: _both(s, other.properties[n]) for n, s in one.properties.items() if n in other.properties}
    return Fields(
        properties={**one.properties, **other.properties, **both},
        required=one.required | other.required,
        constraints=_constrain(one.constraints, other.constraints),
        choices=[*one.choices, *other.choices],
        foreign=one.foreign | other.foreign,
        open=one.open or other.open,
        closed=one.closed or other.closed,
    )


def _any(schemas: Iterable[Any]) -> Any:
    """Return a schema that at least one of ``schemas`` matches."""
    different: list[Any] = []
    for schema in schemas:
        if schema not in different:
            different.append(schema)
    return different[0] if len(different) == 1 else {"anyOf": different}


def _follow(document: Document, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return a reference's target merged with its siblings: both count in 3.1, only the reference in 3.0."""
    target = document.follow(schema)
    beside = {k: v for k, v in schema.items() if k != "$ref"} if document.version != "3.0" else {}
    if beside.keys() <= _TEXTS:
        return {**target, **beside}
    return {**beside, "allOf": [target, *_list(beside, "allOf")]}


def _constrain(one: dict[str, Any], other: dict[str, Any]) -> dict[str, Any]:
    """Return both merged.

    Further properties follow the first alone, as in an ``allOf`` the second would cover the first's own.
    """
    if not one.keys() & other.keys():
        return {**one, **other}
    known = [one, *one.get("allOf", ())]
    more = {k: v for k, v in other.items() if k not in ("additionalProperties", "allOf")}
    parts = [
        part for part in (more, *other.get("allOf", ())) if part and not any(part.items() <= said.items() for said in known)
    ]
    return {**one, "allOf": [*one.get("allOf", ()), *parts]} if parts else one


def _both(one: Any, other: Any) -> Any:
    """Merge two schemas of one property, which must match both."""
    if one == other or other in (True, {}):
        return one
    if one in (True, {}):
        return other
    if isinstance(one, dict) and isinstance(other, dict) and not _BOUND & (one.keys() | other.keys()):
        shared = (one.keys() & other.keys()) - _TEXTS
        if all(one[keyword] == other[keyword] for keyword in shared):
            return {**one, **other}
    return {"allOf": [one, other]}


def _list(node: Mapping[str, Any], keyword: str) -> list[Any]:
    value = node.get(keyword)
    return value if isinstance(value, list) else []
