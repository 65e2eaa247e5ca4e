"""A definition within a size that models take without effort: what repeats is said once, deep parts in few words. Pure.

No enum, default, bound or required name is lost: it stands in the schema, in the words of :mod:`composio.schema.notation`, or at
the place that a repetition names.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from composio.schema.keywords import change_subschemas, has_subschemas, subschemas
from composio.schema.leftout import read_left_out, without_left_out
from composio.schema.notation import FREE, SAID, SAME, Known, holds, notation
from composio.schema.packing import merge_unions, pack
from composio.schema.prose import shorten

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
_LAST, _LAST_TEXTS = ((None, 60, 60), (8, 60, 30), (0, 60, 0)), (40, 20, 0)
# Keywords whose schemas stand for properties or items: another place than what is around them.
_PLACES = frozenset(("properties", "items", "additionalProperties"))
_OWN = frozenset((FREE, SAME, SAID))
# What a schema says of itself alone, where it says the same as another.
_OWN_ALONE = frozenset(("default", "description"))
_Likeness = tuple[frozenset[str], int, frozenset[str]]
_shorten = lru_cache(maxsize=4096)(
    shorten
)  # operations share their properties, and each has its strings shortened step by step
_encode_sorted = json.JSONEncoder(sort_keys=True).encode


def compact(parameters: Schema, size: int = SIZE) -> dict[str, Any]:
    """``parameters``, which stand for themselves, in about ``size`` bytes as JSON; as they are where they have that."""
    text = json.dumps(parameters)
    if len(text) <= size:
        return dict(parameters)
    found: dict[str, Any] = json.loads(_compact(text, size))
    return found


@lru_cache(maxsize=128)  # of a large description's large bodies, a quarter serve another operation as well
def _compact(text: str, size: int) -> str:
    return json.dumps(_make_compact(json.loads(text), size))


def _make_compact(found: dict[str, Any], size: int) -> dict[str, Any]:
    """``found``, a schema of its own in which no two places share a part, and which this changes."""
    _stub_repetitions(found)
    if (surplus := _size(found) - size) <= 0:
        return _finish(found)
    _shorten_texts(found, *_fitting_texts(found, surplus))
    if _size(found) <= size:
        return _finish(found)
    shown = found
    for few, above, below in _LAST:
        if few and _size(shown) > 2 * size:  # far too much for so little
            continue
        for here, depth in _schemas(found):
            _shorten_text(here, above if depth == 1 else below)
            if few == 0 and FREE in here:
                _become(here, _kind(here))
            # One branch for those of a union that say the same, and nothing of what words leave unsaid anyway.
            merge_unions(here, few)
        shown = _fold(found, size, few)
        if _size(shown) <= size:
            break
    return shown


def _fold(found: dict[str, Any], size: int, few: int | None) -> dict[str, Any]:
    folding = _Folding(found, size, few)
    folded = folding.run()
    if folding.left > 0 and (few == 0 or folding.left < size // 3):  # else it would not do
        for here, _ in _schemas(folded):
            pack(here, _WORDS)
        for above in _LAST_TEXTS if few == 0 else ():
            if _size(folded) <= size:
                break
            _shorten_texts(folded, above, 0)
    return _finish(folded)


def _schemas(root: dict[str, Any]) -> Iterator[tuple[dict[str, Any], int]]:
    """Each schema below ``root`` with how deep it is, those around others first; who iterates may change them."""
    waiting: list[tuple[Any, int]] = [(child, 1) for _, _, child in subschemas(root)]
    while waiting:
        here, depth = waiting.pop()
        if isinstance(here, dict):
            yield here, depth
            waiting += [(child, depth + 1) for _, _, child in subschemas(here)]


def _stub_repetitions(root: dict[str, Any]) -> None:
    places: list[tuple[dict[str, Any], _Path, int, _Likeness | None]] = [(root, (), -1, None)]
    alike: Counter[_Likeness] = Counter()
    for above, (here, path, _, _) in enumerate(places):  # which grows meanwhile: the nearest to the top comes first
        for keyword, step, child in _children(here):
            if isinstance(child, dict):
                likeness = _likeness(child) if keyword in _PLACES else None
                if likeness is not None:
                    alike[likeness] += 1
                places.append((child, (*path, *step), above, likeness))
    first: dict[str, _Path] = {}
    gone = set[int]()
    for number, (here, path, above, likeness) in enumerate(places):
        if above in gone:
            gone.add(number)
        elif likeness is not None and alike[likeness] > 1 and len(key := _meaning(here)) >= _LEAST:
            if key in first:
                _become(here, _stub(here, {SAME: _show(first[key]), **({} if holds(here) else {FREE: True})}))
                gone.add(number)
            else:
                first[key] = path


def _likeness(here: Schema) -> _Likeness | None:
    """What schemas share that are the same; None for one that takes few words anyway. Comparing it is much less work."""
    if "enum" in here or subschemas(here):
        return frozenset(here) - _OWN_ALONE, len(here.get("enum") or ()), frozenset(here.get("properties") or ())
    return None


def _fitting_texts(root: Schema, surplus: int) -> tuple[int, int]:
    """The longest strings that leave ``surplus`` bytes less, else the shortest."""
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


def _shorten_texts(root: dict[str, Any], above: int, below: int) -> None:
    for here, depth in _schemas(root):
        _shorten_text(here, above if depth == 1 else below)


def _shorten_text(here: dict[str, Any], limit: int) -> None:
    """Shorten a description, but for what it says of parts that are left out."""
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
    """An object, or what holds some, that words may stand for. ``saved`` bytes are what its inner parts' words save."""

    here: Schema
    depth: int
    optional: int
    size: int
    around: _Part | None
    saved: int = 0
    words: str = ""


