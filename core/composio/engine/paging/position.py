"""Where a page is in its list, and what comes after it: for APIs that count items or pages. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal

from composio.engine.paging.arguments import Argument, Arguments, Changes, as_number
from composio.engine.paging.signs import Signs

__all__ = ["Position", "ends_when_short", "position_of"]

_TRIES = 200
_ONE_BASED = frozenset(("startposition", "startrow", "startrecord", "firstrow"))
_ZERO_BASED = frozenset(("pageindex", "pageidx"))
# Offsets that APIs count from 0 or from 1.
_EITHER = frozenset(("startindex", "startposition", "startrow", "startrecord", "startitem", "firstindex", "beginindex"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A page of ``count`` items in a list that is counted.

    ``number`` is what the call says of it, ``first`` what it would say of the first. ``length`` is how many items a whole page
    has and ``before`` how many came before this one, None where that is not known; ``sized`` is set where the length was told and
    not concluded. ``follows`` is None where nobody says whether anything comes after it. ``capped`` is set where the API seems to
    give fewer items a page than it was asked for, ``guessed`` where nobody says what the first page or item is called, ``begun``
    where the call or the answer says at which it begins.
    """

    kind: Literal["offset", "page"]
    argument: Argument
    size: Argument | None
    end: tuple[Argument, int] | None
    number: int
    first: int
    count: int | None
    length: int | None = None
    before: int | None = None
    sized: bool = False
    follows: bool | None = None
    capped: bool = False
    guessed: bool = False
    begun: bool = False

    @property
    def may_be_either(self) -> bool:
        """True where the first page is as likely 0 as 1, and nobody has said: an index of pages."""
        return self.guessed and not self.begun and self.argument.letters in _ZERO_BASED

    def is_next(self, value: Any) -> bool:
        """Whether a number is the one that counting gives for what comes next."""
        return as_number(value) == self.number + (1 if self.kind == "page" else self.count or 0)

    def next(self) -> Changes:
        """What gives the page after this one."""
        if self.kind == "offset":
            changes = self._skip(self.count or self.length or 0)
        else:
            changes = [(self.argument, self.argument.convert(self.number + 1))]
        # Some APIs count a page from what was asked for, and give less: what they left out is between the two.
        if (
            self.capped
            and self.kind == "page"
            and self.size is not None
            and (length := self.size.convert(self.length)) is not None
        ):
            changes.append((self.size, length))
        return changes

    def after(self, kept: int) -> tuple[int, Changes | None]:
        """What goes on after the first ``kept`` items of this page, or after a few less."""
        if self.before is None:
            return kept, None
        if self.kind == "offset":
            able = next((n for n in range(kept, 0, -1) if self.argument.convert(self.number + n) is not None), 0)
            return able, self._skip(able) or None
        return self._by_pages(kept, self.before)

    def _skip(self, items: int) -> Changes:
        if items <= 0:
            return []
        changes = [(self.argument, self.argument.convert(self.number + items))]
        if self.end is not None:
            argument, end = self.end
            changes.append((argument, argument.convert(end + items)))
        return changes

    def _by_pages(self, kept: int, before: int) -> tuple[int, Changes | None]:
        """Smaller pages, of which one begins at the first item that is not kept: as few items less as give pages as large as fit."""
        best: tuple[int, int] | None = None
        for items in range(kept, max(0, kept - _TRIES), -1):
            if best is not None and items + kept <= sum(best):
                break
            lengths = (n for n in range(kept, 0, -1) if (before + items) % n == 0)
            length = next((n for n in lengths if self.size is not None and self.size.convert(n) is not None), 0)
            if length and (best is None or items + length > sum(best)):
                best = items, length
        if best is None or self.size is None:
            return kept, None
        items, length = best
        page = self.argument.convert(self.first + (before + items) // length)
        return items, None if page is None else [(self.size, self.size.convert(length)), (self.argument, page)]


def position_of(
    arguments: Arguments, signs: Signs, count: int | None, *, more: bool, leads: Sequence[tuple[Argument, Any]] = ()
) -> Position | None:
    """Where a page of ``count`` items is; None where the action counts neither items nor pages.

    ``more`` is set where it is known that more follows, and ``leads`` is what the answer says of how. ``count`` is None where the answer has no list.
    """
    kind, argument = _count(arguments, signs)
    if argument is None:
        return None
    given, told = as_number(arguments.value(argument)), signs.counts.get(kind)
    known = argument.first(given, told)
    if known is None and kind == "page":
        known = _find_first(argument, arguments, signs, leads)
    first = _usual_first(argument, kind, given, told, signs) if known is None else known
    number = arguments.number(argument)
    if given is None and told is not None and told > 1 and (kind == "page" or told != count):
        number = told  # nobody asked for the first
    elif number is None or number < first:
        number = first
    size, end = arguments.one("size"), arguments.one("end") if kind == "offset" else None
    until = as_number(arguments.value(end)) if end is not None else None
    found = Position(
        kind=kind,
        argument=argument,
        size=size,
        end=(end, until) if end is not None and until is not None and until > number else None,
        number=number,
        first=first,
        count=count,
        guessed=known is None and not signs.scim,
        begun=given is not None or number != first,
    )
    found = _size(found, arguments, signs, more=more)
    clamped = given is not None and told is not None and _is_beyond(found, signs, given, told)
    found = replace(found, follows=False) if clamped and not more else _judge(found, arguments, signs, more=more)
    if found.kind == "page" and found.before and found.follows and (found.count or 0) < (found.length or 0):
        return replace(found, before=None)  # pages are shorter than asked for: how many items came before is not known
    return found


def _count(arguments: Arguments, signs: Signs) -> tuple[Literal["offset", "page"], Argument | None]:
    page, offset = arguments.one("page"), arguments.one("offset")
    page, offset = (one if one and _counts(one, arguments, signs) else None for one in (page, offset))
    if page is None or offset is None:
        return ("offset", offset) if page is None else ("page", page)
    is_given = [arguments.value(one) is not None for one in (page, offset)]
    if is_given[0] != is_given[1]:
        return ("page", page) if is_given[0] else ("offset", offset)
    says = [not signs.counts.keys().isdisjoint(kinds) for kinds in (("page", "pages", "last"), ("offset",))]
    return ("offset", offset) if says[1] and not says[0] else ("page", page)


def _counts(argument: Argument, arguments: Arguments, signs: Signs) -> bool:
    """Whether an argument takes numbers. One that takes text may be a cursor's (Airtable's ``offset``): the numbers tell."""
    if argument.is_number and not argument.may_be_text:
        return True
    given = arguments.value(argument)
    if given is not None:
        return as_number(given) is not None
    return as_number(argument.keyword("default")) is not None or not signs.counts.keys().isdisjoint(("page", "pages", "offset"))


def _usual_first(argument: Argument, kind: str, given: int | None, told: int | None, signs: Signs) -> int:
    if kind == "offset":
        return int(argument.letters in _ONE_BASED or signs.scim)
    if given is not None and told == given + 1:  # the answer counts from 1 what the call counts from 0
        return 0
    return int(argument.letters not in _ZERO_BASED)


def _find_first(argument: Argument, arguments: Arguments, signs: Signs, leads: Sequence[tuple[Argument, Any]]) -> int | None:
    """What the first page is called, by the answer's own links: that to the first page, or from it to the second."""
    first = arguments.number_in(signs.first, argument) if signs.first else None
    if first is None and arguments.value(argument) is None:
        second = next((as_number(value) for one, value in leads if one.path == argument.path), None)
        first = second - 1 if second is not None else None
    return first if first in (0, 1) else None


def _size(found: Position, arguments: Arguments, signs: Signs, *, more: bool) -> Position:
    """How long pages are, and how many items came before."""
    count, told = found.count, signs.counts.get("size")
    length = told if told and told >= (count or 0) else arguments.number(found.size)
    if length is None and found.end is not None:
        length = found.end[1] - found.number
    sized = bool(length)
    if not length or (count is not None and count > length):
        sized = False
        length = count if count and (more or (length and count > length)) else None
    total = signs.counts.get("total")
    if found.kind == "page" and length and count and _is_other_first(found, length, count, signs):
        found = replace(found, first=1 - found.first)
    index = found.number - found.first
    before: int | None = index
    if found.kind == "page":
        before = index * length if length else 0 if index == 0 else None
        if before is None and total is not None and count and signs.counts.get("pages") == index + 1:
            before = total - count if total > count else None
    return replace(found, length=length, sized=sized, before=before)


def _is_other_first(found: Position, length: int, count: int, signs: Signs) -> bool:
    """Whether pages can't be counted from what they seem to be, and can be from the other of 0 and 1."""
    skipped, total = signs.counts.get("offset"), signs.counts.get("total")
    if found.number == found.first and skipped is None and not _is_length_told(length, signs):
        return False  # as likely the first page, and shorter than asked for
    before, other = ((found.number - first) * length for first in (found.first, 1 - found.first))
    if found.guessed and skipped is not None and other >= 0:
        return skipped != before and skipped == other
    if total is None or not signs.exact or other < 0:
        return False
    return min(length, total - before) != count and min(length, total - other) == count


def _is_length_told(length: int, signs: Signs) -> bool:
    """Whether the answer says that pages are as long as that: by how many there are in all, else in so many words."""
    total, pages = signs.counts.get("total"), signs.counts.get("pages")
    if total is not None and pages is not None:
        return pages == -(-total // length)
    return signs.counts.get("size") == length


def _is_beyond(found: Position, signs: Signs, given: int, told: int) -> bool:
    """Whether an API that was asked for a page beyond the last one gave the last one again."""
    if found.kind == "offset":
        return told < given - 1
    return told < given - 1 or (told == given - 1 and told >= signs.counts.get("pages", told + 1))


def _judge(found: Position, arguments: Arguments, signs: Signs, *, more: bool) -> Position:
    """Whether anything follows, from what is told first to what can be concluded."""
    count, length, before = found.count, found.length, found.before
    counts = signs.counts
    told = found.kind in counts
    if more:
        return replace(found, follows=True)
    if (pages := _pages(found, signs)) is not None and (found.kind == "page" or "total" not in counts):
        index = found.number - found.first
        if found.kind == "page" or index == 0 or length:
            index //= 1 if found.kind == "page" else length or 1
            return replace(found, follows=index + 1 < pages and (count != 0 or told))
    if found.kind == "page" and (last := counts.get("last")) is not None:
        return replace(found, follows=found.number < last and (count != 0 or told))
    if count is None and not told:
        return replace(found, follows=False)
    total = _total(signs, count or 0)
    if count is None or count == 0:
        further = told and total is not None and bool(length) and (before or 0) + (length or 0) < total
        return replace(found, follows=further)
    if signs.is_vague and before == 0 and total == count == length and found.sized:
        return found  # a whole page, and perhaps a number of its items: Shopware's
    if total is not None and (judged := _by_total(found, total, count, signs.offset_name, exact=signs.exact)) is not None:
        return judged
    if not length or count >= length:
        return found
    if ends_when_short(arguments, signs):
        return replace(found, follows=False)
    if before == 0 and not arguments.filters:
        return replace(found, length=count, capped=True)
    return found


def _pages(found: Position, signs: Signs) -> int | None:
    """How many pages there are; None where that number is another one, as ``page_count`` is where it counts a page's items."""
    pages, total = signs.counts.get("pages"), signs.counts.get("total")
    if pages is None or total is None or not found.length or not found.sized or pages != found.count:
        return pages
    return pages if pages == -(-total // found.length) else None


def _total(signs: Signs, count: int) -> int | None:
    """How many items there are in all. A bare count is that only where it is more than there are on this page."""
    bare = signs.counts.get("count")
    return signs.counts.get("total", bare if bare is not None and bare > count else None)


def _by_total(found: Position, total: int, count: int, named: str, *, exact: bool) -> Position | None:
    """What a total tells; None for nothing, as where it is that of this page alone."""
    before = found.before
    if before is None:  # on a later page of a length that nobody told
        index = found.number - found.first
        if (index + 1) * count >= total:
            return replace(found, follows=False) if exact else None
        may_be_last = (total - count) % index == 0 and (total - count) // index >= count
        return None if may_be_last else replace(found, follows=True)
    if found.kind == "offset" and found.guessed and found.begun and not _EITHER.isdisjoint((found.argument.letters, named)):
        if found.number - 1 + count < total <= found.number + count:
            return found
        before = found.number - 1 if found.number + count > total else before
    if before + count < total:
        capped = found.kind == "page" and before == 0 and found.length is not None and count < found.length
        return replace(found, follows=True, capped=capped, length=count if capped else found.length)
    if before >= total:  # beyond the end, and not empty: shorter pages than asked for, or the total is this page's
        return found if total > count else None
    return replace(found, follows=False) if exact else None


def ends_when_short(arguments: Arguments, signs: Signs) -> bool:
    """Whether a page that is shorter than asked for is known to be the last one.

    It is where the answer repeats how long its pages are, where the description allows as many, and where OData promises a link
    to what it leaves out (OData 4.01 Protocol, 11.2.6.7). Elsewhere an API may give fewer items than it was asked for, or have
    chosen those that were wanted out of a whole page.
    """
    if "size" in signs.counts:
        return True
    size = arguments.one("size")
    if size is not None and size.wire == "$top" and signs.odata:
        return True
    asked, most = arguments.number(size), size.most if size is not None else None
    return asked is not None and most is not None and asked <= most and not arguments.filters
