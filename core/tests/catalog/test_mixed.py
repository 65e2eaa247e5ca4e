"""Swagger 2.0's parameters in documents that call themselves OpenAPI 3."""

from __future__ import annotations

from typing import Any

import pytest

from composio.model.action import Body, HttpBinding

NAME = {"name": "name", "in": "formData", "type": "string", "required": True, "description": "Whose."}
FILE = {"name": "file", "in": "formData", "type": "file"}
WHOLE = {"name": "pet", "in": "body", "required": True, "schema": {"type": "object", "properties": {"id": {"type": "integer"}}}}


def body(imported: Any) -> Body:
    assert isinstance(imported.action.binding, HttpBinding)
    assert imported.action.binding.body is not None
    return imported.action.binding.body


def test_the_body_among_the_parameters_is_the_body(make: Any) -> None:
    found = make.one(make.operation("Do", parameters=[WHOLE]))
    assert found.action.validation["properties"] == {"id": {"type": "integer"}}
    assert (body(found).media_type, found.warnings) == ("application/json", ())
    of_path = make.load(make.document({"/x": {"parameters": [WHOLE], "post": make.operation("Do")}}))
    assert of_path[0].action.validation["properties"] == {"id": {"type": "integer"}}


def test_a_request_body_counts_before_it(make: Any) -> None:
    node = make.operation("Do", parameters=[WHOLE], requestBody=make.body({"type": "object", "properties": {"own": {}}}))
    assert list(make.one(node).action.validation["properties"]) == ["own"]


@pytest.mark.parametrize(
    ("fields", "media_type"), [([NAME], "application/x-www-form-urlencoded"), ([NAME, FILE], "multipart/form-data")]
)
def test_fields_among_the_parameters_are_a_form(make: Any, fields: list[Any], media_type: str) -> None:
    found = make.one(make.operation("Do", parameters=fields))
    assert body(found).media_type == media_type
    assert found.action.validation["properties"]["name"] == {"type": "string", "description": "Whose."}
    assert found.action.validation["required"] == ["name"]


def test_a_type_beside_a_parameters_name_is_its_schema(make: Any) -> None:
    listed = {"name": "ids", "in": "query", "type": "array", "items": {"type": "integer"}, "collectionFormat": "multi"}
    found = make.one(make.operation("Do", parameters=[listed, {"name": "n", "in": "query", "type": "integer", "minimum": 1}]))
    assert found.action.validation["properties"] == {
        "ids": {"type": "array", "items": {"type": "integer"}},
        "n": {"type": "integer", "minimum": 1},
    }
