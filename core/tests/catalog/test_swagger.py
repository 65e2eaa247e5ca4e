"""Swagger 2: each construct of its own, down to the request that goes out."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import jsonschema_rs
import pytest
import yaml

from composio.catalog.catalog import Catalog
from composio.catalog.definition import SpecSource
from composio.catalog.importers import Imported
from composio.catalog.importers.swagger import load, outline
from composio.engine.build import Target, build
from composio.engine.files import attach
from composio.errors import SpecError
from composio.model.action import Server
from tests.peers.described import binding

Open = Callable[..., Catalog]


def swagger(paths: Any, **more: Any) -> dict[str, Any]:
    info = {"title": "Toys", "version": "1.2"}
    where = {"host": "api.toys.test", "basePath": "/v1", "schemes": ["http", "https"]}
    return {"swagger": "2.0", "info": info, **where, "paths": paths, **more}


@pytest.fixture
def one(make: Any) -> Callable[..., Imported]:
    """The only operation of a document that has ``node``; ``more`` goes into the document."""

    def read(node: Any, *, method: str = "post", path: str = "/things", **more: Any) -> Imported:
        [found] = load(
            swagger({path: {method: {"responses": {"200": {"description": "ok"}}, **node}}}, **more), make.definition()
        )
        return found

    return read


def sent(imported: Imported, **arguments: Any) -> httpx.Request:
    """The request for ``arguments``, which fit the action's schema."""
    action = imported.action
    jsonschema_rs.validator_for(dict(action.validation)).validate(arguments)
    if (body := binding(imported).body) is not None:
        arguments = attach(action.slug, body, arguments, None, 1_000_000)
    return build(action, binding(imported), arguments, Target())


def parameter(name: str, place: str = "query", **more: Any) -> dict[str, Any]:
    return {"name": name, "in": place, "type": "string", **more}


@pytest.mark.parametrize(
    ("chosen", "query"),
    [
        ({}, "id=a,b%2Cc"),
        ({"collectionFormat": "csv"}, "id=a,b%2Cc"),
        ({"collectionFormat": "ssv"}, "id=a%20b%2Cc"),
        ({"collectionFormat": "tsv"}, "id=a%09b%2Cc"),
        ({"collectionFormat": "pipes"}, "id=a%7Cb%2Cc"),
        ({"collectionFormat": "multi"}, "id=a&id=b%2Cc"),
    ],
)
def test_lists_in_the_query_are_written_in_every_format(one: Any, chosen: Any, query: str) -> None:
    node = parameter("id", type="array", items={"type": "string"}, **chosen)
    assert sent(one({"parameters": [node]}), id=["a", "b,c"]).url.query.decode() == query


@pytest.mark.parametrize(
    ("chosen", "written"), [("csv", "a,b"), ("ssv", "a b"), ("tsv", "a\tb"), ("pipes", "a|b"), ("multi", "a,b")]
)
def test_lists_in_path_and_header_too(one: Any, chosen: str, written: str) -> None:
    ids = {"type": "array", "items": {"type": "string"}, "collectionFormat": chosen}
    nodes = [parameter("p", "path", required=True, **ids), parameter("X-H", "header", **ids)]
    request = sent(one({"parameters": nodes}, path="/{p}", method="get"), p=["a", "b"], **{"X-H": ["a", "b"]})
    assert request.url.path == f"/v1/{written}"
    assert request.headers["x-h"] == written


def test_a_body_is_flattened_and_goes_out_as_what_is_consumed(one: Any) -> None:
    toy = {
        "type": "object",
        "required": ["name"],
        "properties": {"name": {"type": "string"}, "id": {"type": "integer", "readOnly": True}, "size": {"type": "integer"}},
    }
    node = {"parameters": [{"name": "toy", "in": "body", "required": True, "schema": {"$ref": "#/definitions/Toy"}}]}
    found = one({**node, "consumes": ["application/vnd.toys+json"]}, definitions={"Toy": toy}, consumes=["multipart/form-data"])
    assert found.action.validation["properties"].keys() == {"name", "size"}
    assert found.action.validation["required"] == ["name"]
    request = sent(found, name="bear", size=2)
    assert json.loads(request.content) == {"name": "bear", "size": 2}
    assert request.headers["content-type"] == "application/vnd.toys+json"


