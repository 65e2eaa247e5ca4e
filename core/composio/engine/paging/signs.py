"""What a response says about its page: links, cursors, flags and counts, in headers and at any depth of the body. Pure."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import islice
from typing import Any, Final

import httpx

from composio.engine.paging.arguments import LONGEST, as_number
from composio.engine.paging.links import header_links, is_address, link_in
from composio.engine.paging.names import (
    ALWAYS_GIVEN,
    COUNTS,
    CURSOR_LIKE,
    FLAGS,
    ITEMS,
    LONGEST_NAME,
    NOT_ITEMS,
    TOKENS,
    is_holder,
    is_next,
    plain,
    strip_prefix,
)

__all__ = ["HOLDING", "ITEMS_DEPTH", "Items", "Signs", "is_silent", "items_in", "signs_of"]

_DEPTH, _MOST_OBJECTS, _MOST_FIELDS, _MOST_LINKS = 6, 200, 500, 50
_LONGEST_HEADER = 4096
ITEMS_DEPTH: Final = 4
_RANGE = re.compile(r"\s*[A-Za-z]*\s*(\d{1,15})-(\d{1,15})/(\d{1,15}|\*)\s*")
_BACK = frozenset(("prev", "previous", "first", "last", "prevpage", "previouspage", "prevlink", "previouslink", "prevpageurl"))
_FIRST = frozenset(("first", "firstpage", "firstpageurl", "firstpageuri", "firstlink"))
# Types that may hold items or describe them; dicts and lists first, as they are the cheapest to test.
HOLDING: Final = (dict, list, Mapping)
# Other names with a meaning, as `_read_plain` and `_read_all_next` read them.
_NAMED = frozenset(("haspreviouspage", "end", "startcursor", "continue", "links", "link"))
# Values that mean that nothing follows.
_NOTHING = (None, "", 0, -1, "0", "-1", "null", "None", "none")
# Lists about the request only, even if there is no other: Google's ``queries.request``.
_NEVER_ITEMS = frozenset(("request", "next", "nextpage", "previouspage", "links", "link", "errors", "warnings"))
# Fields that repeat the request.
_REQUESTS = frozenset(("request",))
# Where OData has the items: version 4, and version 2.
_ODATA = (("value",), ("d", "results"))
_YES, _NO = ("true", "1", "yes"), ("false", "0", "no")
_RANKS: Final = {name: (kind, rank) for kind, names in COUNTS.items() for rank, name in enumerate(names)}
# Headers with counts, by name without prefix.
_IN_HEADERS: Final = {
    **{name: known for name, known in _RANKS.items() if name not in ("from", "found", "hits", "number", "rows", "top")},
    **{name: ("total", 90) for name in COUNTS["count"] if name not in ("hits", "length")},
}


@dataclass(frozen=True, slots=True)
class Items:
    """The requested list, and its path."""

    path: tuple[str, ...]
    items: list[Any] = field(repr=False)


@dataclass(slots=True)
class Signs:
    """``tokens`` are cursors by field name; those in ``sure`` are named "next", others only like arguments.

    ``has_more`` is an explicit statement; ``ended`` is set if the place for what follows is empty. ``counts`` are keyed by the
    names in :data:`COUNTS`; ``told`` are those from headers only. ``odd`` is set if there is an unknown field that looks like a
    cursor, ``linked`` if there is a ``Link`` header, ``odata`` and ``scim`` if the items are at the place of OData or SCIM.
    """

    links: list[str] = field(default_factory=list)
    first: str | None = None
    last: str | None = None
    sure: list[tuple[str, Any]] = field(default_factory=list)
    tokens: list[tuple[str, Any]] = field(default_factory=list)
    has_more: bool | None = None
    has_previous: bool | None = None
    start: str | None = None
    ended: bool = False
    counts: dict[str, int] = field(default_factory=dict)
    told: frozenset[str] = frozenset()
    exact: bool = True
    odd: bool = False
    odata: bool = False
    linked: bool = False
    scim: bool = False
    names: frozenset[str] = TOKENS
    _ranks: dict[str, int] = field(default_factory=dict)

    @property
    def any(self) -> bool:
        """Whether the response says that it is a page."""
        return bool(self.links or self.sure or self.tokens or self.ended or self.has_more is not None)

    def say(self, more: bool) -> None:
        """Record a flag; a last page is the last one whatever else reports more."""
        self.has_more = more if self.has_more is None else self.has_more and more

    @property
    def is_vague(self) -> bool:
        """Whether the total has only a bare name: some APIs count a page's items with it."""
        return self._ranks.get("total") == _RANKS["total"][1]

    @property
    def offset_name(self) -> str:
        """The response's name for the start of the page, in plain letters; empty if it has none."""
        return dict(enumerate(COUNTS["offset"])).get(self._ranks.get("offset", -1), "")

    def count(self, kind: str, rank: int, value: Any) -> None:
        """Record a number unless one with a better name is known; of ambiguous ones the largest."""
        if (number := as_number(value)) is None:
            return
        if rank < self._ranks.get(kind, 1000) or (kind == "count" and number > self.counts[kind]):
            self.counts[kind], self._ranks[kind] = number, rank


