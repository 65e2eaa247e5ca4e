"""Google Sheets actions with plain fields: v0.7's names, arguments and answers.

Source of the calls: https://developers.google.com/workspace/sheets/api/reference/rest and "A1 notation" beside it
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import Field

from composio import action
from composio_apps._execute import Execute

__all__ = [
    "batch_get",
    "batch_update",
    "clear_values",
    "create_google_sheet1",
    "get_sheet_names",
    "get_spreadsheet_info",
    "lookup_spreadsheet_row",
    "sheet_from_json",
]

_CELL = re.compile(r"\$?([A-Za-z]{1,3})\$?([1-9][0-9]*)")
_COLUMNS = 18_278  # ZZZ, the maximum in Sheets

Cell = str | int | float | bool | None
SpreadsheetId = Annotated[str, Field(description="The spreadsheet's id, from its address", min_length=1)]
Rows = Annotated[
    list[list[Cell]], Field(description="Rows of cells, from top and left; null leaves a cell as it is", min_length=1)
]
SheetName = Annotated[str, Field(description="The sheet's name, such as Sheet1", min_length=1)]


def _values(spreadsheet_id: str, rest: str = "") -> str:
    return f"/v4/spreadsheets/{quote(spreadsheet_id, safe='')}{rest}"


def column(number: int) -> str:
    """Return the letters of a column: 1 is A, 27 is AA."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def area(sheet_name: str, rows: list[list[Cell]], first_cell: str = "A1") -> str:
    """Return the A1 range that rows fill from a cell on.

    Raises ``ValueError`` for an invalid cell, or beyond the last column.
    """
    found = _CELL.fullmatch(first_cell.strip())
    if found is None:
        raise ValueError(f"first_cell_location is {first_cell!r}; expected one cell such as B2.")
    left = 0
    for letter in found[1].upper():
        left = left * 26 + ord(letter) - ord("A") + 1
    width, top = max((len(row) for row in rows), default=0), int(found[2])
    if left + max(width, 1) - 1 > _COLUMNS:
        raise ValueError(f"{width} columns from {first_cell} on are more than a sheet has.")
    last = f"{column(left + max(width, 1) - 1)}{top + max(len(rows), 1) - 1}"
    name = sheet_name.replace("'", "''")
    return f"'{name}'!{column(left)}{top}:{last}"


@action(toolname="googlesheets", tags=["important"])
async def batch_get(
    execute_request: Execute,
    spreadsheet_id: SpreadsheetId,
    ranges: Annotated[
        list[str] | None, Field(description="In A1 notation, such as Sheet1!A1:C10; the first sheet if left out")
    ] = None,
) -> dict[str, Any]:
    """Read ranges of cells. Returns spreadsheetId and valueRanges, each with its values by rows."""
    if not ranges:
        first = str((await _sheets(execute_request, spreadsheet_id))[0]["title"])
        ranges = ["'" + first.replace("'", "''") + "'"]
    return await execute_request(_values(spreadsheet_id, "/values:batchGet"), query={"ranges": ranges})


@action(toolname="googlesheets", tags=["important"])
async def batch_update(
    execute_request: Execute,
    spreadsheet_id: SpreadsheetId,
    sheet_name: SheetName,
    values: Rows,
    first_cell_location: Annotated[
        str | None, Field(description="Where the first value goes, such as A1; below all that is there if left out")
    ] = None,
    valueInputOption: Annotated[  # noqa: N803 - v0.7 called it so
        Literal["RAW", "USER_ENTERED"],
        Field(description="USER_ENTERED reads formulas, dates and numbers as if somebody typed them"),
    ] = "USER_ENTERED",
    includeValuesInResponse: Annotated[bool, Field(description="Answer the cells as well")] = False,  # noqa: N803 - as above
) -> dict[str, Any]:
    """Write rows of cells from a cell on, or add them below. Returns what changed."""
    if first_cell_location is None:
        target = "'" + sheet_name.replace("'", "''") + "'"
        path = _values(spreadsheet_id, f"/values/{quote(target, safe='')}:append")
        query = {
            "valueInputOption": valueInputOption,
            "insertDataOption": "INSERT_ROWS",
            "includeValuesInResponse": str(includeValuesInResponse).lower(),
        }
        return await execute_request(path, method="POST", body={"values": values}, query=query)
    body = {
        "valueInputOption": valueInputOption,
        "includeValuesInResponse": includeValuesInResponse,
        "data": [{"range": area(sheet_name, values, first_cell_location), "values": values}],
    }
    return await execute_request(_values(spreadsheet_id, "/values:batchUpdate"), method="POST", body=body)