def test_what_the_document_consumes_counts_where_the_operation_says_nothing_and_a_body_is_no_form(one: Any) -> None:
    node = {"parameters": [{"name": "b", "in": "body", "schema": {"type": "array", "items": {"type": "integer"}}}]}
    assert sent(one(node), body=[1]).headers["content-type"] == "application/json"
    forms = ["application/x-www-form-urlencoded", "application/json"]
    assert sent(one(node, consumes=forms), body=[1]).headers["content-type"] == "application/json"
    assert sent(one(node, consumes=["*/*"]), body=[1]).headers["content-type"] == "application/json"
    assert sent(one({**node, "consumes": []}, consumes=["text/plain"]), body=[1]).content == b"[1]"


def test_form_data_is_a_form_with_lists_by_their_format(one: Any) -> None:
    ids = {"type": "array", "items": {"type": "integer"}}
    node = {
        "parameters": [
            parameter("name", "formData", required=True),
            parameter("many", "formData", **ids, collectionFormat="multi"),
            parameter("few", "formData", **ids),
            parameter("piped", "formData", **ids, collectionFormat="pipes"),
        ]
    }
    request = sent(one(node, consumes=["application/json"]), name="a b", many=[1, 2], few=[3, 4], piped=[5, 6])
    assert request.headers["content-type"] == "application/x-www-form-urlencoded"
    assert request.content == b"name=a+b&many=1&many=2&few=3,4&piped=5%7C6"


def test_a_file_makes_it_multipart(one: Any) -> None:
    node = {"parameters": [parameter("file", "formData", type="file", required=True), parameter("note", "formData")]}
    found = one({**node, "consumes": ["application/x-www-form-urlencoded", "multipart/form-data"]})
    assert found.action.validation["properties"]["file"]["format"] == "binary"
    request = sent(found, file="data:;base64,AAE=", note="hi")
    request.read()
    assert request.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert b'name="file"' in request.content
    assert b"\x00\x01" in request.content
    assert b"hi" in request.content


def test_shared_parameters_and_responses_are_used_and_an_operation_replaces_those_of_its_path(make: Any) -> None:
    paths = {
        "/{owner}": {
            "parameters": [{"$ref": "#/parameters/owner"}, parameter("page", type="integer")],
            "put": {
                "parameters": [{"$ref": "#/parameters/toy"}, parameter("page", description="mine")],
                "responses": {"200": {"$ref": "#/responses/toy"}},
            },
        }
    }
    toy = {"type": "object", "properties": {"name": {"type": "string"}}}
    shared = {
        "parameters": {"owner": parameter("owner", "path", required=True), "toy": {"name": "t", "in": "body", "schema": toy}},
        "responses": {"toy": {"description": "ok", "schema": {"$ref": "#/definitions/Toy"}}},
        "definitions": {"Toy": toy},
        "produces": ["application/json", "text/csv"],
    }
    [found] = load(swagger(paths, **shared), make.definition())
    assert found.warnings == ()
    properties = found.action.validation["properties"]
    assert properties["page"] == {"type": "string", "description": "mine"}
    assert properties.keys() == {"owner", "page", "name"}
    assert {r.media_type for r in found.responses} == {"application/json", "text/csv"}
    assert found.shared["Toy"] == toy
    request = sent(found, owner="a/b", name="x")
    assert (str(request.url), request.content) == ("https://api.toys.test/v1/a%2Fb", b'{"name":"x"}')


@pytest.mark.parametrize(
    ("document", "expected"),
    [
        ({"schemes": ["http", "https"]}, ["https://api.toys.test/v1", "http://api.toys.test/v1"]),
        ({"schemes": ["http"]}, ["http://api.toys.test/v1"]),
        ({"schemes": ["wss"]}, ["https://api.toys.test/v1"]),
        ({"schemes": None, "basePath": "/"}, ["https://api.toys.test"]),
        ({"basePath": "v2/", "schemes": ["https"]}, ["https://api.toys.test/v2"]),
        ({"host": "https://api.toys.test/", "basePath": None}, ["https://api.toys.test", "http://api.toys.test"]),
        ({"host": None}, ["https://docs.test/v1"]),
        ({"host": None, "basePath": None}, ["https://docs.test/"]),
    ],
)
def test_host_base_path_and_schemes_make_the_servers(make: Any, document: Any, expected: list[str]) -> None:
    spec = SpecSource(kind="url", url="https://docs.test/api/swagger.json")
    doc = swagger({"/a": {"get": {"responses": {}}}}) | document
    [found] = load(doc, make.definition(spec=spec))
    assert binding(found).servers == tuple(Server(url) for url in expected)


