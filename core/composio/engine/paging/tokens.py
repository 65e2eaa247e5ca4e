"""Cursors in a response, and the arguments that take them. Pure."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Any

from composio.engine.paging.arguments import Argument, Arguments, Changes, as_number
from composio.engine.paging.names import (
    BY_ID,
    BY_OWN,
    BY_SORT,
    IN_ORDER,
    IN_PAGE,
    OF_ITEMS,
    OWN_CURSORS,
    Use,
    is_guarded,
    is_last,
    plain,
)
from composio.engine.paging.signs import Signs

__all__ = [
    "by_last",
    "find_ordered",
    "id_argument",
    "is_cursor",
    "own_cursor",
    "sure_changes",
    "takes_sort",
    "text_places",
    "token_changes",
]

_LONGEST_ID, _MOST_VALUES, _LONGEST_TEXT = 100, 20, 2000
_OF_IDS = re.compile(r"\b(ids?|identifiers?|snowflakes?)\b", re.IGNORECASE)

# Names of cursors with one meaning and several spellings.
_AFTER = frozenset(
    (
        "after",
        "aftercursor",
        "aftertoken",
        "endcursor",
        "startingafter",
        "pageafter",
        "afterid",
        "startafter",
        "cursor",
        "startcursor",
        "pagecursor",
        "lastid",
    )
)
_KEYS = frozenset(("lastevaluatedkey", "exclusivestartkey", "lastkey", "startkey"))
_PLACES: tuple[Use, ...] = ("page", "offset")
# Words in a field's name that any cursor argument accepts.
_ANY = ("token", "cursor", "marker", "continuation", "bookmark", "scroll")
_ANY_NAMES = frozenset(("next", "nextpage", "nextkey", "nextid", "nextpageid", "nextpagekey", "nextset", "nextafter", "value"))


def is_cursor(argument: Argument) -> bool:
    """Return whether an argument takes a cursor from a response, not an item's id or position."""
    return argument.use == "cursor" and not (argument.letters in OF_ITEMS or is_last(argument.wire) or takes_sort(argument))


def id_argument(arguments: Arguments) -> Argument | None:
    """Return the argument that takes the last item's id or sort key."""
    found = {one.letters: one for one in reversed(arguments.of("cursor"))}
    return next((found[name] for name in BY_ID if name in found), None)


def own_cursor(arguments: Arguments, items: Sequence[Any]) -> tuple[Argument, str] | None:
    """Return the argument that takes an item's own cursor, and the ``items``' name for it; None if not all have one."""
    found = {one.letters: one for one in reversed(arguments.of("cursor"))}
    argument = next((found[name] for name in BY_OWN if name in found), None)
    if argument is None or not items:
        return None
    for name in OWN_CURSORS:
        own = [item.get(name) if isinstance(item, Mapping) else None for item in items]
        if all(isinstance(one, str | int) and not isinstance(one, bool) and argument.convert(one) is not None for one in own):
            return argument, name
    return None


def takes_sort(argument: Argument) -> bool:
    """Return whether the argument is Elasticsearch's ``search_after``."""
    return plain(argument.path[-1]) == BY_SORT


def find_ordered(arguments: Arguments, items: Sequence[Any]) -> Argument | None:
    """Return the argument that takes an item's id by its description, and continues in the order of the ``items``."""
    ids = [item.get("id") if isinstance(item, Mapping) else None for item in items]
    numbers = [as_number(one) for one in ids]
    keys: list[Any] = numbers if None not in numbers else ids
    if not keys or not (None not in numbers or all(isinstance(one, str) for one in ids)):
        return None
    able = [one for use in ("cursor", "back") for one in arguments.of(use) if one.letters in {*IN_ORDER[0], *IN_ORDER[1]}]
    able = [one for one in able if _OF_IDS.search(f"{one.keyword('format')} {one.keyword('description')}"[:_LONGEST_TEXT])]
    if len(keys) == 1:  # in any order, if only one continues
        given = [one for one in able if arguments.value(one) is not None]
        return next((some[0] for some in (given, able) if len(some) == 1), None)
    pairs = list(itertools.pairwise(keys))
    names = IN_ORDER[0] if all(a < b for a, b in pairs) else IN_ORDER[1] if all(a > b for a, b in pairs) else ()
    return next((one for one in able if one.letters in names), None)


