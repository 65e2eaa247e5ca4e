"""Find the rest of a list: the arguments of the same action that return the next page, or the rest of this one. Pure.

They come from ``Link`` headers and from the links, cursors, flags and counts in responses; if a response does not repeat them,
from the call's arguments and the description's defaults. Only the action's own arguments are used: a link may contain
credentials, or parameters that no argument has.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Literal

import httpx

from composio.engine.paging.arguments import Argument, Arguments, Changes, as_number
from composio.engine.paging.names import DOES, IN_PAGE, READS, is_last, may_hold, plain, use_of
from composio.engine.paging.position import Position, ends_when_short, position_of
from composio.engine.paging.signs import HOLDING, ITEMS_DEPTH, Items, Signs, is_silent, items_in, signs_of
from composio.engine.paging.tokens import (
    by_last,
    find_ordered,
    id_argument,
    is_cursor,
    own_cursor,
    sure_changes,
    takes_sort,
    text_places,
    token_changes,
)
from composio.model.action import ActionModel, HttpBinding

__all__ = ["Page", "Rest", "growth", "page_of", "spell"]

NO_ARGUMENT = "There is more, but no argument of this action leads to it."
MAYBE = "The API does not say whether there is more: an empty page is the end."
AS_MANY = "There may be more: the API returned as many items as were requested."
NOT_SAID = "The API does not say whether there is more."
LEADS_BACK = "The API's link leads back to an earlier page. Whether there is more is not known."
EMPTY = (
    "This page is empty, and the API says that the list continues. If the next ones are empty too, stop: some lists never end."
)
# An action with side effects is never listed page by page.
_CHANGING = frozenset(("PUT", "PATCH", "DELETE"))
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
# Arguments that take an item's id, by name alone; others do if the response shows it.
_IDS = frozenset(("startingafter", "afterid"))
# Keyed by identity, which is safe as the entry keeps the binding alive.
_TURNING: dict[int, tuple[HttpBinding, bool]] = {}
_MOST_TURNING = 1024

Style = Literal["offset", "page", "id", "edge", "cursor", ""]
More = dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Rest:
    """How to continue after ``kept`` items of a page: with ``next``."""

    kept: int
    next: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list.

    ``more`` describes what follows the page, as in :class:`composio.model.call.ToolResult`; ``path`` leads to the ``items`` in
    the data. ``own`` is the name of an item's own cursor, ``style`` is how a call can start inside the page, ``position`` is
    the page's position, if known.
    """

    more: More
    path: tuple[str, ...] = ()
    items: Sequence[Any] = field(default=(), repr=False)
    arguments: Arguments | None = field(default=None, repr=False)
    style: Style = ""
    position: Position | None = None
    cursor: Argument | None = field(default=None, repr=False)
    own: str = "cursor"
    reads: bool = False

    @property
    def size(self) -> Argument | None:
        """The argument for the page size."""
        return self.arguments.one("size") if self.arguments else None

    def rest(self, kept: int) -> Rest | None:
        """Return how to continue after the first ``kept`` items, or a few fewer; None if the API has no such call."""
        if not 0 < kept <= len(self.items) or self.arguments is None:
            return None
        changes: Changes | None = None
        if self.style == "id" and self.cursor is not None:
            changes = by_last(self.items[kept - 1], self.cursor)
        elif self.style == "edge" and self.cursor is not None:
            changes = [(self.cursor, self.cursor.convert(self.items[kept - 1][self.own]))]
        elif self.position is not None and self.style in ("offset", "page"):
            kept, changes = self.position.after(kept)
        leads = self.arguments.with_(changes) if changes else None
        return Rest(kept, leads) if leads else None

    def smaller(self, kept: int) -> dict[str, Any] | None:
        """Return the arguments that request this page again with ``kept`` items; None if the API has no such call."""
        size = self.size
        if size is None or self.arguments is None or kept < 1 or kept >= len(self.items):
            return None
        given = self.arguments.number(size)
        if given is not None and given < len(self.items):  # it was already sent and ignored
            return None
        value = size.convert(kept)
        return None if value is None else self.arguments.with_([(size, value)])

    def resize(self) -> More:
        """Add this page's size to ``more`` if parts of the next page cannot be requested without it."""
        position, size, leads = self.position, self.size, (self.more or {}).get("next")
        if position is None or self.style != "page" or size is None or self.arguments is None or not leads:
            return self.more
        is_told = position.sized and not (position.before == 0 and len(self.items) < (position.length or 0))
        value = size.convert(len(self.items))
        if is_told or value is None or not (position.before == 0 or position.follows):
            return self.more
        changes = [(size, value)] if len(size.path) == 1 else [*position.next(), (size, value)]
        return {**(self.more or {}), "next": {**leads, **(self.arguments.with_(changes) or {})}}


