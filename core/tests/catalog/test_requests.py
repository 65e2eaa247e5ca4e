"""Parameters and bodies: one flat object of arguments, and where each goes."""

from __future__ import annotations

import json
from typing import Any

import jsonschema_rs
import pytest

from composio.catalog.importers.request import best_media_type
from composio.engine.build import Target, build
from composio.model.action import Body, Parameter, PartEncoding
from composio.schema.shape import shape
from tests.peers.described import binding


def test_path_and_operation_parameters_are_joined_and_the_operation_wins(make: Any) -> None:
    item = {
        "parameters": [
            {"name": "owner", "in": "path", "required": True, "schema": {"type": "string"}},
            {"$ref": "#/components/parameters/page"},
        ],
        "get": make.operation("List toys", parameters=[{"name": "page", "in": "query", "schema": {"type": "string"}}]),
    }
    shared = {"parameters": {"page": {"name": "page", "in": "query", "schema": {"type": "integer"}}}}
    [found] = make.load(make.document({"/{owner}/toys": item}, components=shared))
    assert found.action.validation["properties"] == {"owner": {"type": "string"}, "page": {"type": "string"}}
    assert found.action.validation["required"] == ["owner"]
    assert binding(found).parameters == (
        Parameter("owner", "owner", "path", "simple", explode=False, required=True),
        Parameter("page", "page", "query", "form", explode=True),
    )


@pytest.mark.parametrize(
    ("place", "style", "explode"),
    [("path", "simple", False), ("query", "form", True), ("header", "simple", False), ("cookie", "form", True)],
)
def test_styles_have_the_defaults_of_their_place(make: Any, place: str, style: str, explode: bool) -> None:
    node = {"name": "x", "in": place, "required": True, "schema": {"type": "string"}}
    [parameter] = binding(make.one(make.operation("Do", parameters=[node]), path="/{x}" if place == "path" else "/")).parameters
    assert (parameter.style, parameter.explode) == (style, explode)


def test_declared_styles_are_kept(make: Any) -> None:
    node = {
        "name": "f",
        "in": "query",
        "style": "deepObject",
        "explode": True,
        "allowReserved": True,
        "schema": {"type": "object"},
    }
    [parameter] = binding(make.one(make.operation("Do", parameters=[node]))).parameters
    assert parameter == Parameter("f", "f", "query", "deepObject", explode=True, allow_reserved=True)
    [spaced] = binding(
        make.one(make.operation("Do", parameters=[{**node, "style": "pipeDelimited", "explode": False}]))
    ).parameters
    assert (spaced.style, spaced.explode) == ("pipeDelimited", False)


def test_a_content_parameter_remembers_its_media_type(make: Any) -> None:
    node = {"name": "filter", "in": "query", "content": {"application/json": {"schema": {"type": "object"}}}}
    found = make.one(make.operation("Do", parameters=[node]))
    assert binding(found).parameters[0].content_type == "application/json"
    assert found.action.validation["properties"]["filter"] == {"type": "object"}


def test_the_same_name_in_two_places_is_told_apart(make: Any) -> None:
    parameters = [
        {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
        {"name": "id", "in": "query", "schema": {"type": "integer"}},
    ]
    schema = {"type": "object", "required": ["id"], "properties": {"id": {"type": "boolean"}, "name": {"type": "string"}}}
    found = make.one(make.operation("Do", parameters=parameters, requestBody=make.body(schema)), path="/{id}")
    assert [(p.name, p.wire, p.place) for p in binding(found).parameters] == [("id", "id", "path"), ("query_id", "id", "query")]
    body = binding(found).body
    assert body is not None
    assert body.properties == {"body_id": "id", "name": "name"}
    assert found.action.validation["required"] == ["id", "body_id"]


def test_a_name_made_for_one_parameter_is_not_anothers(make: Any) -> None:
    parameters = [
        {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}},
        {"name": "query_id", "in": "query", "schema": {"type": "boolean"}},
        {"name": "id", "in": "query", "schema": {"type": "integer"}},
    ]
    found = make.one(make.operation("Do", parameters=parameters), path="/{id}")
    assert [(p.name, p.wire) for p in binding(found).parameters] == [
        ("id", "id"),
        ("query_id", "query_id"),
        ("query_query_id", "id"),
    ]
    assert found.action.validation["properties"]["query_id"] == {"type": "boolean"}


