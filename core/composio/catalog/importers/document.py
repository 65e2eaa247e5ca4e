"""An OpenAPI 3 document as a graph: resolve pointers, make schemas local to one operation."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from pathlib import PurePosixPath
from typing import Any, Literal
from urllib.parse import unquote

from composio.catalog.importers.discriminator import Discriminators
from composio.catalog.importers.fans import Fans, references_in
from composio.catalog.importers.select import Selection
from composio.catalog.importers.subtypes import Family, Subtypes
from composio.catalog.importers.unions import UNIONS, contradicts, is_only_type, with_type
from composio.catalog.sources.bundle import FILES_KEY
from composio.process.forks import cached
from composio.schema.defaults import without_wrong_defaults
from composio.schema.keywords import IN_LIST, IN_MAP, IN_PLACE
from composio.schema.normalise import to_json_schema

__all__ = ["Document", "Schemas", "media_schema"]

Schema = dict[str, Any]
_ABSENT = object()
# Keywords that are dropped once a schema belongs to one direction and its references are moved.
_SETTLED = frozenset(("$defs", "$ref", "discriminator", "readOnly", "writeOnly"))
# OpenAPI 3.0 ignores siblings of a reference, but their authors meant them, and keeping them is harmless.
_BESIDE = ("default", "deprecated", "description", "title")
# How deep parts of an allOf are searched for closed schemas.
_DEPTH = 8
_COMPOSED = frozenset(("allOf", *UNIONS))
# Keywords without schemas, which are neither moved nor dropped.
_AS_IT_IS = frozenset(("default", "description", "enum", "example", "examples", "format", "nullable", "pattern", "title"))
# The same: a schema with only these is the same in both directions.
_LEAF = _AS_IT_IS | {"maximum", "maxLength", "minimum", "minLength", "type"}
# Keywords whose members have arbitrary names.
_NAMED = frozenset(("schemas", "$defs", "definitions"))
_OWN_DEFINITIONS = frozenset(("$defs", "definitions"))
_UNSAFE = re.compile(r"[^A-Za-z0-9._-]+")

# What a reference to a schema in a hierarchy means: the schema alone, as its extensions use it; with its discriminator
# value; or any of the subtypes of a base. Outside hierarchies there is one meaning.
_Role = Literal["", "base", "self", "family"]


class Document:
    """A parsed description. Errors in it become lines in ``warnings``, and it is read as permissively as possible."""

    def __init__(
        self,
        document: Mapping[str, Any],
        identities: Mapping[tuple[str, str], str] | None = None,
        selection: Selection | None = None,
    ) -> None:
        self.root = document
        self.selection = selection
        """The operations to read; None for all."""
        self.identities = identities or {}
        """Identities of operations by method and path, for converted documents whose identity is something else."""
        self.place = ""
        """What is being read, such as ``GET /users``, for warnings."""
        self.version = "3.0" if str(document.get("openapi", "")).startswith("3.0") else "3.1"
        self.warned = 0
        """The number of warnings."""
        self._warnings: dict[str, None] = {}
        self._followed: dict[str, tuple[dict[str, Any], str]] = {}
        self._tokens: dict[str, tuple[str, ...]] = {}
        self.subtypes = Subtypes(self)
        """Which of its schemas extend which."""

    def warn(self, text: str) -> None:
        """Record one problem; duplicates count once."""
        self.warned += 1
        self._warnings.setdefault(f"{self.place}: {text}" if self.place else text)

    def take_warnings(self) -> tuple[str, ...]:
        """Return what was recorded since the last call."""
        taken = tuple(self._warnings)
        self._warnings.clear()
        return taken

    def tokens(self, ref: object) -> tuple[str, ...] | None:
        """Return the steps of a local JSON pointer (RFC 6901), None for any other reference."""
        if not isinstance(ref, str) or not ref.startswith("#/"):
            return None
        known = self._tokens.get(ref)
        if known is None:
            known = self._tokens[ref] = self._read_pointer(ref)
        return known

    def _read_pointer(self, ref: str) -> tuple[str, ...]:
        found = tuple(unquote(step).replace("~1", "/").replace("~0", "~") for step in ref[2:].split("/"))
        if len(found) != 2 or found[0] not in _OWN_DEFINITIONS or self.at(found) is not None:
            return found
        return self._embedded.get(found, found)

    @cached
    def _embedded(self) -> dict[tuple[str, ...], tuple[str, ...]]:
        """Return where definitions inside schemas are, by the references that those schemas use.

        Pydantic and similar tools generate self-contained documents that are pasted unchanged. A name with several meanings in
        one description has none here.
        """
        found: dict[tuple[str, ...], tuple[str, ...]] = {}
        several: set[tuple[str, ...]] = set()
        waiting: list[tuple[tuple[str, ...], Any]] = [((), self.root)]
        while waiting:
            place, node = waiting.pop()
            inner = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
            waiting += (((*place, str(step)), child) for step, child in inner)
            if place and place[-1] in _OWN_DEFINITIONS and isinstance(node, dict):
                for name, schema in node.items():
                    called = (place[-1], str(name))
                    if self.at(found.setdefault(called, (*place, str(name)))) != schema:
                        several.add(called)
        return {called: place for called, place in found.items() if called not in several}

    def at(self, tokens: Iterable[str]) -> Any:
        """Return the node at a pointer, None if there is none. Follows references on the way."""
        node: Any = self.root
        for step in tokens:
            if isinstance(node, dict) and step not in node and "$ref" in node:
                node = self.follow(node)
            if isinstance(node, dict):
                node = node.get(step, _ABSENT)
            elif isinstance(node, list) and step.isdigit() and int(step) < len(node):
                node = node[int(step)]
            else:
                node = _ABSENT
            if node is _ABSENT:
                return None
        return node

    def follow(self, node: Any) -> dict[str, Any]:
        """Return ``node``, or its reference's target; ``{}`` if the target is missing, circular or not an object."""
        seen: dict[str, None] = {}
        lost = ""
        while isinstance(node, dict) and isinstance(ref := node.get("$ref"), str):
            if (known := self._followed.get(ref)) is not None:
                node, lost = known
                break
            tokens = self.tokens(ref)
            target = None if tokens is None or ref in seen else self.at(tokens)
            seen[ref] = None
            if target is None:
                node, lost = {}, ref
                break
            node = target
        found: dict[str, Any] = node if isinstance(node, dict) else {}
        # Each link of a long chain is resolved separately; walking the chain from its start each time would be quadratic.
        self._followed.update(dict.fromkeys(seen, (found, lost)))
        if lost:
            self.warn(f"the reference {lost} leads nowhere; anything is accepted in its place")
        return found


