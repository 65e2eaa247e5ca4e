"""Inputs of our own with the faults that others reported of descriptions. Each cites its report; docs/reports.md lists them."""

from __future__ import annotations

import json

import pytest

from composio.schema.dialect import ANTHROPIC, GEMINI, OPENAI, OPENAI_STRICT, PLAIN, Dialect
from composio.schema.shape import shape
from tests.peers.reported import Make, body, operation, parameter

TEXT = {"type": "string"}
IN_YAML = """
openapi: 3.0.3
info: {{title: X, version: 1}}
servers: [{{url: https://api.x.example}}]
paths:
  /things:
    {method}:
      summary: Do
      {more}
      responses: {{200: {{description: ok}}}}
"""


# https://github.com/PrefectHQ/fastmcp/issues/786
def test_a_reference_into_a_place_of_the_descriptions_own_is_followed(reported: Make) -> None:
    view = {"type": "object", "properties": {"guid": {"$ref": "#/x-shared/guid"}}}
    shared = {"guid": {"type": "string", "format": "uuid"}}
    api = reported(
        {"/views": {"post": operation(requestBody=body({"$ref": "#/components/schemas/View"}))}},
        components={"schemas": {"View": view}},
        **{"x-shared": shared},
    )
    assert api.shown() == {"guid": {"type": "string", "format": "uuid"}}


# https://github.com/yeongseon/azure-functions-openapi-python/issues/1
def test_definitions_that_a_schema_brought_along_hold_arguments_to_their_types(reported: Make) -> None:
    item = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}
    schema = {
        "type": "object",
        "properties": {"items": {"type": "array", "items": {"$ref": "#/$defs/Item"}}},
        "$defs": {"Item": item},
    }
    api = reported({"/items": {"post": operation(requestBody=body(schema))}}, version="3.1.0")
    assert "items[0].id: expected an integer" in api.refused({"items": [{"id": "one"}]})
    api.call({"items": [{"id": 1}]})
    assert json.loads(api.sent.content) == {"items": [{"id": 1}]}


# https://github.com/OpenAPITools/openapi-generator/pull/1034
def test_a_path_without_its_slash_is_an_action(reported: Make) -> None:
    api = reported({"ping/me": {"get": operation("Ping me")}})
    api.call(action="X_PING_ME")
    assert api.url == "https://api.x.example/v1/ping/me"


# https://github.com/RicoSuter/NSwag/issues/3641
def test_a_path_parameter_in_another_case_than_its_placeholder_fills_it(reported: Make) -> None:
    weeks = {"get": operation(parameters=[parameter("id", "path", {"type": "integer"})])}
    api = reported({"/weeks/{Id}": weeks})
    assert api.shown() == {"id": {"type": "integer"}}
    api.call({"id": 7})
    assert api.url == "https://api.x.example/v1/weeks/7"


# https://github.com/openapi-ts/openapi-typescript/issues/2627
def test_numbers_in_an_enum_of_strings_are_sent_as_strings(reported: Make) -> None:
    schema = "{type: object, properties: {version: {type: string, enum: [1.9, 1.10, 2]}}}"
    content = f"requestBody: {{required: true, content: {{application/json: {{schema: {schema}}}}}}}"
    api = reported(IN_YAML.format(method="post", more=content))
    assert api.shown()["version"] == {"type": "string", "enum": ["1.9", "1.10", "2"]}
    api.call({"version": "1.10"})
    assert json.loads(api.sent.content) == {"version": "1.10"}


# https://github.com/lukeautry/tsoa/issues/1068
def test_strings_in_an_enum_of_numbers_are_sent_as_numbers(reported: Make) -> None:
    schema = {"type": "object", "properties": {"answer": {"type": "integer", "enum": ["0", "1"]}}}
    api = reported({"/answers": {"post": operation(requestBody=body(schema))}})
    assert api.shown()["answer"] == {"type": "integer", "enum": [0, 1]}
    api.call({"answer": "1"})
    assert json.loads(api.sent.content) == {"answer": 1}


