"""Variables of a description's server that have no default: asked for with the connection, and part of where calls go."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from composio import ComposioToolSet
from composio.embedded import EmbeddedBackend
from composio.errors import InvalidRequest, MissingFields
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
    with pytest.raises(InvalidRequest, match=r"the field 'region' takes one of eu, us; what was given is none of them"):
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