def items_in(data: Any, named: frozenset[str] = frozenset()) -> Items | None:
    """Find the list in a response: the whole, one with a usual or a ``named`` name, else the longest near the top."""
    if isinstance(data, list):
        return Items((), data)
    level: list[tuple[tuple[str, ...], Mapping[Any, Any]]] = [((), data)] if isinstance(data, Mapping) else []
    found: list[tuple[tuple[Any, ...], Items]] = []
    for depth in range(ITEMS_DEPTH):
        below: list[tuple[tuple[str, ...], Mapping[Any, Any]]] = []
        for path, place in level[:_MOST_OBJECTS]:
            if not any(isinstance(value, HOLDING) for value in islice(place.values(), _MOST_FIELDS)):
                continue
            counted = {one for _, name, _ in _fields(place) if name not in COUNTS["count"] and (one := _find_counted(name))}
            for key, name, value in _fields(place):
                if isinstance(value, list) and (name not in _NEVER_ITEMS or name in named):
                    of_objects = bool(value) and isinstance(value[0], dict | list)
                    likely = name in ITEMS or of_objects or not value
                    worth = (
                        name not in named,
                        name in NOT_ITEMS,
                        not likely,
                        depth,
                        name not in ITEMS,
                        name.rstrip("s") not in counted,  # Plaid's `transactions` next to `total_transactions`
                        not of_objects,
                        -len(value),
                    )
                    found.append((worth, Items((*path, key), value)))
                elif isinstance(value, Mapping) and name not in NOT_ITEMS:
                    below.append(((*path, key), value))
        level = below
    return min(found, key=lambda one: one[0])[1] if found else None


def _fields(place: Mapping[Any, Any]) -> Iterator[tuple[str, str, Any]]:
    """Return an object's named fields; an object with thousands of fields is a map of items."""
    for key, value in islice(place.items(), _MOST_FIELDS):
        if isinstance(key, str) and len(key) < LONGEST_NAME:
            yield key, plain(key), value


def is_silent(headers: httpx.Headers, data: Any) -> bool:
    """Return whether the names of headers and fields say nothing of a page; False if in doubt.

    For a response without a list, to an action without a cursor argument, whose name a field could have.
    """
    if not all(len(key) < LONGEST_NAME and _is_silent_header(key) for key in headers):
        return False
    level = [data] if isinstance(data, Mapping) else []
    for place in level:  # which grows meanwhile
        if len(level) > _MOST_OBJECTS or not all(map(_is_silent, place)):
            return False
        for value in place.values():
            if isinstance(value, Mapping):
                level.append(value)
            elif isinstance(value, list):
                return False
    return True


def _holders(place: Mapping[Any, Any]) -> Iterator[tuple[str, str, Any]]:
    """Return the non-empty ones."""
    for key, value in islice(place.items(), _MOST_FIELDS):
        if isinstance(value, HOLDING) and isinstance(key, str) and len(key) < LONGEST_NAME:
            yield key, plain(key), value


def signs_of(headers: httpx.Headers, data: Any, items: Items | None, cursors: frozenset[str] = frozenset()) -> Signs:
    """Return what a response says about what follows. ``cursors`` are names of arguments that take a cursor."""
    path = items.path if items else ()
    signs = Signs(names=TOKENS | cursors if cursors else TOKENS, odata=path in _ODATA, scim=path == ("Resources",))
    doubtful: list[Mapping[str, Any]] = []
    for place, trusted in _places(data, path):
        if trusted:
            _read(place, signs)
        else:
            doubtful.append(place)
    in_body = frozenset(signs.counts)
    _read_headers(headers, signs)
    signs.told = frozenset(signs.counts) - in_body
    for place in doubtful:  # only if nothing nearer says how to continue
        if not signs.any:
            _read_all_next(place, signs)
    if items is not None and not items.items and signs.has_more is not True:
        signs.tokens[:] = [(name, value) for name, value in signs.tokens if not ALWAYS_GIVEN.match(name)]
    return signs