# https://github.com/swagger-api/swagger-codegen/pull/2794
def test_a_pattern_between_slashes_holds_values_to_what_is_between_them(reported: Make) -> None:
    patterns = {"engine": "/^[a-z]+$/", "any_case": "/^[a-z]+$/i", "bare": "^[a-z]+$"}
    schema = {"type": "object", "properties": {name: {"type": "string", "pattern": one} for name, one in patterns.items()}}
    api = reported({"/stores": {"post": operation(requestBody=body(schema))}})
    api.call({"engine": "mysql", "any_case": "MySQL", "bare": "mysql"})
    assert "engine: expected" in api.refused({"engine": "5"})


# https://github.com/OAI/OpenAPI-Specification/issues/1310
@pytest.mark.parametrize("schema", [{"format": "base64"}, {"format": "byte"}, {"contentEncoding": "base64"}])
def test_bytes_are_encoded_whatever_the_description_calls_them(reported: Make, schema: dict[str, str]) -> None:
    content = {"type": "object", "properties": {"file": {"type": "string", **schema}}}
    api = reported({"/files": {"post": operation(requestBody=body(content))}}, version="3.1.0")
    for given in (b"\x00\xff", "data:;base64,AP8="):
        api.call({"file": given})
        assert json.loads(api.sent.content) == {"file": "AP8="}


# https://github.com/swagger-api/swagger-parser/issues/1205
def test_words_that_yaml_once_read_as_booleans_stay_words(reported: Make) -> None:
    parameters = "parameters: [{name: on, in: query, schema: {type: string, enum: [YES, NO, off]}}]"
    api = reported(IN_YAML.format(method="get", more=parameters))
    api.call({"on": "NO"})
    assert api.url == "https://api.x.example/things?on=NO"


# https://github.com/PrefectHQ/fastmcp/issues/4024
def test_properties_that_are_called_like_keywords_stay(reported: Make) -> None:
    names = ["type", "title", "description", "required", "properties", "$ref", "enum", "default", "nullable", "items"]
    schema = {"type": "object", "required": ["title", "type"], "properties": dict.fromkeys(names, TEXT)}
    api = reported({"/panels": {"post": operation(requestBody=body(schema))}})
    assert list(api.shown()) == names
    api.call(dict.fromkeys(names, "v"))
    assert json.loads(api.sent.content) == dict.fromkeys(names, "v")


# https://github.com/OpenBB-finance/OpenBB/pull/7606
def test_a_header_that_the_path_declares_for_all_its_operations_is_asked_for(reported: Make) -> None:
    header = {"$ref": "#/components/parameters/tenant"}
    item = {"parameters": [header], "get": operation(parameters=[parameter("id", "path")])}
    api = reported(
        {"/accounts/{id}": item},
        components={"parameters": {"tenant": {**parameter("xero-tenant-id", "header"), "required": True}}},
    )
    assert "xero-tenant-id: expected a required property" in api.refused({"id": "1"})
    api.call({"id": "1", "xero-tenant-id": "t"})
    assert (api.url, api.sent.headers["xero-tenant-id"]) == ("https://api.x.example/v1/accounts/1", "t")


# https://github.com/CherryHQ/cherry-studio/issues/6547
def test_summaries_without_a_latin_letter_give_each_action_a_name_of_its_own(reported: Make) -> None:
    summaries = ["行驶证识别", "代码规范", "Список задач", "🚀"]
    api = reported({f"/path-{n}": {"get": operation(summary)} for n, summary in enumerate(summaries)})
    assert len(api.actions) == len(summaries)
    assert {name: action.display_name for name, action in api.actions.items()} == {
        f"X_GET_PATH_{n}": summary for n, summary in enumerate(summaries)
    }