CONDITIONS = {
    "if": {"properties": {"kind": {"const": "card"}}, "required": ["kind"]},
    "then": {"required": ["number"]},
    "dependentRequired": {"number": ["kind"]},
    "minProperties": 1,
    "additionalProperties": {"type": "integer"},
}


@pytest.mark.parametrize(
    ("arguments", "fits"),
    [
        ({"kind": "card", "number": "4"}, True),
        ({"kind": "card"}, False),
        ({"kind": "cash", "tip": 3}, True),
        ({"kind": "cash", "tip": "much"}, False),
        ({"number": "4"}, False),
        ({}, False),
    ],
)
def test_what_a_body_says_of_itself_as_a_whole_is_validated(make: Any, arguments: dict[str, Any], fits: bool) -> None:
    schema = {"type": "object", "properties": {"kind": {"type": "string"}, "number": {"type": "string"}}, **CONDITIONS}
    found = make.one(make.operation("Pay", requestBody=make.body(schema)), version="3.1.0")
    assert jsonschema_rs.is_valid(found.action.validation, arguments) is fits


def test_parameters_beside_a_body_do_not_count_as_its_properties(make: Any) -> None:
    schema = {
        "type": "object",
        "properties": {"kind": {"type": "string"}},
        "dependentRequired": {"kind": ["number"]},
        "maxProperties": 1,
        "patternProperties": {"^num": {"type": "string"}},
        "propertyNames": {"maxLength": 6},
        "additionalProperties": False,
    }
    page = {"name": "number_of_page", "in": "query", "schema": {"type": "integer"}}
    found = make.one(make.operation("Pay", parameters=[page], requestBody=make.body(schema)), version="3.1.0")
    assert jsonschema_rs.is_valid(found.action.validation, {"number_of_page": 1, "kind": "a", "number": "4"})
    assert not jsonschema_rs.is_valid(found.action.validation, {"number_of_page": 1, "kind": "a"})


def test_properties_known_by_a_pattern_are_taken_and_checked(make: Any) -> None:
    schema = {"properties": {"a": {}}, "patternProperties": {"^x-": {"type": "string"}}, "additionalProperties": False}
    found = make.one(make.operation("Do", requestBody=make.body(schema)), version="3.1.0")
    assert jsonschema_rs.is_valid(found.action.validation, {"x-a": "1"})
    assert not jsonschema_rs.is_valid(found.action.validation, {"x-a": 1})
    assert not jsonschema_rs.is_valid(found.action.validation, {"y": "1"})


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
def test_what_stands_beside_a_bodys_reference_counts_in_3_1(make: Any, version: str) -> None:
    base = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
    schema = {"$ref": "#/components/schemas/Base", "required": ["size"], "properties": {"size": {"type": "integer"}}}
    node = make.operation("Do", requestBody=make.body(schema))
    found = make.one(node, version=version, components={"schemas": {"Base": base}})
    expected = ["name", "size"] if version == "3.1.0" else ["name"]
    assert sorted(found.action.validation["properties"]) == found.action.validation["required"] == expected


def test_parts_of_a_body_that_name_the_same_property_are_both_kept(make: Any) -> None:
    base = {"properties": {"kind": {"type": "string", "description": "What it is."}, "at": {"type": "object"}}}
    own = {"properties": {"kind": {"enum": ["card"]}, "at": {"properties": {"x": {"type": "integer"}}}}}
    found = make.one(make.operation("Do", requestBody=make.body({"allOf": [base, own]})))
    shown = found.action.parameters["properties"]
    assert shown["kind"] == {"type": "string", "description": "What it is.", "enum": ["card"]}
    assert shown["at"] == {"type": "object", "properties": {"x": {"type": "integer"}}}
    assert not jsonschema_rs.is_valid(found.action.validation, {"kind": "cash"})


def test_a_placeholder_that_nobody_declared_is_asked_for(make: Any) -> None:
    found = make.one(make.operation("Do"), path="/{owner}/{repo}")
    assert found.action.validation["required"] == ["owner", "repo"]
    assert "placeholder {owner}" in found.warnings[0]