def _places(data: Any, path: tuple[str, ...]) -> Iterator[tuple[Mapping[str, Any], bool]]:
    """Yield the objects around and beside the items, the nearest first. Neither items nor objects of other lists are read.

    The second value is true if plain words can be trusted: around the items, or in an object about pages.
    """
    around: list[Mapping[str, Any]] = []
    node = data
    for key in (None, *path):
        node = node if key is None else node[key]
        if isinstance(node, Mapping):
            around.append(node)
    waiting = [(place, True, 0) for place in reversed(around)]
    seen = {id(place) for place in around}
    for place, trusted, depth in waiting:  # which grows meanwhile
        yield place, trusted
        for _, name, value in _holders(place) if depth < _DEPTH and len(waiting) < _MOST_OBJECTS else ():
            is_echo = name in _REQUESTS and isinstance(value, list) and len(value) == 1
            inner = value[0] if is_echo else value
            if isinstance(inner, Mapping) and id(inner) not in seen and not _is_listing(inner):
                seen.add(id(inner))
                waiting.append((inner, is_holder(name) or name in _REQUESTS or (trusted and depth > 0), depth + 1))


def _is_listing(place: Mapping[str, Any]) -> bool:
    """Return whether an object surrounds a list of its own."""
    return any(
        isinstance(value, list) and len(value) > 1 and isinstance(value[0], Mapping) and name not in NOT_ITEMS
        for _, name, value in _holders(place)
    )


def _read(place: Mapping[str, Any], signs: Signs) -> None:
    if all(map(_is_silent, islice(place, _MOST_FIELDS))) and signs.names is TOKENS:
        return
    fields = [(name, value) for _, name, value in _fields(place)]
    names = {name for name, _ in fields}
    for name, value in fields:
        if name in _FIRST and signs.first is None:
            signs.first = link_in(value)
        if not _read_flag(name, value, signs):
            _read_plain(name, value, signs, names)
    if not _read_all_next(place, signs) and any(link_in(value) for name, value in fields if name in _BACK):
        signs.ended = True  # links to other pages, and none to the next


@lru_cache(maxsize=4096)
def _is_known_silent(key: str) -> bool:
    name = plain(key)
    groups = (_FIRST, _BACK, FLAGS, TOKENS, _RANKS, _NAMED)
    means_something = any(name in group for group in groups) or is_next(key) or bool(_find_counted(name))
    return not (means_something or CURSOR_LIKE.match(name))


@lru_cache(maxsize=4096)
def _is_silent_header(key: str) -> bool:
    """Do the same for a header, whose name is in lower case."""
    name = strip_prefix(key)
    is_known = key in ("link", "content-range") or name in ("continuation", "continuationtoken")
    return not (is_known or is_holder(name) or is_next(key) or name in _IN_HEADERS or name in FLAGS)


def _is_silent(key: Any) -> bool:
    """Return whether a field's name shows that it is not about a page, as for most fields."""
    return not isinstance(key, str) or len(key) >= LONGEST_NAME or _is_known_silent(key)


def _read_all_next(place: Mapping[str, Any], signs: Signs) -> bool:
    """Return whether ``place`` has fields that locate the next page, or say that there is none."""
    found = False
    for key, name, value in _fields(place):
        if is_next(key):
            _read_next(name, value, signs)
            found = True
        elif name == "continue" and isinstance(value, Mapping):  # MediaWiki: arguments to continue with
            signs.sure += [(f"next{one}", inner) for _, one, inner in _fields(value) if _is_token(inner)]
            found = True
        elif isinstance(value, list) and name in ("links", "link"):
            _read_relations(value, signs)
            found = True
    return found


def _read_plain(name: str, value: Any, signs: Signs, names: set[str]) -> None:
    """Read a field that has its plain meaning near the items."""
    if name == "haspreviouspage" and isinstance(value, bool):
        signs.has_previous = value
    elif name == "end" and isinstance(value, str) and "chunk" in names:  # Matrix
        signs.sure.append(("nextend", value))
    elif name == "startcursor" and isinstance(value, str):
        signs.start = value
    elif name in signs.names and not (name == "offset" and as_number(value) is not None):
        if value in ("", None):
            signs.ended = True
        elif _is_token(value):
            signs.tokens.append((name, value))
    elif (known := _RANKS.get(name)) is not None:
        if name == "number" and names.isdisjoint(("totalpages", "totalelements", "size")):
            return  # Spring's word for the page, and a common word for something else
        if isinstance(value, Mapping):
            signs.exact = signs.exact and value.get("relation") in (None, "eq")
            value = next((value[key] for key in ("value", "count", "$t") if key in value), None)
        signs.count(*known, value)
    elif (counted := _find_counted(name)) and counted in {one.rstrip("s") for one in names}:
        signs.count("total", 50, value)
    elif isinstance(value, str) and value and CURSOR_LIKE.match(name):
        signs.odd = True


