"""A definition within a size that models take without effort: what repeats is said once, deep parts in few words. Pure.

No enum, default, bound or required name is lost: it stands in the schema, in the words of :mod:`composio.schema.notation`, or at
the place that a repetition names.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from composio.schema.inline import left_out, without_left_out
from composio.schema.keywords import subschemas
from composio.schema.notation import FREE, SAID, SAME, Known, holds, notation
from composio.schema.packing import merged_unions, packed
from composio.schema.prose import shortened

__all__ = ["SIZE", "compact"]

Schema = Mapping[str, Any]
_Path = tuple[str | int, ...]
# Bytes of the parameters of one tool as JSON, however it is written: with its name and description below 8 KB.
SIZE = 7424
# Bytes of what is worth a reference to another place, and of what is worth words of its own.
_LEAST, _LEAST_IN_WORDS = 240, 160
# Characters of words that stand for a part; a provider takes 1,024 for a description. What it says of itself beside them.
_WORDS, _BESIDE = 800, 120
# Characters of descriptions, step by step: those of the properties at the top, and those below.
_TEXTS = ((240, 100), (160, 60), (100, 60), (60, 60))
# What else goes where all that can be said in words is: how many optional properties of one object words still name (None: all),
# and the characters of descriptions, of which the words are none.
_LAST = ((None, 60, 60), (12, 60, 30), (4, 60, 0), (0, 40, 0), (0, 0, 0))
# Keywords whose schemas stand for properties or items: another place than what is around them.
_PLACES = frozenset(("properties", "items", "additionalProperties"))
_OWN = frozenset((FREE, SAME, SAID))


def compact(parameters: Schema, size: int = SIZE) -> dict[str, Any]:
    """``parameters``, which stand for themselves, in about ``size`` bytes as JSON; as they are where they have that."""
    found = dict(parameters)
    if _size(found) <= size:
        return found
    found = _without_repetitions(found)
    surplus = _size(found) - size
    if surplus <= 0:
        return _finished(found)
    found = _with_texts(found, *_fitting_texts(found, surplus))
    if _size(found) <= size:
        return _finished(found)
    for few, above, below in _LAST:
        found = _with_texts(found, above, below)
        if few == 0:  # what words leave unsaid, repetitions need not say either
            found = _replaced(found, lambda here, _path: _kind(here) if FREE in here else None)
        shown = _folded(found, size, few)
        if _size(shown) <= size:
            break
    return shown


def _folded(root: Schema, size: int, few: int | None) -> dict[str, Any]:
    united = _replaced(root, lambda here, _path: merged_unions(here, few), deeper=True)
    folded = _Folding(united, size, few).run()
    shown = _finished(folded)
    if _size(shown) <= size:
        return shown
    return _finished(_replaced(folded, lambda here, _path: packed(here, _WORDS), deeper=True))


def _without_repetitions(root: Schema) -> dict[str, Any]:
    first: dict[str, _Path] = {}
    places: dict[_Path, _Path] = {}
    waiting: list[tuple[Any, _Path, bool]] = [(root, (), False)]
    for here, path, is_place in waiting:  # which grows meanwhile: the nearest to the top comes first
        if not isinstance(here, dict):
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
        return _stub(here, {SAME: _shown(places[path]), **({} if holds(here) else {FREE: True})})

    return _replaced(root, stub)


def _fitting_texts(root: Schema, surplus: int) -> tuple[int, int]:
    """The longest texts that leave ``surplus`` bytes less, else the shortest."""
    lengths: tuple[list[int], list[int]] = ([], [])
    waiting: list[tuple[Any, int]] = [(root, 0)]
    for here, depth in waiting:  # which grows meanwhile
        if isinstance(here, dict):
            if isinstance(text := here.get("description"), str):
                lengths[depth > 1].append(len(text))
            waiting += [(child, depth + 1) for _, _, child in subschemas(here)]
    for limits in _TEXTS:
        saved = sum(max(length - limit, 0) for group, limit in zip(lengths, limits, strict=True) for length in group)
        if saved >= surplus:
            return limits
    return _TEXTS[-1]


def _with_texts(root: Schema, above: int, below: int) -> dict[str, Any]:
    """``root`` with shorter descriptions, but for what they say of parts that are left out."""

    def shorter(here: Schema, path: _Path) -> Any:
        text = here.get("description")
        limit = above if len(path) == len(("properties", "name")) else below
        if not isinstance(text, str) or len(text) <= limit:
            return None
        own = without_left_out(text)
        said = shortened(own, limit) + text[len(own) :] if limit or len(own) < len(text) else ""
        rest = {keyword: value for keyword, value in here.items() if keyword != "description"}
        return {**rest, "description": said.strip()} if said else rest

    return _replaced(root, shorter, deeper=True)


@dataclass(slots=True, eq=False)
class _Part:
    """An object, or what holds some, that words may stand for. ``saved`` bytes are what its inner parts' words save."""

    path: _Path
    here: Schema
    depth: int
    optional: int
    size: int
    around: _Part | None
    saved: int = 0
    words: str = ""


