"""Apps with several descriptions: names over all of them, and each operation's own server and security."""

from __future__ import annotations

import random
from collections.abc import Callable
from typing import Any

import pytest

from composio.catalog.catalog import Catalog
from composio.catalog.definition import SpecSource
from composio.errors import ActionNotFound, SpecError
from composio.model.action import HttpBinding

DISCOVERY = {
    "kind": "discovery#restDescription",
    "name": "chats",
    "rootUrl": "https://chats.test/",
    "servicePath": "v1/",
    "schemas": {"Item": {"id": "Item", "type": "object", "properties": {"chat": {"type": "string"}}}},
    "resources": {
        "rooms": {
            "methods": {
                "list": {"id": "chats.rooms.list", "path": "rooms", "httpMethod": "GET", "response": {"$ref": "Item"}},
                "get": {
                    "id": "chats.rooms.get",
                    "path": "rooms/{id}",
                    "httpMethod": "GET",
                    "parameters": {"id": {"location": "path", "type": "string", "required": True}},
                },
            }
        }
    },
}


def answer(name: str) -> dict[str, Any]:
    return {"200": {"description": "ok", "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{name}"}}}}}


@pytest.fixture
def several(open_catalog: Callable[..., Catalog], make: Any) -> Callable[..., Catalog]:
    """A catalog with one app, ``toys``, of several descriptions."""

    def build(*, order: list[str] | None = None, more: dict[str, Any] | None = None, **documents: Any) -> Catalog:
        names = order or list(documents)
        first, *rest = (SpecSource(kind="file", path=f"{name}.json", name=name) for name in names)
        known = {"toys": {"spec": first, "further": tuple(rest), **(more or {})}}
        return open_catalog({**{name: documents[name] for name in names}, "toys": {}}, known)

    return build


def binding(catalog: Catalog, name: str) -> HttpBinding:
    found = catalog.action(name).binding
    assert isinstance(found, HttpBinding)
    return found


def slugs(catalog: Catalog) -> set[str]:
    return {action.slug for action in catalog.select(apps=["toys"], everything=True)}


def test_operations_of_several_descriptions_are_one_app(several: Callable[..., Catalog], make: Any) -> None:
    catalog = several(
        crm=make.document({"/contacts": {"get": make.operation("List contacts")}}),
        chat=DISCOVERY,
        old={"swagger": "2.0", "host": "old.test", "basePath": "/v0", "paths": {"/mail": {"get": make.operation("List mail")}}},
    )
    assert slugs(catalog) == {"TOYS_LIST_CONTACTS", "TOYS_CHATS_ROOMS_LIST", "TOYS_CHATS_ROOMS_GET", "TOYS_LIST_MAIL"}
    assert catalog.warnings("toys") == []


def test_each_operation_keeps_the_server_of_its_description(several: Callable[..., Catalog], make: Any) -> None:
    crm = make.document({"/a": {"get": make.operation("A")}}, servers=[{"url": "https://crm.test/v1"}])
    catalog = several(crm=crm, chat=DISCOVERY)
    assert [server.url for server in binding(catalog, "TOYS_A").servers] == ["https://crm.test/v1"]
    assert [server.url for server in binding(catalog, "TOYS_CHATS_ROOMS_LIST").servers] == ["https://chats.test/v1/"]


def test_a_description_may_say_where_its_operations_are(open_catalog: Callable[..., Catalog], make: Any) -> None:
    one = SpecSource(kind="file", path="toys.json", name="one", base_url="https://one.test")
    two = SpecSource(kind="file", path="two.json", name="two")
    documents = {
        "toys": make.document({"/a": {"get": make.operation("A")}}),
        "two": make.document({"/b": {"get": make.operation("B")}}),
    }
    catalog = open_catalog(documents, {"toys": {"spec": one, "further": (two,)}})
    assert binding(catalog, "TOYS_A").servers[0].url == "https://one.test"
    assert binding(catalog, "TOYS_B").servers[0].url == "https://api.toys.test/v1"


