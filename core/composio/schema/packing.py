"""Pack several parts in words into one: the branches of a union, the optional properties of an object. Pure.

Each part in words is wrapped in a schema; for dozens of siblings, that is most of their size.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from composio.schema.notation import SAID, notation

__all__ = ["merge_unions", "pack"]

Schema = Mapping[str, Any]
# The minimum number of siblings.
_SOME = 3
_UNIONS = ("anyOf", "oneOf")


def merge_unions(here: dict[str, Any], few: int | None) -> None:
    """Merge branches of a union that differ in the values of one property only.

    Differences that words with ``few`` names omit are ignored.
    """
    for keyword in _UNIONS:
        branches = here.get(keyword)
        if isinstance(branches, list) and len(branches) >= _SOME and (tag := _tag(branches)) is not None:
            here[keyword] = _merge(branches, tag, few)


def _tag(branches: list[Any]) -> str | None:
    """Return the property whose values distinguish the branches: the first that most of them list."""
    count: dict[str, int] = {}
    for branch in branches:
        properties = branch.get("properties") if isinstance(branch, dict) else None
        for name, child in (properties or {}).items():
            if _list(child):
                count[name] = count.get(name, 0) + 1
    name = max(count, key=lambda name: count[name], default=None)
    return name if name is not None and count[name] >= _SOME else None


def _merge(branches: list[Any], tag: str, few: int | None) -> list[Any]:
    found: list[Any] = []
    places: dict[str, int] = {}
    for branch in branches:
        values = _values(branch, tag)
        if values is None:
            found.append(branch)
            continue
        rest = {name: child for name, child in branch["properties"].items() if name != tag}
        is_needed = tag in (branch.get("required") or ())
        key = f"{is_needed} {notation({**branch, 'properties': rest}, few)}"
        if key not in places:
            places[key] = len(found)
            found.append(branch)
            continue
        other = found[places[key]]
        together = list(dict.fromkeys([*(_values(other, tag) or ()), *values]))
        properties = {**other["properties"], tag: {"type": "string", "enum": together}}
        if few is not None:  # other values of the rest are omitted
            properties = {name: child for name, child in properties.items() if name == tag or name in rest}
        found[places[key]] = {**other, "properties": properties}
    return found


def _values(branch: Any, tag: str) -> list[str] | None:
    """Return the values of a branch's tag if its schema has nothing else: a default of one value is that value."""
    properties = branch.get("properties") if isinstance(branch, dict) else None
    child = properties.get(tag) if isinstance(properties, dict) else None
    values = _list(child)
    if not isinstance(child, dict) or not values or not all(isinstance(value, str) for value in values):
        return None
    default = child.get("default")
    says_no_more = child.keys() <= {"type", "enum", "const", "default", "description"}
    return values if says_no_more and (default is None or values == [default]) else None


def _list(child: Any) -> list[Any]:
    if not isinstance(child, dict):
        return []
    return [child["const"]] if "const" in child else list(child.get("enum") or ())


def pack(here: dict[str, Any], words: int) -> None:
    """Merge several folded parts of ``here``, which are stubs, into the words of one: at most ``words`` characters each."""
    for keyword in _UNIONS:
        if isinstance(branches := here.get(keyword), list) and len(branches) >= _SOME:
            here[keyword] = _branches(branches, words)
    if isinstance(properties := here.get("properties"), dict) and len(properties) >= _SOME:
        here.update(_properties(here, properties, words))


def _branches(branches: list[Any], words: int) -> list[Any]:
    """Merge the branches in words into one, as far as there is room; the others keep their places."""
    found: list[Any] = []
    for branch in branches:
        last = found[-1] if found else {}
        if _is_stub(branch) and _is_stub(last) and branch.get("type") == last.get("type"):
            text = f"{last[SAID]} | {branch[SAID]}"
            if len(text) <= words:
                found[-1] = {**last, SAID: text}
                continue
        found.append(branch)
    return found


def _properties(here: dict[str, Any], properties: Schema, words: int) -> dict[str, Any]:
    """Return the changes of an object that names some optional properties in words.

    It stays open, so that they are accepted.
    """
    required = here.get("required") or ()
    if here.get("additionalProperties") not in (None, True) or SAID in here:
        return {}
    moved: dict[str, Any] = {}
    text = ""
    optional = [name for name, child in properties.items() if name not in required and isinstance(child, dict)]
    known: dict[int, str] = {}
    for name in sorted(optional, key=lambda name: len(notation(properties[name], None, known))):
        more = {**moved, name: properties[name]}
        said = notation({"type": "object", "properties": more}, None, known.copy())
        if len(said) > words:
            break
        moved, text = more, said
    if len(moved) < _SOME or len(moved) == len(properties):
        return {}
    kept = {name: child for name, child in properties.items() if name not in moved}
    return {"properties": kept, "additionalProperties": True, SAID: f"Also {text}"}


def _is_stub(here: Any) -> bool:
    return isinstance(here, dict) and SAID in here and "default" not in here and "properties" not in here
