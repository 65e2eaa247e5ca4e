"""A JSON file for each tool: the vendor's operation in it is what an action calls."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

import pytest

from composio.catalog.catalog import Catalog
from composio.catalog.compile import Obtained
from composio.catalog.definition import SpecSource
from composio.catalog.sources.fetch import Fetched
from composio.catalog.sources.readers import read
from composio.errors import SpecError
from composio.model.action import HttpBinding
from composio.model.app import Provenance

BODY = {
    "type": "object",
    "required": ["name"],
    "properties": {"name": {"type": "string"}, "parts": {"type": "array", "items": {}}},
}


def value(kind: str, **more: Any) -> dict[str, Any]:
    return {"val_type": kind, "inner_val_type": None, "enum": None, "properties": None, "description": None, **more}


def parameter(name: str, place: str, schema: Any = None, **more: Any) -> dict[str, Any]:
    shown = {"name": name, "tool_parameter_name": f"the_{name}", "accepted_as": place, "required": False, "default": None}
    return {**shown, "description": f"The <b>{name}</b>.", "value_schema": schema or value("string"), **more}


def tool(name: str, method: str, url: str, *parameters: Any, body: Any = None, **more: Any) -> dict[str, Any]:
    endpoint: dict[str, Any] = {"url": url, "http_method": method, "parameters": list(parameters)}
    endpoint["request_body_spec"] = json.dumps(body) if body else None
    return {
        "name": name,
        "description": "Does it.\n\nUse this tool whenever it is to be done.",
        "output": {"description": f"Response from the API endpoint '{name.lower()}_toy'."},
        "http_endpoint": endpoint,
        **more,
    }


def files(*tools: dict[str, Any]) -> dict[str, str]:
    return {f"arcade_toys_api/wrapper_tools/{one['name']}.json": json.dumps(one) for one in tools}


def operation(*tools: dict[str, Any]) -> Any:
    document, left_out = read("arcade", files(*tools), "toys")
    assert left_out == []
    [item] = document["paths"].values()
    [found] = item.values()
    return found


def test_a_tool_is_its_vendor_s_operation() -> None:
    kinds = value("string", enum=["wood", "tin"])
    made = tool(
        "Get",
        "GET",
        "https://api.toys.test/v1/toys/{toy_id}",
        parameter("toy_id", "path"),
        parameter("kind", "query", kinds, required=True, default="tin"),
        parameter("X-Trace", "header", value("integer")),
    )
    document, left_out = read("arcade", files(made), "toys")
    assert left_out == []
    assert document["servers"] == [{"url": "https://api.toys.test"}]
    found = document["paths"]["/v1/toys/{toy_id}"]["get"]
    assert (found["operationId"], found["summary"], found["description"]) == ("get_toy", "Get toy", "Does it.")
    assert found["parameters"] == [
        {"name": "toy_id", "in": "path", "required": True, "schema": {"type": "string"}, "description": "The toy_id."},
        {
            "name": "kind",
            "in": "query",
            "required": True,
            "schema": {"type": "string", "enum": ["wood", "tin"], "default": "tin"},
            "description": "The kind.",
        },
        {"name": "X-Trace", "in": "header", "required": False, "schema": {"type": "integer"}, "description": "The X-Trace."},
    ]


def test_a_body_is_the_description_s_own_where_the_file_holds_it() -> None:
    content = {"content": {"application/json": {"schema": BODY}}}
    made = tool("Make", "POST", "{toys_server_url}/toys", parameter("name", "body"), body=content)
    assert operation(made)["requestBody"] == {"required": True, **content}


def test_a_body_is_made_of_the_tool_s_own_arguments_otherwise() -> None:
    inner = value("json", properties={"color": value("string"), "sizes": value("array", inner_val_type="integer")})
    made = tool(
        "Make", "POST", "{toys_server_url}/toys", parameter("name", "body", required=True), parameter("look", "body", inner)
    )
    [(kind, media)] = operation(made)["requestBody"]["content"].items()
    sizes = {"type": "array", "items": {"type": "integer"}}
    look = {"type": "object", "properties": {"color": {"type": "string"}, "sizes": sizes}}
    properties = {"name": {"type": "string"}, "look": look}
    assert (kind, media["schema"]) == ("application/json", {"type": "object", "properties": properties, "required": ["name"]})


@pytest.mark.parametrize(
    ("made", "why"),
    [
        (tool("Odd", "GET", "ftp://toys.test/x"), "is no method and URL"),
        (tool("Odd", "CONNECT", "https://toys.test/x"), "is no method and URL"),
        (tool("Odd", "POST", "https://toys.test/x", body={"content": {"text/csv": {}}}), "its body is text/csv"),
        (tool("Odd", "POST", "https://toys.test/x", parameter("file", "body")), r"its body holds a file \(file\)"),
        ({"name": "Odd"}, "it is not what a tool's file holds"),
        ({"name": "Odd", "http_endpoint": []}, "it is not what a tool's file holds"),
    ],
)
def test_what_says_too_little_is_left_out_and_the_rest_is_read(made: dict[str, Any], why: str) -> None:
    document, [line] = read("arcade", files(made, tool("Get", "GET", "https://toys.test/toys")), "toys")
    assert list(document["paths"]) == ["/toys"]
    assert line.startswith("Odd.json: ")
    with pytest.raises(SpecError, match="nothing in it is what the reader arcade reads"):
        read("arcade", files(made), "toys")
    assert re.search(why, line)


def test_an_app_is_compiled_with_the_scopes_of_each_tool(open_catalog: Callable[..., Catalog]) -> None:
    scopes = {"authorization": {"provider_id": "toys", "oauth2": {"scopes": ["toys.read"]}}}
    made = tool("Get", "GET", "{toys_server_url}/toys/{id}", parameter("id", "path"), requirements=scopes)
    source = SpecSource(kind="pip", package="arcade-toys-api", version="1", reader="arcade", base_url="https://api.toys.test")

    def fetch(found: SpecSource, **_: Any) -> Obtained:
        return Fetched(json.dumps(files(made)).encode(), Provenance(source="pip:arcade-toys-api@1"))

    action = open_catalog({"toys": {}}, {"toys": {"spec": source}}, fetch=fetch).action("TOYS_GET_TOY")
    assert isinstance(action.binding, HttpBinding)
    assert (action.binding.method, action.binding.path, action.scopes) == ("GET", "/toys/{id}", ("toys.read",))
