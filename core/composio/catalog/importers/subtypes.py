"""Schemas that extend others by ``allOf``: the hierarchy, and which discriminator value selects which schema.

A base with a ``discriminator`` stands for every schema that extends it. Swagger 2 and OpenAPI 3.0 have no other way to say
that, and do not list the subtypes: they are found among the named schemas of the document.
Source: Swagger 2.0, "Schema Object" (``discriminator``); OpenAPI 3.0.3 and 3.2, "Discriminator Object"; AutoRest's
``x-ms-discriminator-value`` and OpenAPI Generator's ``x-discriminator-value``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from composio.catalog.importers.pointers import Pointers
from composio.catalog.sources.bundle import FILES_KEY
from composio.process.forks import cached
from composio.schema.meanings import options_like

__all__ = ["Discriminator", "Family", "Subtype", "Subtypes", "declared_property", "discriminator_of"]

Node = Mapping[str, Any]
Tokens = tuple[str, ...]
# Maximum depth when searching for bases.
_DEPTH = 12
# A base with more subtypes is universal, such as Microsoft Graph's `entity`: listing them is useless.
_MOST = 120
# Keywords beside an ``allOf`` of one reference that do not change its meaning.
_ABOUT = frozenset(
    (
        "$comment",
        "allOf",
        "default",
        "deprecated",
        "description",
        "example",
        "examples",
        "externalDocs",
        "nullable",
        "title",
        "xml",
    )
)
_VALUES = ("x-ms-discriminator-value", "x-discriminator-value")
_ABSTRACT = ("x-abstract", "x-ms-abstract")


@dataclass(frozen=True, slots=True)
class Discriminator:
    """``name`` is the property, ``mapping`` maps values to references or names; ``default`` is for other values (3.2)."""

    name: str
    mapping: Mapping[Any, Any]
    default: str | None = None


@dataclass(frozen=True, slots=True)
class Subtype:
    """A subtype of a base. ``values`` of the discriminator select it; none if unknown.

    ``extends`` is False for one that the mapping names and that does not itself inherit the base's properties.
    """

    tokens: Tokens
    node: Node
    values: tuple[str, ...] = ()
    extends: bool = True
    is_default: bool = False


@dataclass(frozen=True, slots=True)
class Family:
    """The alternatives of a base.

    ``own`` are the discriminator's values for the base itself; it ``stands`` for itself without one if none is required.
    """

    name: str
    subtypes: tuple[Subtype, ...]
    own: tuple[str, ...]
    stands: bool

    @property
    def values(self) -> tuple[str, ...]:
        """Return all values, each once; empty if some subtype has none, as then any value may select it."""
        if not all(one.values or one.is_default for one in self.subtypes):
            return ()
        listed = [value for one in self.subtypes for value in one.values]
        return tuple(dict.fromkeys([*listed, *self.own]))


class Subtypes:
    """The hierarchy of one document's named schemas."""

    def __init__(self, document: Pointers) -> None:
        self._document = document
        self._families: dict[int, Family | None] = {}
        self._targets: dict[int, dict[int, list[str]]] = {}

    def family(self, node: Node) -> Family | None:
        """Return the alternatives of ``node``; None if it is only itself, or lists them by ``oneOf`` or ``anyOf``."""
        key = id(node)
        if key not in self._families:
            self._families[key] = None  # while it is being computed
            self._families[key] = self._family(node)
        return self._families[key]

    def is_subtype(self, node: Node) -> bool:
        """Return whether ``node`` extends a base with subtypes, so that its ``allOf`` means that base alone."""
        return id(node) in self._subtypes and not self._is_wrapper(node)

    def is_related(self, node: Node) -> bool:
        """Return whether a schema is a base or extends one."""
        return id(node) in self._subtypes or id(node) in self._bases_of_others

    def lists_subtypes(self, node: Node, keyword: str) -> bool:
        """Return whether a union beside a base's properties names subtypes of that base."""
        listed = node.get(keyword)
        return isinstance(listed, list) and any(
            isinstance(branch, dict) and "$ref" in branch and self._extends(self._document.follow(branch), node)
            for branch in listed
        )

    def tags(self, node: Node) -> Iterator[tuple[str, tuple[str, ...], bool]]:
        """Return each inherited discriminator: its property, the values for ``node``, and whether they are explicit."""
        seen: set[str] = set()
        for base in () if self._children.get(id(node)) else self._ancestors(node):
            found = discriminator_of(base)
            if found is not None and found.name not in seen:
                seen.add(found.name)
                values, stated = self._values(found, node)
                if values := self._keep_allowed(values, node, found.name):
                    yield found.name, values, stated

    def inherited(self, node: Node) -> Discriminator | None:
        """Return the discriminator of the nearest base that has one."""
        return next((found for base in self._ancestors(node) if (found := discriminator_of(base)) is not None), None)

    def values_below(self, node: Node, name: str) -> tuple[str, ...]:
        """Return the values of the discriminator ``name`` for the subtypes of ``node``."""
        family = self.family(node)
        return family.values if family is not None and family.name == name else ()

    # -- the hierarchy ------------------------------------------------------------------------------------------------

    @cached
    def _named(self) -> dict[int, tuple[Tokens, Node]]:
        """Return every named schema that is not a mere reference, by identity."""
        found: dict[int, tuple[Tokens, Node]] = {}
        for tokens, node in _list_named(self._document.root):
            if "$ref" not in node:
                found.setdefault(id(node), (tokens, node))
        return found

    @cached
    def _children(self) -> dict[int, list[int]]:
        found: dict[int, list[int]] = {}
        for key, (_, node) in self._named.items():
            for base in dict.fromkeys(id(base) for base in self._bases(node)):
                found.setdefault(base, []).append(key)
        return found

    @cached
    def _bases_of_others(self) -> frozenset[int]:
        """Return the named schemas with a discriminator, or with a union of their subtypes."""
        return frozenset(
            key
            for key in self._children
            if key in self._named
            and (
                discriminator_of(self._named[key][1])
                or any(self.lists_subtypes(self._named[key][1], keyword) for keyword in ("anyOf", "oneOf"))
            )
        )

    @cached
    def _subtypes(self) -> frozenset[int]:
        return frozenset(key for base in self._bases_of_others for key in self._descendants(base))

    def _descendants(self, key: int) -> dict[int, None]:
        """Return all subtypes of a schema, each after its bases, in the document's order."""
        found: dict[int, None] = {}
        waiting = list(reversed(self._children.get(key, ())))
        while waiting:
            one = waiting.pop()
            if one not in found and one != key:
                found[one] = None
                waiting += reversed(self._children.get(one, ()))
        return found

    def _bases(self, node: Node, depth: int = 0) -> Iterator[Node]:
        """Return the direct bases of ``node``, also by an ``allOf`` inside its ``allOf``."""
        listed = node.get("allOf")
        for part in listed if isinstance(listed, list) and depth < _DEPTH else ():
            if isinstance(part, dict) and "$ref" in part:
                yield self._document.follow(part)
            elif isinstance(part, dict):
                yield from self._bases(part, depth + 1)

    def _ancestors(self, node: Node) -> list[Node]:
        """Return the bases of ``node``, the nearest first."""
        found: dict[int, Node] = {}
        waiting = list(self._bases(node))
        for base in waiting:  # which grows meanwhile
            if id(base) not in found and base is not node:
                found[id(base)] = base
                waiting += self._bases(base)
        return list(found.values())

    def _extends(self, node: Node, base: Node) -> bool:
        return any(above is base for above in self._ancestors(node))

    def _is_wrapper(self, node: Node) -> bool:
        """Return whether a schema is only an alias: an ``allOf`` of one reference and nothing else."""
        listed = node.get("allOf")
        is_plain = all(key in _ABOUT or (str(key).startswith("x-") and key not in _VALUES) for key in node)
        return (
            is_plain
            and isinstance(listed, list)
            and len(listed) == 1
            and isinstance(listed[0], dict)
            and "$ref" in listed[0]
            and not any(
                self._map(found).get(id(node))
                for base in self._ancestors(node)
                if (found := discriminator_of(base)) is not None
            )
        )

    # -- families -----------------------------------------------------------------------------------------------------

    def _family(self, node: Node) -> Family | None:
        if any(isinstance(node.get(keyword), list) and node[keyword] for keyword in ("anyOf", "oneOf")):
            return None
        if not self._stands_for_others(node):
            return None
        own = discriminator_of(node)
        found = own or self.inherited(node)
        if found is None or (id(node) in self._named and self._is_wrapper(node)):
            return None
        subtypes = self._find(node, found, mapped=own is not None)
        if not subtypes or len(subtypes) > _MOST:
            return None
        return self._complete(node, found, subtypes)

    def _stands_for_others(self, node: Node) -> bool:
        if id(node) in self._named:
            return bool(self._children.get(id(node))) or bool(self._map(discriminator_of(node)))
        return bool(self._map(discriminator_of(node)))

    def _find(self, node: Node, by: Discriminator, *, mapped: bool) -> list[Subtype]:
        """Return the family of ``node``: its subtypes, and those in its own mapping."""
        default = self._target(by.default) if by.default is not None else None
        found: dict[int, Subtype] = {}
        inner: set[int] = set()  # subtypes of an intermediate schema with a different discriminator
        targets = self._map(by)
        for key in self._descendants(id(node)):
            tokens, one = self._named[key]
            if key not in inner or key in targets:
                values, stated = self._values(by, one)
                if stated or not by.mapping or not self._is_wrapper(one):
                    values = self._keep_allowed(values, one, by.name)
                    found[key] = Subtype(tokens, one, values, is_default=one is default)
            other = discriminator_of(one)
            if other is not None and other.name != by.name:
                inner |= self._descendants(key).keys()
        for key in targets if mapped else ():
            if key not in found and key != id(node) and key in self._named:
                tokens, one = self._named[key]
                values = self._keep_allowed(tuple(targets[key]), one, by.name)
                found[key] = Subtype(tokens, one, values, extends=self._extends(one, node), is_default=one is default)
        return list(found.values())

    def _complete(self, node: Node, by: Discriminator, subtypes: list[Subtype]) -> Family:
        declared = declared_property(self._document, node, by.name)
        taken = {value for one in subtypes for value in one.values}
        own, stated = self._values(by, node)
        guessed = any(self._values(by, one.node)[1] for one in subtypes) or any(node.get(key) is True for key in _ABSTRACT)
        values = [] if guessed and not stated else list(own)
        # Values that the base allows and that select no subtype: they mean the base itself.
        if all(one.values for one in subtypes) and declared is not None and isinstance(listed := declared.get("enum"), list):
            values = [value for value in listed if isinstance(value, str)]
        values = [value for value in values if value not in taken]
        return Family(
            by.name,
            tuple(subtypes),
            tuple(dict.fromkeys(values)),
            stands=bool(values) or not self._requires(node, by.name) or not all(one.values for one in subtypes),
        )

    def _values(self, by: Discriminator, node: Node) -> tuple[tuple[str, ...], bool]:
        """Return the values for ``node``, and whether the description states them; else they are its name."""
        if mapped := self._map(by).get(id(node)):
            return tuple(mapped), True
        for key in _VALUES:
            if isinstance(value := node.get(key), str):
                return (value,), True
        tokens = self._named.get(id(node), ((), None))[0]
        return ((tokens[-1],) if tokens else ()), False

    def _keep_allowed(self, values: tuple[str, ...], node: Node, name: str) -> tuple[str, ...]:
        """Return those of ``values`` that the property allows, in its spelling.

        None if its schema lists them or it is not a string.
        """
        declared = declared_property(self._document, node, name) or {}
        allowed = declared.get("enum")
        if "const" in declared:
            return (declared["const"],) if isinstance(declared["const"], str) else ()
        if declared.get("type") not in (None, "string", ["string"], ["string", "null"]):
            return ()
        if not isinstance(allowed, list):
            return values
        if len(allowed) == 1:
            return (allowed[0],) if isinstance(allowed[0], str) else ()
        meant = [value if value in allowed else next(iter(options_like(value, allowed)), None) for value in values]
        return tuple(dict.fromkeys(value for value in meant if isinstance(value, str)))

    def _requires(self, node: Node, name: str) -> bool:
        holders = [node, *self._ancestors(node), *self._inline_parts(node)]
        return any(isinstance(required := one.get("required"), list) and name in required for one in holders)

    def _inline_parts(self, node: Node) -> Iterator[Node]:
        listed = node.get("allOf")
        yield from (part for part in (listed if isinstance(listed, list) else ()) if isinstance(part, dict))

    def _map(self, by: Discriminator | None) -> dict[int, list[str]]:
        """Return a mapping's values by target schema."""
        if by is None or not by.mapping:
            return {}
        if (known := self._targets.get(id(by.mapping))) is not None:
            return known
        found = self._targets[id(by.mapping)] = {}
        for value, target in by.mapping.items():
            if (node := self._target(target)) is not None:
                found.setdefault(id(node), []).append(str(value))
        return found

    def _target(self, target: Any) -> Node | None:
        """Return the target of a mapping's reference or name."""
        tokens = self._document.tokens(target) or ("components", "schemas", str(target))
        node = self._document.at(tokens)
        return self._document.follow(node) if isinstance(node, dict) else None


