"""A schema that stands for itself: references written out, recursion cut, within a size. What a model is shown.

The work is bounded like the result: parts are written out in the order of their worth (required ones first, then by depth)
until the size is reached, and what did not get its turn stays a free-form stub.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from heapq import heappop, heappush
from typing import Any

from composio.model.action import JsonSchema
from composio.schema.keywords import IN_LIST, IN_MAP, IN_PLACE, has_subschemas, lookup, subschemas
from composio.schema.merge import merge
from composio.schema.prose import PROPERTY_LIMIT, concise, shorten

__all__ = ["describe", "inline", "read_left_out", "some_values", "without_left_out"]

# Said about a value to whom it does not help: title repeats the name, examples cost tokens, the rest is for generators.
_NOISE = frozenset({"$comment", "$ref", "$schema", "deprecated", "examples", "readOnly", "title", "writeOnly"})
# Marks a flattened schema whose reference was not followed; no JSON Schema keyword.
_CUT = "\0cut"
_NOT_OWN = _NOISE | IN_MAP | IN_LIST | IN_PLACE | {_CUT}
_STUB_TEXT = 120
# How many properties of an object that is not written out are named, and in how many characters.
_NAMED, _NAMES = 16, 240
_LEFT_OUT, _NEEDED = "Free-form object; properties: ", " (required)"
_BETWEEN = re.compile(r", (?:\.\.\.)?|,?…")
# References that lead from one to the next; what extends what extends what ends after a few in real descriptions.
_CHAIN = 200
# Bytes of one enum, and how many of its values are named where it has more.
_ENUM, _FEW = 12 * 1024, 5
_SOME = re.compile(r"One of \d+ values, such as [^\n]{0,200}")


def inline(
    schema: Mapping[str, Any],
    *,
    max_depth: int = 12,
    limit: int = 30 * 1024,
    response: bool = False,
    text_limit: int = PROPERTY_LIMIT,
) -> JsonSchema:
    """``schema``, whose references point into itself, as one self-contained schema of an object.

    At most ``limit`` bytes of UTF-8 JSON; the default leaves room for a tool's name and description below 32 KB. Below
    ``max_depth`` schemas, inside itself, and where the size is reached, a part becomes a stub that says so; what is written
    out keeps its enums, defaults, bounds and required names. Read-only properties go, as nobody can set them; of a
    ``response``, which need not be an object, the write-only ones go instead. Descriptions are made concise, in at most
    ``text_limit`` characters each.
    """
    return JsonSchema(_Inliner(schema, max_depth, limit, "writeOnly" if response else "readOnly", text_limit).run())


@dataclass(order=True, slots=True)
class _Part:
    """A place that holds a stub until its turn; the smallest is worth the most."""

    optional: int
    depth: int
    turn: int
    schema: Mapping[str, Any] = field(compare=False)
    seen: frozenset[str] = field(compare=False)
    holder: Any = field(compare=False)
    key: Any = field(compare=False)
    reserved: int = field(compare=False)


class _Inliner:
    def __init__(self, root: Mapping[str, Any], max_depth: int, limit: int, dropped: str, text_limit: int) -> None:
        self.root, self.max_depth, self.left, self.dropped, self.text_limit = root, max_depth, limit, dropped, text_limit
        self.waiting: list[_Part] = []
        self.turns = 0

    def run(self) -> dict[str, Any]:
        flat, seen = self._flat(self.root, frozenset({"#"}))
        if self.dropped == "readOnly":  # arguments are always an object
            flat = {**flat, "type": "object", "properties": flat.get("properties") or {}}
        held: dict[str, Any] = {}
        # A root can't be a stub: what does not fit of it goes property by property, the required ones last.
        if not self._open(_Part(0, 0, 0, flat, seen, held, "root", 0)):
            properties = self._fitting(flat, seen)
            small = {**_own(flat), "properties": properties}
            small["required"] = [name for name in flat.get("required") or () if name in properties]
            self._open(_Part(0, 0, 0, small, seen, held, "root", 0))
        while self.waiting:
            self._open(heappop(self.waiting))
        return held.get("root") or _stub(flat)

    def _fitting(self, flat: Mapping[str, Any], seen: frozenset[str]) -> dict[str, Any]:
        required = set(flat.get("required") or ())
        properties = flat.get("properties") or {}
        room = self.left - _size(_own(flat)) - 100
        kept = set()
        aside = room // 3 if required else 0  # to write out what is required, which is worth more than a further name
        for name in sorted(properties, key=lambda n: n not in required):
            held: dict[str, Any] = {}
            child, inside = self._flat(properties[name], seen)
            cost = self._offer(child, _Part(0, 0, 0, {}, inside, held, name, 0), []) + _size(name) * 2 + 16
            if cost <= room - (0 if name in required else aside):
                room -= cost
                kept.add(name)
        return {name: child for name, child in properties.items() if name in kept}

    def _open(self, part: _Part) -> bool:
        """Write a part out in place of its stub, without its description if only that fits."""
        for text_limit in (self.text_limit, 0):
            own = _own(part.schema, text_limit)
            inner: list[_Part] = []
            cost = self._write(part, own, inner)
            if cost is not None:
                self.left -= cost - part.reserved
                part.holder[part.key] = own
                for each in inner:
                    heappush(self.waiting, each)
                return True
        return False

    def _write(self, part: _Part, node: dict[str, Any], inner: list[_Part]) -> int | None:
        """Fill ``node`` with stubs of its subschemas and ``inner`` with their parts; its size, None where that is too much."""
        required = set(part.schema.get("required") or ())
        room, cost = self.left + part.reserved, _size(node)
        hidden, counted = set(), set()
        for keyword, name, child in subschemas(part.schema):
            if keyword == "$defs":
                continue
            flat, seen = self._flat(child, part.seen)
            if keyword == "properties" and (flat is False or (isinstance(flat, dict) and flat.get(self.dropped) is True)):
                hidden.add(name)
                continue
            is_optional = keyword == "properties" and name not in required
            holder, key = _place(node, keyword, name)
            below = _Part(part.optional + is_optional, part.depth + 1, 0, {}, seen, holder, key, 0)
            size = self._offer(flat, below, inner)
            cost += size + _name_size(str(key)) + 6
            if keyword not in counted:
                counted.add(keyword)
                cost += _name_size(keyword) + 6
            if cost > room:
                return None
        if hidden & required:
            node["required"] = [name for name in node["required"] if name not in hidden]
        return cost if cost <= room else None

    def _offer(self, child: Any, part: _Part, inner: list[_Part]) -> int:
        """Put a stub of ``child`` where ``part`` says, and ``part`` into ``inner`` if there is more to say; the stub's size."""
        if not isinstance(child, dict):
            part.holder[part.key] = child
            return _size(child)
        is_leaf = not has_subschemas(child) or not any(keyword != "$defs" for keyword, _, _ in subschemas(child))
        stub = _own(child) if is_leaf and _CUT not in child else _stub(child)
        part.holder[part.key] = stub
        part.reserved = _size(stub)
        if _CUT not in child and ("description" in child if is_leaf else part.depth <= self.max_depth):
            self.turns += 1
            part.schema, part.turn = child, self.turns
            inner.append(part)
        return part.reserved

    def _flat(self, schema: Any, seen: frozenset[str]) -> tuple[Any, frozenset[str]]:
        """``schema`` with its own reference followed and its ``allOf`` merged where that loses nothing.

        A reference to what is being written out already, or to nothing, leaves a mark under ``_CUT``.
        """
        if not isinstance(schema, dict):
            return schema, seen
        flat = dict(schema)
        while isinstance(reference := flat.pop("$ref", None), str):
            target = lookup(self.root, reference)
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
            found, also = self._flat(branch, seen)
            inside |= also
            whole = None if whole is None or _CUT in found else merge(whole, found)
        whole = None if whole is None else merge(whole, flat)
        if whole is not None and whole.get("unevaluatedProperties") is False:  # what closed all parts closes the whole
            del whole["unevaluatedProperties"]
            whole["additionalProperties"] = False
        return (whole, inside) if whole is not None else ({**flat, "allOf": branches}, seen)


