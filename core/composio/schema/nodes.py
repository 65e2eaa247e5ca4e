"""Schemas as nodes of a graph: references followed, ``allOf`` merged, sizes counted. Each is read once, whoever refers to it.

What a node says of itself, and what it says as a stub, is the same wherever it stands; how deep it is written out is not. Pure.
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
# Marks a flattened schema whose reference was not followed; no JSON Schema keyword.
_CUT = "\0cut"
# Said about a value to whom it does not help: title repeats the name, examples cost tokens, the rest is for generators.
_NOISE = frozenset({"$comment", "$ref", "$schema", "deprecated", "examples", "readOnly", "title", "writeOnly"})
_NOT_OWN = _NOISE | HOLD_SCHEMAS | {_CUT, "description"}
_STUB_TEXT = 120
# References that lead from one to the next; what extends what extends what ends after a few in real descriptions.
_CHAIN = 200
# Bytes of one enum, and how many of its values are named where it has more.
_ENUM, _FEW = 12 * 1024, 5
_NONE: frozenset[str] = frozenset()

# A subschema: its keyword, its name or index or None, the bytes of its key, and its node, or itself where it is no object.
Child = tuple[str, "str | int | None", int, "Node | Any"]


class Node:
    """A schema as it is written out.

    ``flat`` is ``schema`` with its own reference followed and its ``allOf`` merged where that loses nothing. ``followed`` are
    the references that led to it, ``asked`` all that it depends on; those of them that had been followed before, around it,
    are marked instead.
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
        """Whether its reference was not followed, as what it leads to is being written out already, or is nothing."""
        return _CUT in self.flat

    @property
    def is_leaf(self) -> bool:
        """Whether it has no subschemas; definitions are none."""
        if self._is_leaf is None:
            self._is_leaf = not has_subschemas(self.flat) or all(keyword == "$defs" for keyword, _, _ in subschemas(self.flat))
        return self._is_leaf

    def opens(self, deep: bool) -> bool:
        """Whether there is more to say of it than its stub does. What has parts is written out only where that may go ``deep``."""
        return not self.is_cut and ("description" in self.flat if self.is_leaf else deep)

    @property
    def children(self) -> list[Child]:
        """Its direct subschemas."""
        if self._children is None:
            self._children = self._nodes.children_of(self)
        return self._children

    def forget(self) -> None:
        """Let go of the nodes below."""
        self._children = self.variants = None

    @property
    def own(self) -> tuple[dict[str, Any], int]:
        """The keywords that hold no schemas and that help a model, but for the description; and their bytes."""
        if self._own is None:
            own = {k: v for k, v in self.flat.items() if k not in _NOT_OWN}
            if "properties" in self.flat:
                own["properties"] = {}  # in its place before the rest, and there even where all were read-only
            self._own = own, size_of(own)
        return self._own

    @property
    def text(self) -> tuple[str, int]:
        """Its description, "" if it has none to show; and the bytes that this adds."""
        if self._text is None:
            text = self.flat.get("description")
            text = concise(text, self._nodes.text_limit) if self._nodes.text_limit and isinstance(text, str) else ""
            self._text = text, (size_of({"description": text}) - (0 if self.own[0] else 2) if text else 0)
        return self._text

    @property
    def stub(self) -> tuple[dict[str, Any], int]:
        """What stands for it where it is not written out: its type, and that it is free-form; and the bytes of that."""
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
        if kind == "array":  # several providers refuse an array that does not say what it holds
            stub["items"] = {}
        stub["description"] = f"{text} {about}".strip()
        return stub


class Nodes:
    """The nodes of schemas whose references point into ``root``. Those that references lead to are kept.

    ``root`` may grow, but what a reference led to once it has to lead to for good. Descriptions have at most ``text_limit``
    characters.
    """

    def __init__(self, root: Schema, text_limit: int) -> None:
        self.text_limit = text_limit
        self._root = root
        self._referred: dict[str, Node] = {}
        self._plain: dict[tuple[tuple[str, str], ...], Node] = {}

    def clear(self) -> None:
        """Forget every node, and what each knows of the others: those of schemas that nest themselves form circles."""
        for node in self._referred.values():
            node.forget()
        self._referred.clear()
        self._plain.clear()

    def node(self, schema: Schema) -> Node:
        """The node of a schema that stands inside nothing."""
        reference = schema.get("$ref")
        if len(schema) == 1 and isinstance(reference, str):
            if (known := self._referred.get(reference)) is None:
                known = self._referred[reference] = self._read(schema, _NONE)
            return known
        # Most leaves are a type and a description, and the same as many others.
        if all(type(value) is str for value in schema.values()) and reference is None:
            words = tuple(schema.items())
            if (known := self._plain.get(words)) is None:
                known = self._plain[words] = self._read(schema, _NONE)
            return known
        return self._read(schema, _NONE)

    def flat(self, schema: dict[str, Any]) -> Node:
        """The node of a schema that is flat already."""
        return Node(self, schema, schema, _NONE, _NONE)

    def inside(self, node: Node, seen: frozenset[str]) -> Node:
        """``node`` inside of what the references ``seen`` led to, which are not followed again."""
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
        """The direct subschemas of a node."""
        flat, reference = node.flat, node.schema.get("$ref")
        if isinstance(reference, str) and len(node.schema) > 1:  # most say something about it, and nothing of what it holds
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
        """``schema`` with its own reference followed and its ``allOf`` merged where that loses nothing; what was followed.

        A reference to what is being written out already, or to nothing, leaves a mark under ``_CUT``.
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
            if not isinstance(branch, dict) or branch.get("$ref") in inside - seen:  # said already
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
    """A schema whose enum would crowd everything else out names a few of the values; validation still knows them all."""
    values = flat.get("enum")
    if not isinstance(values, list) or len(values) <= _FEW or size_of(values) <= _ENUM:
        return flat
    said = f"One of {len(values)} values, such as {', '.join(json.dumps(v, ensure_ascii=False)[:80] for v in values[:_FEW])}."
    rest = {k: v for k, v in flat.items() if k != "enum"}
    return {**rest, "description": f"{said} {flat.get('description') or ''}".strip()}


@lru_cache(maxsize=4096)  # names and keywords repeat
def key_size(name: str) -> int:
    """Bytes of a key as JSON, with what is written around it and its value."""
    return size_of(name) + 6