@pytest.mark.parametrize(
    ("template", "name"), [("{Id}", "id"), ("{part_id}", "partId"), ("{id }", "id"), ("{+user-id}", "userId")]
)
def test_a_placeholder_takes_the_parameter_that_is_spelled_alike(make: Any, template: str, name: str) -> None:
    node = {"name": name, "in": "path", "required": True, "schema": {"type": "integer"}}
    found = make.one(make.operation("Do", parameters=[node]), path=f"/things/{template}")
    assert found.action.validation["properties"] == {name: {"type": "integer"}}
    assert [p.wire for p in binding(found).parameters] == [template.strip("{+}")]
    assert found.warnings == ()


def test_placeholders_that_differ_in_case_alone_stay_apart(make: Any) -> None:
    nodes = [{"name": n, "in": "path", "required": True, "schema": {"type": "string"}} for n in ("id", "ID")]
    found = make.one(make.operation("Do", parameters=nodes), path="/{ID}/{id}")
    assert [(p.name, p.wire) for p in binding(found).parameters] == [("id", "id"), ("ID", "ID")]


def test_hidden_and_owned_parameters_are_neither_shown_nor_sent(make: Any) -> None:
    parameters: list[dict[str, Any]] = [
        {"name": n, "in": "header", "required": True, "schema": {}} for n in ("token", "Accept", "authorization", "X-Team")
    ]
    schema = {"type": "object", "required": ["token", "text"], "properties": {"token": {}, "text": {"type": "string"}}}
    node = make.operation("Send", parameters=parameters, requestBody=make.body(schema, "application/x-www-form-urlencoded"))
    [found] = make.load(make.document({"/send": {"post": node}}), hide=("token",))
    assert list(found.action.validation["properties"]) == ["X-Team", "text"]
    assert found.action.validation["required"] == ["X-Team", "text"]
    assert [p.name for p in binding(found).parameters] == ["X-Team"]
    body = binding(found).body
    assert body is not None
    assert body.properties == {"text": "text"}


def test_what_is_hidden_and_has_a_default_is_sent_with_every_call(make: Any) -> None:
    parameters = [{"name": "version", "in": "path", "required": True, "schema": {"type": "string"}}]
    schema = {"type": "object", "required": ["product", "text"], "properties": {"product": {}, "text": {"type": "string"}}}
    node = make.operation("Send", parameters=parameters, requestBody=make.body(schema))
    document = make.document({"/{version}/send": {"post": node}})
    [found] = make.load(document, hide=("version", "product"), defaults={"version": "v2", "product": "chat", "other": 1})
    assert list(found.action.validation["properties"]) == ["text"]
    assert found.action.validation["required"] == ["text"]
    request = build(found.action, binding(found), {"text": "Hi"}, Target("https://api.example.com"))
    assert str(request.url) == "https://api.example.com/v2/send"
    assert json.loads(request.content) == {"product": "chat", "text": "Hi"}


@pytest.mark.parametrize(("required", "expected"), [(True, ["name"]), (False, None)])
def test_a_property_is_required_only_where_its_body_is(make: Any, required: bool, expected: Any) -> None:
    schema = {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}}
    found = make.one(make.operation("Do", requestBody=make.body(schema, required=required)))
    assert found.action.validation.get("required") == expected
    assert binding(found).body == Body("application/json", "json", {"name": "name"}, required=required)


def test_a_body_that_is_silent_about_being_required_means_its_required_properties(make: Any) -> None:
    node = {
        "content": {"application/json": {"schema": {"required": ["channel"], "properties": {"channel": {"type": "string"}}}}}
    }
    found = make.one(make.operation("Do", requestBody=node))
    assert found.action.validation["required"] == ["channel"]


def test_all_of_objects_becomes_one(make: Any) -> None:
    schemas = {
        "Base": {"type": "object", "required": ["name"], "properties": {"name": {"type": "string"}}},
        "Toy": {
            "allOf": [{"$ref": "#/components/schemas/Base"}, {"properties": {"age": {"type": "integer"}}, "required": ["age"]}]
        },
    }
    found = make.one(
        make.operation("Do", requestBody=make.body({"$ref": "#/components/schemas/Toy"})), components={"schemas": schemas}
    )
    assert found.action.validation["properties"] == {"name": {"type": "string"}, "age": {"type": "integer"}}
    assert sorted(found.action.validation["required"]) == ["age", "name"]