class _Folding:
    """Puts parts of a schema in words until it has its size: the deepest first, and of these the optional ones."""

    def __init__(self, root: Schema, size: int, few: int | None) -> None:
        self._root, self._few, self._left = root, few, _size(root) - size
        self._known: Known = {}
        self._parts: list[_Part] = []
        self._find(root, (), 0, 0, None)

    def run(self) -> dict[str, Any]:
        for part in sorted(self._parts, key=lambda part: (-part.depth, -part.optional, -part.size)):
            if self._left <= 0:
                break
            self._fold(part)
        found = {part.path: part for part in self._parts if part.words}

        def stub(here: Schema, path: _Path) -> Any:
            return _stub(here, {SAID: found[path].words}) if path in found else None

        return _replaced(self._root, stub)

    def _fold(self, part: _Part) -> None:
        around = []
        above = part.around
        while above is not None:
            if above.words:
                return
            around.append(above)
            above = above.around
        words = notation(part.here, self._few, self._known)
        saved = part.size - _size(_told(_stub(part.here, {SAID: words}), ()))
        gain = saved - part.saved
        if len(words) > _WORDS or gain <= 0:
            return
        part.words = words
        for one in around:
            one.saved += gain
        self._left -= gain

    def _find(self, here: Any, path: _Path, depth: int, optional: int, around: _Part | None) -> None:
        if not isinstance(here, dict):
            return
        children = list(_children(here))
        if depth and (children or left_out(here.get("description"))) and (size := _size(here)) >= _LEAST_IN_WORDS:
            around = _Part(path, here, depth, optional, size, around)
            self._parts.append(around)
        required = here.get("required") or ()
        for keyword, step, child in children:
            is_optional = keyword == "properties" and step[-1] not in required
            self._find(child, (*path, *step), depth + (keyword in _PLACES), optional + is_optional, around)


def _stub(here: Schema, said: Schema) -> dict[str, Any]:
    text = shortened(without_left_out(here.get("description")), _BESIDE)
    return {**_kind(here), **({"description": text} if text else {}), **said}


def _finished(root: Schema) -> dict[str, Any]:
    """``root`` with what its stubs say of other places in their descriptions."""
    return _replaced(root, _told, deeper=True)


def _told(here: Schema, _path: _Path) -> Any:
    # What a part in words takes, other branches may take as well.
    if "oneOf" in here and any(not _OWN.isdisjoint(branch) for branch in here["oneOf"] if isinstance(branch, dict)):
        here = {("anyOf" if keyword == "oneOf" else keyword): value for keyword, value in here.items()}
    if _OWN.isdisjoint(here):
        return here
    said = f"The same as {here[SAME]}." if SAME in here else here[SAID] if here[SAID] != here.get("type") else ""
    rest = {keyword: value for keyword, value in here.items() if keyword not in _OWN}
    text = f"{here.get('description', '')} {said}".strip()
    return {**rest, "description": text} if text else rest


def _children(here: Schema) -> Iterator[tuple[str, _Path, Any]]:
    for keyword, name, child in subschemas(here):
        yield keyword, (keyword,) if name is None else (keyword, name), child


def _replaced(root: Schema, change: Callable[[Schema, _Path], Any], *, deeper: bool = False) -> dict[str, Any]:
    """A copy in which ``change`` puts another schema in the place of some; into these it goes where it is to go ``deeper``."""
    found: dict[str, Any] = _copied(root, (), change, deeper=deeper)
    return found


def _copied(here: Any, path: _Path, change: Callable[[Schema, _Path], Any], *, deeper: bool) -> Any:
    if not isinstance(here, dict):
        return here
    made = change(here, path) if path else None
    if made is not None and not deeper:
        return made
    whole = dict(here if made is None else made)
    own = set()
    for keyword, step, child in list(_children(whole)):
        inner = _copied(child, (*path, *step), change, deeper=deeper)
        if len(step) == 1:
            whole[keyword] = inner
        else:
            if keyword not in own:
                whole[keyword] = dict(whole[keyword]) if isinstance(whole[keyword], dict) else list(whole[keyword])
                own.add(keyword)
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
    """Bytes as JSON; escapes and blanks counted, so that no way of writing it takes more."""
    return len(json.dumps(value))