def test_an_operation_has_schemes_of_its_own(one: Any) -> None:
    assert binding(one({"schemes": ["http"]})).servers == (Server("http://api.toys.test/v1"),)


def test_schemas_lose_what_is_swaggers_own(one: Any) -> None:
    definitions = {
        "Pet": {
            "type": "object",
            "discriminator": "kind",
            "required": ["kind"],
            "properties": {
                "kind": {"type": "string"},
                "owner": {"$ref": "#/definitions/Owner", "x-nullable": True},
                "note": {"type": "string", "x-nullable": True},
                "children": {"type": "array", "items": {"$ref": "#/definitions/Pet"}},
                "alone": {"$ref": "Owner"},
            },
        },
        "Owner": {"type": "object", "properties": {"name": {"type": "string"}}},
    }
    found = one({"parameters": [{"name": "b", "in": "body", "schema": {"$ref": "#/definitions/Pet"}}]}, definitions=definitions)
    assert found.warnings == ()
    sent(found, kind="cat", owner=None, note=None, children=[{"kind": "kitten", "children": []}], alone={"name": "x"})
    shown = json.dumps(found.action.parameters)
    assert "x-nullable" not in shown
    assert '"$ref"' not in shown


def test_a_reference_into_an_operation_is_followed(make: Any) -> None:
    paths = {
        "/a": {"get": {"responses": {"200": {"description": "ok", "schema": {"type": "integer", "maximum": 9}}}}},
        "/b": {
            "post": {
                "parameters": [
                    {
                        "name": "b",
                        "in": "body",
                        "schema": {"type": "array", "items": {"$ref": "#/paths/~1a/get/responses/200/schema"}},
                    }
                ],
                "responses": {},
            }
        },
    }
    found = list(load(swagger(paths), make.definition()))[1]
    assert found.warnings == ()
    assert found.action.parameters["properties"]["body"]["items"] == {"type": "integer", "maximum": 9}


def test_files_and_examples_come_back(one: Any) -> None:
    file = one({"produces": ["image/png"], "responses": {"200": {"description": "", "schema": {"type": "file"}}}}, method="get")
    assert [(r.media_type, dict(r.schema)) for r in file.responses] == [("image/png", {"type": "string", "format": "binary"})]
    shown = one({"responses": {"200": {"description": "", "examples": {"application/json": {"a": 1}}}}})
    assert [(r.media_type, r.example) for r in shown.responses] == [("application/json", {"a": 1})]
    assert binding(one({"responses": {"204": {"description": "none"}}})).accept == ()


def test_security_is_declared_in_openapis_words() -> None:
    flows = {"accessCode": "authorizationCode", "application": "clientCredentials", "implicit": "implicit"}
    declared: dict[str, Any] = {
        "basic": {"type": "basic"},
        "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
        **{old: {"type": "oauth2", "flow": old, "tokenUrl": "https://t.test", "scopes": {"a": "A"}} for old in flows},
    }
    found = outline(swagger({}, securityDefinitions=declared))["components"]["securitySchemes"]
    assert found["basic"] == {"type": "http", "scheme": "basic"}
    assert found["key"] == declared["key"]
    for old, new in flows.items():
        assert found[old]["flows"] == {new: {"tokenUrl": "https://t.test", "scopes": {"a": "A"}}}


