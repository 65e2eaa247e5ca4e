"""Variables of a description's server that have no default: asked for with the connection, and part of where calls go."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from composio import ComposioToolSet
from composio.embedded import EmbeddedBackend
from composio.errors import ConnectionNotFound, InvalidRequest, MissingFields
from composio.testing import FakeTransport

VARIABLES = {
    "region": {"enum": ["eu", "us"], "description": "Where your data is."},
    "account": {},
    "version": {"default": "v2"},
}
SECURITY: dict[str, dict[str, Any]] = {
    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
    "bearer": {"type": "http", "scheme": "bearer"},
    "basic": {"type": "http", "scheme": "basic"},
}
VALUES = {"key": {"api_key": "k"}, "bearer": {"token": "t"}, "basic": {"username": "u", "password": "p"}}
URL = "https://{account}.{region}.stock.example/{version}"


def description(kind: str, *servers: dict[str, Any]) -> dict[str, Any]:
    return {
        "openapi": "3.0.3",
        "info": {"title": "Stock", "version": "1"},
        "servers": list(servers) or [{"url": URL, "variables": VARIABLES}],
        "components": {"securitySchemes": {kind: SECURITY[kind]}},
        "security": [{kind: []}],
        "paths": {"/items": {"get": {"summary": "List items", "responses": {"200": {"description": "ok"}}}}},
    }


@pytest.fixture
def seen() -> list[Any]:
    return []


@pytest.fixture
def toolset(tmp_path: Path, seen: list[Any], monkeypatch: pytest.MonkeyPatch) -> Iterator[ComposioToolSet[Any]]:
    monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", "11" * 32)
    monkeypatch.setenv("COMPOSIO_EGRESS_ALLOW", "*.example")

    def answer(request: Any) -> Any:
        seen.append(request)
        return 200, []

    backend = EmbeddedBackend(home=tmp_path / "home", transport=FakeTransport(answer))
    yield ComposioToolSet(backend=backend)
    backend.close()


def add(toolset: ComposioToolSet[Any], tmp_path: Path, document: dict[str, Any], **more: Any) -> None:
    file = tmp_path / "stock.json"
    file.write_text(json.dumps(document))
    backend: Any = toolset.backend
    backend.catalog.add("stock", str(file), **more)


def connect(toolset: ComposioToolSet[Any], **values: str) -> Any:
    return toolset.initiate_connection(app="stock", entity_id="ada", connected_account_params=values)


@pytest.mark.parametrize("kind", SECURITY)
def test_a_variable_without_a_default_is_a_field_of_the_connection(
    toolset: ComposioToolSet[Any], tmp_path: Path, seen: list[Any], kind: str
) -> None:
    add(toolset, tmp_path, description(kind))
    with pytest.raises(MissingFields, match=r"region \(Where your data is; one of eu, us\)") as caught:
        connect(toolset, **VALUES[kind])
    assert list(caught.value.fields) == ["account", "region"]
    connect(toolset, **VALUES[kind], account="acme", region="eu")
    assert toolset.execute_action("STOCK_LIST_ITEMS", {}, entity_id="ada")["successful"]
    assert str(seen[-1].url) == "https://acme.eu.stock.example/v2/items"
    assert seen[-1].headers.get("x-key") or seen[-1].headers["authorization"].startswith(("Bearer t", "Basic "))


def test_a_value_that_is_not_among_the_variables_is_refused_before_anything_is_kept(
    toolset: ComposioToolSet[Any], tmp_path: Path
) -> None:
    add(toolset, tmp_path, description("key"))
    with pytest.raises(InvalidRequest, match=r"the field 'region' takes one of eu, us; the value is not one of them"):
        connect(toolset, api_key="k", account="acme", region="mars")
    assert toolset.get_connected_accounts(entity_id="ada") == []


@pytest.mark.parametrize(
    ("servers", "more"),
    [
        ([{"url": "https://{region}.stock.example", "variables": {"region": {"default": "eu", "enum": ["eu", "us"]}}}], {}),
        ([{"url": "https://api.stock.example"}, {"url": URL, "variables": VARIABLES}], {}),
        ([{"url": URL, "variables": VARIABLES}], {"base_url": "https://mine.stock.example"}),
    ],
    ids=["a default", "another server first", "a base URL of the caller's"],
)
def test_what_calls_do_not_need_is_not_asked_for(
    toolset: ComposioToolSet[Any], tmp_path: Path, servers: list[dict[str, Any]], more: dict[str, Any]
) -> None:
    add(toolset, tmp_path, description("key", *servers), **more)
    connect(toolset, api_key="k")
    assert toolset.execute_action("STOCK_LIST_ITEMS", {}, entity_id="ada")["successful"]


def test_a_variable_that_nobody_describes_says_where_it_stands(toolset: ComposioToolSet[Any], tmp_path: Path) -> None:
    add(toolset, tmp_path, description("key", {"url": "https://{tenant}.stock.example"}))
    with pytest.raises(MissingFields, match=r"The 'tenant' of the API's address, https://\{tenant\}\.stock\.example"):
        connect(toolset, api_key="k")


def bare(*servers: dict[str, Any]) -> dict[str, Any]:
    """A description that declares no security at all."""
    found = description("key", *servers)
    del found["components"], found["security"]
    return found


TENANT = {"url": "https://{tenant}.stock.example/v2"}


def test_an_api_without_any_security_scheme_has_its_variables_filled_by_a_connection(
    toolset: ComposioToolSet[Any], tmp_path: Path, seen: list[Any]
) -> None:
    """Nothing is signed, and still a connection is needed: it says where the API is."""
    add(toolset, tmp_path, bare(TENANT))
    app = toolset.get_app("stock")
    assert (app.no_auth, app.is_undeclared) == (False, True)
    with pytest.raises(ConnectionNotFound, match="composio add stock -e ada"):
        toolset.execute_action("STOCK_LIST_ITEMS", {}, entity_id="ada")
    with pytest.raises(MissingFields, match="tenant"):
        toolset.initiate_connection(app="stock", entity_id="ada", connected_account_params={"tenant": " "})
    connect(toolset, tenant="acme")
    assert toolset.execute_action("STOCK_LIST_ITEMS", {}, entity_id="ada")["successful"]
    assert str(seen[-1].url) == "https://acme.stock.example/v2/items"
    assert "authorization" not in seen[-1].headers


def test_the_developers_own_variable_fills_the_address(
    toolset: ComposioToolSet[Any], tmp_path: Path, seen: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    add(toolset, tmp_path, bare(TENANT))
    monkeypatch.setenv("STOCK_TENANT", "acme")
    assert toolset.execute_action("STOCK_LIST_ITEMS", {})["successful"]
    assert str(seen[-1].url) == "https://acme.stock.example/v2/items"


def test_who_says_that_nothing_is_signed_still_has_the_address_filled(
    toolset: ComposioToolSet[Any], tmp_path: Path, seen: list[Any]
) -> None:
    add(toolset, tmp_path, description("key", TENANT), auth=["none"])
    connect(toolset, tenant="acme")
    assert toolset.execute_action("STOCK_LIST_ITEMS", {}, entity_id="ada")["successful"]
    assert str(seen[-1].url) == "https://acme.stock.example/v2/items"
    assert "x-key" not in seen[-1].headers


@pytest.mark.parametrize("optional", [[], [{}], [{"key": []}, {}]])
def test_an_operation_for_everybody_goes_unsigned_to_the_address_that_a_connection_says(
    toolset: ComposioToolSet[Any], tmp_path: Path, seen: list[Any], optional: list[Any]
) -> None:
    document = description("key", TENANT)
    document["paths"]["/items"]["get"]["security"] = optional
    add(toolset, tmp_path, document)
    with pytest.raises(ConnectionNotFound, match=r"The address of stock, https://\{tenant\}\.stock\.example/v2"):
        toolset.execute_action("STOCK_LIST_ITEMS", {}, entity_id="ada")
    connect(toolset, api_key="k", tenant="acme")
    assert toolset.execute_action("STOCK_LIST_ITEMS", {}, entity_id="ada")["successful"]
    assert str(seen[-1].url) == "https://acme.stock.example/v2/items"
    assert ("x-key" in seen[-1].headers) is ({"key": []} in optional)
    with pytest.raises(ConnectionNotFound):
        toolset.execute_action("STOCK_LIST_ITEMS", {}, entity_id="bob")


@pytest.mark.parametrize(
    ("server", "values", "url"),
    [
        ({"url": "https://{tenant-id}.stock.example"}, {"tenant_id": "acme"}, "https://acme.stock.example/items"),
        ({"url": "https://{{tenant}}.stock.example"}, {"tenant": "acme"}, "https://acme.stock.example/items"),
        ({"url": "https://${tenant}.stock.example"}, {"tenant": "acme"}, "https://acme.stock.example/items"),
        ({"url": "https://<your-tenant>.stock.example"}, {"your_tenant": "acme"}, "https://acme.stock.example/items"),
        ({"url": "{baseUrl}/v1"}, {"baseUrl": "https://acme.stock.example"}, "https://acme.stock.example/v1/items"),
        ({"url": "{how}://{host}/v1"}, {"how": "https", "host": "acme.stock.example"}, "https://acme.stock.example/v1/items"),
        ({"url": "https://stock.example{basePath}"}, {"basePath": "/a/b"}, "https://stock.example/a/b/items"),
    ],
)
def test_a_variable_is_a_field_however_it_is_written(
    toolset: ComposioToolSet[Any], tmp_path: Path, seen: list[Any], server: dict[str, Any], values: dict[str, str], url: str
) -> None:
    add(toolset, tmp_path, description("key", server))
    connect(toolset, api_key="k", **values)
    assert toolset.execute_action("STOCK_LIST_ITEMS", {}, entity_id="ada")["successful"]
    assert str(seen[-1].url) == url


@pytest.mark.parametrize("default", ["{tenant}", "<tenant>", "your tenant", "", None, {"value": "x"}])
def test_a_default_that_only_shows_a_place_is_none(toolset: ComposioToolSet[Any], tmp_path: Path, default: Any) -> None:
    add(toolset, tmp_path, description("key", {**TENANT, "variables": {"tenant": {"default": default}}}))
    with pytest.raises(MissingFields, match="tenant"):
        connect(toolset, api_key="k")


@pytest.mark.parametrize("variables", [{"tenant": {"enum": ["acme"]}}, {"tenant": "acme"}, {"tenant": {"default": "acme"}}])
def test_the_only_value_that_there_is_needs_no_field(
    toolset: ComposioToolSet[Any], tmp_path: Path, seen: list[Any], variables: dict[str, Any]
) -> None:
    add(toolset, tmp_path, description("key", {**TENANT, "variables": variables}))
    connect(toolset, api_key="k")
    assert toolset.execute_action("STOCK_LIST_ITEMS", {}, entity_id="ada")["successful"]
    assert str(seen[-1].url) == "https://acme.stock.example/v2/items"


@pytest.mark.parametrize("base", ["https://{tenant}.mine.example", "https://{{tenant}}.mine.example/"])
def test_a_base_url_of_the_users_may_have_a_variable_too(
    toolset: ComposioToolSet[Any], tmp_path: Path, seen: list[Any], base: str
) -> None:
    add(toolset, tmp_path, bare({"url": "https://stock.example"}), base_url=base)
    connect(toolset, tenant="acme")
    assert toolset.execute_action("STOCK_LIST_ITEMS", {}, entity_id="ada")["successful"]
    assert str(seen[-1].url) == "https://acme.mine.example/items"


@pytest.mark.parametrize("place", ["path", "operation"])
def test_a_server_of_a_path_or_an_operation_has_its_variables_filled(
    toolset: ComposioToolSet[Any], tmp_path: Path, seen: list[Any], place: str
) -> None:
    document = description("key", {"url": "https://stock.example"})
    item = document["paths"]["/items"]
    (item if place == "path" else item["get"])["servers"] = [TENANT]
    add(toolset, tmp_path, document)
    connect(toolset, api_key="k", tenant="acme")
    assert toolset.execute_action("STOCK_LIST_ITEMS", {}, entity_id="ada")["successful"]
    assert str(seen[-1].url) == "https://acme.stock.example/v2/items"


def test_the_addresses_of_a_login_below_such_a_server_have_the_same_field(
    toolset: ComposioToolSet[Any], tmp_path: Path
) -> None:
    """They used to be taken as those of a host called x."""
    document = description("key", TENANT)
    flow = {"authorizationUrl": "/authorize", "tokenUrl": "token", "scopes": {}}
    document["components"]["securitySchemes"] = {"key": {"type": "oauth2", "flows": {"authorizationCode": flow}}}
    add(toolset, tmp_path, document)
    scheme = toolset.get_app("stock").auth_schemes[0]
    assert scheme.extra["authorization_url"] == "https://{{ tenant }}.stock.example/authorize"
    assert scheme.extra["token_url"] == "https://{{ tenant }}.stock.example/v2/token"
    assert [field.name for field in scheme.fields] == ["tenant"]


def test_values_for_an_app_without_any_scheme_are_told_by_their_names(toolset: ComposioToolSet[Any], tmp_path: Path) -> None:
    add(toolset, tmp_path, bare({"url": "https://stock.example"}))
    with pytest.raises(InvalidRequest, match="a connection with NO_AUTH has no field 'api_key'"):
        connect(toolset, api_key="k")