def page_of(
    headers: httpx.Headers,
    data: Any,
    action: ActionModel,
    given: Mapping[str, Any],
    *,
    inside: str | None = None,
    hidden: Iterable[str] = (),
    secrets: Callable[[], Iterable[str]] = tuple,
    trims: bool = True,
) -> Page | None:
    """Return the page in a response; None if it is not one.

    ``given`` are the arguments as sent. The page is in the data's property ``inside``, if there is one. ``hidden`` are the
    arguments that the credentials fill, ``secrets`` returns the credentials: a link repeats the request's parameters. Unless
    the caller ``trims`` the response by it, a response without a list or any mention of one is no page.
    """
    binding = action.binding
    if not isinstance(binding, HttpBinding) or binding.method in _CHANGING:
        return None
    if inside is not None:
        data = data.get(inside) if isinstance(data, Mapping) else None
    holds_list = _holds_list(data)
    if not holds_list and not _may_turn_pages(binding):
        return None
    arguments = Arguments(action, given, hidden, secrets)
    cursors = frozenset(one.letters for one in arguments.of("cursor") if is_cursor(one) or is_last(one.wire))
    if not (holds_list or trims or cursors) and is_silent(headers, data):
        return None
    found = items_in(data, _segments(binding.path)) if holds_list else None
    signs = signs_of(headers, data, found, cursors)
    if found is None and not (trims or signs.any or signs.counts):
        return None
    if not arguments.any and not (found and found.items and (isinstance(found.items[0], Mapping) or signs.any)):
        return None
    page = _Reader(arguments, signs, found, _reads(action, binding)).page()
    if inside is not None:
        page = replace(page, path=(inside, *page.path))
    more = page.more
    if more is None:
        return page
    if signs.last and (last := arguments.with_(arguments.led(signs.last))):
        more = {**more, "last": last}
    if "total" in signs.told:
        more = {**more, "total": signs.counts["total"]}
    return replace(page, more=more)


def spell(more: Mapping[str, Any], spelling: Mapping[str, str]) -> dict[str, Any]:
    """Return ``more`` with the argument names that the reader was shown."""
    leads = ("next", "last")
    return {
        key: {spelling.get(name, name): one for name, one in value.items()} if key in leads else value
        for key, value in more.items()
    }


def growth(spelling: Mapping[str, str]) -> int:
    """Return by how many characters :func:`spelled` may lengthen it: keywords get a letter, shortened names a hash."""
    longer = sorted((len(alias) - len(name) for name, alias in spelling.items()), reverse=True)
    return 2 * sum(max(0, more) for more in longer[:3])


