"""Names, strings, servers, scopes and responses of operations."""

from __future__ import annotations

from typing import Any

import pytest

from composio.catalog.definition import SpecSource
from composio.catalog.importers.text import describe
from composio.errors import SpecError
from composio.model.action import Server


def by_slug(found: list[Any]) -> dict[str, Any]:
    return {i.action.slug: i.action for i in found}


def test_the_summary_names_an_action_and_the_operation_id_is_an_alias(make: Any) -> None:
    action = make.one(
        make.operation("Create an issue", operationId="issues/create", tags=["issues", "issues", "new"], deprecated=True)
    ).action
    assert (action.slug, action.display_name, action.version) == ("TOYS_CREATE_AN_ISSUE", "Create an issue", "1.2")
    assert action.aliases == ("TOYS_ISSUES_CREATE",)
    assert action.tags == ("issues", "new")
    assert action.deprecated


def test_without_a_summary_the_operation_id_names_it_and_else_the_path(make: Any) -> None:
    paths = {"/a": {"get": make.operation(operationId="chat_postMessage")}, "/b/{id}": {"delete": make.operation()}}
    assert list(by_slug(make.load(make.document(paths)))) == ["TOYS_CHAT_POST_MESSAGE", "TOYS_DELETE_B_ID"]


def test_declared_aliases_take_any_operation_reference_and_never_a_slug(make: Any) -> None:
    paths = {
        "/a": {"get": make.operation("Get a", operationId="getA")},
        "/b": {"get": make.operation("Get b", operationId="getB"), "put": make.operation("Put b")},
    }
    aliases = {
        "TOYS_ONE": "getA",
        "TOYS_TWO": "get /b",
        "TOYS_THREE": "toys_put_b",
        "TOYS_GET_B": "getA",
        "TOYS_LOST": "nobody",
    }
    found = make.load(make.document(paths), aliases=aliases)
    actions = by_slug(found)
    assert "TOYS_ONE" in actions["TOYS_GET_A"].aliases
    assert "TOYS_TWO" in actions["TOYS_GET_B"].aliases
    assert "TOYS_THREE" in actions["TOYS_PUT_B"].aliases
    assert "TOYS_GET_B" not in actions["TOYS_GET_A"].names
    assert len([w for i in found for w in i.warnings if "aliases" in w]) == 2


def test_important_is_what_the_definition_says(make: Any) -> None:
    paths = {
        "/a": {"get": make.operation("Get a", operationId="getA")},
        "/b": {"get": make.operation("Get b")},
        "/c": {"get": make.operation("C")},
    }
    found = make.load(make.document(paths), important=("getA", "GET /b", "nothing"))
    assert [i.action.slug for i in found if i.action.important] == ["TOYS_GET_A", "TOYS_GET_B"]
    assert any("'nothing'" in w for i in found for w in i.warnings)


@pytest.mark.parametrize(("count", "expected"), [(40, 40), (41, 20)])
def test_important_by_default_is_all_of_a_small_app_and_the_main_nouns_of_a_large_one(
    make: Any, count: int, expected: int
) -> None:
    paths = {"/x" + "/deep" * (count - n): {"get": make.operation(f"Get {n}")} for n in range(count)}
    paths["/"] = {"get": make.operation("Old", deprecated=True)}
    important = [i.action.slug for i in make.load(make.document(paths)) if i.action.important]
    assert len(important) == expected
    assert f"TOYS_GET_{count - 1}" in important
    assert "TOYS_OLD" not in important


def test_servers_come_from_the_operation_the_path_the_app_and_the_document(make: Any) -> None:
    own = [{"url": "https://{region}.up.test", "variables": {"region": {"default": "eu", "enum": ["eu"]}}}]
    paths = {
        "/a": {"get": make.operation("A", servers=own)},
        "/b": {"servers": [{"url": "https://b.test"}], "get": make.operation("B")},
        "/c": {"get": make.operation("C")},
    }

    def servers(**more: Any) -> list[tuple[Server, ...]]:
        return [i.action.binding.servers for i in make.load(make.document(paths), **more)]

    first, second, third = servers()
    assert first == (Server("https://{region}.up.test", {"region": "eu"}, {"region": ("eu",)}),)
    assert second == (Server("https://b.test"),)
    assert third == (Server("https://api.toys.test/v1"),)
    assert servers(base_url="https://mine.test")[2] == (Server("https://mine.test"),)


