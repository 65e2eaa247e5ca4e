"""What Microsoft Graph's apps share: typed objects, query literals and times. Pure.

Source: OData 4.01, "URL Conventions" 5.1.1.14 (literals); https://learn.microsoft.com/graph/search-query-parameter
"""

from __future__ import annotations

from datetime import UTC
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

from composio_apps._times import read_time

__all__ = ["given", "moment_of", "odata_string", "of_type", "search_phrase", "segment"]


def of_type(name: str, /, **fields: Any) -> dict[str, Any]:
    """An object of Graph's with its type, which the description insists on, and without what is None."""
    return {"@odata.type": f"#microsoft.graph.{name}", **given(**fields)}


def given(**fields: Any) -> dict[str, Any]:
    """What is not None."""
    return {name: value for name, value in fields.items() if value is not None}


def segment(value: str) -> str:
    """A value as one segment of a path."""
    return quote(value, safe="")


def odata_string(value: str) -> str:
    """A string literal of a $filter."""
    return "'" + value.replace("'", "''") + "'"


def search_phrase(value: str) -> str:
    """A phrase of a $search: in quotes, with what would end it escaped."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def moment_of(text: str, zone: str, argument: str) -> dict[str, Any]:
    """A time with its zone, which may be an IANA name or one of Windows. Raises ``ValueError`` naming the argument.

    A time that says an offset is converted, as Graph would drop the offset.
    """
    found = read_time(text, None, argument)
    if found.tzinfo is not None:
        try:
            found = found.astimezone(ZoneInfo(zone))
        except (KeyError, ValueError, OSError):
            zone, found = "UTC", found.astimezone(UTC)
    return of_type("dateTimeTimeZone", dateTime=found.replace(tzinfo=None).isoformat(), timeZone=zone)
