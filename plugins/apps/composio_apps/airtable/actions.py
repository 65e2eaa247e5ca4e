"""Airtable records with plain values: bases by name, conditions without formulas, more than ten records at a time.

Airtable itself takes a base's id alone, at most ten records a request and conditions as formulas. Names and arguments are v0.7's.
Source of the calls: https://airtable.com/developers/web/api/introduction and .../field-reference for formulas.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal
from urllib.parse import quote

from pydantic import BaseModel, Field

from composio import action
from composio.errors import UpstreamError
from composio_apps._errors import retell
from composio_apps._execute import Execute

__all__ = [
    "create_multiple_records",
    "create_record",
    "delete_multiple_records",
    "get_base_schema",
    "get_record",
    "list_records",
    "update_multiple_records",
    "update_record",
]

_MOST_AT_ONCE = 10
_BASE_ID = re.compile(r"app[0-9a-zA-Z]{14}")
_DATE = re.compile(r"\d{4}-\d\d-\d\d")

Json = dict[str, Any]
Plain = str | float | bool | None

BaseRef = Annotated[str, Field(description="The base's id, such as appZ0x1y2w3v4u5t6, or its name", min_length=1)]
Table = Annotated[str, Field(description="The table's id or name", min_length=1, examples=["Tasks"])]
RecordId = Annotated[str, Field(description="The record's id", min_length=1, examples=["recA1b2C3d4E5f6G7"])]
Fields = Annotated[
    dict[str, Any],
    Field(
        description=(
            "Values by field name: text, a number, true, a date as 2026-12-24, an option's name; a list of options, or of ids of linked "
            "records; attachments as [{url}]; null empties"
        ),
        examples=[{"Name": "Write the report", "Status": "Todo", "Due": "2026-12-24"}],
    ),
]
Typecast = Annotated[
    bool,
    Field(description="Let Airtable convert strings to what a field holds, and add options that a select does not have yet"),
]


class NewRecord(BaseModel):
    """A record to create."""

    fields: Fields


class RecordChange(BaseModel):
    """A record to change."""

    id: str | None = Field(default=None, description="The record's id; not needed with merge_on")
    fields: Fields


class Sort(BaseModel):
    """An order."""

    field: str = Field(description="Name of the field to sort by", min_length=1)
    direction: Literal["asc", "desc"] = Field(default="asc", description="desc for the largest or latest first")


async def _base(execute: Execute, given: str) -> str:
    """Return a base's id by its name. Raises ``ValueError`` naming the existing bases."""
    wanted = given.strip()
    if _BASE_ID.fullmatch(wanted):
        return wanted
    bases: list[Json] = []
    query: dict[str, str] = {}
    while True:
        found = await execute("/v0/meta/bases", query=query)
        bases += found.get("bases") or []
        if not found.get("offset") or found["offset"] == query.get("offset"):
            break
        query = {"offset": found["offset"]}
    fitting = [one for one in bases if str(one.get("name", "")).strip().casefold() == wanted.casefold()]
    if len(fitting) == 1:
        return str(fitting[0]["id"])
    listed = ", ".join(f"{one.get('name')} ({one.get('id')})" for one in (fitting or bases)[:50])
    raise ValueError(f"{given!r:.80} is {'several bases' if fitting else 'no base'}; the bases are: {listed or 'none'}")


async def _path(execute: Execute, base: str, table: str, rest: str = "") -> str:
    return f"/v0/{await _base(execute, base)}/{quote(table.strip(), safe='')}{rest}"


def formula_of(where: Mapping[str, Plain | Sequence[Plain]]) -> str:
    """Return the formula that matches records with these field values; any of them if a value is a list."""
    conditions = [_condition(name, value) for name, value in where.items()]
    return conditions[0] if len(conditions) == 1 else f"AND({','.join(conditions)})"


def _condition(name: str, value: Plain | Sequence[Plain]) -> str:
    if not name or "{" in name or "}" in name:
        raise ValueError(f"A condition on a field {name!r:.80} needs filterByFormula.")
    field = f"{{{name}}}"
    if value is None:
        return f'{field}&""=""'
    if isinstance(value, bool):
        return field if value else f"NOT({field})"
    if isinstance(value, str):
        same = f"{field}={json.dumps(value, ensure_ascii=False)}"
        return f'OR({same},IS_SAME({field},"{value}","day"))' if _DATE.fullmatch(value) else same
    if isinstance(value, int | float):
        return f"{field}={value:.15g}"
    if not value:
        raise ValueError(f"The condition on {name!r:.80} is an empty list; give the values, any of which will do.")
    return f"OR({','.join(_condition(name, one) for one in value)})"


