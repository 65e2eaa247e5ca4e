"""``include`` and ``exclude``: which operations a pattern means, and what becomes of the others."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from composio.catalog.catalog import Catalog
from composio.catalog.definition import SpecSource
from composio.catalog.importers.select import Selection


def selection(include: tuple[str, ...] = (), exclude: tuple[str, ...] = ()) -> Selection:
    return Selection(SpecSource(kind="file", include=include, exclude=exclude))


@pytest.mark.parametrize(
    ("pattern", "method", "path", "name", "matches"),
    [
        ("/me/messages", "GET", "/me/messages", "", True),
        ("/me/messages", "GET", "/me/messages/{id}", "", False),
        ("/me/messages/*", "GET", "/me/messages/{id}", "", True),
        ("/me/messages/*", "GET", "/me/messages", "", False),
        ("/me/messages/*", "GET", "/me/messages/{id}/attachments", "", False),
        ("/me/messages/**", "GET", "/me/messages", "", True),
        ("/me/messages/**", "GET", "/me/messages/{id}/attachments", "", True),
        ("/me/messages/**", "GET", "/me/messagesRules", "", False),
        ("/me/messages**", "GET", "/me/messagesRules", "", True),
        ("/**/attachments", "GET", "/me/messages/{id}/attachments", "", True),
        ("/me/**/attachments", "GET", "/me/attachments", "", True),
        ("**/workbook/**", "GET", "/drives/{id}/items/{item-id}/workbook/tables", "", True),
        ("/users/{}", "GET", "/users/{user-id}", "", True),
        ("/users/{}", "GET", "/users/delta()", "", False),
        ("/users/{id}", "GET", "/users/{user-id}", "", False),
        ("/a.b(c)+[d]", "GET", "/a.b(c)+[d]", "", True),
        ("/a.b", "GET", "/axb", "", False),
        ("GET /me", "GET", "/me", "", True),
        ("get /me", "GET", "/me", "", True),
        ("GET /me", "POST", "/me", "", False),
        ("GET /me/**", "GET", "/me/messages", "", True),
        ("admin_*", "POST", "/admin.apps.approve", "admin_apps_approve", True),
        ("admin.*", "POST", "/x", "admin_apps", False),
        ("users/list", "GET", "/users", "users/list", True),
        ("*/list*", "GET", "/users", "repos/list-for-user", True),
        ("calendar.events.*", "GET", "/calendars/{id}/events", "calendar.events.list", True),
        ("*", "GET", "/users", "", False),
        ("Send mail", "POST", "/sendMail", "Send mail", True),
        ("/v1/Services", "GET", "/v1/Services#chat", "", True),
    ],
)
def test_a_pattern_means_the_operations_that_it_names(pattern: str, method: str, path: str, name: str, matches: bool) -> None:
    chosen = selection(include=(pattern,))
    assert chosen.takes(method, path, name) is matches
    assert list(chosen.unused) == ([] if matches else [("include", pattern)])
    assert selection(exclude=(pattern,)).takes(method, path, name) is not matches


def test_nothing_given_takes_everything() -> None:
    assert selection().takes("GET", "/anything", "")


def test_exclude_wins_over_include() -> None:
    chosen = selection(include=("/me/**",), exclude=("DELETE /**",))
    assert chosen.takes("GET", "/me/messages", "")
    assert not chosen.takes("DELETE", "/me/messages", "")


def test_a_pattern_whose_operations_another_one_names_is_not_unused() -> None:
    chosen = selection(include=("/me/**", "/me/messages"))
    chosen.takes("GET", "/me/messages", "")
    assert list(chosen.unused) == []


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=20))
def test_any_text_is_a_pattern(pattern: str, path: str, name: str) -> None:
    selection(include=(pattern,)).takes("GET", path, name)


@given(st.lists(st.text(alphabet="ab{}.()*", min_size=1, max_size=5), min_size=1, max_size=4))
def test_a_path_without_wildcards_matches_itself(parts: list[str]) -> None:
    path = "/" + "/".join(part.replace("*", "x").replace("{}", "y") for part in parts)
    assert selection(include=(path,)).takes("GET", path, "")


@pytest.fixture
def selected(open_catalog: Callable[..., Catalog]) -> Callable[..., Catalog]:
    def build(document: Any, **patterns: tuple[str, ...]) -> Catalog:
        return open_catalog({"toys": document}, {"toys": {"spec": SpecSource(kind="file", path="toys.json", **patterns)}})  # type: ignore[arg-type]  # tuples of strings

    return build


def slugs(catalog: Catalog) -> list[str]:
    return sorted(action.slug for action in catalog.select(apps=["toys"], everything=True))


def test_an_app_is_made_of_the_operations_that_are_taken(selected: Callable[..., Catalog], make: Any) -> None:
    paths = {
        "/users": {"get": make.operation("List users"), "post": make.operation("Add a user")},
        "/users/{id}": {
            "get": make.operation("Get a user"),
            "parameters": [{"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}],
        },
        "/admin": {"get": make.operation("Administer")},
    }
    catalog = selected(make.document(paths), include=("/users/**",), exclude=("POST /**",))
    assert slugs(catalog) == ["TOYS_GET_A_USER", "TOYS_LIST_USERS"]
    assert catalog.warnings("toys") == []


def test_what_is_left_out_takes_no_names(selected: Callable[..., Catalog], make: Any) -> None:
    paths = {"/a": {"get": make.operation("List")}, "/b": {"get": make.operation("List")}}
    assert slugs(selected(make.document(paths), exclude=("/b",))) == ["TOYS_LIST"]


def test_a_reference_into_what_is_left_out_still_leads_there(selected: Callable[..., Catalog], make: Any) -> None:
    query = {"name": "q", "in": "query", "schema": {"type": "string"}}
    paths = {
        "/a": {"get": make.operation("A", parameters=[{"$ref": "#/paths/~1b/get/parameters/0"}])},
        "/b": {"get": make.operation("B", parameters=[query])},
    }
    catalog = selected(make.document(paths), include=("/a",))
    assert list(catalog.action("TOYS_A").parameters["properties"]) == ["q"]
    assert catalog.warnings("toys") == []


def test_a_pattern_that_means_nothing_is_a_warning(selected: Callable[..., Catalog], make: Any) -> None:
    document = make.document({"/a": {"get": make.operation("A")}})
    catalog = selected(document, include=("/a", "/gone/**"), exclude=("admin_*",))
    assert slugs(catalog) == ["TOYS_A"]
    assert sorted(warning.split("spec.")[1] for warning in catalog.warnings("toys")) == [
        "exclude: no operation is called 'admin_*'",
        "include: no operation is called '/gone/**'",
    ]


def test_an_app_of_which_nothing_is_left_says_so(selected: Callable[..., Catalog], make: Any) -> None:
    catalog = selected(make.document({"/a": {"get": make.operation("A")}}), include=("/b",))
    assert catalog.warnings("toys") == ["the API description has no operations"]


def test_a_discovery_document_is_selected_by_id_and_path(selected: Callable[..., Catalog]) -> None:
    def method(name: str, path: str) -> dict[str, Any]:
        return {"id": f"toys.{name}", "path": path, "httpMethod": "GET"}

    document = {
        "kind": "discovery#restDescription",
        "name": "toys",
        "rootUrl": "https://toys.test/",
        "resources": {
            "a": {"methods": {"list": method("a.list", "a"), "get": method("a.get", "a/x"), "drop": method("a.drop", "b")}}
        },
    }
    assert slugs(selected(document, include=("toys.a.*",), exclude=("/b",))) == ["TOYS_A_GET", "TOYS_A_LIST"]


def test_a_graphql_schema_is_selected_by_field(selected: Callable[..., Catalog], tmp_path: Any) -> None:
    pytest.importorskip("graphql")
    import graphql

    schema = graphql.build_schema("type Query { pet: String  owner: String } type Mutation { addPet(name: String): String }")
    document = graphql.introspection_from_schema(schema)
    assert slugs(selected(dict(document), include=("*pet", "add*"))) == ["TOYS_ADD_PET", "TOYS_PET"]
