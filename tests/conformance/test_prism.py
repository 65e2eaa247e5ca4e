"""What Prism is given says the same of requests, in a form that it checks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from composio.catalog.definition import AppDefinition, SpecSource
from composio.model.app import AppModel
from conformance._prism import document, verdict

DOCUMENT: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Toys", "version": "1"},
    "tags": [{"name": "toys"}],
    "paths": {
        "/toys": {
            "parameters": [
                {"$ref": "#/components/parameters/Token"},
                {"name": "page", "in": "query", "schema": {"type": "integer"}},
            ],
            "post": {
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Toy"}}}},
                "responses": {"200": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Huge"}}}}},
            },
        }
    },
    "components": {
        "parameters": {"Token": {"name": "token", "in": "query", "schema": {"type": "string"}}},
        "schemas": {
            "Toy": {"properties": {"owner": {"nullable": True, "anyOf": [{"$ref": "#/components/schemas/Owner"}]}}},
            "Owner": {"type": "string", "nullable": True},
            "Huge": {"type": "object"},
        },
        "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
    },
}


@pytest.fixture
def served(tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "toys.json").write_text(json.dumps(DOCUMENT), "utf-8")
    app = AppModel(key="toys", name="Toys")
    source = SpecSource(kind="file", path="toys.json")
    definition = AppDefinition(app=app, spec=source, folder=tmp_path, file=tmp_path / "x.yaml", hide=("token",))
    return document(definition, tmp_path / "cache")


def test_answers_and_what_only_they_need_are_left_out(served: dict[str, Any]) -> None:
    operation = served["paths"]["/toys"]["post"]
    assert operation["responses"] == {"200": {"description": "Accepted."}}
    assert set(served["components"]["schemas"]) == {"Toy", "Owner"}
    assert served["components"]["securitySchemes"] == DOCUMENT["components"]["securitySchemes"]


def test_hidden_parameters_are_not_asked_for(served: dict[str, Any]) -> None:
    assert [p["name"] for p in served["paths"]["/toys"]["parameters"]] == ["page"]


def test_null_without_a_type_is_said_as_a_union(served: dict[str, Any]) -> None:
    owner = served["components"]["schemas"]["Toy"]["properties"]["owner"]
    assert owner["anyOf"][1] == {"type": "string", "nullable": True, "enum": [None]}
    assert served["components"]["schemas"]["Owner"] == {"type": "string", "nullable": True}


def test_a_verdict_is_about_the_request_alone() -> None:
    said = [{"location": ["body", "a"], "message": "must be integer"}, {"location": ["response", "body"], "message": "x"}]
    data = {"type": "https://stoplight.io/prism/errors#UNPROCESSABLE_ENTITY", "validation": said}
    assert verdict({"successful": False, "data": data, "error": "422"}) == "body.a must be integer"
    assert verdict({"successful": True, "data": None, "error": None}) == ""
    assert verdict({"successful": False, "data": None, "error": "Connection refused"}) == "Connection refused"