def _find_counted(name: str) -> str:
    """Return ``ticket`` for ``total_tickets``, ``ticketsTotal`` and ``ticket_count``, which count a list of that name."""
    return (name[5:] if name.startswith("total") else name[:-5] if name.endswith(("total", "count")) else "").rstrip("s")


def _is_token(value: Any) -> bool:
    if isinstance(value, dict | list):
        return bool(value) and len(json.dumps(value, default=str)) <= LONGEST
    return isinstance(value, str | int) and not isinstance(value, bool) and len(str(value)) <= LONGEST


def _read_flag(name: str, value: Any, signs: Signs) -> bool:
    """Read whether a field says that this page is the last one, or that it is not."""
    if name not in FLAGS or isinstance(value, dict | list) or (name in ("last", "lastpage") and not isinstance(value, bool)):
        return False
    text = str(value).lower()
    if text not in (*_YES, *_NO):
        return False
    signs.say((text in _YES) is not FLAGS[name])
    return True


def _read_next(name: str, value: Any, signs: Signs) -> None:
    """Read a field named "next": a link, a cursor, a number, an object with one of them, or a flag."""
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, bool):
        signs.say(value)
    elif isinstance(value, Mapping):
        inside = ((inner_name, inner) for _, inner_name, inner in _fields(value))
        signs.sure += [(one, inner) for one, inner in inside if _is_token(inner) and not is_address(inner)]
        if link := link_in(value):
            signs.links.append(link)
        elif _is_token(value):
            signs.sure.append((name, value))
        signs.ended = signs.ended or not value
    elif not isinstance(value, list) and value in _NOTHING:
        signs.ended = True
    elif (
        isinstance(value, str)
        and is_address(value)
        and ("?" in value or not name.endswith(("token", "cursor", "marker", "key")))
    ):
        signs.links.append(value)
    elif _is_token(value):
        signs.sure.append((name, value))


def _read_relations(links: list[Any], signs: Signs) -> None:
    """Read ``[{"rel": "next", "href": ...}]``, and FHIR's ``relation`` and ``url``."""
    found = [(one.get("rel") or one.get("relation"), link_in(one)) for one in links[:_MOST_LINKS] if isinstance(one, Mapping)]
    related = {str(relation).lower(): link for relation, link in found if link and relation}
    signs.first = signs.first or related.get("first")
    if "next" in related:
        signs.links.append(related["next"])
    elif not _BACK.isdisjoint(related):
        signs.ended = True


def _read_headers(headers: httpx.Headers, signs: Signs) -> None:
    for key, value in headers.items():
        name = strip_prefix(key[:LONGEST_NAME])
        if key == "link":
            _read_link_header(value, signs)
        elif key == "content-range":
            if (found := _RANGE.fullmatch(value)) is not None:
                signs.count("offset", 0, found[1])
                signs.count("total", 0, found[3])
        elif value[:1] == "{" and is_holder(name):
            _read_json(value, signs)
        elif is_next(key):
            _read_next(name[name.index("next") :], value, signs)
        elif name in ("continuation", "continuationtoken"):
            _read_next(f"next{name}", value, signs)
        elif name in _IN_HEADERS:
            signs.count(*_IN_HEADERS[name], value)
        else:
            _read_flag(name, value, signs)


def _read_link_header(value: str, signs: Signs) -> None:
    relations: dict[str, str] = {}
    signs.linked = True
    for relation, url in header_links(value):
        relations.setdefault(relation, url)
    signs.first = signs.first or relations.get("first")
    if "next" in relations:
        signs.links.insert(0, relations["next"])
        signs.last = relations.get("last")
    elif not _BACK.isdisjoint(relations):
        signs.ended = True


def _read_json(value: str, signs: Signs) -> None:
    """Read a header that holds an object, such as ASP.NET's ``X-Pagination``."""
    try:
        place = json.loads(value[:_LONGEST_HEADER])
    except (ValueError, RecursionError):
        return
    if isinstance(place, dict):
        _read(place, signs)
