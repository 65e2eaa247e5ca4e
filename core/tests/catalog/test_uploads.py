"""An operation that offers JSON and a form of parts takes files too: what is sent depends on whether one is given."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from composio.engine.arguments import Checker, route
from composio.engine.build import Target, build
from composio.engine.files import attach
from composio.errors import InvalidArguments
from composio.model.action import ActionModel, HttpBinding
from composio.testing import FakeUpstream
from composio.testing.exchange import Request

TEXT = {"type": "string"}
FILE = {"type": "string", "format": "binary"}
DATA = "data:text/plain;base64,aGVsbG8="


def offering(make: Any, **content: Any) -> ActionModel:
    kinds = {"json": "application/json", "form": "application/x-www-form-urlencoded", "parts": "multipart/form-data"}
    body = {"required": True, "content": {kinds[kind]: {"schema": schema} for kind, schema in content.items()}}
    found: ActionModel = make.one(
        make.operation("Add", requestBody=body), components={"schemas": {"Base": obj(title=TEXT)}}
    ).action
    return found


def obj(*required: str, **properties: Any) -> dict[str, Any]:
    return {"type": "object", "properties": properties, **({"required": list(required)} if required else {})}


def sent(action: ActionModel, arguments: Mapping[str, Any]) -> httpx.Request:
    checked = Checker().check(action, dict(arguments))
    chosen = route(action, checked)
    assert isinstance(chosen.binding, HttpBinding)
    assert chosen.binding.body is not None
    filled = attach(chosen.slug, chosen.binding.body, checked, None, 1000)
    request = build(chosen, chosen.binding, filled, Target())
    # The double reads it back as the description has it, whichever way it went.
    received = FakeUpstream([(action, [])]).answer(
        Request(request.method, request.url.raw_path.decode(), dict(request.headers), request.content)
    )
    assert received.status == 204, received.body
    return request


@pytest.mark.parametrize("way", ["json", "form"])
def test_a_file_goes_as_a_part_where_only_that_carries_it(make: Any, way: str) -> None:
    action = offering(make, **{way: obj("title", title=TEXT), "parts": obj("title", title=TEXT, file=FILE)})
    plain = sent(action, {"title": "a"})
    assert plain.headers["content-type"] in ("application/json", "application/x-www-form-urlencoded")
    with_file = sent(action, {"title": "a", "file": DATA})
    assert with_file.headers["content-type"].startswith("multipart/form-data")
    assert b"hello" in with_file.content
    assert b'name="title"' in with_file.content
    assert "file in the upload folder" in action.parameters["properties"]["file"]["description"].replace(
        "A file: its path", "file"
    )


def test_what_each_way_requires_counts_for_that_way(make: Any) -> None:
    action = offering(make, json=obj("url", url=TEXT, depth={"type": "integer"}), parts=obj("file", file=FILE, note=TEXT))
    assert set(action.parameters["properties"]) == {"url", "depth", "file", "note"}
    assert "required" not in action.parameters
    assert json.loads(sent(action, {"url": "https://x.test", "depth": 2}).content) == {"url": "https://x.test", "depth": 2}
    assert b"hello" in sent(action, {"file": DATA, "note": "n"}).content
    for wrong in ({}, {"depth": 2}, {"note": "n"}):
        with pytest.raises(InvalidArguments, match="required"):
            Checker().check(action, wrong)


def test_a_file_below_an_all_of_counts(make: Any) -> None:
    parts = {"allOf": [{"$ref": "#/components/schemas/Base"}, obj(attachment={"type": "array", "items": FILE})]}
    action = offering(make, json={"$ref": "#/components/schemas/Base"}, parts=parts)
    assert sent(action, {"title": "a"}).headers["content-type"] == "application/json"
    assert sent(action, {"title": "a", "attachment": [DATA, DATA]}).content.count(b"hello") == 2


def test_a_property_that_is_text_in_json_may_still_be_text(make: Any) -> None:
    action = offering(make, json=obj(image={"type": "string", "format": "uri"}), parts=obj(image=FILE))
    assert b"hello" in sent(action, {"image": DATA}).content
    assert b"https://x.test/i.png" in sent(action, {"image": "https://x.test/i.png"}).content


def test_bytes_that_json_carries_as_base64_stay_in_json(make: Any) -> None:
    action = offering(make, json=obj(data={"type": "string", "format": "byte"}), parts=obj(data=FILE))
    assert json.loads(sent(action, {"data": DATA}).content) == {"data": "aGVsbG8="}


def test_a_body_that_is_one_argument_leaves_room_for_the_file(make: Any) -> None:
    union = {"oneOf": [obj("a", a=TEXT), obj("b", b=TEXT)]}
    action = offering(make, json=union, parts=obj(file=FILE))
    assert json.loads(sent(action, {"body": {"a": "x"}}).content) == {"a": "x"}
    assert b"hello" in sent(action, {"file": DATA}).content


def test_plain_text_where_bytes_are_asked_for_is_encoded_wherever_it_stands(make: Any) -> None:
    byte = {"type": "string", "format": "byte"}
    body = make.body(obj(content=byte, files={"type": "array", "items": obj(content=byte)}))
    parameters = [{"name": "key", "in": "query", "schema": byte}]
    action = make.one(make.operation("Put", requestBody=body, parameters=parameters)).action
    request = sent(action, {"content": "hello world", "files": [{"content": "hi!"}, {"content": "aGkh"}], "key": "k!"})
    assert json.loads(request.content) == {"content": "aGVsbG8gd29ybGQ=", "files": [{"content": "aGkh"}, {"content": "aGkh"}]}
    assert request.url.params["key"] == "ayE="


@pytest.mark.parametrize("version", ["3.0.3", "3.1.0"])
@pytest.mark.parametrize(
    ("schema", "media_type", "is_file"),
    [
        ({}, "image/png, image/jpeg", True),
        (TEXT, "application/pdf", True),
        ({"type": "array", "items": {}}, "application/octet-stream", True),
        (TEXT, "application/vnd.ms-excel", True),
        (TEXT, "application/vnd.api+json", False),
        (TEXT, "text/csv", False),
        (TEXT, "image/png, text/plain", False),
        ({"type": "string", "format": "byte"}, "image/png", False),
        ({"type": "string", "enum": ["a"]}, "image/png", False),
        (obj(a=TEXT), "application/octet-stream", False),
    ],
)
def test_a_part_whose_encoding_is_of_bytes_is_a_file(
    make: Any, version: str, schema: Any, media_type: str, is_file: bool
) -> None:
    encoding = {"part": {"contentType": media_type}}
    node = make.operation("Add", requestBody=make.body(obj(part=schema), "multipart/form-data", encoding=encoding))
    body = make.one(node, version=version).action.binding.body
    assert body.files == (("part",) if is_file else ())


@pytest.mark.parametrize("keyword", ["oneOf", "anyOf"])
def test_the_branches_of_a_form_give_its_parts(make: Any, keyword: str) -> None:
    either = {keyword: [obj("file", file=FILE, name=TEXT), obj("url", url=TEXT, name=TEXT)]}
    action = make.one(make.operation("Add", requestBody=make.body(either, "multipart/form-data"))).action
    assert action.parameters["properties"].keys() == {"file", "name", "url"}
    assert b"hello" in sent(action, {"file": DATA, "name": "n"}).content
    assert b'name="url"' in sent(action, {"url": "https://x.test"}).content
    with pytest.raises(InvalidArguments, match="required"):
        Checker().check(action, {"name": "n"})


def test_the_branches_of_a_form_beside_json_carry_files(make: Any) -> None:
    either = {"oneOf": [obj("file", file=FILE), obj("url", url=TEXT)]}
    action = offering(make, json=obj(url=TEXT), parts=either)
    assert isinstance(action.binding, HttpBinding)
    assert action.binding.upload is not None
    assert b"hello" in sent(action, {"file": DATA}).content
