"""Requests out of arguments."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

import pytest

from composio.engine.build import Target, base_url, build
from composio.errors import ConfigurationError, InvalidArguments, InvalidRequest
from composio.model.action import ActionModel, Body, HttpBinding, Parameter, PartEncoding, Server

SERVER = (Server("https://api.example.com/v1"),)


def action(binding: HttpBinding) -> ActionModel:
    return ActionModel(slug="X_DO", app="x", binding=binding)


def request(binding: HttpBinding, arguments: dict[str, Any], target: Target = Target()) -> Any:  # noqa: B008
    return build(action(binding), binding, arguments, target)


def test_every_place_of_a_parameter() -> None:
    binding = HttpBinding(
        method="GET",
        path="/repos/{owner}",
        servers=SERVER,
        parameters=(
            Parameter("owner", "owner", "path", "simple", False, required=True),
            Parameter("page_size", "page[size]", "query"),
            Parameter("trace", "X-Trace", "header", "simple", False),
            Parameter("session", "sid", "cookie"),
        ),
        accept=("application/json",),
    )
    sent = request(binding, {"owner": "a/b", "page_size": 5, "trace": "t", "session": "s", "absent": None})
    assert str(sent.url) == "https://api.example.com/v1/repos/a%2Fb?page[size]=5"
    assert sent.headers["x-trace"] == "t"
    assert sent.headers["cookie"] == "sid=s"
    assert sent.headers["accept"] == "application/json"


def test_a_cookies_value_cannot_become_another_cookie() -> None:
    binding = HttpBinding(method="GET", path="/a", servers=SERVER, parameters=(Parameter("lang", "lang", "cookie"),))
    assert request(binding, {"lang": "en; sid=evil"}).headers["cookie"] == "lang=en%3B sid=evil"


@pytest.mark.parametrize("value", ["..", ".", ""])
def test_a_path_value_that_would_leave_its_segment_is_the_models_mistake(value: str) -> None:
    binding = HttpBinding(
        method="GET", path="/a/{id}", servers=SERVER, parameters=(Parameter("id", "id", "path", "simple", False),)
    )
    with pytest.raises(InvalidArguments, match="id: expected a value that fits"):
        request(binding, {"id": value})


@pytest.mark.parametrize("value", ["../admin", "a/../../b", "%2e%2e/x", "x?y#z", "//evil.example"])
def test_hostile_path_values_stay_inside(value: str) -> None:
    binding = HttpBinding(
        method="GET", path="/a/{id}/b", servers=SERVER, parameters=(Parameter("id", "id", "path", "simple", False),)
    )
    raw = request(binding, {"id": value}).url.raw_path
    assert raw.startswith(b"/v1/a/")
    assert raw.endswith(b"/b")
    assert raw.count(b"/") == 4


def test_a_missing_path_parameter_is_named() -> None:
    with pytest.raises(InvalidArguments, match="id: expected a required path parameter"):
        request(HttpBinding(method="GET", path="/a/{id}", servers=SERVER), {})


def test_the_apps_own_values_are_sent_where_nobody_filled_them() -> None:
    binding = HttpBinding(
        method="GET",
        path="/users/{user}/mail",
        servers=SERVER,
        parameters=(Parameter("user", "user", "path", "simple", False, required=True),),
        defaults={"user": "me"},
    )
    assert request(binding, {}).url.path == "/v1/users/me/mail"
    assert request(binding, {"user": "ann"}).url.path == "/v1/users/ann/mail"


def test_a_json_body_takes_its_properties_under_their_wire_names() -> None:
    binding = HttpBinding(
        method="POST",
        path="/x",
        servers=SERVER,
        parameters=(Parameter("id", "id", "query"),),
        body=Body("application/vnd.api+json", "json", {"title": "title", "body_id": "id"}, required=True),
    )
    sent = request(binding, {"id": 1, "title": "é", "body_id": 2})
    assert json.loads(sent.content) == {"title": "é", "id": 2}
    assert sent.headers["content-type"] == "application/vnd.api+json"
    assert sent.url.query == b"id=1"


def test_an_optional_body_without_properties_is_not_sent() -> None:
    binding = HttpBinding(method="POST", path="/x", servers=SERVER, body=Body("application/json", "json", {"a": "a"}))
    assert request(binding, {}).content == b""


def test_a_whole_body_is_one_argument() -> None:
    binding = HttpBinding(method="PUT", path="/x", servers=SERVER, body=Body("application/json", "json", whole="body"))
    assert json.loads(request(binding, {"body": ["a", "b"]}).content) == ["a", "b"]


def test_stripes_form_writes_brackets() -> None:
    body = Body(
        "application/x-www-form-urlencoded",
        "form",
        {"email": "email", "metadata": "metadata", "items": "items"},
        encoding={
            "metadata": PartEncoding(style="deepObject", explode=True),
            "items": PartEncoding(style="deepObject", explode=True),
        },
    )
    sent = request(
        HttpBinding(method="POST", path="/c", servers=SERVER, body=body),
        {"email": "a b@c", "metadata": {"k": "v"}, "items": [{"price": "p1", "quantity": 2}]},
    )
    assert parse_qsl(sent.content.decode()) == [
        ("email", "a b@c"),
        ("metadata[k]", "v"),
        ("items[0][price]", "p1"),
        ("items[0][quantity]", "2"),
    ]
    assert sent.headers["content-type"] == "application/x-www-form-urlencoded"


def test_multipart_mixes_files_json_and_text() -> None:
    body = Body("multipart/form-data", "multipart", {"file": "file", "meta": "meta", "note": "note"})
    sent = request(
        HttpBinding(method="POST", path="/f", servers=SERVER, body=body),
        {"file": "data:text/plain;base64,aGk=", "meta": {"a": 1}, "note": "n"},
    )
    content = sent.read()
    assert sent.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert b"\r\n\r\nhi\r\n" in content
    assert b'application/json\r\n\r\n{"a": 1}' in content


def test_a_multipart_body_that_is_a_list_becomes_file_parts() -> None:
    body = Body("multipart/form-data", "multipart", whole="body")
    content = request(
        HttpBinding(method="POST", path="/f", servers=SERVER, body=body), {"body": ["data:,one", "data:,two"]}
    ).read()
    assert content.count(b'; name="file"') == 2


def test_broken_base64_says_what_was_expected() -> None:
    body = Body("application/octet-stream", "binary", whole="body")
    with pytest.raises(InvalidRequest, match="data:TYPE;base64,DATA"):
        request(HttpBinding(method="POST", path="/f", servers=SERVER, body=body), {"body": "data:x;base64,@@@"})


def test_control_characters_in_a_header_are_refused() -> None:
    binding = HttpBinding(method="GET", path="/", servers=SERVER, parameters=(Parameter("h", "X-H", "header"),))
    with pytest.raises(InvalidArguments, match="line breaks"):
        request(binding, {"h": "a\r\nEvil: yes"})


def test_unicode_in_a_header_travels_as_utf8() -> None:
    binding = HttpBinding(method="GET", path="/", servers=SERVER, parameters=(Parameter("h", "X-H", "header"),))
    assert (b"x-h", "é".encode()) in request(binding, {"h": "é"}).headers.raw


@pytest.mark.parametrize(
    ("server", "target", "expected"),
    [
        (Server("https://{region}.x.com", {"region": "eu"}), Target(), "https://eu.x.com"),
        (Server("https://{region}.x.com", {"region": "eu"}), Target(subdomain={"region": "us"}), "https://us.x.com"),
        (Server("https://your-domain.x.com"), Target(base_url="http://127.0.0.1:9/api"), "http://127.0.0.1:9/api"),
        (Server("https://x.com/api"), Target(subdomain={"s": "acme"}), "https://acme.x.com/api"),
    ],
)
def test_the_server_and_its_variables(server: Server, target: Target, expected: str) -> None:
    assert str(base_url((server,), target, "x")).rstrip("/") == expected


@pytest.mark.parametrize("label", ["evil.com/", "a@b", "a:80", "-a", "", "a b"])
def test_a_subdomain_can_only_be_a_host_label(label: str) -> None:
    with pytest.raises(InvalidRequest, match="host label"):
        base_url((Server("https://{s}.x.com"),), Target(subdomain={"s": label}), "x")


def test_no_server_says_how_to_give_one() -> None:
    with pytest.raises(ConfigurationError, match="--base-url"):
        base_url((), Target(), "x")
