"""Google Sheets' own actions: ranges, rows and cells."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio_apps.googlesheets.actions import (
    area,
    batch_get,
    batch_update,
    clear_values,
    column,
    create_google_sheet1,
    get_sheet_names,
    lookup_spreadsheet_row,
    sheet_from_json,
)

SHEETS = {"sheets": [{"properties": {"title": "Ada's"}}, {"properties": {"title": "Second"}}]}


class Api:
    """Stands in for the injected ``execute_request``: answers by path and records the requests."""

    def __init__(self, answers: dict[str, Any] | None = None) -> None:
        self.answers = {"/v4/spreadsheets/s1": SHEETS, **(answers or {})}
        self.asked: list[dict[str, Any]] = []

    async def __call__(self, endpoint: str, method: str = "GET", **more: Any) -> Any:
        self.asked.append({"endpoint": endpoint, "method": method, **more})
        return self.answers.get(endpoint, {"spreadsheetId": "s1"})


@given(st.integers(1, 18_278))
def test_a_column_s_letters_mean_its_number(number: int) -> None:
    back = 0
    for letter in column(number):
        back = back * 26 + ord(letter) - ord("A") + 1
    assert back == number


@pytest.mark.parametrize(
    ("first", "rows", "expected"),
    [
        ("A1", [[1]], "'S'!A1:A1"),
        ("b2", [[1, 2], [3]], "'S'!B2:C3"),
        ("$Z$9", [[1, 2]], "'S'!Z9:AA9"),
        ("A1", [[]], "'S'!A1:A1"),
    ],
)
def test_rows_fill_an_area(first: str, rows: list[list[Any]], expected: str) -> None:
    assert area("S", rows, first) == expected


@pytest.mark.parametrize("first", ["", "A", "1", "A0", "A1:B2", "S!A1", "AAAA1", "A1\n2"])
def test_what_is_no_cell_is_refused_before_anything_is_sent(first: str) -> None:
    api = Api()
    with pytest.raises(ValueError, match="expected one cell such as B2"):
        asyncio.run(batch_update(api, "s1", "S", [[1]], first_cell_location=first))
    assert api.asked == []


def test_a_sheet_has_a_last_column() -> None:
    with pytest.raises(ValueError, match="more than a sheet has"):
        area("S", [[1, 2]], "ZZZ1")


def test_without_ranges_the_first_sheet_is_read() -> None:
    api = Api()
    asyncio.run(batch_get(api, "s1"))
    assert api.asked[1] == {
        "endpoint": "/v4/spreadsheets/s1/values:batchGet",
        "method": "GET",
        "query": {"ranges": ["'Ada''s'"]},
    }


def test_rows_are_written_from_a_cell_on_or_added_below() -> None:
    api = Api()
    asyncio.run(batch_update(api, "s1", "Ada's", [["x", None]], first_cell_location="B2", valueInputOption="RAW"))
    asyncio.run(batch_update(api, "s1", "Ada's", [["x"]]))
    assert api.asked[0]["body"]["data"] == [{"range": "'Ada''s'!B2:C2", "values": [["x", None]]}]
    assert api.asked[0]["body"]["valueInputOption"] == "RAW"
    assert api.asked[1]["endpoint"] == "/v4/spreadsheets/s1/values/%27Ada%27%27s%27:append"
    assert api.asked[1]["query"]["insertDataOption"] == "INSERT_ROWS"


def test_a_range_stays_in_its_place_of_the_path() -> None:
    api = Api()
    asyncio.run(clear_values(api, "s/1", "S!A1:B2/../x"))
    assert api.asked[0]["endpoint"] == "/v4/spreadsheets/s%2F1/values/S%21A1%3AB2%2F..%2Fx:clear"


ROWS = {"valueRanges": [{"range": "'S'!B3:C6", "values": [["Name", "City"], ["Ada", "London"], [], ["ada ", "Paris"]]}]}


@pytest.mark.parametrize(
    ("query", "case_sensitive", "number"), [("ADA", False, 4), ("ada", True, 6), ("paris", False, 6), ("Lon", False, None)]
)
def test_a_row_is_found_by_a_whole_cell_and_has_its_number(query: str, case_sensitive: bool, number: int | None) -> None:
    api = Api({"/v4/spreadsheets/s1/values:batchGet": ROWS})
    found = asyncio.run(lookup_spreadsheet_row(api, "s1", query, range="S!B3:C6", case_sensitive=case_sensitive))
    assert (found["found"], found["row_number"]) == (number is not None, number)
    assert found["headers"] == ["Name", "City"]


def test_an_empty_sheet_has_no_such_row() -> None:
    api = Api({"/v4/spreadsheets/s1/values:batchGet": {"valueRanges": [{"range": "S!A1:Z9"}]}})
    assert asyncio.run(lookup_spreadsheet_row(api, "s1", "x"))["found"] is False


def test_objects_become_rows_and_no_formula() -> None:
    api = Api()
    data = [{"name": "Ada", "n": 1}, {"name": "=1+1", "tags": ["a"], "ok": True}]
    made = asyncio.run(sheet_from_json(api, "T", "S", data))
    assert made["spreadsheetId"] == "s1"
    assert api.asked[0]["body"]["sheets"][0]["properties"]["title"] == "S"
    body = api.asked[1]["body"]
    assert body["valueInputOption"] == "RAW"
    rows = [["name", "n", "tags", "ok"], ["Ada", 1, "", ""], ["=1+1", "", "['a']", True]]
    assert body["data"] == [{"range": "'S'!A1:D3", "values": rows}]
    with pytest.raises(ValueError, match="sheet_json has no keys"):
        asyncio.run(sheet_from_json(api, "T", "S", [{}]))


def test_a_spreadsheet_is_created_and_its_sheets_are_named() -> None:
    api = Api()
    asyncio.run(create_google_sheet1(api, "T"))
    assert api.asked[0] == {"endpoint": "/v4/spreadsheets", "method": "POST", "body": {"properties": {"title": "T"}}}
    assert asyncio.run(get_sheet_names(api, "s1")) == {"sheet_names": ["Ada's", "Second"]}