def test_alternatives_of_what_is_required_are_said_to_a_model(make: Any) -> None:
    schema = {
        "properties": {"a": {"type": "string"}, "b": {"type": "string"}},
        "anyOf": [{"required": ["a"]}, {"required": ["b"]}],
    }
    action = make.one(make.operation("Do", requestBody=make.body(schema))).action
    validator = jsonschema_rs.validator_for(action.validation)
    assert validator.is_valid({"a": "x"})
    assert not validator.is_valid({})
    assert "anyOf" not in shape(action.parameters)
    assert shape(action.parameters)["description"] == "Give a, or b."


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "array", "items": {"type": "string"}},
        {"type": "object"},
        {"oneOf": [{"type": "object", "properties": {"a": {}}}, {"type": "object", "properties": {"b": {}}}]},
        {"type": "object", "properties": {"a": {}}, "anyOf": [{"properties": {"b": {}}}, {"properties": {"c": {}}}]},
        {"type": "object", "additionalProperties": {"type": "string"}},
        {},
    ],
)
def test_what_is_no_plain_object_is_one_argument(make: Any, schema: Any) -> None:
    found = make.one(make.operation("Do", requestBody=make.body(schema)))
    body = binding(found).body
    assert body is not None
    assert (body.whole, body.properties) == ("body", {})
    assert found.action.validation["required"] == ["body"]


def test_a_whole_body_makes_room_for_a_parameter_called_body(make: Any) -> None:
    parameters = [{"name": "body", "in": "query", "schema": {"type": "string"}}]
    found = make.one(make.operation("Do", parameters=parameters, requestBody=make.body({"type": "array"})))
    body = binding(found).body
    assert body is not None
    assert body.whole == "body_body"


def test_an_empty_form_is_no_body(make: Any) -> None:
    schema = {"type": "object", "properties": {}, "additionalProperties": False}
    found = make.one(make.operation("Do", requestBody=make.body(schema, "application/x-www-form-urlencoded")), method="get")
    assert binding(found).body is None


def test_what_the_api_sets_itself_is_not_asked_for(make: Any) -> None:
    schemas = {"Id": {"type": "integer", "readOnly": True}}
    inner = {"type": "object", "required": ["id", "x"], "properties": {"id": {"$ref": "#/components/schemas/Id"}, "x": {}}}
    schema = {"required": ["id", "name"], "properties": {"id": {"readOnly": True}, "name": {}, "inner": inner}}
    found = make.one(make.operation("Do", requestBody=make.body(schema)), components={"schemas": schemas})
    assert list(found.action.validation["properties"]) == ["name", "inner"]
    assert found.action.validation["required"] == ["name"]
    assert found.action.validation["properties"]["inner"]["properties"] == {"x": {}}
    assert found.action.validation["properties"]["inner"]["required"] == ["x"]


@pytest.mark.parametrize(
    ("offered", "best", "kind"),
    [
        (["multipart/form-data", "application/json"], "application/json", "json"),
        (["application/x-www-form-urlencoded", "application/vnd.api+json"], "application/vnd.api+json", "json"),
        (["multipart/form-data", "application/x-www-form-urlencoded"], "application/x-www-form-urlencoded", "form"),
        (["application/octet-stream", "text/plain"], "text/plain", "text"),
        (["application/octet-stream"], "application/octet-stream", "binary"),
        (["application/xml", "text/plain"], "text/plain", "text"),
        (["application/json; charset=utf-8"], "application/json; charset=utf-8", "json"),
    ],
)
def test_the_best_media_type_is_chosen(offered: list[str], best: str, kind: str) -> None:
    assert best_media_type(offered) == (best, best, kind)


@pytest.mark.parametrize(
    ("offered", "best"),
    [
        # Kubernetes: a JSON patch is a list of operations, which no schema of its describes; a merge patch is the object.
        (["application/json-patch+json", "application/merge-patch+json", "application/apply-patch+yaml"], "merge-patch+json"),
        (["application/json-patch+json"], "json-patch+json"),
        (["application/yaml", "application/octet-stream"], "yaml"),
        (["multipart/mixed"], "mixed"),
    ],
)
def test_patches_and_rarer_types_have_their_rank(offered: list[str], best: str) -> None:
    assert best_media_type(offered)[1].endswith(best)


@pytest.mark.parametrize(("shape", "sent", "kind"), [("object", "application/json", "json"), ("other", "*/*", "binary")])
def test_any_type_is_json_where_the_schema_is_an_object(shape: Any, sent: str, kind: str) -> None:
    assert best_media_type(["*/*"], {"*/*": shape}) == ("*/*", sent, kind)


