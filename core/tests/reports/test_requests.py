"""Inputs of our own with the faults that others reported of requests. Each cites its report; docs/reports.md lists them."""

from __future__ import annotations

from email.message import Message
from email.parser import BytesParser
from typing import Any

import pytest

from tests.peers.reported import Make, Reported, body, operation, parameter

TEXTS = {"type": "array", "items": {"type": "string"}}


def parts(api: Reported) -> list[Message]:
    """The parts of the multipart form that was sent."""
    head = f"content-type: {api.sent.headers['content-type']}\r\n\r\n".encode()
    found = BytesParser().parsebytes(head + api.sent.content).get_payload()
    assert isinstance(found, list)
    return [part for part in found if isinstance(part, Message)]


def name_of(part: Message) -> Any:
    return part.get_param("name", header="content-disposition")


# https://github.com/google/adk-python/issues/7065
@pytest.mark.parametrize("name", ["..", "../../admin/secret", "a/../b", "..%2fadmin", "..\\..\\x"])
def test_a_value_that_climbs_out_of_its_path_is_not_sent(reported: Make, name: str) -> None:
    api = reported({"/files/{name}": {"get": operation(parameters=[parameter("name", "path")])}})
    assert "name: expected a value without '..'" in api.refused({"name": name})
    assert api.transport.requests == []


# https://github.com/omarryhan/aiogoogle/issues/96
@pytest.mark.parametrize(
    ("value", "segment"),
    [("https://www.example.com/", "https%3A%2F%2Fwww.example.com%2F"), ("a b#c?d", "a%20b%23c%3Fd"), ("100%", "100%25")],
)
def test_a_value_in_a_path_is_one_segment_encoded_once(reported: Make, value: str, segment: str) -> None:
    api = reported({"/sites/{site}/query": {"get": operation(parameters=[parameter("site", "path")])}})
    api.call({"site": value})
    assert api.url == f"https://api.x.example/v1/sites/{segment}/query"


# https://github.com/microsoft/kiota/issues/4291
@pytest.mark.parametrize("path", ["/msg/", "/"])
def test_a_slash_at_the_end_of_a_path_stays(reported: Make, path: str) -> None:
    api = reported({path: {"get": operation()}})
    api.call()
    assert api.url == f"https://api.x.example/v1{path}"


# https://github.com/OpenAPITools/openapi-generator/issues/16153
def test_an_object_in_matrix_style_stands_behind_the_text_of_its_segment(reported: Make) -> None:
    schema = {"type": "object", "properties": {"count": {"type": "integer"}, "start": {"type": "integer"}}}
    params = parameter("params", "path", schema, style="matrix", explode=True)
    api = reported({"/hello{params}": {"get": operation(parameters=[params])}})
    api.call({"params": {"count": 10, "start": 20}})
    assert api.url == "https://api.x.example/v1/hello;count=10;start=20"


# https://github.com/PrefectHQ/fastmcp/issues/497
def test_a_list_in_a_path_is_written_with_commas(reported: Make) -> None:
    api = reported({"/select/{days}": {"put": operation(parameters=[parameter("days", "path", TEXTS)])}})
    api.call({"days": ["monday", "tuesday"]})
    assert api.url == "https://api.x.example/v1/select/monday,tuesday"


# https://github.com/PrefectHQ/fastmcp/issues/1543
@pytest.mark.parametrize(
    ("style", "query"),
    [
        ({}, "tags=a&tags=b%2Cc"),
        ({"explode": False}, "tags=a,b%2Cc"),
        ({"style": "pipeDelimited", "explode": False}, "tags=a%7Cb%2Cc"),
        ({"style": "spaceDelimited", "explode": False}, "tags=a%20b%2Cc"),
        ({"style": "deepObject", "explode": True}, "tags[0]=a&tags[1]=b%2Cc"),
    ],
)
def test_a_list_in_the_query_is_written_as_its_style_says(reported: Make, style: dict[str, Any], query: str) -> None:
    api = reported({"/things": {"get": operation(parameters=[parameter("tags", schema=TEXTS, **style)])}})
    api.call({"tags": ["a", "b,c"]})
    assert api.url == f"https://api.x.example/v1/things?{query}"


# https://github.com/cnoe-io/openapi-mcp-codegen/pull/95
@pytest.mark.parametrize("given", [{}, {"deep": None, "order": None}])
def test_a_default_that_nobody_asked_for_is_not_sent(reported: Make, given: dict[str, Any]) -> None:
    order = {"type": "string", "nullable": True, "default": None, "enum": ["asc", "desc"]}
    asked = [parameter("deep", schema={"type": "boolean", "default": False}), parameter("order", schema=order)]
    api = reported({"/things": {"get": operation(parameters=asked)}})
    api.call(given)
    assert api.url == "https://api.x.example/v1/things"
    api.call({"deep": "True"})
    assert api.url == "https://api.x.example/v1/things?deep=true"


# https://github.com/openapi-generators/openapi-python-client/issues/926
def test_null_in_a_form_of_parts_is_no_part(reported: Make) -> None:
    schema = {
        "type": "object",
        "properties": {"count": {"type": "integer", "nullable": True}, "file": {"type": "string", "format": "binary"}},
    }
    api = reported({"/files": {"post": operation(requestBody=body(schema, "multipart/form-data"))}})
    api.call({"count": None, "file": b"x"})
    assert [name_of(part) for part in parts(api)] == ["file"]


# https://github.com/openapi-generators/openapi-python-client/issues/692
def test_several_files_are_parts_of_one_name_with_their_bytes(reported: Make) -> None:
    files = {"type": "array", "items": {"type": "string", "format": "binary"}}
    api = reported(
        {
            "/files": {
                "post": operation(requestBody=body({"type": "object", "properties": {"files": files}}, "multipart/form-data"))
            }
        }
    )
    api.call({"files": [b"one\xff", b"two"]})
    assert [(name_of(part), part.get_payload(decode=True)) for part in parts(api)] == [("files", b"one\xff"), ("files", b"two")]


# https://github.com/tadata-org/fastapi_mcp/issues/119
def test_a_form_is_sent_as_a_form(reported: Make) -> None:
    schema = {
        "type": "object",
        "properties": {"name": {"type": "string"}, "tags": TEXTS, "note": {"type": "string", "nullable": True}},
    }
    api = reported({"/forms": {"post": operation(requestBody=body(schema, "application/x-www-form-urlencoded"))}})
    api.call({"name": "a b&c=ü", "tags": ["x", "y"], "note": None})
    assert api.sent.headers["content-type"] == "application/x-www-form-urlencoded"
    assert api.sent.content in (b"name=a+b%26c%3D%C3%BC&tags=x&tags=y", b"name=a%20b%26c%3D%C3%BC&tags=x&tags=y")