def _place(node: dict[str, Any], keyword: str, name: str | int | None) -> tuple[Any, Any]:
    """Where a subschema goes in ``node``: the holder, made where needed, and its key."""
    if name is None:
        return node, keyword
    if isinstance(name, int):
        node.setdefault(keyword, []).append(None)
    else:
        node.setdefault(keyword, {})
    return node[keyword], name


def _own(flat: Mapping[str, Any], text_limit: int = 0) -> dict[str, Any]:
    """The keywords of a schema that hold no schemas and that help a model; without its description where that has no room."""
    own = {k: v for k, v in flat.items() if k not in _NOT_OWN}
    if "properties" in flat:
        own["properties"] = {}  # in its place before the rest, and there even where all were read-only
    text = own.pop("description", None)
    if text_limit and isinstance(text, str) and (text := concise(text, text_limit)):
        own["description"] = text
    return own


def _name_few(flat: dict[str, Any]) -> dict[str, Any]:
    """A schema whose enum would crowd everything else out names a few of the values; validation still knows them all."""
    values = flat.get("enum")
    if not isinstance(values, list) or len(values) <= _FEW or _size(values) <= _ENUM:
        return flat
    said = f"One of {len(values)} values, such as {', '.join(json.dumps(v, ensure_ascii=False)[:80] for v in values[:_FEW])}."
    rest = {k: v for k, v in flat.items() if k != "enum"}
    return {**rest, "description": f"{said} {flat.get('description') or ''}".strip()}