def test_files_go_by_multipart_where_json_is_offered_too(make: Any) -> None:
    plain = {"type": "object", "properties": {"name": {"type": "string"}}}
    with_file = {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}
    for schema, kind in ((plain, "json"), (with_file, "multipart")):
        content = {"application/json": {"schema": schema}, "multipart/form-data": {"schema": schema}}
        body = binding(make.one(make.operation("Do", requestBody={"content": content}))).body
        assert body is not None
        assert body.kind == kind


@pytest.mark.parametrize(
    ("schema", "strict", "loose"),
    [
        ({"type": "string", "format": "binary"}, True, False),
        ({"type": "array", "items": {"type": "string", "format": "binary"}}, True, False),
        ({"contentMediaType": "image/png"}, True, False),
        ({"contentMediaType": "image/png", "contentEncoding": "base64", "type": "string"}, False, False),
        ({"anyOf": [{"type": "string", "format": "binary"}, {"type": "null"}]}, True, False),
        ({"anyOf": [{"$ref": "#/components/schemas/File"}, {"type": "string"}]}, False, True),
        ({"type": "string"}, False, False),
    ],
)
def test_which_parts_are_files(make: Any, schema: Any, strict: bool, loose: bool) -> None:
    node = make.operation("Do", requestBody=make.body({"properties": {"f": schema}}, "multipart/form-data"))
    found = make.one(node, version="3.1.0", components={"schemas": {"File": {"type": "string", "format": "binary"}}})
    body = binding(found).body
    assert body is not None
    assert (body.files == ("f",), body.loose_files == ("f",)) == (strict, loose)
    assert ("upload folder" in str(found.action.parameters)) is (strict or loose)


@pytest.mark.parametrize("schema", [{"type": "string", "format": "byte"}, {"type": "string", "contentEncoding": "base64"}])
def test_bytes_in_json_may_come_as_a_file(make: Any, schema: Any) -> None:
    node = make.operation("Do", requestBody=make.body({"properties": {"raw": schema, "text": {"type": "string"}}}))
    body = binding(make.one(node, version="3.1.0")).body
    assert body is not None
    assert (body.files, body.loose_files) == ((), ("raw",))


def test_a_list_of_files_without_a_name_is_files_whatever_their_objects_look_like(make: Any) -> None:
    schema = {"type": "array", "items": {"type": "object", "properties": {"bytes": {"type": "string"}}}}
    found = make.one(make.operation("Do", requestBody=make.body(schema, "multipart/form-data")))
    body = binding(found).body
    assert body is not None
    assert body.files == ("body",)
    assert found.action.validation["properties"]["body"]["items"] == {"type": "string", "format": "binary"}


def test_headers_of_a_part_are_the_constant_ones(make: Any) -> None:
    headers = {
        "X-Kind": {"schema": {"type": "string", "enum": ["meta"]}},
        "X-Open": {"schema": {"type": "string"}},
        "Content-Disposition": {"schema": {"const": "evil"}},
        "X-Bad\r\nName": {"schema": {"const": "x"}},
    }
    schema = {"properties": {"meta": {"type": "object"}}}
    encoding = {"meta": {"contentType": "application/json", "headers": headers}}
    found = make.one(make.operation("Do", requestBody=make.body(schema, "multipart/form-data", encoding=encoding)))
    body = binding(found).body
    assert body is not None
    assert body.encoding == {"meta": PartEncoding(content_type="application/json", headers={"X-Kind": "meta"})}


def test_places_where_an_empty_text_clears_a_list(make: Any) -> None:
    clearable = {"anyOf": [{"type": "array", "items": {"type": "string"}}, {"type": "string", "enum": [""]}]}
    schema = {
        "properties": {
            "tags": clearable,
            "expand": {"type": "array", "items": {"type": "string"}},
            "items": {"type": "array", "items": {"properties": {"taxes": clearable}}},
        }
    }
    encoding = {name: {"style": "deepObject", "explode": True} for name in schema["properties"]}
    node = make.body(schema, "application/x-www-form-urlencoded", encoding=encoding)
    body = binding(make.one(make.operation("Do", requestBody=node))).body
    assert body is not None
    assert {name: rule.clears for name, rule in body.encoding.items()} == {"tags": ("",), "expand": (), "items": (".*.taxes",)}