class _Reader:
    """Decide what follows one response."""

    def __init__(self, arguments: Arguments, signs: Signs, found: Items | None, reads: bool) -> None:
        self._arguments, self._signs = arguments, signs
        is_silent = not signs.any and "total" not in signs.counts
        self._ordered = find_ordered(arguments, found.items) if found and is_silent else None
        self._own = own_cursor(arguments, found.items) if found else None
        self._count = len(found.items) if found else None
        self._has_items = bool(found and found.items)
        self._page = Page(None, found.path if found else (), found.items if found else (), arguments, reads=reads)

    def page(self) -> Page:
        back = self._arguments.one("back")
        if back not in (None, self._ordered) and (self._arguments.value(back) is not None or self._is_last(back)):
            return self._backwards(back)
        self._signs.ended = self._signs.ended or self._is_last_page()
        leads, same = sure_changes(self._arguments, self._signs)
        leads = leads or next(filter(None, map(self._arguments.led, self._signs.links)), [])
        if self._own is not None and any(one is self._own[0] and str(value) != self._last_own() for one, value in leads):
            self._own = None  # the items have another name for a cursor
        if leads and self._is_back(leads):
            return self._continue_by_number()
        if not leads and not self._signs.ended:
            leads, same_again = token_changes(self._arguments, self._signs)
            same = same or same_again
        more = self._signs.has_more
        if self._count == 0 and self._is_past_all():
            return self._style(self._position(more=False), [])
        # A link on an empty page whose parameters no argument has would be followed forever.
        is_linked = self._count != 0 and bool(self._signs.links or (self._signs.sure and not same))
        promised = more is True or bool(leads) or is_linked
        position = self._position(more=promised and more is not False, leads=leads)
        page = self._style(position, leads)
        if more is False:
            return page
        if leads and (found := self._arguments.with_(leads)):
            return replace(page, more=self._empty({"next": found}))
        if same and more is not True:  # the same cursor again
            return page
        if self._count == 0 and self._signs.sure and position is None and not (same or self._signs.ended):
            return replace(page, more={"unknown": NO_ARGUMENT})
        if self._signs.ended and more is not True and not (position is not None and position.follows):
            return page
        return replace(page, more=self._empty(self._count_on(position, promised=promised and not same)))

    def _last_own(self) -> str:
        return str(self._page.items[-1][self._own[1]]) if self._own is not None else ""

    def _empty(self, more: More) -> More:
        """Mark ``more`` as from an empty page: some APIs return new cursors without items forever."""
        return {**more, "hint": EMPTY} if more and "next" in more and self._count == 0 else more

    def _is_back(self, leads: Changes) -> bool:
        """Return whether ``leads`` repeat this page or an earlier one: following them would loop."""
        turning = [(one, as_number(value)) for one, value in leads if one.use not in (None, *IN_PAGE)]
        if len(turning) != 1 or turning[0][0].use not in ("page", "offset"):
            return False
        argument, value = turning[0]
        given = as_number(self._arguments.value(argument))
        return value is not None and given is not None and value <= given

    def _continue_by_number(self) -> Page:
        """Return the page if the API's own link cannot be followed: numbers may show what comes next."""
        self._signs.links.clear()
        self._signs.sure.clear()
        position = self._position(more=False)
        page = self._style(position, [])
        if self._count == 0 or self._signs.has_more is False or (position is not None and position.follows is False):
            return page
        is_told = position is not None and position.follows
        return replace(page, more=self._count_on(position, promised=False) if is_told else {"unknown": LEADS_BACK})

    def _is_past_all(self) -> bool:
        """Return whether an empty page is past the last item by the numbers, whatever else reports more."""
        position, total = self._position(more=False), self._signs.counts.get("total")
        if position is None or total is None or not self._signs.exact or self._signs.is_vague:
            return False
        return total == 0 or (position.begun and position.before is not None and position.before >= total)

    def _is_last_page(self) -> bool:
        """Return whether the response has page number and page count, and this is the last page."""
        page, pages, total = (self._signs.counts.get(kind) for kind in ("page", "pages", "total"))
        if page is None or pages is None or page < pages:
            return False
        return total is None or total <= page * (self._signs.counts.get("size") or self._count or 0)

    def _is_last(self, back: Argument) -> bool:
        """Return whether the call uses GraphQL's ``last`` without ``before``: backwards from the end."""
        last = self._arguments.find("last")
        return last is not None and back.letters == "before" and self._arguments.value(last) is not None

    def _position(self, *, more: bool, leads: Sequence[tuple[Argument, Any]] = ()) -> Position | None:
        given = (one for one in self._arguments.of("cursor") if self._arguments.value(one) is not None)
        cursors = [one for one in given if is_cursor(one) or takes_sort(one)]
        position = position_of(self._arguments, self._signs, self._count, more=more, leads=leads)
        led = next((value for one, value in leads if position is not None and one.path == position.argument.path), None)
        if position is not None and position.argument.may_be_text and led is not None and not position.is_next(led):
            return None  # an id, whose type is open
        if position is not None and cursors and self._arguments.value(position.argument) is None:
            return None  # a cursor gives the position
        return position

    def _style(self, position: Position | None, leads: Changes) -> Page:
        """Return the page, and how a call could start inside it."""
        page, items = self._page, self._page.items
        # A number next to a cursor says nothing by itself.
        kinds = {one.use if as_number(value) is not None else None for one, value in leads if one.use not in (None, "size")}
        cursors = self._arguments.of("cursor")
        if self._own is not None and position is None:
            return replace(page, style="edge", cursor=self._own[0], own=self._own[1])
        # Zoom has page numbers next to its tokens, and Databricks offsets, which they ignore.
        is_last = self._signs.ended or self._signs.has_more is False
        is_by_cursor = page.reads and is_last and any(map(is_cursor, cursors))
        if position is not None and page.reads and position.may_be_either and self._arguments.one("size") is not None:
            # Requested with another size, the API's own link shows how it addresses pages.
            return replace(page, style="cursor", position=None)
        if position is not None and (kinds == {position.kind} or not (leads or is_by_cursor)):
            return replace(page, style=position.kind, position=position)
        by_id = self._ordered or id_argument(self._arguments)
        if by_id is not None and all(isinstance(one, Mapping) for one in items) and items:
            is_told = leads or self._signs.sure or self._signs.tokens or self._signs.ended
            takes_last = by_id is self._ordered or takes_sort(by_id) or (by_id.letters in _IDS and not is_told)
            if takes_last and all(by_last(one, by_id) for one in items):
                return replace(page, style="id", cursor=by_id)
        # An argument that accepts a cursor of another response shows that a restart is possible.
        is_led = bool(leads or text_places(self._arguments)) or any(map(is_cursor, cursors))
        may_lead = bool(cursors) or self._arguments.find("until") is not None
        is_led = is_led or (may_lead and (page.reads or self._signs.ended))
        # If a response shows how its list continues, a smaller page shows it too: Mollie's last page.
        is_led = is_led or (page.reads and self._signs.any)
        return replace(page, style="cursor" if is_led else "", position=None)

    def _backwards(self, back: Argument) -> Page:
        """Return how to get the previous page: Stripe's first id, GraphQL's ``startCursor``, or any link back."""
        signs, page = self._signs, self._page
        more = signs.has_previous if signs.has_previous is not None else signs.has_more
        if more is False:
            return page
        leads: Changes = next(filter(None, map(self._arguments.led, signs.links)), [])
        if not leads and signs.start:
            leads = [(back, signs.start)]
        elif not leads and more and page.items:
            leads = by_last(page.items[0], back) or []
        found = self._arguments.with_(leads) if leads else None
        return replace(page, more={"next": found} if found else {"unknown": NOT_SAID} if page.items else None)

    def _count_on(self, position: Position | None, *, promised: bool) -> More:
        """Return what follows if no link or cursor leads there: counted, or from the last item."""
        page = self._page
        if position is not None and (position.follows is not False or promised):
            changes = position.next()
            found = None if any(value is None for _, value in changes) else self._arguments.with_(changes)
            if found:
                return {"next": found} if position.follows or promised else {"next": found, "unknown": MAYBE}
            return {"unknown": NO_ARGUMENT if position.follows or promised else NOT_SAID}
        if position is not None:
            return None
        if self._own is not None and (promised or self._full()):
            argument, name = self._own
            if found := self._arguments.with_([(argument, argument.convert(page.items[-1][name]))]):
                return {"next": found} if promised else {"next": found, "unknown": MAYBE}
        by_id = self._ordered or id_argument(self._arguments)
        takes_last = by_id is not None and (by_id is self._ordered or by_id.letters in _IDS or takes_sort(by_id))
        if by_id is not None and page.items and (promised or (takes_last and self._full())):
            after_last = by_last(page.items[-1], by_id)
            if after_last and (found := self._arguments.with_(after_last)):
                return {"next": found} if promised else {"next": found, "unknown": MAYBE}
        if promised:
            return {"unknown": NO_ARGUMENT} if self._has_items or self._arguments.any else None
        return self._guess()

    def _full(self) -> bool:
        """Return False if a page is known to be the last, as it is shorter than requested."""
        length = self._arguments.number(self._arguments.one("size"))
        return length is None or (self._count or 0) >= length or not ends_when_short(self._arguments, self._signs)

    def _guess(self) -> More:
        """Return what is known about a list if nothing says whether it continues."""
        count, total = self._count, self._signs.counts.get("total")
        size, cursors = self._arguments.one("size"), self._arguments.of("cursor")
        if not count or (size is None and not cursors):
            is_part = "total" in self._signs.told and total is not None and count and total > count
            return {"unknown": NO_ARGUMENT} if is_part else None
        given = any(self._arguments.value(one) is not None for one in cursors)
        length = self._arguments.number(size)
        is_whole = count == length and not self._signs.any  # as many items as requested, and no word on what follows
        if total is not None and self._signs.exact and not given and not (is_whole and cursors and total == count):
            return None if count >= total else {"unknown": NO_ARGUMENT}
        has_place = bool(self._page.path) or self._signs.linked  # a place for a cursor in the response
        if any(map(is_cursor, cursors)) and not self._signs.odd and has_place and (given or not is_whole):
            return None  # an API with cursors returns one if there is more
        if not self._full() or (given and length is not None and count < length):
            return None  # a call with a cursor returns another
        return {"unknown": AS_MANY if length is not None and count == length else NOT_SAID}


