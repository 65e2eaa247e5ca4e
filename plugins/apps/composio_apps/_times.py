"""Parse times as people and models write them, for calendars."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo

__all__ = ["moment", "named_zone", "read_time", "utc_time", "zone_of"]


def zone_of(given: float | str) -> tzinfo:
    """Return a zone by its hours from UTC or its IANA name. Raises ``ValueError`` if it is neither."""
    try:
        hours = float(given)
    except ValueError:
        return named_zone(str(given))
    if not -24 < hours < 24:
        raise ValueError(f"timezone is hours from UTC, between -24 and 24, or an IANA name; got {given!r:.40}")
    return timezone(timedelta(hours=hours))


def named_zone(name: str) -> ZoneInfo:
    """Return a zone by its IANA name. Raises ``ValueError`` for others."""
    try:
        return ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        raise ValueError(f"timezone {name!r:.60} is no IANA name, such as Europe/Berlin") from None


def read_time(text: str, zone: str | None, argument: str = "start_datetime") -> datetime:
    """Return a time, in ``zone`` if it has no offset; naive if neither is given. Raises ``ValueError`` naming the argument."""
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"{argument} is ISO 8601, such as 2026-12-01T13:00:00; got {text!r:.60}") from None
    return found.replace(tzinfo=named_zone(zone)) if found.tzinfo is None and zone else found


def moment(when: datetime, zone: str | None) -> dict[str, str]:
    """Return the API's form: a named zone beside local time, which recurring events require."""
    return {"dateTime": when.isoformat(), **({"timeZone": zone} if zone else {})}


def utc_time(text: str | None) -> str | None:
    """Return it with an offset, which the API requires; UTC if it has none."""
    if text is None:
        return None
    try:
        found = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(f"times are ISO 8601, such as 2026-12-01T13:00:00Z; got {text!r:.60}") from None
    return (found.replace(tzinfo=UTC) if found.tzinfo is None else found).isoformat()