# https://github.com/swagger-api/swagger-client/issues/3656
def test_a_server_variable_may_hold_the_whole_server(reported: Make) -> None:
    server = {"url": "{server}/v1", "variables": {"server": {"default": "https://api.x.example:8443"}}}
    api = reported({"/things": {"get": operation()}}, servers=[server])
    api.call()
    assert api.url == "https://api.x.example:8443/v1/things"


# https://github.com/tadata-org/fastapi_mcp/issues/287
def test_a_schema_that_contains_itself_is_shown_and_filled_to_any_depth(reported: Make) -> None:
    leaf = {"type": "object", "required": ["key"], "properties": {"key": TEXT}}
    tree = {
        "type": "object",
        "properties": {
            "all": {
                "type": "array",
                "items": {"anyOf": [{"$ref": "#/components/schemas/L"}, {"$ref": "#/components/schemas/T"}]},
            }
        },
    }
    schema = {"type": "object", "properties": {"filters": {"$ref": "#/components/schemas/T"}}}
    api = reported({"/search": {"post": operation(requestBody=body(schema))}}, components={"schemas": {"L": leaf, "T": tree}})
    given = {"filters": {"all": [{"key": "a"}, {"all": [{"all": [{"all": [{"key": "b"}]}]}]}]}}
    api.call(given)
    assert json.loads(api.sent.content) == given
    assert "$ref" not in json.dumps(api.shown())


# https://github.com/metadevpro/baucis-openapi3/issues/1
def test_a_body_among_the_parameters_of_openapi_3_is_sent(reported: Make) -> None:
    pet = {"type": "object", "required": ["name"], "properties": {"name": TEXT}}
    api = reported({"/pets": {"post": operation(parameters=[{"name": "pet", "in": "body", "required": True, "schema": pet}])}})
    assert "name: expected a required property" in api.refused({})
    api.call({"name": "Rex"})
    assert json.loads(api.sent.content) == {"name": "Rex"}


# https://github.com/RicoSuter/NSwag/issues/1503
def test_a_type_beside_a_parameters_name_is_its_type_in_openapi_3_too(reported: Make) -> None:
    test = {"name": "test", "in": "query", "type": "integer", "format": "int32", "default": 42}
    api = reported({"/things": {"get": operation(parameters=[test])}})
    assert api.shown() == {"test": {"type": "integer", "default": 42}}
    assert "test: expected an integer" in api.refused({"test": "x"})


# https://github.com/NousResearch/hermes-agent/issues/71804
@pytest.mark.parametrize("dialect", [OPENAI, OPENAI_STRICT, ANTHROPIC, GEMINI, PLAIN])
def test_every_array_of_a_definition_says_what_it_holds(reported: Make, dialect: Dialect) -> None:
    box = {"type": "array", "prefixItems": [{"type": "integer"}] * 4, "minItems": 4, "maxItems": 4}
    arrays = {
        "bare": {"type": "array"},
        "nullable": {"type": ["array", "null"]},
        "box": box,
        "nested": {"type": "array", "items": box},
    }
    api = reported(
        {"/images": {"post": operation(requestBody=body({"type": "object", "properties": arrays}))}}, version="3.1.0"
    )
    shown = shape(api.actions["X_DO"].parameters, dialect)["properties"]
    assert (shown["bare"]["items"], shown["nullable"]["items"]) == ({}, {})
    assert shown["box"]["items"] == shown["nested"]["items"]["items"] == {"type": "integer"}


# https://github.com/UsefulSoftwareCo/executor/pull/731
def test_yaml_in_braces_is_read_as_yaml(reported: Make) -> None:
    things = "{get: {summary: 'Do', responses: {'200': {description: ok}},}}"
    api = reported(
        f"{{openapi: 3.0.3, info: {{title: X, version: '1'}}, servers: [{{url: 'https://api.x.example'}}], paths: {{/x: {things}}}}}"
    )
    api.call()
    assert api.url == "https://api.x.example/x"
