"""Dates come out in the declared format, and what could be two days is left alone."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio.schema.dates import as_epoch, format_dates, has_dates, in_format


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2024-01-31 10:00:00", "2024-01-31T10:00:00Z"),
        ("2024-01-31T10:00", "2024-01-31T10:00:00Z"),
        ("2024-01-31T10:00:00", "2024-01-31T10:00:00Z"),
        ("2024-01-31 10:00:00 UTC", "2024-01-31T10:00:00Z"),
        ("2024-01-31T10:00:00+0100", "2024-01-31T10:00:00+01:00"),
        ("2024-01-31 10:00:00.250 -05:30", "2024-01-31T10:00:00.250-05:30"),
        ("2024-1-5", "2024-01-05T00:00:00Z"),
        ("2024/01/31 10:00", "2024-01-31T10:00:00Z"),
        ("20240131T1000", None),
        ("31/01/2024", "2024-01-31T00:00:00Z"),
        ("01/31/2024 10:00 PM", "2024-01-31T22:00:00Z"),
        ("31.01.2024", "2024-01-31T00:00:00Z"),
        ("05/05/2024", "2024-05-05T00:00:00Z"),
        ("01/02/2024", None),
        ("Jan 31, 2024", "2024-01-31T00:00:00Z"),
        ("31st January 2024 at 12:30 am", "2024-01-31T00:30:00Z"),
        ("Wed, 31 Jan 2024 12:00:00 GMT", "2024-01-31T12:00:00Z"),
        ("1706702400", "2024-01-31T12:00:00Z"),
        (1706702400, "2024-01-31T12:00:00Z"),
        (1706702400123, "2024-01-31T12:00:00.123Z"),
        (7, None),
        ("31/02/2024", None),
        ("2024-13-01", None),
        ("13:00 pm", None),
        ("tomorrow", None),
        ("", None),
        (True, None),
        ("2024-01-31T10:00:00Z", None),
        ("2024-01-31t10:00:00.5+01:00", None),
    ],
)
def test_a_moment_in_common_forms(written: Any, moment: str | None) -> None:
    assert in_format(written, "date-time") == moment


@pytest.mark.parametrize(
    ("written", "day"),
    [("2024/1/5", "2024-01-05"), ("2024-01-31T23:00:00Z", "2024-01-31"), ("2024-01-31", None), ("5 May 2024", "2024-05-05")],
)
def test_a_day_in_common_forms(written: str, day: str | None) -> None:
    assert in_format(written, "date") == day


def test_a_date_where_seconds_are_declared() -> None:
    assert as_epoch("2024-01-31T12:00:00Z", [{"type": "integer", "format": "unix-time"}]) == 1706702400
    assert as_epoch("2024-01-31 12:00", [{"description": "Milliseconds since the epoch."}]) == 1706702400000
    assert as_epoch("2024-01-31", [{"type": "integer", "description": "The year."}]) is None
    assert as_epoch("2024", [{"format": "unix-time"}]) is None


def test_dates_are_found_at_every_depth_and_only_where_they_are_declared() -> None:
    day = {"type": "string", "format": "date"}
    schema = {
        "properties": {
            "list": {"type": "array", "items": {"$ref": "#/$defs/D"}},
            "text": {"type": "string"},
            "open": {"anyOf": [day, {"type": "string"}]},
            "other": {"anyOf": [day, {"type": "null"}]},
        },
        "$defs": {"D": {"properties": {"on": day}}},
    }
    value = {
        "list": [{"on": "2024/01/31"}, {"on": "2024-01-31"}],
        "text": "2024/01/31",
        "open": "2024/01/31",
        "other": "5 May 2024",
    }
    assert has_dates(schema)
    assert format_dates(value, schema) == {
        "list": [{"on": "2024-01-31"}, {"on": "2024-01-31"}],
        "text": "2024/01/31",
        "open": "2024/01/31",
        "other": "2024-05-05",
    }
    assert value["other"] == "5 May 2024"


@given(st.datetimes(timezones=st.timezones()), st.sampled_from(["date", "date-time"]))
def test_what_is_in_the_declared_format_stays(moment: Any, declared: str) -> None:
    text = moment.date().isoformat() if declared == "date" else moment.isoformat(timespec="seconds")[:19] + "+00:00"
    schema = {"properties": {"a": {"type": "string", "format": declared}}}
    value = {"a": text}
    assert format_dates(value, schema) is value


@given(st.text(alphabet="0123456789-/.: TZapmJnu+,", max_size=40))
def test_no_text_breaks_it(text: str) -> None:
    for declared in ("date", "date-time"):
        found = in_format(text, declared)
        assert found is None or in_format(found, declared) is None
