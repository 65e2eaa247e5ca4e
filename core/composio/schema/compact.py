"""Compact a definition to a size that models handle well: say repeated parts once, describe deep parts in words. Pure.

No enum, default, bound or required name is lost: each stays in the schema, in the words of :mod:`composio.schema.notation`, or
at the place that a repetition refers to.
"""

from __future__ import annotations

import json
import marshal
from collections import Counter, OrderedDict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from typing import Any

from composio.schema.keywords import change_subschemas, has_subschemas, subschemas
from composio.schema.leftout import read_left_out, without_left_out
from composio.schema.notation import FREE, SAID, SAME, Known, holds, notation
from composio.schema.packing import merge_unions, pack
from composio.schema.prose import shorten
from composio.schema.sizes import encode, encode_sorted, size_of

__all__ = ["SIZE", "Memory", "compact"]

Schema = Mapping[str, Any]
_Path = tuple[str | int, ...]
# Bytes of one tool's parameters as JSON in any form: with its name and description below 8 KB.
SIZE = 7424
# Minimum bytes for a reference to another place, and for a description in words.
_LEAST, _LEAST_IN_WORDS = 240, 160
# Characters of the words for a part; providers accept 1,024 for a description. And of its own description beside them.
_WORDS, _BESIDE = 800, 120
# Characters of descriptions, step by step: those of the top properties, and those below.
_TEXTS = ((240, 100), (160, 60), (100, 60), (60, 60))
# Further reductions once everything possible is in words: how many optional properties per object the words name (None: all),
# and the characters of descriptions without those words.
_LAST, _LAST_TEXTS = ((None, 60, 60), (8, 60, 30), (0, 60, 0)), (40, 20, 0)
# Keywords whose schemas are for properties or items: another place than the schema's own.
_PLACES = frozenset(("properties", "items", "additionalProperties"))
_OWN = frozenset((FREE, SAME, SAID))
# Keywords that may differ between schemas that are otherwise equal.
_OWN_ALONE = frozenset(("default", "description"))
_Likeness = tuple[frozenset[str], int, frozenset[str]]
# A schema, the number of its parent place, its keyword and name there, and what it shares with equal ones.
_Place = tuple[dict[str, Any], int, str, "str | int | None", "_Likeness | None"]
_shorten = lru_cache(maxsize=4096)(
    shorten
)  # operations share their properties, and each one's strings are shortened step by step
# Parts with cached words, some 500 bytes each; whole schemas: a quarter of a large description's large bodies is
# used again soon by another operation.
_REMEMBERED, _LAST_MADE = 20_000, 128


class Memory:
    """Compacted schemas and the words of parts, for schemas of one description, which share parts."""

    def __init__(self) -> None:
        self.words = _Words()
        self._found: OrderedDict[tuple[str, int], bytes] = OrderedDict()

    def compact(self, text: str, size: int, own: dict[str, Any] | None = None) -> dict[str, Any]:
        """See :func:`compact`; ``text`` is the schema as JSON, ``own`` the schema itself if it may be changed.

        Returns a new dict.
        """
        key = text, size
        if (known := self._found.get(key)) is not None:
            found: dict[str, Any] = marshal.loads(known)  # noqa: S302 - ours, of below
            return found
        made = _make_compact(json.loads(text) if own is None else own, size, self.words)
        self._found[key] = marshal.dumps(made)
        if len(self._found) > _LAST_MADE:
            self._found.popitem(last=False)
        return made


def compact(parameters: Schema, size: int = SIZE, *, memory: Memory | None = None, changeable: bool = False) -> dict[str, Any]:
    """Return self-contained ``parameters`` in about ``size`` bytes as JSON; unchanged if they fit.

    ``memory`` is that of schemas which share parts with these. ``changeable`` ones, in which no two places share a schema, are
    not copied first.
    """
    text = encode(parameters)
    if len(text) <= size:
        return dict(parameters)
    return (memory or Memory()).compact(text, size, dict(parameters) if changeable else None)


def _make_compact(found: dict[str, Any], size: int, words: _Words) -> dict[str, Any]:
    """Compact ``found``, a self-contained schema in which no two places share a part, in place."""
    _stub_repetitions(found)
    if (surplus := size_of(found) - size) <= 0:
        return _finish(found)
    _shorten_texts(found, *_fitting_texts(found, surplus))
    if size_of(found) <= size:
        return _finish(found)
    shown = found
    for few, above, below in _LAST:
        if few and size_of(shown) > 2 * size:  # far too much work for so little
            continue
        for here, depth in _schemas(found):
            if "description" in here:
                _shorten_text(here, above if depth == 1 else below)
            if few == 0 and FREE in here:
                _become(here, _kind(here))
            # One branch for the equal ones of a union, without keywords that words omit anyway.
            if "anyOf" in here or "oneOf" in here:
                merge_unions(here, few)
        shown = _fold(found, size, few, words)
        if size_of(shown) <= size:
            break
    return shown