def test_scopes_and_public_operations_are_as_with_openapi(make: Any) -> None:
    security = {"oauth": {"type": "oauth2", "flow": "implicit", "authorizationUrl": "https://a.test", "scopes": {}}}
    paths = {
        "/a": {"get": {"responses": {}}},
        "/b": {"get": {"responses": {}, "security": [{"oauth": ["x", "y"]}, {"oauth": ["z"]}]}},
        "/c": {"get": {"responses": {}, "security": []}},
    }
    found = list(load(swagger(paths, securityDefinitions=security, security=[{"oauth": ["all"]}]), make.definition()))
    assert [i.action.scopes for i in found] == [("all",), ("z",), ()]
    assert [binding(i).public for i in found] == [False, False, True]


@pytest.mark.parametrize("name", ["toys.json", "toys.yaml"])
def test_it_is_added_from_json_and_yaml_and_read_again(open_catalog: Open, tmp_path: Path, name: str) -> None:
    doc = swagger({"/toys": {"get": {"summary": "List toys", "responses": {}}}})
    doc["securityDefinitions"] = {"key": {"type": "apiKey", "in": "query", "name": "key"}}
    file = tmp_path / name
    # An unquoted 2.0 is a number in YAML.
    file.write_text(json.dumps(doc) if name.endswith("json") else yaml.safe_dump({**doc, "swagger": 2.0}))
    catalog = open_catalog({})
    app = catalog.add("toys", str(file))
    assert [s.auth_mode for s in app.auth_schemes] == ["API_KEY"]
    assert catalog.action("TOYS_LIST_TOYS").binding.servers[0].url == "https://api.toys.test/v1"  # type: ignore[union-attr]  # an HTTP app
    assert open_catalog({}).action("TOYS_LIST_TOYS").app == "toys"
    assert (tmp_path / "home" / "apps" / "toys" / "swagger.json").is_file()


def test_what_is_in_other_files_is_read_as_swagger_too(open_catalog: Open, tmp_path: Path) -> None:
    others = {
        "parameters": {
            "page": parameter("page", type="integer"),
            "toy": {"name": "t", "in": "body", "schema": {"$ref": "#/defs/Toy"}},
        },
        "responses": {"toy": {"description": "ok", "schema": {"$ref": "#/defs/Toy"}}},
        "defs": {"Toy": {"type": "object", "properties": {"name": {"type": "string", "x-nullable": True}}}},
        "toys": {
            "post": {
                "summary": "Make a toy",
                "parameters": [{"$ref": "#/parameters/page"}, {"$ref": "#/parameters/toy"}],
                "responses": {"200": {"$ref": "#/responses/toy"}},
            }
        },
    }
    (tmp_path / "others.json").write_text(json.dumps(others))
    (tmp_path / "main.json").write_text(json.dumps(swagger({"/toys": {"$ref": "others.json#/toys"}})))
    catalog = open_catalog({})
    catalog.add("toys", str(tmp_path / "main.json"))
    action = catalog.action("TOYS_MAKE_A_TOY")
    assert catalog.warnings("toys") == []
    assert action.validation["properties"] == {"page": {"type": "integer"}, "name": {"type": ["string", "null"]}}
    assert [r.media_type for r in catalog.responses("TOYS_MAKE_A_TOY")] == ["application/json"]


def test_one_without_paths_says_what_was_expected(open_catalog: Open, tmp_path: Path) -> None:
    file = tmp_path / "toys.json"
    file.write_text(json.dumps({"swagger": "2.0", "host": "toys.test"}))
    with pytest.raises(SpecError, match=r"toys\.json: toys: .*no `paths`; expected a Swagger 2\.0 document"):
        open_catalog({}).add("toys", str(file))


@pytest.mark.parametrize("odd", [7, None, "x", [], [7], {"a": 7}, {"a": None}, {"a": {"$ref": 7}}, {"a": {"$ref": "#/a/b"}}])
@pytest.mark.parametrize("key", ["parameters", "responses", "definitions", "securityDefinitions", "consumes", "host", "tags"])
def test_nonsense_in_one_place_costs_nothing_else(make: Any, key: str, odd: Any) -> None:
    node = {"summary": "Do", "responses": {"200": {"description": "ok", "schema": odd}}, key: odd}
    doc = swagger({"/a": {"get": node, "put": {"summary": "Put"}}, "/b": odd, "x-note": 1}, **{key: odd})
    assert {i.action.slug for i in load(doc, make.definition())} >= {"TOYS_DO", "TOYS_PUT"}
