"""Make a schema self-contained within a size limit: inline references and cut recursion. This is what a model sees.

The work is bounded like the result: parts are inlined in order of importance (required ones first, then by depth)
until the size is reached, and the others stay free-form stubs.
"""

from __future__ import annotations

from collections.abc import Mapping
from heapq import heappop, heappush
from typing import Any

from composio.model.action import JsonSchema
from composio.schema.nodes import Node, Nodes, key_size
from composio.schema.prose import PROPERTY_LIMIT
from composio.schema.sizes import size_of

__all__ = ["inline"]

# A stub waiting for its turn, the most important first: how many optional properties surround it, its depth, and its order;
# then its node, the surrounding references, the holder and key of the place, and the bytes of the stub.
_Part = tuple[int, int, int, Node, frozenset[str], Any, Any, int]


def inline(
    schema: Mapping[str, Any],
    *,
    max_depth: int = 12,
    limit: int = 30 * 1024,
    response: bool = False,
    text_limit: int = PROPERTY_LIMIT,
    nodes: Nodes | None = None,
) -> JsonSchema:
    """Return ``schema``, whose references point into itself, as one self-contained object schema.

    At most ``limit`` bytes of UTF-8 JSON; the default leaves room for a tool's name and description below 32 KB. Below
    ``max_depth`` schemas, on recursion, and at the size limit, a part becomes a stub that says so; inlined parts keep their
    enums, defaults, bounds and required names. Read-only properties are dropped, as they cannot be set; for a ``response``,
    which need not be an object, the write-only ones are dropped instead. Descriptions are shortened to at most ``text_limit``
    characters each; ``nodes`` are those of other schemas with the same definitions and limit, which are then not read again.
    """
    dropped = "writeOnly" if response else "readOnly"
    return JsonSchema(_Inliner(schema, nodes or Nodes(schema, text_limit), max_depth, limit, dropped).run())


class _Inliner:
    def __init__(self, root: Mapping[str, Any], nodes: Nodes, max_depth: int, limit: int, dropped: str) -> None:
        self._root, self._nodes, self._max_depth, self._left, self._dropped = root, nodes, max_depth, limit, dropped
        self._waiting: list[_Part] = []
        self._turns = 0

    def run(self) -> dict[str, Any]:
        seen = frozenset({"#"})
        root = self._nodes.inside(self._nodes.node(self._root), seen)
        seen |= root.followed
        if self._dropped == "readOnly":  # arguments are always an object
            root = self._nodes.flat({**root.flat, "type": "object", "properties": root.flat.get("properties") or {}})
        held: dict[str, Any] = {}
        # A root cannot be a stub: properties that do not fit are dropped, the required ones last.
        if not self._open((0, 0, 0, root, seen, held, "root", 0)):
            properties = self._fit(root, seen)
            required = [name for name in root.flat.get("required") or () if name in properties]
            small = self._nodes.flat({**root.own[0], "properties": properties, "required": required})
            self._open((0, 0, 0, small, seen, held, "root", 0))
        while self._waiting:
            self._open(heappop(self._waiting))
        return held.get("root") or root.stub[0]

    def _fit(self, root: Node, seen: frozenset[str]) -> dict[str, Any]:
        required = set(root.flat.get("required") or ())
        properties = root.flat.get("properties") or {}
        room = self._left - root.own[1] - 100
        costs = {
            name: (self._nodes.inside(child, seen).stub[1] if isinstance(child, Node) else size_of(child))
            + size_of(name) * 2
            + 16
            for keyword, name, _, child in root.children
            if keyword == "properties"
        }
        kept = set()
        aside = room // 3 if required else 0  # to inline required parts, which are more important than a further name
        for name in sorted(properties, key=lambda n: n not in required):
            if costs[name] <= room - (0 if name in required else aside):
                room -= costs[name]
                kept.add(name)
        return {name: child for name, child in properties.items() if name in kept}

    def _open(self, part: _Part) -> bool:
        """Inline a part in place of its stub, without its description if only that fits."""
        node, holder, key, reserved = part[3], *part[5:]
        (own, size), (text, more) = node.own, node.text
        if not node.children and size + more <= self._left + reserved:  # the common case
            holder[key] = written = own.copy()
            if text:
                written["description"] = text
            self._left -= size + more - reserved
            return True
        for text_size in (more, 0) if text else (0,):
            written = _copy(own)
            if text_size:
                written["description"] = text
            inner: list[_Part] = []
            cost = self._write(part, written, size + text_size, inner)
            if cost is not None:
                self._left -= cost - reserved
                holder[key] = written
                for each in inner:
                    heappush(self._waiting, each)
                return True
        return False

    def _write(self, part: _Part, written: dict[str, Any], cost: int, inner: list[_Part]) -> int | None:
        """Fill ``written`` with stubs of its subschemas and ``inner`` with their parts.

        Return its size, None if it is too large.
        """
        optional, depth, _, node, seen, *_, reserved = part
        required = frozenset(node.flat.get("required") or ())
        nodes, dropped, goes_deeper = self._nodes, self._dropped, depth < self._max_depth
        room = self._left + reserved
        hidden, counted = set(), set()
        for keyword, name, bytes_of_key, child in node.children:
            is_property = keyword == "properties"
            if not isinstance(child, Node):
                if is_property and child is False:
                    hidden.add(name)
                    continue
                holder, key = _place(written, keyword, name)
                holder[key], size = child, size_of(child)
            else:
                inside = nodes.inside(child, seen) if child.asked else child
                if is_property and inside.flat.get(dropped) is True:
                    hidden.add(name)
                    continue
                holder, key = _place(written, keyword, name)
                stub, size = inside.stub
                holder[key] = _copy(stub)
                if inside.opens(goes_deeper):
                    self._turns += 1
                    more = optional + (is_property and name not in required)
                    around = seen | inside.followed if inside.followed else seen
                    inner.append((more, depth + 1, self._turns, inside, around, holder, key, size))
            cost += size + bytes_of_key
            if keyword not in counted:
                counted.add(keyword)
                cost += key_size(keyword)
            if cost > room:
                return None
        if hidden & required:
            written["required"] = [name for name in written["required"] if name not in hidden]
        return cost if cost <= room else None


def _place(written: dict[str, Any], keyword: str, name: str | int | None) -> tuple[Any, Any]:
    """Return where a subschema goes in ``written``: the holder, created if necessary, and its key."""
    if name is None:
        return written, keyword
    holder: Any = written.get(keyword)
    if holder is None:
        holder = written[keyword] = [] if isinstance(name, int) else {}
    if isinstance(name, int):
        holder.append(None)
    return holder, name


def _copy(said: dict[str, Any]) -> dict[str, Any]:
    """Return a node's own keywords, with separate containers for what is added."""
    copied = said.copy()
    if "properties" in copied:
        copied["properties"] = {}
    if "items" in copied:
        copied["items"] = {}
    return copied