def test_an_xml_body_with_a_named_root_is_structured(make: Any) -> None:
    pet = {
        "type": "object",
        "properties": {
            "id": {"type": "integer", "xml": {"attribute": True}},
            "tags": {"type": "array", "xml": {"wrapped": True}, "items": {"type": "string", "xml": {"name": "tag"}}},
            "parent": {"$ref": "#/components/schemas/Pet"},
        },
    }
    node = make.operation("Do", requestBody=make.body({"$ref": "#/components/schemas/Pet"}, "application/xml"))
    found = make.one(node, components={"schemas": {"Pet": pet}})
    body = binding(found).body
    assert body is not None
    assert body.xml["root"]["name"] == "Pet"
    assert body.xml["nodes"]["#/components/schemas/Pet"]["properties"]["parent"] == {"ref": "#/components/schemas/Pet"}
    assert list(found.action.validation["properties"]) == ["id", "tags", "parent"]


def test_bytes_and_text_are_one_text_argument(make: Any) -> None:
    node = make.body({"type": "object", "properties": {"a": {}}}, "application/xml")
    found = make.one(make.operation("Do", requestBody=node))
    assert found.action.validation["properties"]["body"]["type"] == "string"
    assert binding(found).body == Body("application/xml", "xml", whole="body", required=True)


def test_encodings_of_form_and_multipart_properties(make: Any) -> None:
    schema = {"type": "object", "properties": {"items": {"type": "object"}, "file": {"type": "string", "format": "binary"}}}
    encoding = {"items": {"style": "deepObject", "explode": True}, "gone": {"style": "form"}}
    form = make.one(make.operation("Do", requestBody=make.body(schema, "application/x-www-form-urlencoded", encoding=encoding)))
    body = binding(form).body
    assert body is not None
    assert body.encoding == {"items": PartEncoding(style="deepObject", explode=True)}
    multi = make.one(make.operation("Do", requestBody=make.body(schema, "multipart/form-data")))
    body = binding(multi).body
    assert body is not None
    assert (body.encoding, body.files) == ({}, ("file",))


@pytest.mark.parametrize(
    ("said", "is_taken"), [({}, True), ({"additionalProperties": True}, True), ({"additionalProperties": False}, False)]
)
def test_unknown_arguments_are_refused_only_where_the_body_says_so(make: Any, said: Any, is_taken: bool) -> None:
    action = make.one(make.operation("Do", requestBody=make.body({"properties": {"a": {}}, **said}))).action
    assert jsonschema_rs.validator_for(action.validation).is_valid({"z": 1}) is is_taken
    assert "additionalProperties" not in action.parameters


def test_unknown_arguments_are_refused_where_no_body_carries_them(make: Any) -> None:
    action = make.one(make.operation("Do", parameters=[{"name": "a", "in": "query"}]), method="get").action
    assert not jsonschema_rs.validator_for(action.validation).is_valid({"z": 1})


def test_recursion_is_faithful_in_validation_and_cut_for_models(make: Any) -> None:
    tree = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "kids": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}},
    }
    schemas = {"Tree": tree, "Unused": {"type": "string"}}
    schema = {"type": "object", "properties": {"root": {"$ref": "#/components/schemas/Tree"}}}
    action = make.one(make.operation("Do", requestBody=make.body(schema)), components={"schemas": schemas}).action
    assert list(action.validation["$defs"]) == ["Tree"]
    validator = jsonschema_rs.validator_for(action.validation)
    assert validator.is_valid({"root": {"kids": [{"kids": [{"name": "x"}]}]}})
    assert not validator.is_valid({"root": {"kids": [{"kids": [{"name": 1}]}]}})
    assert "$ref" not in str(action.parameters)


@pytest.mark.parametrize("ref", ["#/components/schemas/Gone", "other.yaml#/X", "#/components/schemas/Loop", 7])
def test_a_broken_reference_accepts_anything_and_says_so(make: Any, ref: Any) -> None:
    schemas = {"Loop": {"$ref": "#/components/schemas/Pool"}, "Pool": {"$ref": "#/components/schemas/Loop"}}
    schema = {"type": "object", "properties": {"a": {"$ref": ref}}}
    found = make.one(make.operation("Do", requestBody=make.body(schema)), components={"schemas": schemas})
    assert jsonschema_rs.validator_for(found.action.validation).is_valid({"a": [1, "x"]})
    assert any("leads nowhere" in w for w in found.warnings)


