"""Airtable's own actions: records with plain values and conditions, against the API's description."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from composio_apps.airtable.actions import formula_of

BASE, RECORD = "appZ0x1y2w3v4u5t6", "recA1b2C3d4E5f6G7"
BASES = [{"id": BASE, "name": "Sales", "permissionLevel": "create"}, {"id": "appAAAAAAAAAAAAAA", "name": "HR"}]
TABLES = [
    {
        "id": "tbl1",
        "name": "Tasks",
        "primaryFieldId": "fld1",
        "description": "What is to do",
        "fields": [
            {"id": "fld1", "name": "Name", "type": "singleLineText"},
            {"id": "fld2", "name": "Status", "type": "singleSelect", "options": {"choices": [{"id": "s1", "name": "Todo"}]}},
            {"id": "fld3", "name": "Owner", "type": "multipleRecordLinks", "options": {"linkedTableId": "tbl2"}},
        ],
        "views": [{"id": "viw1", "name": "Grid", "type": "grid"}],
    },
    {"id": "tbl2", "name": "People", "primaryFieldId": "fld9", "fields": [], "views": []},
]


def written(request: Any) -> Any:
    """As Airtable answers what was sent: each record with an id."""
    sent = request.body["records"]
    return {"records": [{"id": f"rec{one['fields']['N']:014}", **one, "createdTime": "2026-12-01T00:00:00Z"} for one in sent]}


def test_records_are_found_by_plain_values(described: Callable[[str], Any]) -> None:
    api = described("airtable")
    api.run(
        "AIRTABLE_LIST_RECORDS",
        baseId=BASE,
        tableIdOrName="My/Tasks",
        where={"Status": "Todo"},
        filterByFormula="{Amount}>1",
        fields=["Name", "Status"],
        sort=[{"field": "Due", "direction": "desc"}, {"field": "Name"}],
        pageSize=5,
    )
    request = api.upstream.requests[-1]
    assert request.raw.path == f"/v0/{BASE}/My%2FTasks"
    assert request.query == {
        "pageSize": ["5"],
        "filterByFormula": ['AND({Status}="Todo",{Amount}>1)'],
        "fields[]": ["Name", "Status"],
        "sort[0][field]": ["Due"],
        "sort[0][direction]": ["desc"],
        "sort[1][field]": ["Name"],
        "sort[1][direction]": ["asc"],
    }
    api.run("AIRTABLE_LIST_RECORDS", baseId=BASE, tableIdOrName="Tasks", view="Grid", offset="itr1", maxRecords=3)
    expected = {"pageSize": ["100"], "maxRecords": ["3"], "offset": ["itr1"], "view": ["Grid"]}
    assert api.upstream.requests[-1].query == expected
    assert "empty list" in api.refused("AIRTABLE_LIST_RECORDS", baseId=BASE, tableIdOrName="Tasks", where={"Status": []})


@pytest.mark.parametrize(
    ("where", "formula"),
    [
        ({"Name": 'say "hi" \\'}, '{Name}="say \\"hi\\" \\\\"'),
        ({"Amount": 2.5, "Count": 3}, "AND({Amount}=2.5,{Count}=3)"),
        ({"Done": True}, "{Done}"),
        ({"Done": False}, "NOT({Done})"),
        ({"Note": None}, '{Note}&""=""'),
        ({"Status": ["Todo", None]}, 'OR({Status}="Todo",{Status}&""="")'),
        ({"Due": "2026-12-24"}, 'OR({Due}="2026-12-24",IS_SAME({Due},"2026-12-24","day"))'),
        ({"Größe": "ä"}, '{Größe}="ä"'),
    ],
)
def test_plain_values_become_a_formula(where: dict[str, Any], formula: str) -> None:
    assert formula_of(where) == formula


@pytest.mark.parametrize("name", ["", "a}b", "{"])
def test_a_field_s_name_can_t_leave_its_braces(name: str) -> None:
    with pytest.raises(ValueError, match="needs filterByFormula"):
        formula_of({name: "x"})


def test_a_base_is_found_by_its_name(described: Callable[[str], Any]) -> None:
    api = described("airtable")
    api.upstream.reply("AIRTABLE_LIST_BASES", json={"bases": BASES})
    api.run("AIRTABLE_GET_RECORD", baseId=" sales", tableIdOrName="Tasks", recordId=RECORD)
    assert api.upstream.requests[-1].path == f"/v0/{BASE}/Tasks/{RECORD}"
    error = api.refused("AIRTABLE_GET_RECORD", baseId="Marketing", tableIdOrName="Tasks", recordId=RECORD)
    assert f"'Marketing' is no base; the bases are: Sales ({BASE}), HR (appAAAAAAAAAAAAAA)" in error


def test_a_base_is_looked_for_on_every_page(described: Callable[[str], Any]) -> None:
    api = described("airtable")

    def page(request: Any) -> Any:
        return {"bases": BASES[:1]} if "offset" in request.query else {"bases": BASES[1:], "offset": "itr1"}

    api.upstream.reply("AIRTABLE_LIST_BASES", json=page)
    api.run("AIRTABLE_GET_RECORD", baseId="Sales", tableIdOrName="Tasks", recordId=RECORD)
    assert api.upstream.requests[-1].path == f"/v0/{BASE}/Tasks/{RECORD}"


def test_a_record_is_created_and_changed(described: Callable[[str], Any]) -> None:
    api = described("airtable")
    fields = {"Name": "Report", "Done": True, "Tags": ["a", "b"], "Amount": 3}
    api.run("AIRTABLE_CREATE_RECORD", baseId=BASE, tableIdOrName="Tasks", fields=fields)
    request = api.upstream.requests[-1]
    assert (request.method, request.body) == ("POST", {"fields": fields})
    api.run("AIRTABLE_UPDATE_RECORD", baseId=BASE, tableIdOrName="Tasks", recordId=RECORD, fields={"Name": "x"}, typecast=True)
    request = api.upstream.requests[-1]
    assert (request.method, request.path) == ("PATCH", f"/v0/{BASE}/Tasks/{RECORD}")
    assert request.body == {"fields": {"Name": "x"}, "typecast": True}


def test_many_records_are_created_ten_at_a_time(described: Callable[[str], Any]) -> None:
    api = described("airtable")
    api.upstream.reply("AIRTABLE_CREATE_UP_TO_TEN_RECORDS_AS_CELLS", json=written)
    records = [{"fields": {"N": number}} for number in range(23)]
    made = api.run("AIRTABLE_CREATE_MULTIPLE_RECORDS", baseId=BASE, tableIdOrName="Tasks", records=records)
    assert [len(request.body["records"]) for request in api.upstream.requests] == [10, 10, 3]
    assert [one["fields"]["N"] for one in made["records"]] == list(range(23))


def test_what_was_created_before_an_error_is_told(described: Callable[[str], Any]) -> None:
    api = described("airtable")
    full = {"error": {"type": "INVALID_REQUEST_UNKNOWN", "message": "The base is full"}}
    api.upstream.reply("AIRTABLE_CREATE_UP_TO_TEN_RECORDS_AS_CELLS", json=written, times=1)
    api.upstream.reply("AIRTABLE_CREATE_UP_TO_TEN_RECORDS_AS_CELLS", status=422, json=full)
    records = [{"fields": {"N": number}} for number in range(12)]
    error = api.refused("AIRTABLE_CREATE_MULTIPLE_RECORDS", baseId=BASE, tableIdOrName="Tasks", records=records)
    assert "Of 12 records the first 10 were created (rec00000000000000, " in error
    assert "The base is full" in error


def test_records_are_merged_by_what_identifies_them(described: Callable[[str], Any]) -> None:
    api = described("airtable")
    api.upstream.reply(
        "AIRTABLE_UPDATE_UP_TO_TEN_RECORDS_AS_CELLS",
        json={"records": [], "createdRecords": [RECORD], "updatedRecords": []},
    )
    where = {"baseId": BASE, "tableIdOrName": "Tasks"}
    records = [{"fields": {"Email": f"{number}@example.com"}} for number in range(11)]
    merged = api.run("AIRTABLE_UPDATE_MULTIPLE_RECORDS", **where, records=records, merge_on=["Email"])
    first, second = (request.body for request in api.upstream.requests)
    assert first["performUpsert"] == second["performUpsert"] == {"fieldsToMergeOn": ["Email"]}
    assert merged == {"records": [], "createdRecords": [RECORD, RECORD], "updatedRecords": []}
    api.run("AIRTABLE_UPDATE_MULTIPLE_RECORDS", **where, records=[{"id": RECORD, "fields": {"Email": "a"}}])
    assert api.upstream.requests[-1].body == {"records": [{"id": RECORD, "fields": {"Email": "a"}}]}
    assert "needs its id" in api.refused("AIRTABLE_UPDATE_MULTIPLE_RECORDS", **where, records=records)


def test_records_are_deleted_ten_at_a_time(described: Callable[[str], Any]) -> None:
    api = described("airtable")

    def deleted(request: Any) -> Any:
        return {"records": [{"id": one, "deleted": True} for one in request.query["records[]"]]}

    api.upstream.reply("AIRTABLE_DELETE_UP_TO_TEN_RECORDS", json=deleted)
    ids = [f"rec{number:014}" for number in range(12)]
    gone = api.run("AIRTABLE_DELETE_MULTIPLE_RECORDS", baseId=BASE, tableIdOrName="Tasks", recordIds=ids)
    assert gone == {"deleted": ids}
    assert [len(request.query["records[]"]) for request in api.upstream.requests] == [10, 2]


def test_a_schema_says_in_short_what_fields_take(described: Callable[[str], Any]) -> None:
    api = described("airtable")
    api.upstream.reply("AIRTABLE_GET_BASE_SCHEMA_IN_FULL", json={"tables": TABLES})
    schema = api.run("AIRTABLE_GET_BASE_SCHEMA", baseId=BASE, tableIdOrName="tasks")
    assert schema == {
        "tables": [
            {
                "id": "tbl1",
                "name": "Tasks",
                "description": "What is to do",
                "fields": [
                    {"id": "fld1", "name": "Name", "type": "singleLineText", "primary": True},
                    {"id": "fld2", "name": "Status", "type": "singleSelect", "choices": ["Todo"]},
                    {"id": "fld3", "name": "Owner", "type": "multipleRecordLinks", "linkedTableId": "tbl2"},
                ],
                "views": [{"id": "viw1", "name": "Grid", "type": "grid"}],
            }
        ]
    }
    assert [one["name"] for one in api.run("AIRTABLE_GET_BASE_SCHEMA", baseId=BASE)["tables"]] == ["Tasks", "People"]
    assert "no table 'Deals'; its tables are: Tasks, People" in api.refused(
        "AIRTABLE_GET_BASE_SCHEMA", baseId=BASE, tableIdOrName="Deals"
    )
