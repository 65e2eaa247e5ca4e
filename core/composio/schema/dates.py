"""Convert people's dates and times to the format that a schema declares. Ambiguous days stay unchanged.

Source: RFC 3339, section 5.6; JSON Schema 2020-12, Validation, section 7.3.1.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from composio.schema.keywords import subschemas
from composio.schema.walk import applying, below

__all__ = ["as_epoch", "format_dates", "has_dates", "in_format"]

_FORMATS = frozenset(("date", "date-time"))
_EPOCH_FORMATS = frozenset(("epoch", "timestamp", "unix-time", "unixtime"))
_SAYS_EPOCH = re.compile(r"\b(?:unix|epoch)\b", re.IGNORECASE)
_SAYS_MILLISECONDS = re.compile(r"\bmillis(?:econds?)?\b", re.IGNORECASE)
_LONGEST = 64  # no date is longer, and longer strings are skipped

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?P<name>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?"
    r"|nov(?:ember)?|dec(?:ember)?)\.?"
)
_WEEKDAY = r"(?:(?:mon|tues?|wed(?:nes)?|thu(?:rs)?|fri|sat(?:ur)?|sun)(?:day)?,?\s+)?"
_TIME = (
    r"(?:(?:[tT]|,?\s+(?:at\s+)?)(?P<hour>\d{1,2}):(?P<minute>\d{2})(?::(?P<second>\d{2})(?P<fraction>[.,]\d{1,9})?)?"
    r"\s*(?P<half>[ap]\.?m\.?)?\s*(?P<zone>[zZ]|UTC|GMT|[+-]\d{2}(?::?\d{2})?)?)?"
)
_FORMS = [
    re.compile(form + _TIME, re.IGNORECASE)
    for form in (
        r"(?P<year>\d{4})-(?P<month>\d{1,2})-(?P<day>\d{1,2})",
        r"(?P<year>\d{4})/(?P<month>\d{1,2})/(?P<day>\d{1,2})",
        r"(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})(?=[tT])",
        r"(?P<one>\d{1,2})[/.](?P<two>\d{1,2})[/.](?P<year>\d{4})",
        _WEEKDAY + r"(?P<day>\d{1,2})(?:st|nd|rd|th)?[\s-]+" + _MONTH + r",?[\s-]+(?P<year>\d{4})",
        _WEEKDAY + _MONTH + r"\s+(?P<day>\d{1,2})(?:st|nd|rd|th)?,?\s+(?P<year>\d{4})",
    )
]
_RFC_3339 = re.compile(r"\d{4}-\d{2}-\d{2}[tT]\d{2}:\d{2}:\d{2}(\.\d+)?([zZ]|[+-]\d{2}:\d{2})")
_RFC_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
# Seconds and milliseconds since 1970, from 1973: fewer digits may mean anything.
_SECONDS, _MILLISECONDS = re.compile(r"\d{9,10}"), re.compile(r"\d{12,13}")


def has_dates(schema: Mapping[str, Any]) -> bool:
    """Return whether ``schema`` declares a date anywhere, so that :func:`dated` may have an effect."""
    waiting: list[Any] = [schema]
    while waiting:
        here = waiting.pop()
        if isinstance(here, Mapping):
            if here.get("format") in _FORMATS:
                return True
            waiting += (child for _, _, child in subschemas(here))
    return False


def format_dates(value: Any, schema: Mapping[str, Any]) -> Any:
    """Return ``value`` with each date in its declared format; the same object if nothing changes."""
    return _date(value, applying([schema], schema), schema, 0)


def _date(value: Any, schemas: list[Mapping[str, Any]], root: Mapping[str, Any], depth: int) -> Any:
    if not schemas or depth > 64:
        return value
    if isinstance(value, str):
        return _write(value, schemas)
    parts: Any = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    changed = {}
    for part, inner in parts:
        if isinstance(inner, str | dict | list):
            new = _date(inner, applying(below(schemas, part), root), root, depth + 1)
            if new is not inner:
                changed[part] = new
    if not changed:
        return value
    return {**value, **changed} if isinstance(value, dict) else [changed.get(i, item) for i, item in enumerate(value)]


def _write(text: str, schemas: list[Mapping[str, Any]]) -> str:
    """Convert ``text`` to the only format that its place declares. Other string schemas make the format ambiguous."""
    texts = [s for s in schemas if s.get("type") == "string" or "format" in s or "enum" in s or "const" in s or "pattern" in s]
    formats = {s.get("format") for s in texts}
    if len(formats) != 1 or (declared := formats.pop()) not in _FORMATS:
        return text
    found = in_format(text, declared)
    return text if found is None else found


def in_format(value: Any, declared: str) -> str | None:
    """Convert ``value``, a string or seconds since 1970, to a ``date`` or ``date-time``.

    None if it is one already, or not a date.
    """
    text = str(value).strip()
    is_right = _RFC_3339 if declared == "date-time" else _RFC_DATE
    if isinstance(value, bool) or not isinstance(value, str | int | float) or len(text) > _LONGEST or is_right.fullmatch(text):
        return None
    moment = _read(text)
    if moment is None:
        return None
    if declared == "date":
        return moment.date().isoformat()
    return moment.isoformat(timespec="milliseconds" if moment.microsecond else "seconds").replace("+00:00", "Z")


def as_epoch(text: str, schemas: list[Mapping[str, Any]]) -> int | None:
    """Return ``text`` in seconds or milliseconds since 1970, if ``schemas`` say that an integer is that; else None."""
    about = " ".join(str(s.get("description") or "") for s in schemas)
    if not (any(s.get("format") in _EPOCH_FORMATS for s in schemas) or _SAYS_EPOCH.search(about)):
        return None
    moment = _read(text.strip()) if len(text) <= _LONGEST and not text.strip().isdecimal() else None
    if moment is None:
        return None
    return int(moment.timestamp() * (1000 if _SAYS_MILLISECONDS.search(about) else 1))


def _read(text: str) -> datetime | None:
    try:
        if _SECONDS.fullmatch(text):
            return datetime.fromtimestamp(int(text), UTC)
        if _MILLISECONDS.fullmatch(text):
            return datetime.fromtimestamp(int(text) / 1000, UTC)
        found = next((match for form in _FORMS if (match := form.fullmatch(text))), None)
        return _moment(found.groupdict()) if found else None
    except (ValueError, OverflowError):  # the 31st of February
        return None


def _moment(parts: dict[str, str | None]) -> datetime | None:
    """Return the time in a match, in UTC if it has no zone; None if it is ambiguous."""
    day, month = parts.get("day"), parts.get("month")
    if (one := parts.get("one")) and (two := parts.get("two")):
        if (int(one) > 12) == (int(two) > 12) and one != two:
            return None  # the 1st of February or the 2nd of January
        day, month = (one, two) if int(one) > 12 else (two, one)
    if name := parts.get("name"):
        month = str(_MONTHS.index(name[:3].lower()) + 1)
    hour = int(parts.get("hour") or 0)
    if half := parts.get("half"):
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half[0] in "pP" else 0)
    fraction = (parts.get("fraction") or ".0").replace(",", ".")
    return datetime(
        int(parts["year"] or 0),
        int(month or 0),
        int(day or 0),
        hour,
        int(parts.get("minute") or 0),
        int(parts.get("second") or 0),
        int(float(fraction) * 1_000_000),
        tzinfo=_zone(parts.get("zone") or "Z"),
    )


def _zone(text: str) -> timezone:
    if text[0] not in "+-":
        return UTC
    digits = text[1:].replace(":", "").ljust(4, "0")
    return timezone((1 if text[0] == "+" else -1) * timedelta(hours=int(digits[:2]), minutes=int(digits[2:])))
