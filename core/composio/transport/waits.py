"""Parse the delay that an API asks for, in any known form, and format it for people. Pure; nothing here raises.

Source: RFC 9110, 10.2.3 (Retry-After) and 5.6.7 (dates); IETF draft "RateLimit header fields for HTTP" and its predecessors,
which give seconds, a timestamp since 1970 in seconds or milliseconds, a date, or a duration such as ``6m0s``.
"""

from __future__ import annotations

import math
import re
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

__all__ = ["asked_to_wait", "in_words", "rate_limit_wait", "read_wait", "retry_after", "wait_in"]

_NUMBER = re.compile(r"[0-9]{1,30}(?:\.[0-9]{0,30})?")
_DURATION = re.compile(
    r"([0-9]{1,15}(?:\.[0-9]{0,15})?)\s*(ms|milliseconds?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?)(?![a-z])[\s,]*"
)
_UNITS = {"ms": 0.001, "mi": 60.0, "s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}
# The draft's own header: `"default";r=0;t=30`, in older drafts `limit=100, remaining=0, reset=30`.
_STRUCTURED = re.compile(r"(?:\bt|\breset)\s*=\s*([0-9]{1,12})")
_RESET = re.compile(r".*rate-?limit.*reset.*")
# ISO 8601's `PT5M`, which without its letters is `5m`; and a time of day.
_ISO = re.compile(r"p(?=[t0-9])([0-9]{1,9}d)?(?:t((?:[0-9]{1,15}(?:\.[0-9]{1,15})?[hms])+))?")
_CLOCK = re.compile(r"([0-9]{1,4}):([0-5][0-9]):([0-5][0-9])")
# From here on a number is a timestamp since 1970, not a duration: no limit lasts thirty years.
_EPOCH = 1e9
_LONGEST = 100
_IN_BODY = frozenset({"retryafter", "retrydelay", "retryafterseconds", "retryin"})
_LEVELS, _VALUES = 5, 200
_MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"),
)


def read_wait(text: str, unit: float = 1.0) -> float | None:
    """Return the seconds from now, or None if there is no time in the value.

    A plain number counts ``unit`` seconds; the past is 0.
    """
    text = text.strip().strip('"')
    if not text or len(text) > _LONGEST:
        return None
    first = text.partition(",")[0].partition(";")[0].strip()  # a header that occurs twice
    if _NUMBER.fullmatch(first):
        number = float(first)
        moment = number if number < 1000 * _EPOCH else number / 1000
        return number * unit if number < _EPOCH else max(0.0, moment - time.time())
    if (seconds := _duration(text.lower())) is not None:
        return seconds
    moment_or_none = _date(text)
    return None if moment_or_none is None else max(0.0, moment_or_none - time.time())


def _duration(text: str) -> float | None:
    if clock := _CLOCK.fullmatch(text):
        return float(int(clock[1]) * 3600 + int(clock[2]) * 60 + int(clock[3]))
    if iso := _ISO.fullmatch(text):
        text = "".join(filter(None, iso.groups()))
    at, total = 0, 0.0
    while found := _DURATION.match(text, at):
        unit = "ms" if found[2].startswith(("ms", "milli")) else found[2][0]
        total += float(found[1]) * _UNITS[unit]
        at = found.end()
    return total if at and at == len(text) else None


def _date(text: str) -> float | None:
    for read in (parsedate_to_datetime, datetime.fromisoformat):
        try:
            found = read(text)
            moment = found if found.tzinfo else found.replace(tzinfo=UTC)
            return (moment - datetime(1970, 1, 1, tzinfo=UTC)).total_seconds()
        except (ValueError, TypeError, IndexError, OverflowError, AttributeError):
            continue
    return None


def retry_after(headers: httpx.Headers) -> float | None:
    """Return Retry-After in seconds from now; None if it is missing or unreadable."""
    return read_wait(headers.get("retry-after", ""))


def rate_limit_wait(headers: httpx.Headers, data: Any = None) -> float | None:
    """Return the whole seconds until a limit ends, from Retry-After, older headers or the body; None if unknown."""
    waits = (retry_after(headers), *_in_headers(headers), wait_in(data))
    return next((float(math.ceil(wait)) for wait in waits if wait is not None), None)


def asked_to_wait(status: int, headers: httpx.Headers, data: Any = None) -> float | None:
    """Return the seconds for which an API asks not to be called; None if it does not say."""
    if status == 429:
        return rate_limit_wait(headers, data)
    return retry_after(headers) if status == 503 else None


def _in_headers(headers: httpx.Headers) -> Iterator[float | None]:
    for name, value in headers.items():
        if "retry-after" in name and name != "retry-after":
            yield read_wait(value, 0.001 if name.endswith("ms") else 1.0)
    resets = [read_wait(value) for name, value in headers.items() if _RESET.fullmatch(name)]
    yield max((wait for wait in resets if wait is not None), default=None)
    if found := _STRUCTURED.search(headers.get("ratelimit", "")):
        yield read_wait(found[1])


def wait_in(data: Any) -> float | None:
    """Return the delay in a response's body: ``parameters.retry_after``, ``retryDelay``."""
    level = [data]
    for _ in range(_LEVELS):
        inside: list[Any] = []
        for value in level[:_VALUES]:
            if isinstance(value, Mapping):
                for key, inner in value.items():
                    name = re.sub(r"[^a-z]", "", str(key)[:40].lower())
                    if name.removesuffix("ms") in _IN_BODY and isinstance(inner, str | int | float):
                        return read_wait(str(inner), 0.001 if name.endswith("ms") else 1.0)
                    inside.append(inner)
            elif isinstance(value, list):
                inside += value[:_VALUES]
        level = [value for value in inside if isinstance(value, Mapping | list)]
    return None


def in_words(seconds: float) -> str:
    """Format as ``in 30 seconds``, ``in 5 minutes``, ``on 21 October 2099 at 07:28 UTC``; empty beyond the calendar."""
    if seconds < 1:
        return "now"
    for most, size, name in ((90, 1, "second"), (90 * 60, 60, "minute"), (36 * 3600, 3600, "hour")):
        if seconds <= most:
            count = math.ceil(seconds / size)
            return f"in {count} {name}{'' if count == 1 else 's'}"
    try:
        moment = datetime.fromtimestamp(round(time.time() + seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return ""
    return f"on {moment.day} {_MONTHS[moment.month - 1]} {moment.year} at {moment:%H:%M} UTC"
