"""A definition within a size that models take without effort: what repeats is said once, deep parts in few words. Pure.

No enum, default, bound or required name is lost: it stands in the schema, in the words of :mod:`composio.schema.notation`, or at
the place that a repetition names.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from composio.schema.keywords import subschemas
from composio.schema.notation import notation
from composio.schema.prose import shortened

__all__ = ["SIZE", "compact"]

Schema = Mapping[str, Any]
_Path = tuple[str | int, ...]
# Bytes of the parameters of one tool, of which a few dozen are offered at once.
SIZE = 7 * 1024
# Bytes of what is worth a reference to another place, or words of its own.
_LEAST = 240
# Characters of words that stand for a part; a provider takes 1,024 for a description. What it says of itself beside them.
_WORDS, _BESIDE = 800, 120
# Characters of descriptions, step by step.
_TEXTS = (160, 100, 60)
# Keywords whose schemas stand for properties or items: another place than what is around them.
_PLACES = frozenset(("properties", "items", "additionalProperties"))


def compact(parameters: Schema, size: int = SIZE) -> dict[str, Any]:
    """``parameters``, which stand for themselves, in about ``size`` bytes as JSON; as they are where they have that."""
    found = dict(parameters)
    if _size(found) <= size:
        return found
    found = _without_repetitions(found)
    for limit in _TEXTS:
        if _size(found) <= size:
            return found
        found = _with_texts(found, limit)
    return found if _size(found) <= size else _in_words(found, size)


def _without_repetitions(root: Schema) -> dict[str, Any]:
    first: dict[str, _Path] = {}
    places: dict[_Path, _Path] = {}
    waiting: list[tuple[Any, _Path, bool]] = [(root, (), False)]
    for here, path, is_place in waiting:  # which grows meanwhile: the nearest to the top comes first
        if not isinstance(here, Mapping):
            continue
        if is_place and len(key := _meaning(here)) >= _LEAST:
            if key in first:
                places[path] = first[key]
                continue
            first[key] = path
        waiting += [(child, (*path, *step), keyword in _PLACES) for keyword, step, child in _children(here)]

    def stub(here: Schema, path: _Path) -> Any:
        if path not in places:
            return None
        text = shortened(str(here.get("description") or ""), _BESIDE)
        return {**_kind(here), "description": f"{text} The same as {_shown(places[path])}.".strip()}

    return _replaced(root, stub)


def _with_texts(root: Schema, limit: int) -> dict[str, Any]:
    """``root`` with shorter descriptions, but for those that say what a part holds."""

    def shorter(here: Schema, _path: _Path) -> Any:
        text = here.get("description")
        is_kept = not isinstance(text, str) or len(text) <= limit or "The same as " in text or "One of " in text
        return None if is_kept else {**here, "description": shortened(str(text), limit)}

    return _replaced(root, shorter, deeper=True)


def _in_words(root: Schema, size: int) -> dict[str, Any]:
    """``root`` with its deepest parts in words, the optional ones first, until it has its size."""
    parts = sorted(_foldable(root, (), 0, 0), key=lambda part: (-part[0], -part[1], -part[2]))
    words: dict[_Path, str] = {}
    left = _size(root) - size
    level = None
    for depth, _, _, path, here in parts:
        if left <= 0:
            break
        if level is not None and depth != level:  # exact again, as what is around a folded part takes its words over
            left = _size(_told(root, words)) - size
            if left <= 0:
                break
        level = depth
        text = notation(here)
        saved = _size(here) - len(json.dumps(text)) - _BESIDE
        if len(text) <= _WORDS and saved > 0:
            words[path] = text
            left -= saved
    return _told(root, words)


def _told(root: Schema, words: Mapping[_Path, str]) -> dict[str, Any]:
    def stub(here: Schema, path: _Path) -> Any:
        if path not in words:
            return None
        text = shortened(str(here.get("description") or ""), _BESIDE)
        return {**_kind(here), "description": f"{text} {words[path]}".strip()}

    return _replaced(root, stub)


def _foldable(here: Any, path: _Path, depth: int, optional: int) -> Iterator[tuple[int, int, int, _Path, Schema]]:
    """Objects, and lists of them, with their depth, how many optional steps lead there, and their size."""
    if not isinstance(here, Mapping):
        return
    is_known = any("The same as " in str(one.get("description") or "") for one in _all(here))
    if depth and not is_known and (size := _size(here)) >= _LEAST and (len(list(subschemas(here))) > 0):
        yield depth, optional, size, path, here
    required = here.get("required") or ()
    for keyword, step, child in _children(here):
        is_optional = keyword == "properties" and step[-1] not in required
        yield from _foldable(child, (*path, *step), depth + (keyword in _PLACES), optional + is_optional)


def _all(here: Any) -> Iterator[Schema]:
    if isinstance(here, Mapping):
        yield here
        for _, _, child in subschemas(here):
            yield from _all(child)


def _children(here: Schema) -> Iterator[tuple[str, _Path, Any]]:
    for keyword, name, child in subschemas(here):
        yield keyword, (keyword,) if name is None else (keyword, name), child


def _replaced(root: Schema, change: Callable[[Schema, _Path], Any], *, deeper: bool = False) -> dict[str, Any]:
    """A copy in which ``change`` puts another schema in the place of some; into these it goes where it is to go ``deeper``."""
    found: dict[str, Any] = _copied(root, (), change, deeper=deeper)
    return found


def _copied(here: Any, path: _Path, change: Callable[[Schema, _Path], Any], *, deeper: bool) -> Any:
    if not isinstance(here, Mapping):
        return here
    made = change(here, path) if path else None
    if made is not None and not deeper:
        return made
    whole = dict(here if made is None else made)
    for keyword, step, child in _children(here):
        inner = _copied(child, (*path, *step), change, deeper=deeper)
        if len(step) == 1:
            whole[keyword] = inner
        else:
            if whole[keyword] is here[keyword]:
                whole[keyword] = dict(here[keyword]) if isinstance(here[keyword], Mapping) else list(here[keyword])
            whole[keyword][step[1]] = inner
    return whole


def _kind(here: Schema) -> dict[str, Any]:
    """What is left of a schema that is said elsewhere: its type, and its default, which is its own."""
    kind = here.get("type") or ("object" if "properties" in here else None)
    found: dict[str, Any] = {"type": kind} if kind else {}
    if kind == "array":
        found["items"] = {}
    return {**found, **({"default": here["default"]} if "default" in here else {})}


def _meaning(here: Schema) -> str:
    """What two schemas share that are the same but for what they say of themselves."""
    return json.dumps({k: v for k, v in here.items() if k not in ("default", "description")}, sort_keys=True)


def _shown(path: _Path) -> str:
    """``shipping.address``, ``items[].price``, ``labels.*``."""
    names = ""
    steps = iter(path)
    for step in steps:
        if step == "properties":
            names += f".{next(steps)}"
        elif step == "items":
            names += "[]"
        elif step == "additionalProperties":
            names += ".*"
        else:
            next(steps, None)  # which branch of a union it is tells nobody anything
    return names.removeprefix(".") or "the whole"


def _size(value: Any) -> int:
    return len(json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode())