def discriminator_of(node: Node) -> Discriminator | None:
    """Return the discriminator that ``node`` itself declares, also in Swagger 2's form, which OpenAPI 3 documents have too."""
    found = node.get("discriminator")
    if isinstance(found, str) and found:
        return Discriminator(found, {})
    if not isinstance(found, dict) or not isinstance(name := found.get("propertyName"), str):
        return None
    mapping, default = found.get("mapping"), found.get("defaultMapping")
    return Discriminator(name, mapping if isinstance(mapping, dict) else {}, default if isinstance(default, str) else None)


def declared_property(document: Pointers, node: Any, name: str) -> Node | None:
    """Return the property ``name`` of an object or its bases, with its reference resolved."""
    waiting, seen = [node], set()
    while waiting:
        target = document.follow(waiting.pop())
        if id(target) in seen:
            continue
        seen.add(id(target))
        properties = target.get("properties")
        if isinstance(properties, dict) and name in properties:
            return document.follow(properties[name])
        # In most descriptions the last part is the object's own: it overrides the base's property.
        waiting += target["allOf"] if isinstance(target.get("allOf"), list) else ()
    return None


def _list_named(root: Node) -> Iterator[tuple[Tokens, Node]]:
    """Return named schemas, in the document and in the files that became part of it."""
    yield from _members(root, ())
    files = root.get(FILES_KEY)
    for name, file in files.items() if isinstance(files, dict) else ():
        if isinstance(file, dict):
            yield from _members(file, (FILES_KEY, str(name)))
            yield (FILES_KEY, str(name)), file


def _members(root: Node, base: Tokens) -> Iterator[tuple[Tokens, Node]]:
    for place in (("components", "schemas"), ("definitions",), ("schemas",), ("$defs",)):
        holder: Any = root
        for step in place:
            holder = holder.get(step) if isinstance(holder, dict) else None
        for name, node in holder.items() if isinstance(holder, dict) else ():
            if isinstance(node, dict):
                yield (*base, *place, str(name)), node