async def _in_batches(
    execute: Execute, path: str, method: str, records: Sequence[Json], more: Mapping[str, Any], done: str
) -> list[Json]:
    """Send records ten at a time, in order; an error says how many were written before it."""
    answers: list[Json] = []
    for start in range(0, len(records), _MOST_AT_ONCE):
        body = {"records": list(records[start : start + _MOST_AT_ONCE]), **more}
        try:
            answers.append(await execute(path, method=method, body=body))
        except UpstreamError as error:
            if not start:
                raise
            ids = ", ".join(str(one.get("id")) for one in _records(answers))
            raise retell(error, f"Of {len(records)} records the first {start} were {done} ({ids}), then: {error}") from error
    return answers


def _records(answers: Sequence[Json]) -> list[Json]:
    return [one for answer in answers for one in answer.get("records") or ()]


@action(toolname="airtable", tags=["important"])
async def list_records(
    execute_request: Execute,
    baseId: BaseRef,  # noqa: N803 - v0.7 called it so
    tableIdOrName: Table,  # noqa: N803 - as above
    where: Annotated[
        dict[str, Plain | list[Plain]] | None,
        Field(
            description="Only records whose fields have all these values; a list for any of several, null for empty",
            examples=[{"Status": ["Todo", "Doing"], "Due": "2026-12-24"}],
        ),
    ] = None,
    filterByFormula: Annotated[  # noqa: N803 - as above
        str | None,
        Field(description="A further condition as an Airtable formula, such as {Amount}>100 or SEARCH('ada',{Name})"),
    ] = None,
    fields: Annotated[list[str] | None, Field(description="Names of the fields to answer; all if left out")] = None,
    sort: Annotated[list[Sort] | None, Field(description="Orders, the first counts most")] = None,
    view: Annotated[str | None, Field(description="Id or name of a view whose records and order to take")] = None,
    pageSize: Annotated[int, Field(description="How many to answer at once", ge=1, le=100)] = 100,  # noqa: N803 - as above
    maxRecords: Annotated[int | None, Field(description="How many to answer in all pages", ge=1)] = None,  # noqa: N803 - as above
    offset: Annotated[str | None, Field(description="offset of the answer before")] = None,
) -> dict[str, Any]:
    """Find records of a table by plain values or a formula. Returns `records` and, where there are more, offset."""
    conditions = [formula_of(where)] if where else []
    conditions += [filterByFormula] if filterByFormula else []
    query: dict[str, Any] = {"pageSize": pageSize, "maxRecords": maxRecords, "offset": offset, "view": view}
    query["filterByFormula"] = conditions[0] if len(conditions) == 1 else f"AND({','.join(conditions)})" if conditions else None
    query["fields[]"] = fields
    for place, one in enumerate(map(Sort.model_validate, sort or ())):
        query |= {f"sort[{place}][field]": one.field, f"sort[{place}][direction]": one.direction}
    given = {name: value for name, value in query.items() if value is not None and value != []}
    return await execute_request(await _path(execute_request, baseId, tableIdOrName), query=given)


@action(toolname="airtable", tags=["important"])
async def get_record(execute_request: Execute, baseId: BaseRef, tableIdOrName: Table, recordId: RecordId) -> dict[str, Any]:  # noqa: N803 - v0.7 called them so
    """Read a record. Fields that are empty are not in the answer."""
    return await execute_request(await _path(execute_request, baseId, tableIdOrName, f"/{quote(recordId, safe='')}"))


@action(toolname="airtable", tags=["important"])
async def create_record(
    execute_request: Execute,
    baseId: BaseRef,  # noqa: N803 - v0.7 called it so
    tableIdOrName: Table,  # noqa: N803 - as above
    fields: Fields,
    typecast: Typecast = False,
) -> dict[str, Any]:
    """Create a record in a table. Returns it with its id."""
    body = {"fields": fields, **({"typecast": True} if typecast else {})}
    return await execute_request(await _path(execute_request, baseId, tableIdOrName), method="POST", body=body)


@action(toolname="airtable", tags=["important"])
async def create_multiple_records(
    execute_request: Execute,
    baseId: BaseRef,  # noqa: N803 - v0.7 called it so
    tableIdOrName: Table,  # noqa: N803 - as above
    records: Annotated[list[NewRecord], Field(description="The records", min_length=1, max_length=1000)],
    typecast: Typecast = False,
) -> dict[str, Any]:
    """Create records in a table, up to a thousand. Returns `records` with their ids."""
    path = await _path(execute_request, baseId, tableIdOrName)
    given = [{"fields": NewRecord.model_validate(one).fields} for one in records]
    more = {"typecast": True} if typecast else {}
    return {"records": _records(await _in_batches(execute_request, path, "POST", given, more, "created"))}


@action(toolname="airtable", tags=["important"])
async def update_record(
    execute_request: Execute,
    baseId: BaseRef,  # noqa: N803 - v0.7 called it so
    tableIdOrName: Table,  # noqa: N803 - as above
    recordId: RecordId,  # noqa: N803 - as above
    fields: Fields,
    typecast: Typecast = False,
) -> dict[str, Any]:
    """Change fields of a record; those left out stay. Returns the record."""
    path = await _path(execute_request, baseId, tableIdOrName, f"/{quote(recordId, safe='')}")
    return await execute_request(path, method="PATCH", body={"fields": fields, **({"typecast": True} if typecast else {})})


