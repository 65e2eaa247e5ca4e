"""XML bodies come back out of requests as the arguments that went in."""

from __future__ import annotations

from typing import Any

import pytest

from composio.engine.build import Target, build
from composio.model.action import ActionModel, Body, HttpBinding, Server
from composio.testing import FakeUpstream

RULES = {
    "root": {"name": "pet", "prefix": "p", "namespace": "http://pets", "ref": "Pet"},
    "nodes": {
        "Pet": {
            "properties": {
                "id": {"attribute": True},
                "name": {},
                "tags": {"wrapped": True, "items": {"name": "tag"}},
                "notes": {"items": {"name": "note"}},
                "parent": {"ref": "Pet", "name": "parent"},
            }
        }
    },
}
PROPERTIES: dict[str, Any] = {
    "id": {"type": "integer"},
    "name": {"type": "string"},
    "tags": {"type": "array", "items": {"type": "string"}},
    "notes": {"type": "array", "items": {"type": "integer"}},
    "parent": {"type": "object", "properties": {"id": {"type": "integer"}, "name": {"type": "string"}}},
}


@pytest.mark.parametrize(
    "given",
    [
        {"id": 1, "name": "a & b", "tags": ["x", "y"], "notes": [1, 2], "parent": {"id": 2, "name": "c"}},
        {"name": "only"},
        {"tags": []},
    ],
)
def test_arguments_survive_the_way_there(given: dict[str, Any]) -> None:
    body = Body("application/xml", "xml", {name: name for name in PROPERTIES}, required=True, xml=RULES)
    binding = HttpBinding("POST", "/pets", (Server("https://api.example.com"),), body=body)
    schema = {"type": "object", "properties": PROPERTIES}
    action = ActionModel(slug="X_ADD_PET", app="x", validation=schema, binding=binding)
    api = FakeUpstream([(action, ())])
    sent = build(action, binding, given, Target())
    with api.transport() as transport:
        transport.handle_request(sent)
    assert api.violations == []
    assert api.requests[0].arguments == given