class Schemas:
    """Schemas of one direction, as JSON Schema 2020-12 with references into ``#/$defs``.

    ``use`` drops the properties of the other direction: ``readOnly`` ones in a request, ``writeOnly`` ones in a response. Each
    definition is read once per document. The names of definitions begin with ``part``, which distinguishes documents.
    """

    def __init__(self, document: Document, use: Literal["request", "response"], part: str = "") -> None:
        self._document, self._scope = document, part
        self._foreign = "readOnly" if use == "request" else "writeOnly"
        self.subtypes = document.subtypes
        self._tags = Discriminators(document, self.subtypes, self.is_foreign)
        self._names: dict[tuple[tuple[str, ...], bool, _Role], str] = {}
        self._asked: dict[tuple[tuple[str, ...], bool, bool, bool], str] = {}
        self._taken: set[str] = set()
        self._numbers: dict[str, int] = {}
        self._refs: dict[str, frozenset[str]] = {}
        self._waiting: list[tuple[str, tuple[str, ...], Any, bool, _Role]] = []
        self.definitions: dict[str, Schema] = {}
        self._fans = Fans(self.definitions)

    def local(self, schema: Any) -> tuple[Schema, frozenset[str]]:
        """Return ``schema`` made local, with the names of the definitions that it refers to directly."""
        refs: set[str] = set()
        return self._settle(self._walk(schema, refs)), frozenset(refs)

    def _settle(self, moved: Any) -> Schema:
        return to_json_schema(moved, openapi=self._document.version)

    def closure(self, names: Iterable[str]) -> dict[str, Schema]:
        """Return the definitions that ``names`` need, including themselves, in the order of their names."""
        self.complete()
        needed: set[str] = set()
        waiting = list(names)
        while waiting:
            name = waiting.pop()
            if name not in needed:
                needed.add(name)
                waiting += self._refs[name]
        return {name: self.definitions[name] for name in sorted(needed)}

    def complete(self) -> None:
        """Read every definition that was referred to so far."""
        # A queue, not recursion: chains of references are longer than Python's stack in real descriptions.
        new: list[str] = []
        while self._waiting:
            name, tokens, node, opened, role = self._waiting.pop()
            refs: set[str] = set()
            self.definitions[name] = self._settle(self._defined(tokens, node, refs, opened=opened, role=role))
            self._refs[name] = frozenset(refs)
            new.append(name)
        for name in new:  # once everything is there that defaults are checked against
            self.definitions[name] = without_wrong_defaults(self.definitions[name], self.definitions)
        for name, schema in self._fans.cut(new).items():
            self.definitions[name], self._refs[name] = schema, references_in(schema)

    def is_foreign(self, schema: Any) -> bool:
        """Return whether a property belongs to the other direction."""
        return isinstance(schema, dict) and (
            schema.get(self._foreign) is True or ("$ref" in schema and self._document.follow(schema).get(self._foreign) is True)
        )

    def tags_of(self, node: Any) -> list[Schema]:
        """Return the discriminator values that select a schema, from its bases."""
        return self._tags.of(node)

    def _walk(self, node: Any, refs: set[str], *, opened: bool = False, role: _Role = "", tagged: bool = False) -> Any:
        """Return ``node`` with moved references.

        An ``opened`` one allows further properties, as an enclosing schema is closed.

        With a ``role`` in a hierarchy, references in its ``allOf`` mean those schemas alone. ``tagged`` is set if siblings of a
        reference say which discriminator value selects it.
        """
        if not isinstance(node, dict):
            return node if isinstance(node, bool) else {}
        if _LEAF.issuperset(node):  # the common case
            return dict(node)
        found: Schema = {}
        if "$ref" in node:
            name = self._define(node["$ref"], opened, base=role == "base", tagged=tagged)
            if name is not None:
                refs.add(name)
                found["$ref"] = f"#/$defs/{name}"
            if self._document.version == "3.0":
                return found | {k: node[k] for k in _BESIDE if k in node}
        is_composed = not _COMPOSED.isdisjoint(node)
        closes = is_composed and self._is_closed_by_parts(node)
        is_any_type = is_composed and "type" in node and contradicts(self._document, node)
        for key, value in node.items():
            if key in _AS_IT_IS:  # the common case
                found[key] = value
                continue
            is_moot = (key == "type" and is_any_type) or (
                key == "additionalProperties" and value is False and (opened or closes)
            )
            if key in _SETTLED or is_moot or (role == "base" and key in UNIONS and self.subtypes.lists_subtypes(node, key)):
                continue
            found[key] = self._keyword(node, key, value, refs, opened or closes, role)
            if is_any_type and key in UNIONS and isinstance(value, list):
                found[key] = [with_type(self._document, node, *both) for both in zip(_once(value), found[key], strict=True)]
        if closes and not opened:
            found["unevaluatedProperties"] = False
        self._tidy_required(node, found)
        if "discriminator" in node and role != "base":
            self._tags.hint(node, found)
            family = None if role else self.subtypes.family(node)
            found |= {} if family is None else {"anyOf": self._branches(family, refs, None, opened=opened)}
        return found

    def _keyword(self, node: Mapping[str, Any], key: str, value: Any, refs: set[str], opened: bool, role: _Role) -> Any:
        """Return the value of one of ``node``'s keywords, with its schemas converted."""
        if key in IN_MAP and isinstance(value, dict):
            return {str(k): self._walk(v, refs) for k, v in value.items() if not self.is_foreign(v)}
        if key in IN_LIST and isinstance(value, list):
            return [self._part(node, key, v, refs, opened, role) for v in (_once(value) if key in _COMPOSED else value)]
        return self._walk(value, refs) if key in IN_PLACE else value

    def _part(self, node: Mapping[str, Any], key: str, part: Any, refs: set[str], opened: bool, role: _Role) -> Any:
        """Return one of the schemas in ``node``'s list under ``key``."""
        if key == "allOf":
            if is_only_type(self._document, node, part):
                part = {name: value for name, value in part.items() if name != "type"}
            return self._walk(part, refs, opened=opened, role="base" if role else "")
        tag = self._tags.tag(node, key, part) if key in UNIONS else None
        walked = self._walk(part, refs, opened=opened and key in UNIONS, tagged=tag is not None)
        return walked if tag is None else {"allOf": [walked, tag]}

    def _defined(self, tokens: tuple[str, ...], node: Any, refs: set[str], *, opened: bool, role: _Role) -> Any:
        """Return the definition for this ``role``."""
        if role == "self":
            walked = self._walk(node, refs, opened=opened, role=role)
            tags = self._tags.of(node)
            return {"allOf": [walked, *tags]} if tags else walked
        family = self.subtypes.family(node) if role == "family" else None
        if family is None:
            return self._walk(node, refs, opened=opened, role=role)
        beside = {key: node[key] for key in ("description", "nullable") if key in node}
        return {**beside, "anyOf": self._branches(family, refs, tokens, opened=opened)}

    def _branches(self, family: Family, refs: set[str], base: tuple[str, ...] | None, *, opened: bool) -> list[Schema]:
        """Return a base's alternatives. Without ``base`` its own keywords are beside them."""

        def referred(tokens: tuple[str, ...], *, alone: bool = True) -> Schema:
            name = self._name(tokens, opened, base=alone)
            refs.add(name)
            return {"$ref": f"#/$defs/{name}"}

        own = [] if base is None else [referred(base)]
        found = []
        for one in family.subtypes:
            inner = self.subtypes.family(one.node)
            shown = referred(one.tokens, alone=inner is None or inner.name == family.name)
            parts = [*([] if one.extends else own), shown, *self._tags.of_subtype(family, one)]
            found.append({"allOf": parts} if len(parts) > 1 else shown)
        if family.stands:
            parts = [*own, *self._tags.of_base(family)]
            found.append({"allOf": parts} if len(parts) > 1 else parts[0] if parts else {})
        return found

    def _is_closed_by_parts(self, node: Mapping[str, Any]) -> bool:
        """Return whether parts that are meant as one object exclude each other's properties.

        Strictly, nothing would validate against such an ``allOf``, or a closed object beside a union. Its authors mean the
        properties of all parts, of the matching branch, and no others.
        """
        parts, branches = _list(node, "allOf"), [branch for key in UNIONS for branch in _list(node, key)]
        if branches and node.get("additionalProperties") is False and any(self._has_properties(b) for b in branches):
            return True
        beside = len(parts) + ("properties" in node) + bool(branches)
        return bool(parts or branches) and beside > 1 and self._is_closed(node)

    def _has_properties(self, branch: Any) -> bool:
        target = self._document.follow(branch) if isinstance(branch, dict) else {}
        return bool(target.get("properties")) or bool(_list(target, "allOf"))

    def _is_closed(self, node: Any, depth: int = 0, open_ones: set[int] | None = None) -> bool:
        # Each part is visited once, as nested sharing would take exponential time.
        open_ones = set() if open_ones is None else open_ones
        if depth > _DEPTH or not isinstance(node, dict):
            return False
        target = self._document.follow(node) if "$ref" in node else node
        if id(target) in open_ones:
            return False
        open_ones.add(id(target))
        parts = [part for key in ("allOf", *UNIONS) for part in _list(target, key)]
        return target.get("additionalProperties") is False or any(self._is_closed(part, depth + 1, open_ones) for part in parts)

    @staticmethod
    def _tidy_required(node: Mapping[str, Any], found: Schema) -> None:
        required = found.get("required")
        if not isinstance(required, list):
            found.pop("required", None)  # Swagger 2's boolean, still present in many documents
            return
        if isinstance(properties := node.get("properties"), dict):
            dropped = properties.keys() - found.get("properties", {}).keys()
            if dropped:
                found["required"] = [name for name in required if name not in dropped]

    def _define(self, ref: Any, opened: bool = False, *, base: bool = False, tagged: bool = False) -> str | None:
        """Return the name of the definition for ``ref``, None if the target is missing."""
        tokens = self._document.tokens(ref)
        if tokens is not None and (known := self._asked.get((tokens, opened, base, tagged))) is not None:
            return known
        node = self._document.at(tokens) if tokens else None
        if tokens is None or not isinstance(node, dict | bool):
            self._document.warn(f"the reference {ref} leads nowhere; anything is accepted in its place")
            return None
        name = self._name(tokens, opened and self._is_closed({"$ref": ref}), base=base, tagged=tagged)
        self._asked[tokens, opened, base, tagged] = name
        return name

    def _name(self, tokens: tuple[str, ...], opened: bool, *, base: bool = False, tagged: bool = False) -> str:
        """Return the name of the target's definition."""
        node = self._document.at(tokens)
        role = self._role(node, base=base, tagged=tagged)
        if (known := self._names.get((tokens, opened, role))) is not None:
            return known
        stem = name = self._scope + _UNSAFE.sub("_", _stem(tokens)) + (".own" if role == "base" else "")
        while name in self._taken:
            self._numbers[stem] = self._numbers.get(stem, 1) + 1
            name = f"{stem}_{self._numbers[stem]}"
        self._names[tokens, opened, role] = name
        self._taken.add(name)
        if isinstance(node, dict) and "$ref" in node and not self._document.follow(node):
            node = {}
        self._waiting.append((name, tokens, node, opened, role))
        return name

    def _role(self, node: Any, *, base: bool, tagged: bool) -> _Role:
        target = self._document.follow(node) if isinstance(node, dict) else {}
        if not self.subtypes.is_related(target):
            # A base that no named schema extends may still stand for the schemas in its mapping.
            return "family" if not base and "discriminator" in target and self.subtypes.family(target) else ""
        if base:
            return "base"
        if "$ref" in node:  # its target has a role of its own
            return ""
        if self.subtypes.family(node) is not None:
            return "family"
        if self.subtypes.is_subtype(node):
            return "base" if tagged and not any(self.subtypes.lists_subtypes(node, k) for k in UNIONS) else "self"
        return ""


def _once(parts: list[Any]) -> list[Any]:
    """Return ``parts`` without duplicate references, which add nothing."""
    seen: set[str] = set()
    return [
        part
        for part in parts
        if not (isinstance(part, dict) and part.keys() == {"$ref"})
        or (str(part["$ref"]) not in seen and not seen.add(str(part["$ref"])))  # type: ignore[func-returns-value]
    ]


def media_schema(media: Mapping[str, Any]) -> Any:
    """Return the schema of a media type; if it only has that of each item (3.2, ``itemSchema``), that of all items."""
    if "schema" not in media and "itemSchema" in media:
        return {"type": "array", "items": media["itemSchema"]}
    return media.get("schema", {})


def _stem(tokens: tuple[str, ...]) -> str:
    """Return a definition's name: the schema's own, or the file's if it is a whole file."""
    if len(tokens) > 1 and tokens[-2] in _NAMED:
        return tokens[-1]
    if len(tokens) == 2 and tokens[0] == FILES_KEY:
        return PurePosixPath(tokens[1]).stem
    return "_".join(tokens)


def _list(node: Mapping[str, Any], keyword: str) -> list[Any]:
    value = node.get(keyword)
    return value if isinstance(value, list) else []