def by_last(item: Any, argument: Argument) -> Changes | None:
    """Return what continues after an item: its id or its sort key."""
    if not isinstance(item, Mapping):
        return None
    if takes_sort(argument):
        found = item.get("sort")
        usable = (
            isinstance(found, list)
            and 0 < len(found) <= _MOST_VALUES
            and not any(isinstance(one, dict | list) for one in found)
        )
    else:
        found = item.get("id")
        usable = isinstance(found, str | int) and not isinstance(found, bool) and len(str(found)) < _LONGEST_ID
    typed = argument.convert(found) if usable else None
    return None if typed is None else [(argument, typed)]


def text_places(arguments: Arguments) -> list[Argument]:
    """Return arguments named like a page number or offset that take strings: Airtable's ``offset``."""
    return [one for use in _PLACES for one in arguments.of(use) if not one.is_number or one.may_be_text]


def sure_changes(arguments: Arguments, signs: Signs) -> tuple[Changes, bool]:
    """Return the arguments for the next page from fields named "next"; and whether they only repeat the call's."""
    changes, same = _first(arguments, signs.sure, sure=True)
    if changes and changes[0][0].use not in ("page", "offset"):
        taken = {argument.path for argument, _ in changes}
        for name, value in signs.sure:  # cursors of several parts: NextKeyMarker and NextVersionIdMarker
            argument = _alike(arguments, name)
            if argument is not None and argument.path not in taken and argument.use not in ("page", "offset", *IN_PAGE):
                taken.add(argument.path)
                changes += [(argument, typed)] if (typed := argument.convert(value)) is not None else []
    return changes, same


def token_changes(arguments: Arguments, signs: Signs) -> tuple[Changes, bool]:
    """Do the same as :func:`sure_changes` for fields named like arguments: they may only repeat the request."""
    return _first(arguments, signs.tokens, sure=False)


def _first(arguments: Arguments, tokens: list[tuple[str, Any]], *, sure: bool) -> tuple[Changes, bool]:
    same = False
    for name, value in tokens:
        for argument in _takers(arguments, name, value, sure=sure):
            typed = argument.convert(value)
            if typed is None or arguments.is_secret(value) or str(value).startswith(("http://", "https://", "//")):
                continue
            if str(arguments.value(argument)) != str(value):
                return [(argument, typed)], False
            same = True
            break
    return [], same


def _takers(arguments: Arguments, name: str, value: Any, *, sure: bool) -> list[Argument]:
    """Return the arguments that may take a field's value, the likeliest first."""
    found = [one] if (one := _alike(arguments, name)) is not None else []
    number = as_number(value)
    if number is not None and name in ("next", "nextpage"):
        found += arguments.of("page")
    if number is not None and name == "next":  # Vercel's
        found += [one for one in arguments.known if one.letters == "until"]
    if number is not None and (name == "next" or "start" in name or "offset" in name):
        found += arguments.of("offset")
    cursors = [one for one in arguments.of("cursor") if is_cursor(one)]
    for family in (_AFTER, _KEYS):
        if name in family or name.removeprefix("next") in family:
            found += [one for one in arguments.of("cursor") if one.letters in family]
    if any(word in name for word in _ANY if name != word or sure) or (sure and name in _ANY_NAMES):
        found += cursors
    if name == "nextend":
        return [one for one in arguments.known if one.letters == "from" and "string" in one.types]
    if name in ("next", "nextpage"):  # Lever's `offset`, Oracle's `page`
        found += [one for use in _PLACES for one in arguments.of(use) if "string" in one.types or not one.types]
    if sure and not found and number is None:  # whatever its name, the only argument that may take it
        able = [*arguments.of("cursor"), *text_places(arguments)]
        found = able if len(able) == 1 else []
    return found


def _alike(arguments: Arguments, name: str) -> Argument | None:
    """Return the argument that a field is named after: ``pageToken`` of ``nextPageToken``, ``start`` of ``nextPageStart``."""
    short = name.replace("next", "", 1)
    wanted = [name, *((short, short.removeprefix("page"), f"start{short}") if len(short) > 2 else ())]
    able = [
        one
        for one in arguments.known
        if one.use not in IN_PAGE and (one.use or "next" in name) and not (is_guarded(one.wire) and one.use is None)
    ]
    return next((one for word in wanted if word for one in able if word in (one.letters, plain(one.path[-1]))), None)