def test_a_relative_server_is_relative_to_the_description(make: Any) -> None:
    doc = make.document({"/a": {"get": make.operation("A")}}) | {"servers": [{"url": "/api/v2"}]}
    [found] = make.load(doc, spec=SpecSource(kind="url", url="https://host.test/docs/openapi.json"))
    assert found.action.binding.servers == (Server("https://host.test/api/v2"),)


@pytest.mark.parametrize("servers", [{}, {"servers": []}, {"servers": [{"url": ""}]}, {"servers": None}])
def test_no_server_is_the_root_of_where_the_description_came_from(make: Any, servers: Any) -> None:
    doc = make.document({"/a": {"get": make.operation("A")}})
    del doc["servers"]
    [found] = make.load(doc | servers, spec=SpecSource(kind="url", url="https://u:p@host.test/docs/openapi.json?key=k"))
    assert [server.url.rstrip("/") for server in found.action.binding.servers] == ["https://host.test"]


def test_a_server_is_relative_to_the_address_that_a_description_gives_itself(make: Any) -> None:
    doc = make.document({"/a": {"get": make.operation("A")}}, "3.2.0") | {"servers": [{"url": "v2"}]}
    doc["$self"] = "https://api.test/docs/openapi.json"
    [found] = make.load(doc)
    assert found.action.binding.servers == (Server("https://api.test/docs/v2"),)


def test_a_path_without_its_slash_gets_one_and_what_is_no_path_is_skipped(make: Any) -> None:
    paths = {
        path: {"get": make.operation(f"Get {n}")} for n, path in enumerate(["a/b", "c", "/c", "{href}", "https://x.test/y", ""])
    }
    found = make.load(make.document({**paths, "x-more": {"get": 1}}))
    assert [one.action.binding.path for one in found] == ["/a/b", "/c"]
    assert sum("no path with operations" in warning for one in found for warning in one.warnings) == 5


def test_scopes_are_those_of_the_alternative_that_asks_for_the_fewest(make: Any) -> None:
    security = [{"key": []}, {"oauth": ["read", "write"]}, {"oauth": ["read"]}]
    assert make.one(make.operation("A", security=security)).action.scopes == ("read",)
    assert make.one(make.operation("A"), security=[{"oauth": ["all"]}]).action.scopes == ("all",)
    assert make.one(make.operation("A", security=[]), security=[{"oauth": ["all"]}]).action.scopes == ()


def test_responses_keep_status_media_type_schema_and_first_example(make: Any) -> None:
    components = {
        "schemas": {
            "Toy": {"type": "object", "properties": {"id": {"readOnly": True, "type": "integer"}, "pw": {"writeOnly": True}}}
        },
        "examples": {"toy": {"value": {"id": 1}}},
        "responses": {"Missing": {"description": "no", "content": {"application/json": {"example": None}}}},
    }
    content = {
        "text/plain": {"schema": {"type": "string", "example": "hi"}},
        "application/json": {
            "schema": {"$ref": "#/components/schemas/Toy"},
            "examples": {"a": {"$ref": "#/components/examples/toy"}},
        },
    }
    node = {
        "responses": {
            "200": {"content": content},
            "204": {},
            "4XX": {"$ref": "#/components/responses/Missing"},
            "default": {},
            "x": {},
        }
    }
    found = make.one(node, components=components)
    assert [(r.status, r.media_type, r.has_example, r.example) for r in found.responses] == [
        (200, "text/plain", True, "hi"),
        (200, "application/json", True, {"id": 1}),
        (204, "", False, None),
        (400, "application/json", True, None),
        (0, "", False, None),
    ]
    assert found.responses[1].schema == {"$ref": "#/$defs/Toy"}
    assert found.shared == {"Toy": {"type": "object", "properties": {"id": {"type": "integer"}}}}
    assert found.action.binding.accept == ("application/json", "text/plain")
    assert any("'x'" in w for w in found.warnings)