def _fold(found: dict[str, Any], size: int, few: int | None, words: _Words) -> dict[str, Any]:
    folding = _Folding(found, size, few, words)
    folded = folding.run()
    if folding.left > 0 and (few == 0 or folding.left < size // 3):  # otherwise it would not fit
        for here, _ in _schemas(folded):
            pack(here, _WORDS)
        for above in _LAST_TEXTS if few == 0 else ():
            if size_of(folded) <= size:
                break
            _shorten_texts(folded, above, 0)
    return _finish(folded)


def _schemas(root: dict[str, Any]) -> Iterator[tuple[dict[str, Any], int]]:
    """Yield each schema below ``root`` with its depth, outer ones first; the caller may change them."""
    waiting: list[tuple[Any, int]] = [(child, 1) for _, _, child in subschemas(root)]
    while waiting:
        here, depth = waiting.pop()
        if isinstance(here, dict):
            yield here, depth
            if has_subschemas(here):
                depth += 1
                waiting += [(child, depth) for _, _, child in subschemas(here)]


def _stub_repetitions(root: dict[str, Any]) -> None:
    places: list[_Place] = [(root, -1, "", None, None)]
    alike: Counter[_Likeness] = Counter()
    for above, (here, *_) in enumerate(places):  # which grows meanwhile: the nearest to the top comes first
        for keyword, name, child in subschemas(here):
            if isinstance(child, dict):
                likeness = _likeness(child) if keyword in _PLACES else None
                if likeness is not None:
                    alike[likeness] += 1
                places.append((child, above, keyword, name, likeness))
    first: dict[str, int] = {}
    gone = set[int]()
    for number, (here, above, _, _, likeness) in enumerate(places):
        if above in gone:
            gone.add(number)
        elif likeness is not None and alike[likeness] > 1 and len(key := _meaning(here)) >= _LEAST:
            if key in first:
                where = _show(_path_of(first[key], places))
                _become(here, _stub(here, {SAME: where, **({} if holds(here) else {FREE: True})}))
                gone.add(number)
            else:
                first[key] = number


def _path_of(number: int, places: list[_Place]) -> _Path:
    """Return the keywords and names that lead to a place."""
    path: list[str | int] = []
    while number > 0:
        _, number, keyword, name, _ = places[number]
        path += (keyword,) if name is None else (name, keyword)
    return tuple(reversed(path))


def _likeness(here: Schema) -> _Likeness | None:
    """Return a key shared by equal schemas; None for a small one. Comparing keys is much cheaper."""
    if "enum" in here or has_subschemas(here):
        return frozenset(here) - _OWN_ALONE, len(here.get("enum") or ()), frozenset(here.get("properties") or ())
    return None


def _fitting_texts(root: Schema, surplus: int) -> tuple[int, int]:
    """Return the maximum string length that saves ``surplus`` bytes, else the minimum."""
    lengths: tuple[list[int], list[int]] = ([], [])
    waiting: list[tuple[Any, int]] = [(root, 0)]
    for here, depth in waiting:  # which grows meanwhile
        if isinstance(here, dict):
            if isinstance(text := here.get("description"), str):
                lengths[depth > 1].append(len(text))
            if has_subschemas(here):
                waiting += [(child, depth + 1) for _, _, child in subschemas(here)]
    for limits in _TEXTS:
        saved = sum(max(length - limit, 0) for group, limit in zip(lengths, limits, strict=True) for length in group)
        if saved >= surplus:
            return limits
    return _TEXTS[-1]


def _shorten_texts(root: dict[str, Any], above: int, below: int) -> None:
    for here, depth in _schemas(root):
        if "description" in here:
            _shorten_text(here, above if depth == 1 else below)


def _shorten_text(here: dict[str, Any], limit: int) -> None:
    """Shorten a description, except for what it says of omitted parts."""
    text = here.get("description")
    if not isinstance(text, str) or len(text) <= limit:
        return
    own = without_left_out(text)
    said = _shorten(own, limit) + text[len(own) :] if limit or len(own) < len(text) else ""
    if said:
        here["description"] = said.strip()
    else:
        del here["description"]


@dataclass(slots=True, eq=False)
class _Part:
    """An object, or a container of some, that words may replace. ``saved`` are the bytes saved by its inner parts' words."""

    here: Schema
    depth: int
    optional: int
    around: _Part | None
    number: int = 0
    size: int = 0
    saved: int = 0
    words: str = ""


class _Words:
    """The words of parts: each once, however many tools have it.

    A part is known by a number for its JSON, in which numbers replace its own parts.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._next = count()
        self._known: dict[tuple[int, int | None], str] = {}

    def number(self, text: str) -> int:
        """Return the number of a part."""
        if (known := self._numbers.get(text)) is None:
            if len(self._numbers) >= _REMEMBERED:  # a forgotten part gets a new number: a number never refers to two parts
                self._numbers, self._known = {}, {}
            known = self._numbers[text] = next(self._next)
        return known

    def of(self, number: int, here: Schema, few: int | None, inner: Known) -> str:
        """Return ``here`` in words. ``inner`` are the words of its parts by their ``id``, as far as known."""
        if (words := self._known.get((number, few))) is None:
            words = self._known[number, few] = notation(here, few, inner)
        inner[id(here)] = words
        return words


class _Folding:
    """Replace parts of a schema by words until it fits: the deepest first, and of these the optional ones.

    ``left`` is the number of surplus bytes.
    """

    def __init__(self, root: Schema, size: int, few: int | None, words: _Words) -> None:
        self._root, self._few, self._words = root, few, words
        self._known: Known = {}
        self._parts: list[_Part] = []
        self.left = self._find(root, 0, 0, None)[0] - size

    def run(self) -> dict[str, Any]:
        """Return a new schema, with the words under a separate keyword."""
        parts = [part for part in self._parts if part.size >= _LEAST_IN_WORDS]
        for part in sorted(parts, key=lambda part: (-part.depth, -part.optional, -part.size)):
            if self.left <= 0:
                break
            self._fold(part)
        found: dict[str, Any] = _with_words(self._root, {id(part.here): part.words for part in self._parts if part.words})
        return found

    def _fold(self, part: _Part) -> None:
        around = []
        above = part.around
        while above is not None:
            if above.words:
                return
            around.append(above)
            above = above.around
        words = self._words.of(part.number, part.here, self._few, self._known)
        if len(words) > _WORDS:
            return
        gain = part.size - part.saved - size_of(_tell(_stub(part.here, {SAID: words})))
        if gain > 0:
            part.words = words
            for one in around:
                one.saved += gain
            self.left -= gain

    def _find(self, here: Schema, depth: int, optional: int, around: _Part | None) -> tuple[int, int]:
        """Register ``here`` and its inner parts; return its size and number."""
        children = subschemas(here)
        part = None
        if depth and (children or _leaves_out(here)):
            part = _Part(here, depth, optional, around)
            self._parts.append(part)
        # Small schemas inside one are measured with it, and each one once.
        numbers: dict[int, int] = {}
        inner = 0
        required = here.get("required") or ()
        for keyword, name, child in children:
            if _may_fold(child):
                is_optional = keyword == "properties" and name not in required
                size, number = self._find(child, depth + (keyword in _PLACES), optional + is_optional, part or around)
                inner += size - len(str(numbers.setdefault(id(child), number)))
        text = encode(change_subschemas(here, lambda child: numbers.get(id(child), child)) if numbers else here)
        size, number = len(text) + inner, self._words.number(text)
        if part is not None:
            part.size, part.number = size, number
        return size, number


def _may_fold(child: Any) -> bool:
    """Return whether a schema has parts, or remains of some."""
    return isinstance(child, dict) and (has_subschemas(child) or _leaves_out(child))


def _leaves_out(here: Schema) -> bool:
    """Return whether a schema's description names omitted parts."""
    return "description" in here and bool(read_left_out(here["description"]))


def _with_words(here: Any, words: Mapping[int, str]) -> Any:
    """Return a copy in which words replace schemas."""
    if isinstance(here, list):
        return [_with_words(one, words) for one in here]
    if not isinstance(here, dict):
        return here
    if (said := words.get(id(here))) is not None:
        return _stub(here, {SAID: said})
    return {keyword: _with_words(value, words) if isinstance(value, dict | list) else value for keyword, value in here.items()}


def _stub(here: Schema, said: Schema) -> dict[str, Any]:
    text = shorten(without_left_out(here.get("description")), _BESIDE)
    return {**_kind(here), **({"description": text} if text else {}), **said}


def _finish(root: dict[str, Any]) -> dict[str, Any]:
    """Return ``root`` with the stubs' references to other places in their descriptions."""
    for here, _ in _schemas(root):
        _become(here, _tell(here))
    return root


def _tell(here: dict[str, Any]) -> dict[str, Any]:
    # What words of a part accept, other branches may accept as well.
    if "oneOf" in here and any(not _OWN.isdisjoint(branch) for branch in here["oneOf"] if isinstance(branch, dict)):
        here = {("anyOf" if keyword == "oneOf" else keyword): value for keyword, value in here.items()}
    if _OWN.isdisjoint(here):
        return here
    said = f"The same as {here[SAME]}." if SAME in here else here[SAID] if here[SAID] != here.get("type") else ""
    rest = {keyword: value for keyword, value in here.items() if keyword not in _OWN}
    text = f"{here.get('description', '')} {said}".strip()
    return {**rest, "description": text} if text else rest


def _become(here: dict[str, Any], other: dict[str, Any]) -> None:
    if other is not here:
        here.clear()
        here.update(other)


def _kind(here: Schema) -> dict[str, Any]:
    """Return what is left of a schema that is defined elsewhere: its type, and its own default."""
    kind = here.get("type") or ("object" if "properties" in here else None)
    found: dict[str, Any] = {"type": kind} if kind else {}
    if kind == "array":
        found["items"] = {}
    return {**found, **({"default": here["default"]} if "default" in here else {})}


def _meaning(here: Schema) -> str:
    """Return what schemas share that are equal except for their descriptions."""
    return encode_sorted({k: v for k, v in here.items() if k not in _OWN_ALONE})


def _show(path: _Path) -> str:
    """Return ``shipping.address``, ``items[].price``, ``labels.*``."""
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
            next(steps, None)  # the branch of a union is meaningless to readers
    return names.removeprefix(".") or "the whole"
