"""A definition within a size that models take without effort: what repeats is said once, deep parts in few words. Pure.

No enum, default, bound or required name is lost: it stands in the schema, in the words of :mod:`composio.schema.notation`, or at
the place that a repetition names.
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
# A schema, the number of the place around it, its keyword and name there, and what it shares with those that are the same.
_Place = tuple[dict[str, Any], int, str, "str | int | None", "_Likeness | None"]
_shorten = lru_cache(maxsize=4096)(
    shorten
)  # operations share their properties, and each has its strings shortened step by step
# Parts whose words are remembered, with some 500 bytes each; whole schemas: of a large description's large bodies, a quarter
# serve another operation soon.
_REMEMBERED, _LAST_MADE = 20_000, 128


class Memory:
    """What was made compact, and the words of parts, for schemas that share parts: those of one description."""

    def __init__(self) -> None:
        self.words = _Words()
        self._found: OrderedDict[tuple[str, int], bytes] = OrderedDict()

    def compact(self, text: str, size: int, own: dict[str, Any] | None = None) -> dict[str, Any]:
        """See :func:`compact`; ``text`` is the schema as JSON, ``own`` the schema itself where it may be changed. A new dict."""
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
    """``parameters``, which stand for themselves, in about ``size`` bytes as JSON; as they are where they have that.

    ``memory`` is that of schemas which share parts with these. ``changeable`` ones, in which no two places share a schema, are
    not copied before they are changed.
    """
    text = encode(parameters)
    if len(text) <= size:
        return dict(parameters)
    return (memory or Memory()).compact(text, size, dict(parameters) if changeable else None)


def _make_compact(found: dict[str, Any], size: int, words: _Words) -> dict[str, Any]:
    """``found``, a schema of its own in which no two places share a part, and which this changes."""
    _stub_repetitions(found)
    if (surplus := size_of(found) - size) <= 0:
        return _finish(found)
    _shorten_texts(found, *_fitting_texts(found, surplus))
    if size_of(found) <= size:
        return _finish(found)
    shown = found
    for few, above, below in _LAST:
        if few and size_of(shown) > 2 * size:  # far too much for so little
            continue
        for here, depth in _schemas(found):
            if "description" in here:
                _shorten_text(here, above if depth == 1 else below)
            if few == 0 and FREE in here:
                _become(here, _kind(here))
            # One branch for those of a union that say the same, and nothing of what words leave unsaid anyway.
            if "anyOf" in here or "oneOf" in here:
                merge_unions(here, few)
        shown = _fold(found, size, few, words)
        if size_of(shown) <= size:
            break
    return shown


def _fold(found: dict[str, Any], size: int, few: int | None, words: _Words) -> dict[str, Any]:
    folding = _Folding(found, size, few, words)
    folded = folding.run()
    if folding.left > 0 and (few == 0 or folding.left < size // 3):  # else it would not do
        for here, _ in _schemas(folded):
            pack(here, _WORDS)
        for above in _LAST_TEXTS if few == 0 else ():
            if size_of(folded) <= size:
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
    """The keywords and names that lead to a place."""
    path: list[str | int] = []
    while number > 0:
        _, number, keyword, name, _ = places[number]
        path += (keyword,) if name is None else (name, keyword)
    return tuple(reversed(path))


def _likeness(here: Schema) -> _Likeness | None:
    """What schemas share that are the same; None for one that takes few words anyway. Comparing it is much less work."""
    if "enum" in here or has_subschemas(here):
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
    around: _Part | None
    number: int = 0
    size: int = 0
    saved: int = 0
    words: str = ""


class _Words:
    """What parts are in words: each once, however many tools have it.

    A part is known by a number that stands for its JSON in which the numbers of its own parts stand for these.
    """

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}
        self._next = count()
        self._known: dict[tuple[int, int | None], str] = {}

    def number(self, text: str) -> int:
        """The number of a part."""
        if (known := self._numbers.get(text)) is None:
            if len(self._numbers) >= _REMEMBERED:  # what is forgotten gets another number: none ever means two parts
                self._numbers, self._known = {}, {}
            known = self._numbers[text] = next(self._next)
        return known

    def of(self, number: int, here: Schema, few: int | None, inner: Known) -> str:
        """``here`` in words. ``inner`` are the words of its parts by their ``id``, as far as they are known."""
        if (words := self._known.get((number, few))) is None:
            words = self._known[number, few] = notation(here, few, inner)
        inner[id(here)] = words
        return words


class _Folding:
    """Puts parts of a schema in words until it has its size: the deepest first, and of these the optional ones.

    ``left`` is how many bytes it still has too many.
    """

    def __init__(self, root: Schema, size: int, few: int | None, words: _Words) -> None:
        self._root, self._few, self._words = root, few, words
        self._known: Known = {}
        self._parts: list[_Part] = []
        self.left = self._find(root, 0, 0, None)[0] - size

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
        """Take up ``here`` and its inner parts; its size and number."""
        children = subschemas(here)
        part = None
        if depth and (children or _leaves_out(here)):
            part = _Part(here, depth, optional, around)
            self._parts.append(part)
        # What is small and all inside of one is measured with it, and everything once.
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
    """Whether a schema has parts, or what is left of some."""
    return isinstance(child, dict) and (has_subschemas(child) or _leaves_out(child))


def _leaves_out(here: Schema) -> bool:
    """Whether the description of a schema names parts that were left out."""
    return "description" in here and bool(read_left_out(here["description"]))


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


def _kind(here: Schema) -> dict[str, Any]:
    """What is left of a schema that is said elsewhere: its type, and its default, which is its own."""
    kind = here.get("type") or ("object" if "properties" in here else None)
    found: dict[str, Any] = {"type": kind} if kind else {}
    if kind == "array":
        found["items"] = {}
    return {**found, **({"default": here["default"]} if "default" in here else {})}


def _meaning(here: Schema) -> str:
    """What two schemas share that are the same but for what they say of themselves."""
    return encode_sorted({k: v for k, v in here.items() if k not in _OWN_ALONE})


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
