"""A shop with refunds, compiled by a real backend and served on loopback."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from composio import ComposioToolSet
from composio.embedded import EmbeddedBackend
from composio.testing import FakeUpstream

APP = "shop"


def openapi() -> dict[str, Any]:
    """Orders that are read and deleted, refunds that cost money, notes that go out to people."""

    def body(**properties: Any) -> dict[str, Any]:
        schema = {"type": "object", "properties": properties}
        return {"content": {"application/json": {"schema": schema}}}

    def operation(summary: str, **more: Any) -> dict[str, Any]:
        answer = {"200": {"description": "ok", "content": {"application/json": {"schema": {"type": "object"}}}}}
        return {"summary": summary, "tags": ["important"], "responses": answer, **more}

    number = [{"name": "number", "in": "path", "required": True, "schema": {"type": "string"}}]
    refund = body(
        order={"type": "string"},
        amount={"type": "number"},
        currency={"type": "string", "enum": ["eur", "usd"]},
        parts={"type": "array", "items": {"type": "object", "properties": {"amount": {"type": "number"}}}},
    )
    return {
        "openapi": "3.0.3",
        "info": {"title": "Shop", "version": "1"},
        "servers": [{"url": "https://shop.example"}],
        "components": {"securitySchemes": {"key": {"type": "http", "scheme": "bearer"}}},
        "security": [{"key": []}],
        "paths": {
            "/orders": {
                "get": operation("List orders"),
                "post": operation("Search orders", requestBody=body(q={"type": "string"})),
            },
            "/orders/{number}": {
                "parameters": number,
                "get": operation("Get order"),
                "patch": operation("Update order", requestBody=body(note={"type": "string"})),
                "delete": operation("Delete order"),
            },
            "/refunds": {"post": operation("Create refund", requestBody=refund)},
            "/notes": {"post": operation("Send note", requestBody=body(to={"type": "string"}, text={"type": "string"}))},
        },
    }


@pytest.fixture(scope="session")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home in which the shop is compiled; tests get copies."""
    folder = tmp_path_factory.mktemp("shop")
    spec = folder / "shop.json"
    spec.write_text(json.dumps(openapi()), "utf-8")
    backend = EmbeddedBackend(home=folder / "home")
    backend.catalog.add(APP, str(spec))
    backend.close()
    return folder / "home"


@pytest.fixture
def shop(compiled: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[EmbeddedBackend, FakeUpstream]]:
    monkeypatch.setenv("COMPOSIO_ENCRYPTION_KEY", "77" * 32)
    shutil.copytree(compiled, tmp_path / "home")
    backend = EmbeddedBackend(home=tmp_path / "home")
    try:
        with FakeUpstream.of(backend, APP) as api:
            yield backend, api
            assert api.violations == []
    finally:
        backend.close()


@pytest.fixture
def make(shop: tuple[EmbeddedBackend, FakeUpstream]) -> Callable[..., ComposioToolSet[Any]]:
    """Makes toolsets on the shop, signed with ``add_auth``."""
    backend, api = shop

    def made(**options: Any) -> ComposioToolSet[Any]:
        toolset = ComposioToolSet(backend=backend, **options)
        toolset.add_auth(APP, [{"name": "Authorization", "value": "Bearer shop-key", "in": "header"}], base_url=api.url)
        return toolset

    return made