@action(toolname="airtable", tags=["important"])
async def update_multiple_records(
    execute_request: Execute,
    baseId: BaseRef,  # noqa: N803 - v0.7 called it so
    tableIdOrName: Table,  # noqa: N803 - as above
    records: Annotated[list[RecordChange], Field(description="The changes", min_length=1, max_length=1000)],
    merge_on: Annotated[
        list[str] | None,
        Field(
            description="Names of fields that identify a record: one with the same values is changed, another is created (upsert)",
            min_length=1,
            max_length=3,
        ),
    ] = None,
    typecast: Typecast = False,
) -> dict[str, Any]:
    """Change records, up to a thousand, by their ids, or create or update them by the fields in merge_on.

    Returns `records`, and with merge_on the ids in `createdRecords` and `updatedRecords`.
    """
    changes = [RecordChange.model_validate(one) for one in records]
    if merge_on is None and any(one.id is None for one in changes):
        raise ValueError("Each record needs its id; or give merge_on, the fields that identify a record.")
    given: list[Json] = [{"fields": one.fields, **({} if one.id is None else {"id": one.id})} for one in changes]
    more: Json = {"typecast": True} if typecast else {}
    if merge_on:
        more["performUpsert"] = {"fieldsToMergeOn": merge_on}
    path = await _path(execute_request, baseId, tableIdOrName)
    answers = await _in_batches(execute_request, path, "PATCH", given, more, "written")
    written: Json = {"records": _records(answers)}
    for name in ("createdRecords", "updatedRecords") if merge_on else ():
        written[name] = [one for answer in answers for one in answer.get(name) or ()]
    return written


@action(toolname="airtable")
async def delete_multiple_records(
    execute_request: Execute,
    baseId: BaseRef,  # noqa: N803 - v0.7 called it so
    tableIdOrName: Table,  # noqa: N803 - as above
    recordIds: Annotated[list[str], Field(description="Ids of the records", min_length=1, max_length=1000)],  # noqa: N803 - as above
) -> dict[str, Any]:
    """Delete records of a table, up to a thousand. Returns the ids that were deleted."""
    path = await _path(execute_request, baseId, tableIdOrName)
    answers: list[Json] = []
    for start in range(0, len(recordIds), _MOST_AT_ONCE):
        batch = recordIds[start : start + _MOST_AT_ONCE]
        try:
            answers.append(await execute_request(path, method="DELETE", query={"records[]": batch}))
        except UpstreamError as error:
            raise retell(error, f"Of {len(recordIds)} records the first {start} were deleted, then: {error}") from error
    return {"deleted": [str(one.get("id")) for one in _records(answers) if one.get("deleted")]}


@action(toolname="airtable", tags=["important"])
async def get_base_schema(
    execute_request: Execute,
    baseId: BaseRef,  # noqa: N803 - v0.7 called it so
    tableIdOrName: Annotated[str | None, Field(description="Only this table")] = None,  # noqa: N803 - as above
) -> dict[str, Any]:
    """List a base's tables with the names and types of their fields, the options of selects and the views."""
    found = await execute_request(f"/v0/meta/bases/{await _base(execute_request, baseId)}/tables")
    tables: list[Json] = found.get("tables") or []
    if tableIdOrName is not None:
        wanted = tableIdOrName.strip().casefold()
        chosen = [one for one in tables if wanted in (str(one.get("id")).casefold(), str(one.get("name")).strip().casefold())]
        if not chosen:
            names = ", ".join(str(one.get("name")) for one in tables)
            raise ValueError(f"The base has no table {tableIdOrName!r:.80}; its tables are: {names or 'none'}")
        tables = chosen
    return {"tables": [_table(one) for one in tables]}


def _table(table: Json) -> Json:
    primary = table.get("primaryFieldId")
    shown: Json = {"id": table.get("id"), "name": table.get("name")}
    if table.get("description"):
        shown["description"] = table["description"]
    shown["fields"] = [_field(one, one.get("id") == primary) for one in table.get("fields") or ()]
    shown["views"] = [
        {"id": one.get("id"), "name": one.get("name"), "type": one.get("type")} for one in table.get("views") or ()
    ]
    return shown


def _field(field: Json, is_primary: bool) -> Json:
    """What one has to know to write a field: its name and type, and what it may hold."""
    shown: Json = {"id": field.get("id"), "name": field.get("name"), "type": field.get("type")}
    if is_primary:
        shown["primary"] = True
    if field.get("description"):
        shown["description"] = field["description"]
    options = field.get("options") or {}
    if choices := options.get("choices"):
        shown["choices"] = [one.get("name") for one in choices]
    if linked := options.get("linkedTableId"):
        shown["linkedTableId"] = linked
    return shown
