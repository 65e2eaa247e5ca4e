"""Where the rest of a list is: the arguments of the same action that give the next page. Pure.

Read from ``Link`` headers (RFC 8288) and from the cursors, links and counts that APIs put into their answers. Only parameters
that the action has are named: a link may carry credentials, or what no argument can say.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx

from composio.model.action import ActionModel, HttpBinding

__all__ = ["Parameters", "more_of"]

_LINK = re.compile(r"<([^<>]*)>\s*((?:;\s*[\w*!-]+\s*(?:=\s*(?:\"[^\"]*\"|[^\s\",;]*))?\s*)*)")
_REL = re.compile(r"\brel\s*=\s*(?:\"([^\"]*)\"|([^\s\",;]+))", re.IGNORECASE)
_MOST_LINKS = 8
_LONGEST = 2000
# Where answers keep what they say about themselves.
_HOLDERS = (
    *("meta", "metadata", "_metadata", "response_metadata", "responseMetadata", "paging", "pagination", "page", "pageInfo"),
    *("page_info", "cursors", "links", "_links"),
)
_LINKS = ("@odata.nextLink", "odata.nextLink", "nextLink", "next_link", "next_url", "next_page_url", "next", "next_page")
_TOKENS = (
    *("nextPageToken", "next_page_token", "next_cursor", "nextCursor", "end_cursor", "endCursor", "nextToken", "next_token"),
    *("NextToken", "continuationToken", "continuation_token", "NextMarker", "next_marker", "next_offset", "nextOffset", "next"),
    *("next_page", "nextPage", "after", "cursor", "offset", "scroll_id"),
)
_CURSORS = (
    *("cursor", "startcursor", "pagetoken", "nextpagetoken", "after", "pagecursor", "nexttoken", "continuationtoken", "marker"),
    *("startingafter", "offset", "page", "scrollid"),
)
_OFFSETS = ("offset", "startat", "skip", "start", "startindex")
_PAGES = ("page", "pagenumber", "pageno", "pagenum")
_SIZES = (
    *("perpage", "pagesize", "limit", "maxresults", "size", "top", "count", "first", "pagelimit", "maxpagesize", "pagelen"),
    *("resultsperpage", "maxitems", "numresults"),
)
# What says that this page is the last one, whatever cursor stands beside it.
_ENDS = {
    **dict.fromkeys(("has_more", "hasMore", "has_next_page", "hasNextPage", "has_next", "hasNext"), False),
    **dict.fromkeys(("isLast", "is_last", "last_page"), True),
}
# Anything of these in an answer makes it worth a look.
_SIGNS = frozenset((*_HOLDERS, *_LINKS, *_TOKENS, "has_more", "hasMore", "total_pages", "startAt"))


def _plain(name: str) -> str:
    return re.sub(r"[^a-z]", "", name.lower())


class Parameters:
    """An action's arguments, found by what they are for."""

    def __init__(self, action: ActionModel, arguments: Mapping[str, Any], secrets: Container[str] = ()) -> None:
        binding = action.binding
        self.given, self._secrets = arguments, secrets
        self._schemas: Mapping[str, Any] = action.validation.get("properties") or {}
        self._query: dict[str, str] = {}
        names: dict[str, str] = {}
        if isinstance(binding, HttpBinding):
            self._query = {p.wire: p.name for p in binding.parameters if p.place == "query"}
            names = {wire: name for name, wire in binding.body.properties.items()} if binding.body else {}
        self._by_use = {_plain(wire): name for wire, name in (*names.items(), *self._query.items())}

    def named(self, *uses: str) -> str | None:
        """The argument that is called like the first of ``uses`` that there is."""
        return next((self._by_use[use] for use in uses if use in self._by_use), None)

    @property
    def size(self) -> str | None:
        """The argument that says how many items a page has."""
        return self.named(*_SIZES)

    @property
    def page(self) -> str | None:
        return self.named(*_PAGES)

    @property
    def offset(self) -> str | None:
        return self.named(*_OFFSETS)

    def number(self, name: str | None, default: int) -> int:
        """The number that was given for an argument."""
        value = self.given.get(name) if name else None
        return value if isinstance(value, int) and not isinstance(value, bool) and value >= 0 else default

    def typed(self, name: str, text: Any) -> Any:
        """A value of a link or a cursor, in the type that the argument has."""
        schema = self._schemas.get(name)
        wanted = schema.get("type") if isinstance(schema, Mapping) else None
        if isinstance(text, str) and text.isdigit() and wanted in ("integer", "number"):
            return int(text)
        return str(text) if isinstance(text, int) and wanted == "string" else text

    def from_url(self, url: str) -> dict[str, Any]:
        """The arguments that lead to ``url`` and differ from those given: of its query, what the action takes."""
        try:
            pairs = parse_qsl(urlsplit(url).query, keep_blank_values=True)
        except ValueError:
            return {}
        found: dict[str, Any] = {}
        for wire, text in pairs:
            name = self._query.get(wire)
            if name is None or len(text) > _LONGEST or name in self._secrets or text in self._secrets:
                continue
            value = self.typed(name, text)
            if str(self.given.get(name)) != str(value) and not isinstance(self.given.get(name), list | dict | bool):
                found[name] = value
        return found


