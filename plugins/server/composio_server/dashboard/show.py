"""Render the dashboard's pages from templates."""

from __future__ import annotations

import hashlib
import json
import shlex
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from litestar import Response

from composio.model.connection import as_time
from composio_server.dashboard.visit import Visit
from composio_server.pages.browser import HTMX, site_of
from composio_server.pages.render import headers_of, page
from composio_server.services.branding import Branding

__all__ = [
    "FURTHER",
    "OLDER",
    "Filter",
    "Next",
    "as_json",
    "asked",
    "before_of",
    "cut",
    "show",
    "show_log",
    "within_of",
    "write_command",
]

T = TypeVar("T")
# The navigation of each page: a word, the first part of the URL, and its heading.
_PLACES = (
    ("", (("Start", "start"), ("Search", "search"), ("Playground", "playground"))),
    (
        "Set up",
        (
            ("Apps", "apps"),
            ("Integrations", "integrations"),
            ("Connections", "connections"),
            ("Triggers", "triggers"),
            ("MCP", "mcp"),
        ),
    ),
    ("Look", (("Calls", "calls"), ("Events", "events"), ("Figures", "figures"))),
    ("Project", (("Settings", "settings"),)),
)


OLDER, FURTHER = "Show older", "Look further back"
"""The link to a log's next page: there are more, or older ones were not searched yet."""
# How many rows of a log one page searches, so that no filter reads a million; full text takes ten times as long.
_LOOKED_AT, _LOOKED_AT_FOR_TEXT = 10_000, 1_000
_LONGEST = 500  # maximum characters of a query parameter
_DIGITS = 19  # larger numbers may not fit a database's integers
# Messages after a form: a word in the URL names the sentence, so that a link cannot make a page say something else.
_SAID = {
    "added": "Added.",
    "saved": "Saved.",
    "updated": "Updated from its description.",
    "removed": "Removed.",
    "rotated": "URLs that were signed before no longer work.",
    "enabled": "Enabled.",
    "disabled": "Disabled.",
    "refreshed": "The tokens were renewed.",
    "tested": "A test event is on its way to listeners and webhooks.",
    "polled": "Polling the app for new events.",
    "checked": "It works: the app knows its user.",
    "resent": "The event is being resent.",
    "sent": "The chosen events are being resent.",
    "none": "Nothing to resend: nothing was chosen or failed, or no webhook takes it.",
}


@dataclass(frozen=True, slots=True)
class Filter:
    """A filter above a list: its parameter, its label, its value, and its choices."""

    name: str
    label: str
    value: str = ""
    choices: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class Next:
    """The text of an empty page: what it will show, and the URL and name of the next step."""

    text: str
    url: str = ""
    label: str = ""


def show(visit: Visit, template: str, *, title: str, place: str, status: int = 200, **values: Any) -> Response[bytes]:
    """Return a page of ``templates/<template>.html``. ``place`` is its entry in the navigation."""
    return page(
        f"dashboard/{template}",
        status=status,
        site=site_of(visit.request),
        script=True,
        title=title,
        visit=visit,
        place=place,
        places=_PLACES,
        time=as_time,
        as_json=as_json,
        said=_SAID.get(visit.request.query_params.get("said", ""), ""),
        **values,
    )


@dataclass(frozen=True, slots=True)
class Log:
    """The live mode of a list: the URL that switches it, and the URL of its newest part; "" if it is off."""

    switch: str = ""
    poll: str = ""


def show_log(visit: Visit, place: str, *, rows: Sequence[object], given: Mapping[str, str], **values: Any) -> Response[bytes]:
    """Return a page with the list of ``templates/dashboard/<place>_log.html``, in live mode if the URL has ``live=1``.

    htmx then polls the list alone, and gets nothing while its ``rows`` are unchanged. ``given`` are the filters in the URL.
    """
    if before_of(visit) is not None:
        return show(visit, "log", place=place, log=Log(), **values)
    if asked(visit, "live") != "1":
        return show(visit, "log", place=place, log=Log(switch=visit.url(place, **given, live=1)), **values)
    now = hashlib.sha256(repr(rows).encode("utf-8", "replace")).hexdigest()[:16]
    log = Log(switch=visit.url(place, **given), poll=visit.url(place, **given, live=1, seen=now))
    if HTMX not in visit.request.headers:
        return show(visit, "log", place=place, log=log, **values)
    if asked(visit, "seen") == now:
        return Response(b"", status_code=204, headers=headers_of(Branding(), site=site_of(visit.request)))
    return show(visit, f"{place}_log", place=place, log=log, **values)


def as_json(value: Any) -> str:
    """Format a value for people: JSON is indented; other text, and JSON nested too deep, stays unchanged."""
    given = value
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return str(value)
    if isinstance(value, Mapping | Sequence | bool | int | float) or value is None:
        try:
            return json.dumps(value, indent=2, ensure_ascii=False, default=str)
        except RecursionError:  # formatting supports less depth than parsing
            return given if isinstance(given, str) else "This is nested too deep to be shown."
    return str(value)


def asked(visit: Visit, name: str) -> str:
    """Return the query parameter ``name``; "" if it is missing."""
    return str(visit.request.query_params.get(name, "")).replace("\0", "").strip()[:_LONGEST]  # which PostgreSQL refuses


def cut(rows: Sequence[T], after: str, size: int, mark: Callable[[T], str]) -> tuple[Sequence[T], str]:
    """Return the page of sorted ``rows`` after a cursor, and the next page's cursor; "" if there is none.

    A cursor is ``mark`` of the last row, so rows that come or go meanwhile do not shift pages.
    """
    start = bisect_right(rows, after, key=mark) if after else 0
    shown = rows[start : start + size]
    return shown, mark(shown[-1]) if start + size < len(rows) else ""


def before_of(visit: Visit) -> int | None:
    """Return the number of the previous page's last row."""
    given = asked(visit, "before")
    return int(given) if given.isdecimal() and len(given) < _DIGITS else None


def write_command(command: str, **options: str) -> str:
    """Return a command line that lists the same as JSON. ``options`` map names to values; "" omits one."""
    given = [part for name, value in options.items() if value for part in (f"--{name.replace('_', '-')}", value)]
    return f"{shlex.join(['composio', *command.split(), *given, '--json'])}\n"


def within_of(given: Mapping[str, str]) -> int | None:
    """Return how many of the newest rows of a log a filtered page searches; None without filters."""
    if given["q"]:
        return _LOOKED_AT_FOR_TEXT
    return _LOOKED_AT if any(given.values()) else None
