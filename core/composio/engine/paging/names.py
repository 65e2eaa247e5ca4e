"""The names that APIs use for paging: in requests and in responses. Pure.

Names are compared in the form of ``plain``, so that ``page[size]``, ``pageSize`` and ``page_size`` are one. Sources: the paging
chapters of the API references of Amazon, Atlassian, Elasticsearch, GitHub, GitLab, Google, HubSpot, Intercom, Laravel,
Microsoft, Notion, Shopify, Slack, Spring, Stripe, Twilio, WordPress and Zendesk; JSON:API, HAL, OData, RFC 8288 and SCIM (RFC
7644).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final, Literal

__all__ = [
    "ALWAYS_GIVEN",
    "BY_ID",
    "BY_OWN",
    "BY_SORT",
    "COUNTS",
    "CURSOR_LIKE",
    "DOES",
    "FLAGS",
    "IN_ORDER",
    "IN_PAGE",
    "ITEMS",
    "LONGEST_NAME",
    "NOT_ITEMS",
    "OF_ITEMS",
    "OWN_CURSORS",
    "READS",
    "TOKENS",
    "Use",
    "is_chain",
    "is_guarded",
    "is_holder",
    "is_last",
    "is_next",
    "may_hold",
    "plain",
    "strip_prefix",
    "use_of",
]

# The purpose of an argument: page size, page number, offset, cursor forward, cursor backward, end.
Use = Literal["size", "page", "offset", "cursor", "back", "end"]


def _names(text: str) -> tuple[str, ...]:
    return tuple(text.split())


LONGEST_NAME: Final = 80
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


@lru_cache(maxsize=4096)
def _words(name: str) -> tuple[str, ...]:
    return tuple(word.lower() for word in _WORD.findall(name))


@lru_cache(maxsize=4096)
def _join(name: str) -> str:
    return "".join(_words(name))


def plain(name: str) -> str:
    """Return the letters of a name, in lower case."""
    return _join(name) if len(name) < LONGEST_NAME else ""


# Words in the name or path of an action that reads.
READS: Final = frozenset(_names("browse count fetch filter find get list lookup query read retrieve scan search"))
# Words in the name of an action that writes, even if it reads too: GET_OR_CREATE.
DOES: Final = frozenset(
    _names(
        "add and apply archive cancel charge close create delete execute insert move or post purge put remove replace reset run"
        " send set start submit update upsert write"
    )
)

# Prefixes without a meaning of their own: the argument's owner, its location.
_PREFIXES = frozenset(_names("filter list ms opc options pagination paging query req request search sys sysparm wp x"))


@lru_cache(maxsize=4096)
def strip_prefix(name: str) -> str:
    """Return :func:`plain` of a name without prefixes such as the ``X`` of a header."""
    words = list(_words(name))
    while len(words) > 1 and words[0] in _PREFIXES:
        del words[0]
    return "".join(words)


# Cursors named after a response's field, with any noun: WeChat's `next_openid`, Steam's `last_appid`.
_LAST = re.compile(r"(last|after)[a-z]*(id|key)$")


@lru_cache(maxsize=4096)
def is_last(name: str) -> bool:
    """Return whether a name identifies the last item seen."""
    return _LAST.match(strip_prefix(name)) is not None


def is_chain(name: str) -> bool:
    """Return whether an argument is named after the next page or the last item."""
    words = _words(name)
    return len(words) > 1 and ((words[0] == "next" and is_next(name)) or is_last(name))


# In order of preference if an action has several.
_USES: Final[dict[Use, tuple[str, ...]]] = {
    "size": _names(
        "perpage pagesize limit maxresults size top count first pagelimit maxpagesize pagelen pagelength take rows maxitems"
        " maxkeys maxrecords resultsperpage itemsperpage recordsperpage hitsperpage rowsperpage entriesperpage objectsperpage"
        " numresults numitems num maxresultcount resultrecordcount recordcount resultcount itemcount maxcount maxrows maxentries"
        " resultlimit batchsize length displaylength idisplaylength psize limitto max last results n ps"
    ),
    "page": _names("page pagenumber pageno pagenum pageindex pageidx pagenr currentpage curpage pagepage pg current p"),
    "offset": _names(
        "offset skip startat start startindex startposition from firstresult startrow startrecord pageoffset pagestart recordoffset"
        " itemoffset resultoffset rowoffset startoffset skipcount startfrom startpos startitem fromindex firstindex beginindex"
        " displaystart idisplaystart rowstart begin"
    ),
    "cursor": _names(
        "cursor startcursor pagecursor nextcursor cursormark pagetoken nextpagetoken token nexttoken startingtoken"
        " paginationtoken pagingtoken starttoken continuationtoken continuation continue continuationid marker nextmarker pagemarker"
        " startingafter after pageafter aftercursor afterid aftertoken startafter exclusivestartkey lastevaluatedkey startkey"
        " skiptoken bookmark scrollid scrollparam pageinfo pagestate pagekey nextpage nextpageid searchafter resumptiontoken"
        " resumetoken querylocator position iterator anchor sinceid idafter lastid nextid fromid maxid minid since next"
    ),
    "back": _names("endingbefore before pagebefore beforeid beforecursor"),
    "end": ("end", "to", "stop", "endindex", "toindex", "lastindex"),
}
_RANKS: Final = {name: (use, rank) for use, names in _USES.items() for rank, name in enumerate(names)}
_ENDS_AS_CURSOR = re.compile(
    r"(cursor|pagetoken|marker|continuationtoken|bookmark|(?<!time)(?<!zone)(?<!utc)(?<!tz)(?<!gmt)offset)$"
)


# Object arguments that may contain paging arguments.
_MAY_HOLD = re.compile(
    r"pag(e|ing|in)|query|request|option|param|input|filter|body|search|criteria|cursor|limit", re.IGNORECASE
)
_INSIDE = re.compile(r"(.+)(?:\.|\[)([^\[\].]+)\]?")


@lru_cache(maxsize=4096)
def may_hold(name: str) -> bool:
    """Return whether an argument may contain arguments about pages."""
    return _MAY_HOLD.search(name) is not None


@lru_cache(maxsize=4096)
def use_of(name: str) -> tuple[Use, int] | None:
    """Return the purpose of an argument with this name and how clear the name is, lowest best; None for most names."""
    letters = plain(name)
    known = _RANKS.get(letters) or _RANKS.get(strip_prefix(name))
    if known is None and letters.endswith(("perpage", "pagesize")):
        return "size", 1
    if known is None and len(name) < LONGEST_NAME and (inside := _INSIDE.fullmatch(name)) and may_hold(inside[1]):
        return use_of(inside[2])  # `searchCriteria[currentPage]`
    if known is None and len(name) < LONGEST_NAME and is_chain(name):
        return "cursor", 98
    # HubSpot's `vidOffset`, and any other cursor of something.
    return ("cursor", 99) if known is None and _ENDS_AS_CURSOR.search(letters) else known


# Cursors whose field in the response has the argument's name: it is the next cursor, or only the request's.
TOKENS = frozenset(
    _names(
        "after aftercursor aftertoken cursor endcursor continuation continuationtoken continue marker bookmark scrollid scrollparam"
        " pageinfo pagestate pagetoken paginationtoken position iterator resumptiontoken searchafter lastevaluatedkey lastkey"
        " startingafter skiptoken lastid offset"
    )
)
# Cursors that are an item's id or position: only the response shows whether one leads to the next page.
OF_ITEMS = frozenset(
    _names(
        "startingafter after afterid startafter position iterator anchor sinceid idafter lastid nextid fromid maxid minid since"
        " startkey searchafter next token"
    )
)
# Arguments for the last item's id; for its sort key; and for an id from which a list continues in its own order.
BY_ID = ("startingafter", "afterid", "after", "startafter")
BY_SORT = "searchafter"
# Arguments for an item's own cursor, and the items' fields for it: Strava's comments, Stellar's records.
BY_OWN = ("aftercursor", "cursor", "after", "pageafter", "startcursor", "startingafter", "startafter")
OWN_CURSORS = ("cursor", "paging_token", "pagingToken")
IN_ORDER = ("after", "afterid"), ("before", "beforeid")
# Fields that look like cursors under unknown names.
CURSOR_LIKE = re.compile(
    r"(?!prev|before|back|start|first|self|current|this|.*(sync|delta|access|refresh|csrf))"
    r".*(cursor|token|marker|scroll|bookmark|continu|resume)"
)

# Words in the names of fields about another kind of "next": the time of a retry or an event.
_OTHER_NEXT = frozenset(
    _names(
        "sync delta poll run due retry reset bill billing payment invoice charge attempt renewal step action event date time at"
    )
)
_JOINED_NEXT = re.compile(
    r"next(page|partition|row|token|cursor|link|url|uri|href|marker|offset|start|key|id$|result|record|continuation|set|$)"
)


_MORE_LINK = re.compile(r"(load)?more(data|entries|items|posts|results|topics)?(url|link|uri|href)|afterurl")


@lru_cache(maxsize=4096)
def is_next(name: str) -> bool:
    """Return whether a field locates the next page: ``nextPageToken``, ``@odata.nextLink``, ``links.next``."""
    words, letters = _words(name), plain(name)
    if "next" not in words and not any(map(_JOINED_NEXT.match, words)):
        return _MORE_LINK.fullmatch(letters) is not None
    return not letters.startswith(("has", "is")) and not set(words).intersection(_OTHER_NEXT)


# Cursors that an API gives with every page, also with the empty last one: callers continue while there is a cursor.
# Or cursors built from a page's last item, and so absent from an empty page.
ALWAYS_GIVEN = re.compile(
    r"scroll(id|param)|bookmark|position|iterator|cursormark|lastid|endcursor|(page|starting)?after(cursor|id)?$"
)

# Fields that mark a page as the last one, whatever else it has: the value that says so.
FLAGS: Final = {
    **dict.fromkeys(
        _names(
            "hasmore hasnext hasnextpage hasmoreitems hasmoreresults hasmorepages hasmoredata hasmorerecords hasadditionalpages"
            " hasadditional havemore havemoreresults more moreavailable moreresult moreresults moreresultsavailable moreitemsincollection morerecords morepages istruncated truncated"
        ),
        False,
    ),
    **dict.fromkeys(
        _names("islast islastpage lastpage last isend endofstream endoflist eof done finished nomore nomoreresults exhausted"),
        True,
    ),
}

# Numbers in responses, by what they count, each list in order of preference.
COUNTS: Final[dict[str, tuple[str, ...]]] = {
    "total": _names(
        "filtercount filteredcount recordsfiltered totalfiltered totalresults totalcount totalitems totalentries totalrecords"
        " totalelements totalhits totalobjects totalnumber totalrows totalsize totalsetsize totalnum totalmatches totalfound totaldocs"
        " totaldocuments totalresultscount totalitemcount totalitemscount totalrecordcount totalresultcount totalhitscount total"
        " numfound nbhits odatacount opensearchtotalresults resultstotal itemstotal counttotal recordstotal fullcount allcount"
        " totalcounts found"
    ),
    "pages": _names(
        "totalpages totalpage pagecount pagescount pagetotal pagestotal totalpagecount numpages numberofpages nbpages numpage"
        " pages maxpage maxpages"
    ),
    "last": ("lastpage", "lastpagenumber", "pagelast"),
    "page": _names("page currentpage pagenumber pageno pagenum pageindex curpage currpage thispage number current"),
    "offset": _names(
        "offset startat skip start startindex startposition from opensearchstartindex firstresult currentoffset recordindex"
    ),
    "size": _names(
        "perpage pagesize limit itemsperpage maxresults size pagelimit resultsperpage recordsperpage pagelen take hitsperpage"
        " opensearchitemsperpage rows top"
    ),
    # All items, or those on this page: only the value shows which.
    "count": _names(
        "count itemcount itemscount objectcount recordcount rowcount hitcount resultcount resultscount matchcount numberofresults"
        " numberofitems numberofrecords numresults numitems numrecords resultsize length hits"
    ),
}

# Objects in which responses describe themselves, besides the object with the items.
_HOLDERS = frozenset(
    _names(
        "meta metadata responsemetadata responseinfo resultinfo links link cursors cursor info pages pager data d result results"
        " response feed hits list records queryresponse searchmetadata collection envelope queries total nav navigation summary searchcriteria"
    )
)
_HOLDER_PARTS = re.compile(r"pag(e|ing|in)|cursor|meta")


@lru_cache(maxsize=4096)
def is_holder(name: str) -> bool:
    """Return whether an object may describe the list next to it."""
    letters = plain(name)
    return letters in _HOLDERS or _HOLDER_PARTS.search(letters) is not None


# Names of the requested list, and of lists that are something else.
ITEMS = frozenset(
    _names(
        "items data results value values records entries hits rows elements objects resources edges nodes docs documents content"
        " entry list collection matches members result response"
    )
)
NOT_ITEMS = frozenset(
    _names(
        "included includes links link errors error warnings facets aggregations aggs columns fields schema sort sorts"
        " filters breadcrumbs suggestions highlights next nextpage request previouspage"
    )
)
# Arguments that limit what a page shows, and so never locate the next one.
IN_PAGE = frozenset(("size", "end"))

# Arguments that a link never sets: credentials, and the destination of requests or responses.
_GUARDED = re.compile(
    r"(access|auth|api|id|refresh|csrf|xsrf|session|user|client|bearer|security|private|app)(token|key|secret|code)"
    r"|secret|passw|pwd$|signature|^sig$|^key$|^auth|credential|jwt|^session|^sid$|hmac|^code$|^sign$|^token$"
    r"|ur[il]$|host|domain|callback|redirect|webhook|server|endpoint|origin"
)


@lru_cache(maxsize=4096)
def is_guarded(name: str) -> bool:
    """Return whether an argument must not be filled from a response: it holds a credential or a destination."""
    return _GUARDED.search(plain(name)) is not None