def more_of(
    headers: httpx.Headers,
    data: Any,
    action: ActionModel,
    arguments: Mapping[str, Any],
    secrets: Callable[[], Container[str]] = tuple,
) -> dict[str, Any] | None:
    """``{"next": {argument: value}}``, with ``last`` and ``total`` where they are known; None where nothing follows.

    ``secrets`` gives the arguments that the credentials fill, and the credentials: a link repeats what it was asked with.
    """
    link = headers.get("link")
    total = headers.get("x-total-count") or headers.get("x-total")
    if not link and not total and not (isinstance(data, dict) and not _SIGNS.isdisjoint(data)):
        return None
    parameters = Parameters(action, arguments, secrets())
    found: dict[str, Any] = {}
    for relation, url in _links(link or ""):
        if relation in {"next", "last"} and (leads := parameters.from_url(url)):
            found.setdefault(relation, leads)
    if "next" not in found and isinstance(data, dict) and (leads := _in_body(data, parameters)):
        found["next"] = leads
    if "next" not in found:
        return None
    if total and total.isdigit() and len(total) < 16:
        found["total"] = int(total)
    return found


def _links(header: str) -> Iterator[tuple[str, str]]:
    for count, match in enumerate(_LINK.finditer(header[:16_384])):
        relation = _REL.search(match[2])
        if count < _MOST_LINKS and relation:
            for one in (relation[1] or relation[2] or "").lower().split():
                yield one, match[1]


def _in_body(data: dict[str, Any], parameters: Parameters) -> dict[str, Any]:
    places = [data]
    for holder in _HOLDERS:
        inner = data.get(holder)
        if isinstance(inner, dict):
            places.append(inner)
            places += [deeper for name in ("cursors", "cursor", "links") if isinstance(deeper := inner.get(name), dict)]
    if any(place.get(flag) is ended for place in places for flag, ended in _ENDS.items()):
        return {}
    readers: tuple[Callable[[dict[str, Any], Parameters], dict[str, Any]], ...] = (_by_link, _by_token, _by_count)
    for reader in readers:
        for place in places:
            if leads := reader(place, parameters):
                return leads
    return _by_last_id(data, parameters)


def _by_link(place: dict[str, Any], parameters: Parameters) -> dict[str, Any]:
    for key in _LINKS:
        value = place.get(key)
        if isinstance(value, Mapping):
            value = value.get("href") or value.get("uri") or value.get("url")
        if isinstance(value, str) and ("?" in value) and (leads := parameters.from_url(value)):
            return leads
    return {}


def _by_token(place: dict[str, Any], parameters: Parameters) -> dict[str, Any]:
    for key in _TOKENS:
        value = place.get(key)
        if isinstance(value, Mapping):  # Asana: {"offset": ...}
            value = value.get("offset")
        if isinstance(value, bool) or not isinstance(value, str | int) or value in ("", 0) or len(str(value)) > _LONGEST:
            continue
        if isinstance(value, str) and value.startswith(("http://", "https://", "/")):
            continue
        plain = _plain(key)
        is_plain_cursor = plain in {"after", "cursor", "offset"}
        uses = (plain,) if is_plain_cursor else (plain.removeprefix("next"), plain, *_CURSORS)
        name = parameters.named(*(use for use in uses if use))
        # An API that echoes the cursor it was given says nothing about the next one.
        if name and str(parameters.given.get(name)) != str(value) and not (key == "offset" and isinstance(value, int)):
            return {name: parameters.typed(name, value)}
    return {}


def _by_count(place: dict[str, Any], parameters: Parameters) -> dict[str, Any]:
    """``startAt`` with ``maxResults`` and ``total``; ``page`` with ``total_pages``."""
    numbers = {_plain(k): v for k, v in place.items() if isinstance(v, int) and not isinstance(v, bool)}
    total = numbers.get("total", numbers.get("totalcount", numbers.get("totalresults")))
    for start in _OFFSETS:
        size = next((numbers[s] for s in _SIZES if s in numbers), None)
        if start in numbers and size and total is not None and parameters.offset:
            follows = numbers[start] + size
            return {parameters.offset: follows} if follows < total else {}
    pages = numbers.get("totalpages", numbers.get("pages", numbers.get("pagecount")))
    current = next((numbers[p] for p in (*_PAGES, "currentpage") if p in numbers), None)
    if pages is not None and current is not None and parameters.page and current < pages:
        return {parameters.page: current + 1}
    return {}


def _by_last_id(data: dict[str, Any], parameters: Parameters) -> dict[str, Any]:
    """``has_more`` with ``starting_after``: Stripe's cursor is the last item's id, and the first one's on the way back."""
    items, edge = data.get("data"), -1
    name = parameters.named("startingafter")
    if (back := parameters.named("endingbefore")) and parameters.given.get(back):
        name, edge = back, 0
    if name is None or data.get("has_more") is not True or not isinstance(items, list) or not items:
        return {}
    last = items[edge].get("id") if isinstance(items[edge], dict) else None
    return {name: last} if isinstance(last, str) else {}