@pytest.mark.parametrize("key", ["$defs", "definitions"])
def test_definitions_that_a_schema_brought_along_are_found(make: Any, key: str) -> None:
    item = {"type": "object", "properties": {"id": {"type": "integer"}, "kid": {"$ref": f"#/{key}/Item"}}}
    schema = {
        "type": "object",
        "properties": {"items": {"type": "array", "items": {"$ref": f"#/{key}/Item"}}},
        key: {"Item": item},
    }
    found = make.one(
        make.operation("Do", requestBody=make.body(schema)), components={"schemas": {"Same": {key: {"Item": item}}}}
    )
    validator = jsonschema_rs.validator_for(found.action.validation)
    assert validator.is_valid({"items": [{"id": 1, "kid": {"id": 2}}]})
    assert not validator.is_valid({"items": [{"id": 1, "kid": {"id": "2"}}]})
    assert found.warnings == ()


def test_a_definition_that_means_several_things_means_nothing(make: Any) -> None:
    schema = {"type": "object", "properties": {"a": {"$ref": "#/$defs/A"}}, "$defs": {"A": {"type": "integer"}}}
    others = {"Other": {"$defs": {"A": {"type": "string"}}}}
    found = make.one(make.operation("Do", requestBody=make.body(schema)), components={"schemas": others})
    assert jsonschema_rs.validator_for(found.action.validation).is_valid({"a": "x"})
    assert any("leads nowhere" in w for w in found.warnings)


def test_references_into_other_places_and_odd_names_work(make: Any) -> None:
    schemas = {"A b/c": {"properties": {"deep": {"type": "integer"}}}}
    schema = {
        "properties": {
            "x": {"$ref": "#/components/schemas/A%20b~1c"},
            "y": {"$ref": "#/components/schemas/A b~1c/properties/deep"},
        }
    }
    action = make.one(make.operation("Do", requestBody=make.body(schema)), components={"schemas": schemas}).action
    validator = jsonschema_rs.validator_for(action.validation)
    assert validator.is_valid({"x": {"deep": 1}, "y": 2})
    assert not validator.is_valid({"y": "2"})
    assert not validator.is_valid({"x": {"deep": "1"}})


def test_an_example_that_looks_like_a_reference_is_data(make: Any) -> None:
    schema = {"properties": {"a": {"type": "object", "example": {"$ref": "#/nowhere"}}, "$ref": {"type": "string"}}}
    found = make.one(make.operation("Do", requestBody=make.body(schema)))
    assert found.warnings == ()
    assert list(found.action.validation["properties"]) == ["a", "$ref"]


def test_siblings_of_a_reference_count_in_3_1(make: Any) -> None:
    schemas = {"Name": {"type": "string"}}
    schema = {"properties": {"a": {"$ref": "#/components/schemas/Name", "maxLength": 2}}}
    for version, valid in (("3.1.0", False), ("3.0.3", True)):
        found = make.one(make.operation("Do", requestBody=make.body(schema)), version=version, components={"schemas": schemas})
        assert jsonschema_rs.validator_for(found.action.validation).is_valid({"a": "long"}) is valid


def test_a_long_chain_of_references_is_no_deep_recursion(make: Any) -> None:
    schemas: dict[str, Any] = {
        f"S{i}": {"properties": {"next": {"$ref": f"#/components/schemas/S{i + 1}"}}} for i in range(3000)
    }
    schemas["S3000"] = {"type": "string"}
    schema = {"properties": {"first": {"$ref": "#/components/schemas/S0"}}}
    found = make.one(make.operation("Do", requestBody=make.body(schema)), components={"schemas": schemas})
    assert len(found.action.validation["$defs"]) == 3001


def test_what_is_wrong_with_a_parameter_of_a_path_is_told_of_each_operation(make: Any) -> None:
    shared = {"name": "id", "in": "path", "required": True, "schema": {"$ref": "#/components/schemas/Lost"}}
    path = {"parameters": [shared], "get": make.operation("Get"), "delete": make.operation("Delete")}
    found = make.load(make.document({"/things/{id}": path}))
    assert [len(one.warnings) for one in found] == [1, 1]
    assert [one.action.validation["properties"]["id"] for one in found] == [{}, {}]