def test_each_operation_keeps_the_security_of_its_description(several: Callable[..., Catalog], make: Any) -> None:
    key = {"securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}}}
    closed = make.document({"/a": {"get": make.operation("A")}}, components=key, security=[{"key": []}])
    opened = make.document({"/b": {"get": make.operation("B", security=[])}})
    catalog = several(closed=closed, opened=opened)
    assert binding(catalog, "TOYS_A").security == (("key",),)
    assert binding(catalog, "TOYS_B").public


def test_definitions_of_one_name_stay_those_of_their_own_description(several: Callable[..., Catalog], make: Any) -> None:
    def document(path: str, name: str) -> dict[str, Any]:
        item = {"type": "object", "properties": {name: {"$ref": "#/components/schemas/Part"}}}
        part = {"type": "object", "properties": {f"{name}_part": {"type": "string"}}}
        node = make.operation(name, responses=answer("Item"))
        found: dict[str, Any] = make.document({path: {"get": node}}, components={"schemas": {"Item": item, "Part": part}})
        return found

    catalog = several(one=document("/a", "first"), two=document("/b", "second"))
    assert "second" not in str(catalog.responses("TOYS_FIRST"))
    assert "first_part" in str(catalog.responses("TOYS_FIRST"))
    assert "first" not in str(catalog.responses("TOYS_SECOND"))
    assert "second_part" in str(catalog.responses("TOYS_SECOND"))


SHARING = {
    "crm": {"/lists": {"get": {"summary": "List all", "operationId": "crm-lists"}}, "/only": {"get": {"summary": "Only here"}}},
    "cms": {
        "/pages": {"get": {"summary": "List all", "operationId": "cms-pages"}},
        "/lists": {"get": {"operationId": "other"}},
    },
    "bus": {"/lists": {"get": {"summary": "List all"}}},
}


@pytest.mark.parametrize("seed", range(6))
def test_no_name_depends_on_the_order_of_the_descriptions(several: Callable[..., Catalog], make: Any, seed: int) -> None:
    order = sorted(SHARING)
    random.Random(seed).shuffle(order)
    catalog = several(order=order, **{name: make.document(paths) for name, paths in SHARING.items()})
    found = {action.slug: action.binding.path for action in catalog.select(apps=["toys"], everything=True)}  # type: ignore[union-attr]  # all go over HTTP
    assert {
        "TOYS_CRM_LISTS": "/lists",
        "TOYS_CMS_PAGES": "/pages",
        "TOYS_ONLY_HERE": "/only",
        "TOYS_OTHER": "/lists",
    }.items() <= found.items()
    assert len(found) == 5
    with pytest.raises(ActionNotFound, match="several operations"):  # the shared name is nobody's
        catalog.action("TOYS_LIST_ALL")


def test_operations_at_one_path_of_two_hosts_are_two_actions_with_names_for_good(
    several: Callable[..., Catalog], make: Any
) -> None:
    def document(name: str) -> dict[str, Any]:
        servers = [{"url": f"https://{name}.test"}]
        found: dict[str, Any] = make.document({"/v1/Services": {"get": make.operation()}}, servers=servers)
        return found

    catalog = several(chat=document("chat"), video=document("video"))
    urls = {slug: binding(catalog, slug).servers[0].url for slug in slugs(catalog)}
    assert urls == {"TOYS_GET_V1_SERVICES": "https://chat.test", "TOYS_GET_V1_SERVICES_VIDEO": "https://video.test"}
    catalog.update(["toys"])
    assert {slug: binding(catalog, slug).servers[0].url for slug in slugs(catalog)} == urls


def test_references_of_the_file_are_looked_for_in_all_descriptions(several: Callable[..., Catalog], make: Any) -> None:
    more = {
        "important": ("GET /b", "a-id", "GET /v1/Services#two"),
        "aliases": {"TOYS_MY_A": "a-id", "TOYS_MY_B": "GET /b", "TOYS_LOST": "nowhere"},
    }
    one = make.document({"/a": {"get": make.operation("A", operationId="a-id")}, "/v1/Services": {"get": make.operation("S")}})
    two = make.document({"/b": {"get": make.operation("B")}, "/v1/Services": {"get": make.operation("T")}})
    catalog = several(one=one, two=two, more=more)
    assert {action.slug for action in catalog.select(apps=["toys"])} == {"TOYS_A", "TOYS_B", "TOYS_T"}
    assert catalog.action("TOYS_MY_A").slug == "TOYS_A"
    assert catalog.action("TOYS_MY_B").slug == "TOYS_B"
    assert catalog.warnings("toys") == ["integration.yaml: aliases: TOYS_LOST: no operation is called 'nowhere'"]


def test_an_operation_id_that_several_descriptions_have_is_told_apart_by_the_description_s_name(
    several: Callable[..., Catalog], make: Any
) -> None:
    one, two = (make.document({path: {"get": make.operation(operationId="List")}}) for path in ("/a", "/b"))
    more = {"important": ("List#two",), "aliases": {"TOYS_FIRST": "List#one", "TOYS_WHICH": "List"}}
    catalog = several(one=one, two=two, more=more)
    assert [action.slug for action in catalog.select(apps=["toys"])] == ["TOYS_GET_B"]
    assert catalog.action("TOYS_FIRST").slug == "TOYS_GET_A"
    assert catalog.warnings("toys") == ["integration.yaml: aliases: TOYS_WHICH: no operation is called 'List'"]


def test_a_change_of_any_description_compiles_the_app_again(several: Callable[..., Catalog], make: Any) -> None:
    one, two = (make.document({path: {"get": make.operation(path[1:])}}) for path in ("/a", "/b"))
    assert slugs(several(one=one, two=two)) == {"TOYS_A", "TOYS_B"}
    changed = make.document({"/c": {"get": make.operation("c")}})
    assert slugs(several(one=one, two=changed)) == {"TOYS_A", "TOYS_C"}


def test_one_description_that_is_gone_leaves_the_app_as_it_was(
    several: Callable[..., Catalog], make: Any, tmp_path: Any
) -> None:
    catalog = several(
        one=make.document({"/a": {"get": make.operation("A")}}), two=make.document({"/b": {"get": make.operation("B")}})
    )
    before = slugs(catalog)
    (tmp_path / "specs" / "two.json").write_text("[")
    with pytest.raises(SpecError, match=r"two\.json"):
        catalog.update(["toys"])
    assert slugs(catalog) == before