def _stub(flat: Mapping[str, Any]) -> dict[str, Any]:
    """What stands for a schema that is not written out: its type, and that it is free-form."""
    kind = flat.get("type") or ("object" if "properties" in flat else None)
    about = f"Free-form; nests {flat[_CUT]} again." if _CUT in flat else describe(flat)
    text = concise(flat["description"], _STUB_TEXT) if isinstance(flat.get("description"), str) else ""
    stub: dict[str, Any] = {"type": kind} if kind else {}
    if kind == "array":  # several providers refuse an array that does not say what it holds
        stub["items"] = {}
    stub["description"] = f"{text} {about}".strip()
    return stub


def describe(flat: Mapping[str, Any]) -> str:
    """What a schema that is not written out would have said: its properties by name, as far as few words do."""
    properties, required = flat.get("properties"), flat.get("required") or ()
    if not isinstance(properties, dict) or not properties:
        return "Free-form: its parts are left out here."
    names = sorted(map(str, properties), key=lambda name: name not in required)
    said = ", ".join(f"{name}{_NEEDED}" if name in required else name for name in names[:_NAMED])
    more = ", ..." if len(names) > _NAMED else ""
    return f"{_LEFT_OUT}{shorten(said, _NAMES)}{more}."


def read_left_out(description: Any) -> list[str]:
    """The properties that :func:`described` named in a description, the optional ones with ``?``."""
    _, said, names = description.partition(_LEFT_OUT) if isinstance(description, str) else ("", "", "")
    if not said:
        return []
    found = [name for name in _BETWEEN.split(names.removesuffix(".")) if name]
    told = [name.removesuffix(_NEEDED) if name.endswith(_NEEDED) else f"{name}?" for name in found]
    return [*told, "..."] if names.endswith(("...", "…", "….", "....")) else told


def without_left_out(description: Any) -> str:
    """A description without what :func:`described` put there, and without an enum's values that are not listed."""
    if not isinstance(description, str):
        return ""
    own = description.partition(_LEFT_OUT)[0]
    return "" if _SOME.match(own) else own.rstrip()


def some_values(description: Any) -> str:
    """What a description says of an enum that is too long to be listed, "" where it says nothing."""
    found = _SOME.match(description) if isinstance(description, str) else None
    return f"{found[0][:1].lower()}{found[0][1:]}" if found else ""


def _size(value: Any) -> int:
    """Bytes as JSON; escapes and blanks counted, so that no way of writing it takes more."""
    return len(json.dumps(value))


# Keywords and properties repeat: of a large description, two thirds of all that is measured.
_name_size = lru_cache(maxsize=4096)(_size)
