"""The position of a page in its list, and what follows: for APIs that count items or pages. Pure."""

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
    """A page of ``count`` items in a counted list.

    ``number`` is the call's page or offset, ``first`` that of the first page. ``length`` is the number of items in a full page
    and ``before`` the number of items before this one, None if unknown; ``sized`` is set if the length is explicit and not
    inferred. ``follows`` is None if it is unknown whether anything follows. ``capped`` is set if the API seems to return fewer
    items per page than requested, ``guessed`` if the number of the first page or item is unknown, ``begun`` if the call or the
    response gives the position.
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
        """Whether the first page may be 0 as well as 1, and nothing decides: an index of pages."""
        return self.guessed and not self.begun and self.argument.letters in _ZERO_BASED

    def is_next(self, value: Any) -> bool:
        """Return whether a number is the one that counting gives for what follows."""
        return as_number(value) == self.number + (1 if self.kind == "page" else self.count or 0)

    def next(self) -> Changes:
        """Return the arguments for the next page."""
        if self.kind == "offset":
            changes = self._skip(self.count or self.length or 0)
        else:
            changes = [(self.argument, self.argument.convert(self.number + 1))]
        # Some APIs count a page at the requested size and return less: the omitted items lie between the pages.
        if (
            self.capped
            and self.kind == "page"
            and self.size is not None
            and (length := self.size.convert(self.length)) is not None
        ):
            changes.append((self.size, length))
        return changes

    def after(self, kept: int) -> tuple[int, Changes | None]:
        """Return how to continue after the first ``kept`` items of this page, or a few fewer."""
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
        """Choose smaller pages, one of which begins at the first omitted item, with the largest size that fits."""
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
    """Return the position of a page of ``count`` items; None if the action counts neither items nor pages.

    ``more`` is set if more is known to follow, and ``leads`` are the arguments that the response gives for it. ``count`` is
    None if the response has no list.
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
        number = told  # the call did not ask for the first
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
        return replace(found, before=None)  # pages are shorter than requested, so the number of items before is unknown
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
    """Return whether an argument takes numbers.

    A string argument may be a cursor (Airtable's ``offset``): the values decide.
    """
    if argument.is_number and not argument.may_be_text:
        return True
    given = arguments.value(argument)
    if given is not None:
        return as_number(given) is not None
    return as_number(argument.keyword("default")) is not None or not signs.counts.keys().isdisjoint(("page", "pages", "offset"))


def _usual_first(argument: Argument, kind: str, given: int | None, told: int | None, signs: Signs) -> int:
    if kind == "offset":
        return int(argument.letters in _ONE_BASED or signs.scim)
    if given is not None and told == given + 1:  # the response counts from 1, the call from 0
        return 0
    return int(argument.letters not in _ZERO_BASED)


def _find_first(argument: Argument, arguments: Arguments, signs: Signs, leads: Sequence[tuple[Argument, Any]]) -> int | None:
    """Return the number of the first page from the response's own links: to the first page, or from it to the second."""
    first = arguments.number_in(signs.first, argument) if signs.first else None
    if first is None and arguments.value(argument) is None:
        second = next((as_number(value) for one, value in leads if one.path == argument.path), None)
        first = second - 1 if second is not None else None
    return first if first in (0, 1) else None


def _size(found: Position, arguments: Arguments, signs: Signs, *, more: bool) -> Position:
    """Return the length of pages, and the number of items before this one."""
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
    """Return whether counting from the assumed first number fails, and works from the other of 0 and 1."""
    skipped, total = signs.counts.get("offset"), signs.counts.get("total")
    if found.number == found.first and skipped is None and not _is_length_told(length, signs):
        return False  # as likely the first page, and shorter than requested
    before, other = ((found.number - first) * length for first in (found.first, 1 - found.first))
    if found.guessed and skipped is not None and other >= 0:
        return skipped != before and skipped == other
    if total is None or not signs.exact or other < 0:
        return False
    return min(length, total - before) != count and min(length, total - other) == count


def _is_length_told(length: int, signs: Signs) -> bool:
    """Return whether the response confirms that page length, by its total or explicitly."""
    total, pages = signs.counts.get("total"), signs.counts.get("pages")
    if total is not None and pages is not None:
        return pages == -(-total // length)
    return signs.counts.get("size") == length


def _is_beyond(found: Position, signs: Signs, given: int, told: int) -> bool:
    """Return whether an API returned the last page again for a page beyond it."""
    if found.kind == "offset":
        return told < given - 1
    return told < given - 1 or (told == given - 1 and told >= signs.counts.get("pages", told + 1))


def _judge(found: Position, arguments: Arguments, signs: Signs, *, more: bool) -> Position:
    """Return whether anything follows, from explicit statements first to inference last."""
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
        return found  # a full page, and perhaps a number of its items: Shopware's
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
    """Return the number of pages.

    None if the field means something else, as ``page_count`` does when it counts a page's items.
    """
    pages, total = signs.counts.get("pages"), signs.counts.get("total")
    if pages is None or total is None or not found.length or not found.sized or pages != found.count:
        return pages
    return pages if pages == -(-total // found.length) else None


def _total(signs: Signs, count: int) -> int | None:
    """Return the total number of items. A bare count is the total only if it exceeds the items on this page."""
    bare = signs.counts.get("count")
    return signs.counts.get("total", bare if bare is not None and bare > count else None)


def _by_total(found: Position, total: int, count: int, named: str, *, exact: bool) -> Position | None:
    """Return what a total shows; None if nothing, for example if it counts this page only."""
    before = found.before
    if before is None:  # on a later page of unknown length
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
    if before >= total:  # beyond the end and not empty: pages are shorter than requested, or the total is this page's
        return found if total > count else None
    return replace(found, follows=False) if exact else None


def ends_when_short(arguments: Arguments, signs: Signs) -> bool:
    """Return whether a page that is shorter than requested is known to be the last.

    It is if the response repeats the page length, if the description allows that length, and if OData promises a link to
    omitted items (OData 4.01 Protocol, 11.2.6.7). Other APIs may return fewer items than requested, or filter a full page.
    """
    if "size" in signs.counts:
        return True
    size = arguments.one("size")
    if size is not None and size.wire == "$top" and signs.odata:
        return True
    asked, most = arguments.number(size), size.most if size is not None else None
    return asked is not None and most is not None and asked <= most and not arguments.filters