@action(toolname="googlesheets", tags=["important"])
async def clear_values(
    execute_request: Execute,
    spreadsheet_id: SpreadsheetId,
    range: Annotated[str, Field(description="In A1 notation, such as Sheet1!A1:C10", min_length=1)],  # noqa: A002 - v0.7's name
) -> dict[str, Any]:
    """Empty a range of cells; their format stays."""
    path = _values(spreadsheet_id, f"/values/{quote(range, safe='')}:clear")
    return await execute_request(path, method="POST", body={})


@action(toolname="googlesheets", tags=["important"])
async def create_google_sheet1(
    execute_request: Execute, title: Annotated[str, Field(description="What it is called", min_length=1)]
) -> dict[str, Any]:
    """Create an empty spreadsheet. Returns it with its id and address."""
    return await execute_request("/v4/spreadsheets", method="POST", body={"properties": {"title": title}})


async def _sheets(execute: Execute, spreadsheet_id: str) -> list[dict[str, Any]]:
    """Return the properties of a spreadsheet's sheets, from left to right."""
    found = await execute(_values(spreadsheet_id), query={"fields": "sheets.properties"})
    return [sheet.get("properties", {}) for sheet in found.get("sheets", [])]


@action(toolname="googlesheets", tags=["important"])
async def get_sheet_names(execute_request: Execute, spreadsheet_id: SpreadsheetId) -> dict[str, Any]:
    """List the names of a spreadsheet's sheets, from left to right."""
    return {"sheet_names": [sheet["title"] for sheet in await _sheets(execute_request, spreadsheet_id)]}


@action(toolname="googlesheets", tags=["important"])
async def get_spreadsheet_info(execute_request: Execute, spreadsheet_id: SpreadsheetId) -> dict[str, Any]:
    """Get a spreadsheet's title, address, sheets and their sizes, without cells."""
    return await execute_request(_values(spreadsheet_id))


@action(toolname="googlesheets", tags=["important"])
async def lookup_spreadsheet_row(
    execute_request: Execute,
    spreadsheet_id: SpreadsheetId,
    query: Annotated[str, Field(description="What a cell of the row says, all of it", min_length=1)],
    range: Annotated[str | None, Field(description="Where to look, in A1 notation; the first sheet if left out")] = None,  # noqa: A002 - v0.7's name
    case_sensitive: Annotated[bool, Field(description="Tell capitals from small letters")] = False,
) -> dict[str, Any]:
    """Find the first row with a cell that says exactly this. Returns the row, its number, its range and the first row as headers."""
    found = await batch_get(execute_request, spreadsheet_id, [range] if range else None)
    block = found["valueRanges"][0]
    rows: list[list[Any]] = block.get("values", [])

    def told(cell: object) -> str:
        text = str(cell).strip()
        return text if case_sensitive else text.casefold()

    for index, row in enumerate(rows):
        if any(told(cell) == told(query) for cell in row):
            first = _CELL.search(str(block.get("range", "")).rpartition("!")[2])
            number = index + (int(first[2]) if first else 1)
            return {"found": True, "row": row, "row_number": number, "headers": rows[0], "range": block.get("range")}
    return {"found": False, "row": None, "row_number": None, "headers": rows[0] if rows else [], "range": block.get("range")}


@action(toolname="googlesheets", tags=["important"])
async def sheet_from_json(
    execute_request: Execute,
    title: Annotated[str, Field(description="What the spreadsheet is called", min_length=1)],
    sheet_name: SheetName,
    sheet_json: Annotated[
        list[dict[str, Any]],
        Field(description="One object for each row; the columns are their keys, in the order they occur", min_length=1),
    ],
) -> dict[str, Any]:
    """Create a spreadsheet of objects, with their keys as the first row. Returns its id, address and what was written."""
    headers = list(dict.fromkeys(key for row in sheet_json for key in row))
    if not headers:
        raise ValueError("sheet_json has no keys; expected objects such as {'name': 'Ada'}.")
    rows: list[list[Cell]] = [list(headers), *([_cell(row.get(key)) for key in headers] for row in sheet_json)]
    size = {"rowCount": max(1000, len(rows)), "columnCount": max(26, len(headers))}
    body = {"properties": {"title": title}, "sheets": [{"properties": {"title": sheet_name, "gridProperties": size}}]}
    made = await execute_request("/v4/spreadsheets", method="POST", body=body)
    # A cell with user data is never a formula.
    written = {"valueInputOption": "RAW", "data": [{"range": area(sheet_name, rows), "values": rows}]}
    identity = str(made["spreadsheetId"])
    changed = await execute_request(_values(identity, "/values:batchUpdate"), method="POST", body=written)
    return {"spreadsheetId": identity, "spreadsheetUrl": made.get("spreadsheetUrl"), "updates": changed}


def _cell(value: Any) -> Cell:
    """Return a value as a cell: scalars unchanged, None as an empty one, nested values as JSON."""
    if value is None:
        return ""
    return value if isinstance(value, str | int | float | bool) else str(value)
