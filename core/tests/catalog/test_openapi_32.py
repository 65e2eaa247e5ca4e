"""What OpenAPI 3.2 adds: further methods, a query as a whole, shared media types, items of streams, a document's own address."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import pytest

from composio.catalog.catalog import Catalog
from composio.catalog.importers import Imported
from composio.engine.arguments import Checker
from composio.engine.build import Target, build
from composio.engine.send import after_error
from composio.errors import InvalidArguments
from composio.model.action import ActionModel, HttpBinding
from composio.testing import FakeUpstream
from composio.testing.exchange import Request

TEXT, NUMBER = {"type": "string"}, {"type": "integer"}
FORM = "application/x-www-form-urlencoded"


def sent(action: ActionModel, arguments: Mapping[str, Any]) -> httpx.Request:
    """What goes out, which the double has to read back as the same arguments."""
    assert isinstance(action.binding, HttpBinding)
    request = build(action, action.binding, Checker().check(action, dict(arguments)), Target())
    api = FakeUpstream([(action, [])])
    answer = api.answer(Request(request.method, request.url.raw_path.decode(), dict(request.headers), request.content))
    assert answer.status == 204, answer.body
    assert api.requests[-1].arguments == arguments
    return request


def imported(make: Any, item: Mapping[str, Any], path: str = "/x", **more: Any) -> list[Imported]:
    found: list[Imported] = make.load(make.document({path: item}, "3.2.0", **more))
    return found


def test_query_is_a_method_with_a_body(make: Any) -> None:
    body = make.body({"type": "object", "properties": {"filter": TEXT}})
    [found] = imported(make, {"query": make.operation("Search", requestBody=body)})
    request = sent(found.action, {"filter": "a"})
    assert (request.method, json.loads(request.content)) == ("QUERY", {"filter": "a"})
    assert after_error("QUERY", httpx.ReadError("cut"), 1) is not None


def test_additional_operations_are_sent_under_their_own_methods(make: Any) -> None:
    more = {"COPY": make.operation("Copy"), "LINK": make.operation("Link"), "Purge": make.operation("Purge"), "A B": {}, "X": 3}
    found = imported(make, {"get": make.operation("Get"), "additionalOperations": {**more, "GET": make.operation("Again")}})
    assert [one.action.binding.method for one in found] == ["GET", "COPY", "LINK", "Purge"]  # type: ignore[union-attr]
    assert [one.action.slug for one in found] == ["TOYS_GET", "TOYS_COPY", "TOYS_LINK", "TOYS_PURGE"]
    assert sent(found[3].action, {}).method == "Purge"
    assert any("A B" in warning for one in found for warning in one.warnings)


@pytest.mark.parametrize(
    ("media_type", "schema", "value", "query"),
    [
        (FORM, {"type": "object", "properties": {"a": TEXT, "n": NUMBER}}, {"a": "x y&z", "n": 3}, "a=x+y%26z&n=3"),
        (FORM, {"type": "object", "properties": {"t": {"type": "array", "items": TEXT}}}, {"t": ["a", "b"]}, "t=a&t=b"),
        ("application/json", {"type": "object", "properties": {"n": NUMBER}}, {"n": 3}, "%7B%22n%22%3A3%7D"),
        ("text/plain", TEXT, "$.a[0]", "$.a[0]"),
    ],
)
def test_a_query_may_be_one_parameter(make: Any, media_type: str, schema: Any, value: Any, query: str) -> None:
    parameter = {"name": "q", "in": "querystring", "content": {media_type: {"schema": schema}}}
    [found] = imported(make, {"get": make.operation("Find", parameters=[parameter])})
    assert set(found.action.parameters["properties"]) == {"q"}
    assert sent(found.action, {"q": value}).url.query.decode() == query
    assert found.warnings == ()


def test_a_media_type_may_be_shared(make: Any) -> None:
    media = {"schema": {"type": "object", "properties": {"a": NUMBER}, "required": ["a"]}, "example": {"a": 1}}
    reference = {"$ref": "#/components/mediaTypes/Thing"}
    operation = {
        "summary": "Do",
        "requestBody": {"required": True, "content": {"application/json": reference}},
        "parameters": [{"name": "p", "in": "query", "content": {"application/json": reference}}],
        "responses": {"200": {"description": "ok", "content": {"application/json": reference}}},
    }
    [found] = imported(make, {"post": operation}, components={"mediaTypes": {"Thing": media}})
    assert found.action.parameters["properties"]["a"] == NUMBER
    assert found.action.parameters["properties"]["p"]["properties"] == {"a": NUMBER}
    assert (found.responses[0].schema["properties"], found.responses[0].example) == ({"a": NUMBER}, {"a": 1})


def test_what_a_stream_holds_is_a_list(make: Any) -> None:
    media = {"itemSchema": {"type": "object", "properties": {"a": NUMBER}}}
    response = {"200": {"description": "ok", "content": {"text/event-stream": media}}}
    [found] = imported(make, {"get": {"summary": "Watch", "responses": response}})
    assert found.responses[0].schema == {"type": "array", "items": media["itemSchema"]}


def test_new_fields_that_change_nothing_are_in_nobodys_way(make: Any) -> None:
    document = make.document({"/x": {"get": make.operation("Do", tags=["pets"])}}, "3.2.0")
    document["tags"] = [{"name": "pets", "summary": "Pets", "parent": "animals", "kind": "nav"}]
    document["servers"][0]["name"] = "main"
    example = {"200": {"description": "ok", "content": {"application/json": {"examples": {"a": {"dataValue": {"a": 1}}}}}}}
    document["paths"]["/x"]["get"]["responses"] = example
    [found] = make.load(document)
    assert found.action.tags == ("pets",)
    assert found.action.binding.servers[0].url == "https://api.toys.test/v1"
    assert found.responses[0].example == {"a": 1}
    assert found.warnings == ()


def test_xml_nodes_are_of_the_kind_that_they_say(make: Any) -> None:
    properties = {
        "id": {**NUMBER, "xml": {"nodeType": "attribute"}},
        "tags": {"type": "array", "items": {**TEXT, "xml": {"name": "tag"}}, "xml": {"nodeType": "element"}},
    }
    body = make.body({"type": "object", "properties": properties, "xml": {"name": "pet"}}, "application/xml")
    [found] = imported(make, {"post": make.operation("Do", requestBody=body)})
    assert sent(found.action, {"id": 3, "tags": ["a"]}).content.endswith(b'<pet id="3"><tags><tag>a</tag></tags></pet>')
    noted = {"id": properties["id"], "text": {**TEXT, "xml": {"nodeType": "text"}}}
    body = make.body({"type": "object", "properties": noted, "xml": {"name": "note"}}, "application/xml")
    [found] = imported(make, {"post": make.operation("Do", requestBody=body)})
    assert sent(found.action, {"id": 3, "text": "hi"}).content.endswith(b'<note id="3">hi</note>')


def test_a_documents_own_address_is_what_it_may_be_referred_to_by(
    make: Any, open_catalog: Callable[..., Catalog], tmp_path: Path
) -> None:
    folder = tmp_path / "api"
    folder.mkdir()
    pet = {
        "type": "object",
        "properties": {"name": TEXT, "toy": {"$ref": "https://toys.invalid/api/openapi#/components/schemas/Toy"}},
    }
    properties = {
        "pet": {"$ref": "shared.json#/Pet"},
        "toy": {"$ref": "https://toys.invalid/api/openapi#/components/schemas/Toy"},
    }
    document = make.document(
        {"/x": {"post": make.operation("Do", requestBody=make.body({"type": "object", "properties": properties}))}},
        "3.2.0",
        components={"schemas": {"Toy": {"type": "object", "properties": {"squeaks": {"type": "boolean"}}}}},
    )
    document["$self"] = "https://toys.invalid/api/openapi"
    (folder / "openapi.json").write_text(json.dumps(document))
    (folder / "shared.json").write_text(json.dumps({"Pet": pet}))
    catalog = open_catalog({})
    catalog.add("toys", str(folder / "openapi.json"))
    action = catalog.action("TOYS_DO")
    shown = action.parameters["properties"]
    assert shown["toy"]["properties"] == {"squeaks": {"type": "boolean"}}
    assert shown["pet"]["properties"]["toy"]["properties"] == {"squeaks": {"type": "boolean"}}
    with pytest.raises(InvalidArguments):
        Checker().check(action, {"toy": {"squeaks": "loud"}})
