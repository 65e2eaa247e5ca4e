"""Handle unions that contradict their siblings: strictly, nothing validates, but their authors mean any branch. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from composio.catalog.importers.pointers import Pointers
from composio.schema.normalise import TYPES, kind_of_value

__all__ = ["UNIONS", "contradicts", "is_only_type", "with_type"]

UNIONS = ("anyOf", "oneOf")
_DEPTH = 8
_ABOUT = frozenset(("$comment", "deprecated", "description", "example", "examples", "externalDocs", "nullable", "title"))
_Kinds = frozenset[str]


def contradicts(document: Pointers, node: Mapping[str, Any]) -> bool:
    """Return whether the ``type`` of ``node`` excludes a part of it.

    Examples: ``object`` with a union with strings, or with an enum in ``allOf``.
    """
    parts = [part for keyword in (*UNIONS, "allOf") if keyword in node for part in _list(node, keyword)]
    own = _state(node) if parts else None
    return own is not None and any(_rules_out(own, _kinds(document, part)) for part in parts)


def is_only_type(document: Pointers, node: Mapping[str, Any], part: Any) -> bool:
    """Return whether ``part`` of the ``allOf`` of ``node`` is only a type, which excludes another part."""
    if not isinstance(part, dict) or (own := _state(part)) is None or not part.keys() <= _ABOUT | {"type"}:
        return False
    others = [other for other in _list(node, "allOf") if other is not part and isinstance(other, dict)]
    return any(not other.keys() <= _ABOUT | {"type"} and _rules_out(own, _kinds(document, other)) for other in others)


def _rules_out(own: _Kinds, kinds: _Kinds | None) -> bool:
    return kinds is not None and not _meet(own, kinds)


def with_type(document: Pointers, node: Mapping[str, Any], branch: Any, moved: Any) -> Any:
    """Return ``moved``, which is ``branch``, with the union's sibling type if it has none of its own."""
    if not isinstance(moved, dict) or _kinds(document, branch) is not None:
        return moved
    kind = {"type": node["type"]}
    return {"allOf": [moved, kind]} if "$ref" in moved else {**kind, **moved}


def _kinds(document: Pointers, node: Any, depth: int = 0) -> _Kinds | None:
    """Return the types that a schema allows, None if any or undeclared."""
    if not isinstance(node, dict) or depth > _DEPTH:
        return None
    target = document.follow(node)
    found = _state(target)
    if found is None and isinstance(values := target.get("enum"), list) and values:
        found = frozenset(map(kind_of_value, values))
    if found is None and "const" in target:
        found = frozenset([kind_of_value(target["const"])])
    if found is None and "properties" in target:
        found = frozenset(["object"])
    for part in _list(target, "allOf") if found is None else ():
        if (kinds := _kinds(document, part, depth + 1)) is not None:
            return kinds
    for keyword in UNIONS if found is None else ():
        listed = [_kinds(document, branch, depth + 1) for branch in _list(target, keyword)]
        if listed and None not in listed:
            return frozenset().union(*(kinds for kinds in listed if kinds is not None))
    return found | {"null"} if found is not None and target.get("nullable") is True else found


def _state(node: Mapping[str, Any]) -> _Kinds | None:
    value = node.get("type")
    names = [TYPES[name] for name in (value if isinstance(value, list) else [value]) if isinstance(name, str) and name in TYPES]
    return frozenset(names) if names else None


def _meet(one: _Kinds, other: _Kinds) -> bool:
    return bool(one & other) or ("number" in one and "integer" in other) or ("integer" in one and "number" in other)


def _list(node: Mapping[str, Any], keyword: str) -> list[Any]:
    value = node.get(keyword)
    return value if isinstance(value, list) else []
