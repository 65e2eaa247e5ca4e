"""Corrects a description before it is compiled: the actions of an OpenAPI Overlay.

Each names its ``target`` by a JSONPath and either merges an ``update`` into what is there or, with ``remove``, takes it out.
Source: OpenAPI Overlay Specification 1.0.0, sections 4.4.3 and 4.4.4; RFC 9535.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from composio.errors import SpecError

__all__ = ["actions_in", "apply"]


def actions_in(overlay: Any, name: str) -> list[Mapping[str, Any]]:
    """The actions of an overlay document, parsed. Raises ``SpecError`` if it is not one."""
    version = str(overlay.get("overlay", "")) if isinstance(overlay, Mapping) else ""
    if not version.startswith("1."):
        raise SpecError(f"{name}: expected an OpenAPI Overlay, which begins with `overlay: 1.0.0` and has `actions`.")
    found = overlay.get("actions")
    if not isinstance(found, list) or not all(isinstance(one, Mapping) and isinstance(one.get("target"), str) for one in found):
        raise SpecError(f"{name}: expected `actions`, a list of mappings that each have a `target`.")
    return list(found)


def apply(document: Any, actions: Iterable[Mapping[str, Any]], name: str) -> list[str]:
    """Change ``document``, and give the targets that nothing in it was. Raises ``SpecError`` for what can't be done.

    A target that is not there may have been corrected by those who publish the description, so it is no error.
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
    """What a path leads to: what holds it, its key or index there, and itself."""
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
    # From the back, as removing an item of a list moves those behind it.
    for holder, key, _ in sorted(nodes, key=lambda one: one[1] if isinstance(one[1], int) else -1, reverse=True):
        if holder is None:
            raise SpecError(f"{name}: the target {target!r} is the whole description, which can't be removed.")
        del holder[key]


def _merge(node: Any, update: Any, target: str, name: str) -> None:
    """Merge as the specification says: objects by their members, and to a list the update is appended."""
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
