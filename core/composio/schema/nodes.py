"""Schemas as nodes of a graph: references resolved, ``allOf`` merged, sizes counted. Each is read once.

A node's own keywords and its stub are the same everywhere; the depth to which it is inlined is not. Pure.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from composio.schema.keywords import HOLD_SCHEMAS, has_subschemas, lookup, subschemas
from composio.schema.leftout import describe
from composio.schema.merge import merge
from composio.schema.prose import concise
from composio.schema.sizes import size_of

__all__ = ["Child", "Node", "Nodes", "key_size"]

Schema = Mapping[str, Any]
# Marks a flattened schema whose reference was not followed; not a JSON Schema keyword.
_CUT = "\0cut"
# Annotations that do not help a model: title repeats the name, examples cost tokens, the rest is for generators.
_NOISE = frozenset({"$comment", "$ref", "$schema", "deprecated", "examples", "readOnly", "title", "writeOnly"})
_NOT_OWN = _NOISE | HOLD_SCHEMAS | {_CUT, "description"}
_STUB_TEXT = 120
# Maximum length of a chain of references; real descriptions have only a few.
_CHAIN = 200
# Bytes of one enum, and how many of its values are named if it exceeds them.
_ENUM, _FEW = 12 * 1024, 5
_NONE: frozenset[str] = frozenset()

# A subschema: its keyword, its name or index or None, the bytes of its key, and its node, or itself if it is not an object.
Child = tuple[str, "str | int | None", int, "Node | Any"]


class Node:
    """A schema to inline.

    ``flat`` is ``schema`` with its own reference resolved and its ``allOf`` merged if that loses nothing. ``followed`` are the
    references that led to it, ``asked`` all that it depends on; those that were already followed around it are marked instead.
    """

    __slots__ = ("_children", "_is_leaf", "_nodes", "_own", "_stub", "_text", "asked", "flat", "followed", "schema", "variants")

    def __init__(
        self, nodes: Nodes, schema: Schema, flat: dict[str, Any], followed: frozenset[str], asked: frozenset[str]
    ) -> None:
        self._nodes, self.schema, self.flat, self.followed, self.asked = nodes, schema, flat, followed, asked
        self.variants: dict[frozenset[str], Node] | None = None
        self._is_leaf: bool | None = None
        self._children: list[Child] | None = None
        self._own: tuple[dict[str, Any], int] | None = None
        self._text: tuple[str, int] | None = None
        self._stub: tuple[dict[str, Any], int] | None = None

    @property
    def is_cut(self) -> bool:
        """Whether its reference was not followed, because it is recursive or has no target."""
        return _CUT in self.flat

    @property
    def is_leaf(self) -> bool:
        """Whether it has no subschemas; definitions do not count."""
        if self._is_leaf is None:
            self._is_leaf = not has_subschemas(self.flat) or all(keyword == "$defs" for keyword, _, _ in subschemas(self.flat))
        return self._is_leaf

    def opens(self, deep: bool) -> bool:
        """Return whether there is more than its stub. A node with parts is inlined only if it may go ``deep``."""
        return not self.is_cut and ("description" in self.flat if self.is_leaf else deep)

    @property
    def children(self) -> list[Child]:
        """Return its direct subschemas."""
        if self._children is None:
            self._children = self._nodes.children_of(self)
        return self._children

    def forget(self) -> None:
        """Release the nodes below."""
        self._children = self.variants = None

    @property
    def own(self) -> tuple[dict[str, Any], int]:
        """Return the keywords without schemas that help a model, except the description; and their bytes."""
        if self._own is None:
            own = {k: v for k, v in self.flat.items() if k not in _NOT_OWN}
            if "properties" in self.flat:
                own["properties"] = {}  # before the others, and even if all of them were read-only
            self._own = own, size_of(own)
        return self._own

    @property
    def text(self) -> tuple[str, int]:
        """Return its description, "" if there is none to show; and the bytes that this adds."""
        if self._text is None:
            text = self.flat.get("description")
            text = concise(text, self._nodes.text_limit) if self._nodes.text_limit and isinstance(text, str) else ""
            self._text = text, (size_of({"description": text}) - (0 if self.own[0] else 2) if text else 0)
        return self._text

    @property
    def stub(self) -> tuple[dict[str, Any], int]:
        """Return its stub: its type, and that it is free-form; and the bytes of that."""
        if self._stub is None:
            stub = self._describe() if self.is_cut or not self.is_leaf else self.own[0]
            self._stub = stub, size_of(stub)
        return self._stub

    def _describe(self) -> dict[str, Any]:
        flat = self.flat
        kind = flat.get("type") or ("object" if "properties" in flat else None)
        about = f"Free-form; nests {flat[_CUT]} again." if self.is_cut else describe(flat)
        text = concise(flat["description"], _STUB_TEXT) if isinstance(flat.get("description"), str) else ""
        stub: dict[str, Any] = {"type": kind} if kind else {}
        if kind == "array":  # several providers refuse an array without items
            stub["items"] = {}
        stub["description"] = f"{text} {about}".strip()
        return stub


class Nodes:
    """The nodes of schemas whose references point into ``root``. The targets of references are cached.

    ``root`` may grow, but a reference must keep its target. Descriptions have at most ``text_limit`` characters.
    """

    def __init__(self, root: Schema, text_limit: int) -> None:
        self.text_limit = text_limit
        self._root = root
        self._referred: dict[str, Node] = {}
        self._plain: dict[tuple[tuple[str, str], ...], Node] = {}

    def clear(self) -> None:
        """Drop every node and their links: those of recursive schemas are cyclic."""
        for node in self._referred.values():
            node.forget()
        self._referred.clear()
        self._plain.clear()

    def node(self, schema: Schema) -> Node:
        """Return the node of a schema without a parent."""
        reference = schema.get("$ref")
        if len(schema) == 1 and isinstance(reference, str):
            if (known := self._referred.get(reference)) is None:
                known = self._referred[reference] = self._read(schema, _NONE)
            return known
        # Most leaves are a type and a description, and equal to many others.
        if all(type(value) is str for value in schema.values()) and reference is None:
            words = tuple(schema.items())
            if (known := self._plain.get(words)) is None:
                known = self._plain[words] = self._read(schema, _NONE)
            return known
        return self._read(schema, _NONE)

    def flat(self, schema: dict[str, Any]) -> Node:
        """Return the node of a schema that is flat already."""
        return Node(self, schema, schema, _NONE, _NONE)

    def inside(self, node: Node, seen: frozenset[str]) -> Node:
        """Return ``node`` inside the targets of the references ``seen``, which are not followed again."""
        if not node.asked:
            return node
        if len(seen) + len(node.asked) > _CHAIN:
            return self._read(node.schema, seen)
        if node.asked.isdisjoint(seen):
            return node
        again = node.asked & seen
        if node.variants is None:
            node.variants = {}
        if (known := node.variants.get(again)) is None:
            known = node.variants[again] = self._read(node.schema, again)
        return known

    def children_of(self, node: Node) -> list[Child]:
        """Return the direct subschemas of a node."""
        flat, reference = node.flat, node.schema.get("$ref")
        if isinstance(reference, str) and len(node.schema) > 1:  # most are annotations without subschemas
            target = self.node({"$ref": reference})
            if all(target.flat.get(keyword) is flat.get(keyword) for keyword in HOLD_SCHEMAS):
                return target.children
        found: list[Child] = []
        for keyword, name, child in subschemas(flat):
            if keyword != "$defs":
                bytes_of_key = key_size(keyword if name is None else str(name))
                found.append((keyword, name, bytes_of_key, self.node(child) if isinstance(child, dict) else child))
        return found

    def _read(self, schema: Schema, seen: frozenset[str]) -> Node:
        asked: set[str] = set()
        flat, inside = self._flatten(schema, seen, asked)
        return Node(self, schema, flat, inside - seen or _NONE, frozenset(asked) or _NONE)

    def _flatten(self, schema: Schema, seen: frozenset[str], asked: set[str]) -> tuple[dict[str, Any], frozenset[str]]:
        """Return ``schema`` with its own reference resolved and its ``allOf`` merged if that loses nothing.

        And the references followed.

        A recursive reference, or one without a target, leaves a mark under ``_CUT``.
        """
        flat = dict(schema)
        while isinstance(reference := flat.pop("$ref", None), str):
            asked.add(reference)
            target = lookup(self._root, reference)
            if reference in seen or len(seen) > _CHAIN or not isinstance(target, dict):
                kind = target.get("type") if isinstance(target, dict) else None
                return {"type": kind or "object", **flat, _CUT: reference.rsplit("/", 1)[-1]}, seen
            seen |= {reference}
            flat = merge(target, flat) or {**target, **flat}
        branches = flat.pop("allOf", None)
        if not isinstance(branches, list):
            return _name_few(flat), seen
        whole: dict[str, Any] | None = {}
        inside = seen
        for branch in branches:
            if not isinstance(branch, dict) or branch.get("$ref") in inside - seen:  # a duplicate
                continue
            found, also = self._flatten(branch, seen, asked)
            inside |= also
            whole = None if whole is None or _CUT in found else merge(whole, found)
        whole = None if whole is None else merge(whole, flat)
        if whole is not None and whole.get("unevaluatedProperties") is False:  # what closed all parts closes the whole
            del whole["unevaluatedProperties"]
            whole["additionalProperties"] = False
        return (whole, inside) if whole is not None else ({**flat, "allOf": branches}, seen)


def _name_few(flat: dict[str, Any]) -> dict[str, Any]:
    """Shorten a schema's very large enum to a few named values; validation still has them all."""
    values = flat.get("enum")
    if not isinstance(values, list) or len(values) <= _FEW or size_of(values) <= _ENUM:
        return flat
    said = f"One of {len(values)} values, such as {', '.join(json.dumps(v, ensure_ascii=False)[:80] for v in values[:_FEW])}."
    rest = {k: v for k, v in flat.items() if k != "enum"}
    return {**rest, "description": f"{said} {flat.get('description') or ''}".strip()}


@lru_cache(maxsize=4096)  # names and keywords repeat
def key_size(name: str) -> int:
    """Return the bytes of a key as JSON, including its punctuation."""
    return size_of(name) + 6
