"""Shared code of Microsoft Graph's apps: typed objects, query literals and times. Pure.

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
    """Return a Graph object with its type, which the description requires, and without None values."""
    return {"@odata.type": f"#microsoft.graph.{name}", **given(**fields)}


def given(**fields: Any) -> dict[str, Any]:
    """Drop None values."""
    return {name: value for name, value in fields.items() if value is not None}


def segment(value: str) -> str:
    """Encode a value as one path segment."""
    return quote(value, safe="")


def odata_string(value: str) -> str:
    """Return a string literal for a $filter."""
    return "'" + value.replace("'", "''") + "'"


def search_phrase(value: str) -> str:
    """Return a phrase for a $search: quoted and escaped."""
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'


def moment_of(text: str, zone: str, argument: str) -> dict[str, Any]:
    """Return a time with its zone, an IANA or Windows name. Raises ``ValueError`` naming the argument.

    A time with an offset is converted, as Graph would drop the offset.
    """
    found = read_time(text, None, argument)
    if found.tzinfo is not None:
        try:
            found = found.astimezone(ZoneInfo(zone))
        except (KeyError, ValueError, OSError):
            zone, found = "UTC", found.astimezone(UTC)
    return of_type("dateTimeTimeZone", dateTime=found.replace(tzinfo=None).isoformat(), timeZone=zone)