def test_a_default_of_the_app_fills_a_parameter_and_lifts_its_requirement(make: Any) -> None:
    node = make.operation("A", parameters=[{"name": "Version", "in": "header", "required": True, "schema": {"type": "string"}}])
    [found] = make.load(make.document({"/a": {"get": node}}), defaults={"Version": "2022-06-28"})
    assert found.action.parameters["properties"]["Version"]["default"] == "2022-06-28"
    assert found.action.binding.defaults == {"Version": "2022-06-28"}
    assert "required" not in found.action.parameters


@pytest.mark.parametrize("doc", [None, [], {}, {"openapi": "3.0.0"}, {"openapi": "3.1.0", "paths": [], "webhooks": 7}])
def test_what_has_no_place_for_operations_is_an_error_that_says_so(make: Any, doc: Any) -> None:
    with pytest.raises(SpecError, match="toys: the API description has no `paths`"):
        make.load(doc)


@pytest.mark.parametrize("paths", [{}, {"/a": {}}, {"/a": {"x-note": "later"}}])
def test_a_description_may_have_no_operations(make: Any, paths: Any) -> None:
    assert make.load({"openapi": "3.0.0", "paths": paths}) == []


def test_nonsense_costs_its_own_place_only(make: Any) -> None:
    paths = {
        "/bad": 7,
        "x-note": {"get": make.operation("No path")},
        "/worse": {
            "get": "text",
            "post": {"parameters": ["?", {"name": 1}], "requestBody": [], "responses": [], "tags": "x", "summary": 3},
        },
        "/good": {"$ref": "#/components/pathItems/good"},
    }
    items = {"pathItems": {"good": {"get": make.operation("Good")}}}
    found = make.load(make.document(paths, "3.1.0", components=items))
    assert [i.action.slug for i in found] == ["TOYS_POST_WORSE", "TOYS_GOOD"]
    assert sum(len(i.warnings) for i in found) >= 3


def test_progress_ends_at_the_total(make: Any) -> None:
    from composio.catalog.importers.openapi import load

    said: list[tuple[str, int, int]] = []
    paths = {f"/{n}": {"get": make.operation(f"Get {n}")} for n in range(30)}
    list(load(make.document(paths), make.definition(), lambda *args: said.append(args)))
    assert said[0] == ("Compiling Toys", 0, 30)
    assert said[-1] == ("Compiling Toys", 30, 30)


def test_descriptions_are_summary_and_text_within_the_limit() -> None:
    assert describe("Get a toy", "Gets it by id.") == "Get a toy. Gets it by id."
    assert describe("Get a toy", "Get a toy by id.") == "Get a toy by id."
    assert describe("", "Only this") == "Only this"
    assert describe("Only that", "") == "Only that"
    long = describe("Get", "One sentence. " * 200)
    assert len(long) <= 1024
    assert long.endswith("sentence.")
    assert len(describe("", "x" * 5000)) <= 1024


def test_a_summary_in_another_script_leaves_the_name_to_method_and_path(make: Any) -> None:
    doc = make.document({"/chats": {"get": make.operation("一覧"), "post": make.operation("作成", operationId="createChat")}})
    assert [found.action.slug for found in make.load(doc)] == ["TOYS_GET_CHATS", "TOYS_CREATE_CHAT"]
    assert [found.action.display_name for found in make.load(doc)] == ["一覧", "作成"]


def test_a_warning_says_which_operation_it_is_about(make: Any) -> None:
    broken = make.operation("Get", parameters=[{"$ref": "#/components/parameters/Gone"}])
    [found] = make.load(make.document({"/toys": {"get": broken}}))
    assert found.warnings
    assert all(warning.startswith("GET /toys: ") for warning in found.warnings)


def test_a_server_without_a_scheme_is_read_as_https(make: Any) -> None:
    [found] = make.load(make.document({"/a": {"get": make.operation("A")}}, servers=[{"url": "//api.toys.test/v2"}]))
    assert [server.url for server in found.action.binding.servers] == ["https://api.toys.test/v2"]


def test_a_server_without_a_scheme_has_that_of_where_its_description_is(make: Any) -> None:
    source = SpecSource(kind="url", url="http://localhost:8080/openapi.json")
    document = make.document({"/a": {"get": make.operation("A")}}, servers=[{"url": "//localhost:9090"}])
    [found] = make.load(document, spec=source)
    assert [server.url for server in found.action.binding.servers] == ["http://localhost:9090"]
