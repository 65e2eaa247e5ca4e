"""What an API sends by itself: kept for triggers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from composio.catalog.catalog import Catalog
from composio.errors import SpecError

Open = Callable[..., Catalog]

SCHEMAS = {
    "schemas": {
        "Pet": {
            "type": "object",
            "required": ["id", "name"],
            "properties": {
                "id": {"type": "integer", "readOnly": True},
                "secret": {"type": "string", "writeOnly": True},
                "name": {"type": "string"},
                "owner": {"$ref": "#/components/schemas/Owner"},
            },
        },
        "Owner": {"type": "object", "properties": {"pets": {"type": "array", "items": {"$ref": "#/components/schemas/Pet"}}}},
    }
}
PET = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Pet"}}}}
CREATED = {
    "post": {
        "summary": "A pet was <b>created</b>",
        "operationId": "pet/created",
        "tags": ["pets"],
        "parameters": [{"name": "X-Event", "in": "header", "schema": {"type": "string"}}],
        "requestBody": PET,
        "responses": {"200": {"description": "ok"}},
    }
}


@pytest.mark.parametrize(("version", "key"), [("3.1.0", "webhooks"), ("3.0.3", "x-webhooks")])
def test_webhooks_are_listed_with_their_payload(open_catalog: Open, make: Any, version: str, key: str) -> None:
    doc = make.document({"/a": {"get": make.operation("A")}}, version, components=SCHEMAS, **{key: {"pet-created": CREATED}})
    catalog = open_catalog({"toys": doc})
    [found] = catalog.webhooks("toys")
    assert (found.slug, found.name, found.kind, found.method) == ("TOYS_PET_CREATED", "pet-created", "webhook", "POST")
    assert (found.display_name, found.tags, found.headers) == ("A pet was created", ("pets",), ("X-Event",))
    assert found.payload["$ref"] == "#/$defs/Pet"
    pet = found.payload["$defs"]["Pet"]
    assert set(pet["properties"]) == {"id", "name", "owner"}  # what the API sends has its read-only parts
    assert set(found.payload["$defs"]) == {"Pet", "Owner"}
    assert len(catalog.select(apps=["toys"], everything=True)) == 1


def test_callbacks_belong_to_the_action_that_they_follow(open_catalog: Open, make: Any) -> None:
    callback = {"{$request.body#/url}": {"post": {"requestBody": PET}}, "x-note": {"post": {}}}
    node = make.operation("Watch pets", callbacks={"seen": callback, "lost": {"$ref": "#/components/callbacks/Lost"}})
    components = {**SCHEMAS, "callbacks": {"Lost": {"{$request.query.url}": {"put": {}, "post": {}}}}}
    catalog = open_catalog({"toys": make.document({"/watch": {"post": node}}, components=components)})
    seen, put, post = catalog.webhooks("toys")
    assert (seen.kind, seen.action, seen.expression) == ("callback", "TOYS_WATCH_PETS", "{$request.body#/url}")
    assert (seen.slug, seen.payload["$ref"]) == ("TOYS_WATCH_PETS_SEEN", "#/$defs/Pet")
    assert [(w.slug, w.method) for w in (put, post)] == [("TOYS_WATCH_PETS_LOST", "PUT"), ("TOYS_WATCH_PETS_LOST_2", "POST")]
    assert put.payload == {}


def test_a_description_may_have_webhooks_alone(open_catalog: Open) -> None:
    doc = {"openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "webhooks": {"pet": CREATED}, "components": SCHEMAS}
    catalog = open_catalog({"toys": doc})
    assert [w.slug for w in catalog.webhooks("toys")] == ["TOYS_PET"]
    assert catalog.select(apps=["toys"], everything=True) == []
    assert catalog.warnings("toys") == []


def test_a_recompiled_app_has_the_webhooks_of_now(open_catalog: Open, make: Any) -> None:
    doc = make.document({"/a": {"get": make.operation("A")}}, "3.1.0", components=SCHEMAS, webhooks={"old": CREATED})
    assert [w.name for w in open_catalog({"toys": doc}).webhooks("toys")] == ["old"]
    assert [w.name for w in open_catalog({"toys": {**doc, "webhooks": {"new": CREATED}}}).webhooks("toys")] == ["new"]


def test_nonsense_among_webhooks_costs_its_own_place_only(open_catalog: Open, make: Any) -> None:
    webhooks = {"bad": 7, "empty": {}, "lost": {"$ref": "#/nowhere"}, "good": CREATED}
    doc = make.document({"/a": {"get": make.operation("A", callbacks={"x": [1]})}}, "3.1.0", webhooks=webhooks)
    catalog = open_catalog({"toys": doc})
    assert [w.name for w in catalog.webhooks("toys")] == ["good"]
    assert any("webhooks bad" in w for w in catalog.warnings("toys"))


def test_a_description_of_nothing_is_compiled_with_a_warning_but_not_added(
    open_catalog: Open, make: Any, tmp_path: Any
) -> None:
    catalog = open_catalog({"toys": make.document({})})
    assert catalog.select(apps=["toys"], everything=True) == []
    assert catalog.warnings("toys") == ["the API description has no operations"]
    file = tmp_path / "nothing.json"
    file.write_text('{"openapi": "3.0.0", "servers": [{"url": "https://a.test"}], "paths": {}}')
    with pytest.raises(SpecError, match="no operations"):
        catalog.add("nothing", str(file))
    assert [a.key for a in catalog.apps()] == ["toys"]