def _holds_list(data: Any, depth: int = ITEMS_DEPTH) -> bool:
    """Return whether there is a list that may be a page's items. Most responses have none and need no search for signs."""
    if isinstance(data, list):
        return True
    if depth == 0 or not isinstance(data, Mapping):
        return False
    return any(_holds_list(value, depth - 1) for value in data.values() if isinstance(value, HOLDING))


def _may_turn_pages(binding: HttpBinding) -> bool:
    """Return whether an argument's name is about pages; its schema can only exclude it."""
    known = _TURNING.get(id(binding))
    if known is None:
        if len(_TURNING) >= _MOST_TURNING:
            _TURNING.clear()
        known = _TURNING[id(binding)] = binding, _has_turning_name(binding)
    return known[1]


def _has_turning_name(binding: HttpBinding) -> bool:
    named = [(one.name, one.wire) for one in binding.parameters]
    if binding.body is not None:
        named += [*binding.body.properties.items(), *([(binding.body.whole,) * 2] if binding.body.whole else ())]
    return any(use_of(wire) or use_of(name) or may_hold(name) for name, wire in named)


def _reads(action: ActionModel, binding: HttpBinding) -> bool:
    """Return whether a call may be repeated: by its method, or because its name says that it searches with POST."""
    if binding.method in ("GET", "HEAD", "QUERY"):
        return True
    if binding.body is not None and binding.body.graphql is not None:
        return binding.body.graphql.head.lstrip().startswith("query")
    last = binding.path.partition("#")[0].rstrip("/").rpartition("/")[2]
    path = [word.lower() for word in _WORDS.findall(last)]
    name = action.slug.lower().removeprefix(f"{action.app.lower()}_").split("_")
    return not READS.isdisjoint((*path, *name[:1])) and DOES.isdisjoint((*path, *name))


@lru_cache(maxsize=1024)
def _segments(path: str) -> frozenset[str]:
    """Return the last segment of a path, which often is the name of the list in the response."""
    named = [plain(part) for part in path.partition("#")[0].split("/") if part and "{" not in part]
    return frozenset(named[-1:])
