"""Trim a result to a number of characters of JSON, with a note of what was omitted and how to get it. Pure.

Long strings are shortened first, as a list of all items is more useful than a few full ones; then items are dropped from the
end; then anything else that is large. The result is always JSON, and never longer than requested.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from composio.engine.paging.page import Page
from composio.engine.paging.signs import items_in
from composio.errors import ComposioError
from composio.model.call import Outcome

__all__ = ["Fitted", "Work", "fit", "trim", "trim_beside"]

T = TypeVar("T")
# Characters that a string keeps when all long ones are shortened.
_TEXTS = (2000, 400)
_DEPTH = 16
# Items serialised at once, and levels of objects around long lists.
_BATCH, _WRAPPERS = 512, 4
_FIELDS = ("fields", "select", "fieldmask", "include", "properties")
_ROUNDS = 6
_REQUESTS = 3
# Characters: properties below the first limit are small; an object is processed by property while these stay below the second.
_CROWDED, _SMALL = 40, 400
# Names of items' ids, the most reliable first.
_IDS = ("id", "_id", "uuid", "guid", "ID", "Id", "key", "sid")
# Characters below which a part of an item is useless.
_LEAST = 12
_OTHERS = "For the other items call again with `next` merged into the arguments."
_AGAIN = "This page does not fit: call again with `next` merged into the arguments."
_SHORTENED = "Shortened to fit."
_NO_ITEMS: Any = []
# Characters for a note's commas and brackets.
_MARGIN = 40
# Characters trimmed on the calling thread; longer data goes to another thread. Each value counts as a few characters.
_AT_ONCE, _EACH = 256 * 1024, 8


class Work(Protocol):
    """Runs slow work without blocking other calls. See :meth:`composio.engine.io.Io.work`."""

    def __call__(self, function: Callable[[], T], /) -> Awaitable[T]: ...


@dataclass(frozen=True, slots=True)
class Fitted:
    """A trimmed outcome. ``smaller`` are arguments for a page that fits, if the API cannot continue inside this one."""

    outcome: Outcome
    smaller: Mapping[str, Any] | None = None


def trim(outcome: Outcome, limit: int, page: Page | None = None) -> Fitted:
    """Trim the result of ``outcome`` to ``limit`` characters of JSON (at least 400). ``page`` is the API's page."""
    if page is not None and outcome.more is not None and outcome.more == page.more:
        outcome = replace(outcome, more=page.resize())
    if not _is_longer(outcome.data, limit) and len(outcome.result().to_json()) <= limit:
        return Fitted(outcome)
    error = outcome.error
    if error is not None and _size(error) > limit // 2:
        error = _cut(error, limit // 2)
    outcome = replace(outcome, error=error)
    listing = _Listing.of(outcome.data, page)
    budget = limit - len(replace(outcome, data=None, more=None).result().to_json())
    for _ in range(_ROUNDS):
        found = _fit_items(outcome, budget, listing)
        if len(found.outcome.result().to_json()) <= limit:
            return found
        budget = budget * 3 // 4
    return Fitted(replace(outcome, data=None, more={"hint": "The data is too large to be shown."}))


def _is_longer(data: Any, limit: int, depth: int = 0) -> bool:
    """Return whether a string or a list in ``data`` exceeds ``limit`` by its length alone."""
    if not isinstance(data, Mapping):
        return isinstance(data, str | list) and len(data) > limit
    if len(data) > _BATCH or depth > _WRAPPERS:
        return len(data) > limit
    return any(_is_longer(inner, limit, depth + 1) for inner in data.values())


async def trim_beside(outcome: Outcome, limit: int, page: Page | None, work: Work) -> Fitted:
    """Do the same as :func:`trim`; large data is passed to ``work``, so that it does not block the event loop."""
    trimming = functools.partial(trim, outcome, limit, page)
    return await work(trimming) if _is_large(outcome.data) or _is_large(outcome.error) else trimming()


def _is_large(data: Any) -> bool:
    """Return whether serialising ``data`` is slow. It examines only as much as it needs."""
    left, waiting = _AT_ONCE, [data]
    while waiting:
        value = waiting.pop()
        left -= _EACH
        if isinstance(value, str):
            left -= len(value)
        elif isinstance(value, Mapping):
            left -= _EACH * len(value)
            if left >= 0:
                waiting += [*value, *value.values()]
        elif isinstance(value, list | tuple):
            left -= _EACH * len(value)
            if left >= 0:
                waiting += value
        if left < 0:
            return True
    return False


async def fit(
    outcome: Outcome,
    limit: int,
    page: Page | None,
    arguments: Mapping[str, Any],
    again: Callable[[Mapping[str, Any]], Awaitable[tuple[Outcome, Page | None]]],
    work: Work,
) -> Outcome:
    """Trim as :func:`trim_beside`, and call ``again`` for a smaller page if only the API knows the cursor of omitted items.

    Only repeatable calls are repeated. If that does not help, the first response is kept.
    """
    first = fitted = await trim_beside(outcome, limit, page, work)
    for _ in range(_REQUESTS):
        if page is None or fitted.smaller is None:
            break
        try:
            found, part = await again({**arguments, **fitted.smaller})
        except ComposioError:
            break
        if not found.successful:
            break
        leads = (found.more or {}).get("next")
        if part is None or not leads or not 0 < len(part.items) < len(page.items):
            # The size is unchanged, or how to continue is unknown: omitted items stay omitted.
            return (await trim_beside(outcome, limit, replace(page, style=""), work)).outcome
        more = {"shown": len(part.items), "of": len(page.items), "next": {**fitted.smaller, **leads}, "hint": _OTHERS}
        fitted = await trim_beside(replace(found, more=more), limit, replace(part, more=more), work)
        if fitted.smaller is None and (fitted.outcome.more or {}).get("next") == more["next"]:
            return fitted.outcome
    return first.outcome


@dataclass(frozen=True, slots=True)
class _Listing:
    """The items that a result is about, the ``path`` to them, and their page."""

    path: tuple[str, ...]
    items: Sequence[Any]
    page: Page | None

    @classmethod
    def of(cls, data: Any, page: Page | None) -> _Listing:
        if page is not None and page.items and isinstance(items := _at(data, page.path), list):
            return cls(page.path, items, page)
        found = items_in(data)
        return cls(found.path, found.items, page) if found else cls((), (), page)

    def rest(self, kept: int) -> tuple[int, Mapping[str, Any]] | None:
        """Return how many of the first ``kept`` items to show, and the arguments for the rest.

        None if the API has no such call.
        """
        if self.page is None or kept < 1:
            return None
        places = self._places(kept)
        if places is None or (rest := self.page.rest(places[-1] + 1)) is None:
            return None
        shown = sum(place < rest.kept for place in places)
        return (shown, rest.next) if shown else None

    def _places(self, kept: int) -> Sequence[int] | None:
        """Return the positions of the first items in the API's page: a processor may have dropped or reordered some."""
        if self.page is None:
            return None
        came = self.page.items
        if len(self.items) == len(came):  # perhaps changed, but no fewer: in order, unless one of them is elsewhere
            moved = (item for item, other in zip(self.items[:kept], came, strict=False) if not _same(item, other))
            return None if any(_same(item, other) for item in moved for other in came) else range(kept)
        places: list[int] = []
        for item in self.items[:kept]:
            start = places[-1] + 1 if places else 0
            place = next((n for n in range(start, len(came)) if _same(item, came[n])), None)
            if place is None:
                return None
            places.append(place)
        return places

    @property
    def goes_on(self) -> bool:
        """Return whether items omitted here would be missed by a caller that goes page by page."""
        return self.page is not None and (self.page.style != "" or "next" in (self.page.more or {}))


def _same(item: Any, came: Any) -> bool:
    """Return whether an item is the API's, perhaps without some properties."""
    if isinstance(item, Mapping) and isinstance(came, Mapping) and "id" in item and "id" in came:
        return bool(item["id"] == came["id"])
    if isinstance(item, Mapping) and isinstance(came, Mapping):
        return bool(item) and item.items() <= came.items()
    return bool(item == came)


def _fit_items(outcome: Outcome, budget: int, listing: _Listing) -> Fitted:
    data, items = outcome.data, listing.items
    # The note is written with the largest numbers first, so that its length is known before the data's.
    notes = [_note(outcome, listing, len(items), None), _note(outcome, listing, len(items) - 1, listing.rest(len(items) - 1))]
    if listing.page is not None and (smaller := listing.page.smaller(len(items) - 1)):
        notes[1]["next"] = {**(outcome.more or {}).get("next", {}), **smaller}
    room = budget - max(map(_size, notes)) - _MARGIN
    fitted = data
    for length in _TEXTS if len(items) > 1 else ():
        fitted = _shorten(data, length, 0)
        if _size(fitted) <= room:
            break
    shortened = fitted
    fitted = _fit(fitted, room, 0, listing.path)
    kept = _length(_at(fitted, listing.path))
    if len(items) < 2 or kept >= len(items):
        return Fitted(replace(outcome, data=fitted, more=_note(outcome, listing, len(items), None)))
    rest = listing.rest(kept)
    if rest is not None:
        fitted = _with(fitted, listing.path, _at(fitted, listing.path)[: rest[0]])
        return Fitted(replace(outcome, data=fitted, more=_note(outcome, listing, rest[0], rest)))
    if listing.goes_on:
        return _whole_page(outcome, shortened, fitted, room, budget, listing, kept)
    return Fitted(replace(outcome, data=fitted, more=_note(outcome, listing, kept, None)))


def _whole_page(outcome: Outcome, data: Any, fitted: Any, room: int, budget: int, listing: _Listing, kept: int) -> Fitted:
    """Trim a page whose items must all be shown, as no call starts inside it: a part of each, or none until it is smaller."""
    page, items = listing.page, listing.items
    smaller = page.smaller(kept) if page is not None and page.style == "cursor" and len(items) == len(page.items) else None
    again = smaller if page is not None and page.reads else None
    note, short = _note(outcome, listing, len(items), None), {**(outcome.more or {}), "hint": _SHORTENED}
    bare = functools.reduce(lambda inner, key: {key: inner}, reversed(listing.path), _NO_ITEMS)
    shell = _fit(_with(data, listing.path, []), room // 3, 0, listing.path)
    ways = [(shell, note, room)]
    if smaller is None:  # the items matter more than their surroundings, and than the note about them
        ways += [(bare, note, room), (bare, short, budget - _size(short) - _MARGIN)]
    for around, more, left in ways:
        each = _fit_each(_at(data, listing.path) or [], left - _size(around))
        if each is not None and isinstance(_at(around, listing.path), list):
            return Fitted(replace(outcome, data=_with(around, listing.path, each), more=more), again)
    if smaller is not None:
        none = {"shown": 0, "of": len(items), "next": smaller, "hint": _AGAIN}
        return Fitted(replace(outcome, data=_with(fitted, listing.path, []), more=none), again)
    return Fitted(replace(outcome, data=fitted, more=_note(outcome, listing, kept, None)))


def _note(outcome: Outcome, listing: _Listing, kept: int, rest: tuple[int, Mapping[str, Any]] | None) -> dict[str, Any]:
    """Describe what was omitted, and the arguments that return it. The next page follows only if all of this one is shown."""
    of = len(listing.items)
    if of < 2 or kept >= of:
        return {**(outcome.more or {}), "hint": f"Long parts were shortened to fit. {_narrower(listing.page)}"}
    told = {key: value for key, value in (outcome.more or {}).items() if key == "total"}
    if rest is not None:
        return {"shown": rest[0], "of": of, **told, "next": dict(rest[1]), "hint": _OTHERS}
    return {"shown": kept, "of": of, **told, "hint": f"The others do not fit. {_narrower(listing.page, kept)}"}


def _narrower(page: Page | None, kept: int = 0) -> str:
    size = page.size if page else None
    fields = page.arguments.find_like(*_FIELDS) if page and page.arguments else None
    ways = [
        f"fewer items ({size.path[-1]}{f'={kept}' if kept else ''})" if size else "",
        f"fewer fields ({fields})" if fields else "",
    ]
    return f"Ask for less: {' or '.join(filter(None, ways)) or 'a single item, or a narrower filter'}."


def _at(data: Any, path: Sequence[str]) -> Any:
    for key in path:
        data = data.get(key) if isinstance(data, Mapping) else None
    return data


def _with(data: Any, path: Sequence[str], value: Any) -> Any:
    """Return ``data`` with another value at a path; unchanged if the path does not exist."""
    if not path:
        return value
    if not isinstance(data, Mapping) or path[0] not in data:
        return data
    return {**data, path[0]: _with(data[path[0]], path[1:], value)}


def _length(value: Any) -> int:
    return len(value) if isinstance(value, list) else 0


def _size(value: Any, depth: int = 0) -> int:
    """Return the length of ``value`` as JSON. Long values are serialised in pieces, so that other threads can run."""
    if isinstance(value, list) and len(value) > _BATCH:
        batches = range(0, len(value), _BATCH)
        return sum(_size(value[at : at + _BATCH], depth) for at in batches)  # a batch's brackets are as long as a comma
    if isinstance(value, dict) and _is_long(value, depth) and all(type(key) is str for key in value):
        return sum(len(json.dumps(key, ensure_ascii=False)) + 4 + _size(inner, depth + 1) for key, inner in value.items())
    return len(json.dumps(value, ensure_ascii=False, default=str))


def _is_long(value: Any, depth: int) -> bool:
    """Return whether a value is a long list, or contains one."""
    if isinstance(value, dict):
        return depth < _WRAPPERS and any(_is_long(inner, depth + 1) for inner in value.values())
    return isinstance(value, list) and len(value) > _BATCH


def _shorten(value: Any, length: int, depth: int) -> Any:
    """Return ``value`` with all strings longer than ``length`` shortened."""
    if isinstance(value, str):
        return value if len(value) <= length else f"{value[:length]}… ({len(value) - length} more characters)"
    if depth > _DEPTH:
        return value
    if isinstance(value, dict):
        return {key: _shorten(inner, length, depth + 1) for key, inner in value.items()}
    return [_shorten(inner, length, depth + 1) for inner in value] if isinstance(value, list) else value


def _fit(value: Any, room: int, depth: int, path: Sequence[str] = ()) -> Any:
    """Return ``value``, or as much of it as fits ``room`` characters; None if nothing fits.

    ``path`` leads to the most important part, if there is one.
    """
    if _size(value) <= room:
        return value
    if isinstance(value, str):
        return _cut(value, room)
    if depth > _DEPTH or room < 4:
        return None
    if isinstance(value, list):
        return _fit_list(value, room, depth)
    if not isinstance(value, dict):
        return None
    if path and path[0] in value and len(value) > 1:
        return _fit_around(value, room, depth, path)
    if path and path[0] in value:
        name = _size(str(path[0])) + 4
        return {path[0]: _fit(value[path[0]], room - name - 2, depth + 1, path[1:])}
    return _fit_dict(value, room, depth)


def _fit_around(value: dict[Any, Any], room: int, depth: int, path: Sequence[str]) -> dict[Any, Any]:
    """Trim an object around its most important part, which gets two thirds of the room and what the rest leaves."""
    main = path[0]
    name = _size(str(main)) + 4
    reserved = min(_size(value[main]) + name, room * 2 // 3)
    others = _fit({key: inner for key, inner in value.items() if key != main}, room - reserved, depth) or {}
    inner = _fit(value[main], room - _size(others) - name, depth + 1, path[1:])
    return {key: inner if key == main else others[key] for key in value if key == main or key in others}


def _fit_each(items: Sequence[Any], room: int) -> list[Any] | None:
    """Return a part of each of ``items``; None if the parts would be useless."""
    left, waiting = room, len(items)
    if not items or room // len(items) < _LEAST:
        return None
    fitted: list[Any] = [None] * waiting
    for place in sorted(range(len(items)), key=lambda n: _size(items[n])):
        share = left // waiting - 2
        fitted[place] = _fit(items[place], share, 1)
        if not _keeps_id(own := _id_of(items[place]), fitted[place]):
            fitted[place] = own
            if _size(own) > share:
                return None
        if fitted[place] in (None, {}, "") and items[place]:
            return None
        left -= _size(fitted[place]) + 2
        waiting -= 1
    return fitted


def _keeps_id(own: Any, fitted: Any) -> bool:
    """Return whether a part of an item still has its ``own`` id."""
    if not isinstance(own, Mapping):
        return own is None or bool(own == fitted)
    return isinstance(fitted, Mapping) and all(name in fitted and _keeps_id(own[name], fitted[name]) for name in own)


def _id_of(item: Any, depth: int = 0) -> dict[str, Any] | None:
    """Return the minimum that identifies an item, also inside a wrapper: ``{"customer": {"id": ...}}``."""
    if not isinstance(item, Mapping):
        return None
    name = next((name for name in _IDS if isinstance(item.get(name), str | int) and len(str(item[name])) <= _SMALL), None)
    if name is not None:
        return {name: item[name]}
    if len(item) != 1 or depth > _WRAPPERS:
        return None
    [(outer, inner)] = item.items()
    own = _id_of(inner, depth + 1)
    return {outer: own} if own else None


def _fit_list(value: list[Any], room: int, depth: int) -> list[Any]:
    """Return the first items that fit, or a part of the first one."""
    kept: list[Any] = []
    left = room - 2
    for item in value:
        cost = _size(item) + 2
        if cost > left:
            break
        kept.append(item)
        left -= cost
    return kept if kept or left < 20 else [_fit(value[0], left - 2, depth + 1)]


def _fit_dict(value: dict[Any, Any], room: int, depth: int) -> dict[Any, Any]:
    """Keep small properties in full and divide the rest among large ones; properties whose names do not fit are dropped."""
    sizes = {key: _size(inner) for key, inner in value.items()}
    names = {key: _size(str(key)) + 4 for key in value}
    left = room - 2
    fitted: dict[Any, Any] = {}
    if left // len(value) < _CROWDED:  # the first properties are the most useful: in real APIs, ids and names
        for key in sorted(value, key=lambda key: key not in _IDS):
            cost = names[key] + sizes[key]
            if cost <= min(left, _SMALL):
                fitted[key] = value[key]
                left -= cost
        if fitted:
            return {key: fitted[key] for key in value if key in fitted}
    waiting = sorted(value, key=lambda key: (key not in _IDS or sizes[key] > _SMALL, sizes[key]))
    for index, key in enumerate(waiting):
        share = left // (len(waiting) - index) - names[key]
        if key in _IDS and sizes[key] <= min(_SMALL, left - names[key]):
            share = sizes[key]  # a truncated id identifies nothing
        elif share < 4:
            break
        inner = value[key] if sizes[key] <= share else _fit(value[key], share, depth + 1)
        fitted[key] = inner
        left -= names[key] + _size(inner)
    return {key: fitted[key] for key in value if key in fitted}


def _cut(text: str, room: int) -> str:
    """Return the beginning of ``text`` that fits ``room`` characters as JSON, and how much is missing."""
    length = max(0, min(len(text), room - 2))
    while length > 0:
        shown = f"{text[:length]}… ({len(text) - length} more characters)"
        over = _size(shown) - room
        if over <= 0:
            return shown
        # Escapes lengthen a string, at most twelvefold.
        length -= max(1, over // 12, min(over, length // 4))
    return ""