class _Folding:
    """Puts parts of a schema in words until it has its size: the deepest first, and of these the optional ones.

    ``left`` is how many bytes it still has too many.
    """

    def __init__(self, root: Schema, size: int, few: int | None) -> None:
        self._root, self._few = root, few
        self._known: Known = {}
        self._parts: list[_Part] = []
        self.left = self._find(root, 0, 0, None) - size

    def run(self) -> dict[str, Any]:
        """A new schema, with the words under a keyword of their own."""
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
        words = notation(part.here, self._few, self._known)
        if len(words) > _WORDS:
            return
        gain = part.size - part.saved - _size(_tell(_stub(part.here, {SAID: words})))
        if gain > 0:
            part.words = words
            for one in around:
                one.saved += gain
            self.left -= gain

    def _find(self, here: Schema, depth: int, optional: int, around: _Part | None) -> int:
        """Take up ``here`` and its inner parts; its size."""
        children = subschemas(here)
        part = None
        if depth and (children or read_left_out(here.get("description"))):
            part = _Part(here, depth, optional, 0, around)
            self._parts.append(part)
        # What is small and all inside of one is measured with it, and everything once.
        size = _size(change_subschemas(here, lambda child: {} if _may_fold(child) else child))
        required = here.get("required") or ()
        for keyword, name, child in children:
            if _may_fold(child):
                is_optional = keyword == "properties" and name not in required
                size += self._find(child, depth + (keyword in _PLACES), optional + is_optional, part or around) - 2
        if part is not None:
            part.size = size
        return size


def _may_fold(child: Any) -> bool:
    """Whether a schema has parts, or what is left of some."""
    return isinstance(child, dict) and (has_subschemas(child) or bool(read_left_out(child.get("description"))))


def _with_words(here: Any, words: Mapping[int, str]) -> Any:
    """A copy in which words take the place of the schemas that have some."""
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
    """``root`` with what its stubs say of other places in their descriptions."""
    for here, _ in _schemas(root):
        _become(here, _tell(here))
    return root


def _tell(here: dict[str, Any]) -> dict[str, Any]:
    # What a part in words takes, other branches may take as well.
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


def _children(here: Schema) -> Iterator[tuple[str, _Path, Any]]:
    for keyword, name, child in subschemas(here):
        yield keyword, (keyword,) if name is None else (keyword, name), child


def _kind(here: Schema) -> dict[str, Any]:
    """What is left of a schema that is said elsewhere: its type, and its default, which is its own."""
    kind = here.get("type") or ("object" if "properties" in here else None)
    found: dict[str, Any] = {"type": kind} if kind else {}
    if kind == "array":
        found["items"] = {}
    return {**found, **({"default": here["default"]} if "default" in here else {})}


def _meaning(here: Schema) -> str:
    """What two schemas share that are the same but for what they say of themselves."""
    return _encode_sorted({k: v for k, v in here.items() if k not in _OWN_ALONE})


def _show(path: _Path) -> str:
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
