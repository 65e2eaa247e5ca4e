"""Correct a description before it is compiled: apply the actions of an OpenAPI Overlay.

Each names its ``target`` by a JSONPath and either merges an ``update`` into it or, with ``remove``, removes it.
Source: OpenAPI Overlay Specification 1.0.0, sections 4.4.3 and 4.4.4; RFC 9535.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from composio.errors import SpecError

__all__ = ["actions_in", "apply"]


def actions_in(overlay: Any, name: str) -> list[Mapping[str, Any]]:
    """Return the actions of a parsed overlay document. Raises ``SpecError`` if it is not one."""
    version = str(overlay.get("overlay", "")) if isinstance(overlay, Mapping) else ""
    if not version.startswith("1."):
        raise SpecError(f"{name}: expected an OpenAPI Overlay, which begins with `overlay: 1.0.0` and has `actions`.")
    found = overlay.get("actions")
    if not isinstance(found, list) or not all(isinstance(one, Mapping) and isinstance(one.get("target"), str) for one in found):
        raise SpecError(f"{name}: expected `actions`, a list of mappings that each have a `target`.")
    return list(found)


def apply(document: Any, actions: Iterable[Mapping[str, Any]], name: str) -> list[str]:
    """Change ``document``, and return the targets that match nothing. Raises ``SpecError`` for an impossible change.

    A missing target may have been fixed by the description's publisher, so it is not an error.
    """
    missed = []
    for action in actions:
        target = action["target"]
        nodes = _find(document, target, name)
        if not nodes:
            missed.append(target)
        if action.get("remove") is True:
            _remove(nodes, target, name)
        elif "update" in action:
            for _, _, node in nodes:
                _merge(node, action["update"], target, name)
    return missed


def _find(document: Any, target: str, name: str) -> list[tuple[Any, Any, Any]]:
    """Yield the matches of a path: parent, key or index in it, and value."""
    import jsonpath

    if not target.startswith("$"):
        raise SpecError(f"{name}: the target {target!r} is no JSONPath; expected one that begins with $, such as $.paths.")
    try:
        found = list(jsonpath.finditer(target, document))
    except jsonpath.JSONPathError as error:
        reason = str(error).splitlines()[0]
        raise SpecError(f"{name}: the target {target!r} is no JSONPath: {reason}.") from None
    return [(one.parent.obj if one.parent else None, one.parts[-1] if one.parts else None, one.obj) for one in found]


def _remove(nodes: list[tuple[Any, Any, Any]], target: str, name: str) -> None:
    # From the end, as removing a list item shifts those after it.
    for holder, key, _ in sorted(nodes, key=lambda one: one[1] if isinstance(one[1], int) else -1, reverse=True):
        if holder is None:
            raise SpecError(f"{name}: the target {target!r} is the whole description, which can't be removed.")
        del holder[key]


def _merge(node: Any, update: Any, target: str, name: str) -> None:
    """Merge as specified: objects by their members; lists get the update appended."""
    if isinstance(node, list):
        node.append(deepcopy(update))
    elif isinstance(node, dict) and isinstance(update, Mapping):
        for key, value in update.items():
            there = node.get(key)
            if isinstance(there, dict) and isinstance(value, Mapping):
                _merge(there, value, target, name)
            elif isinstance(there, list) and isinstance(value, list):
                there.extend(deepcopy(value))
            else:
                node[key] = deepcopy(value)
    else:
        kind = "text" if isinstance(node, str) else "a plain value" if not isinstance(node, dict) else "an object"
        raise SpecError(
            f"{name}: the target {target!r} is {kind}, into which the update can't be merged; name the object around it."
        )
