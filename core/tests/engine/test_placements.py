"""Credentials that are, to the description, required arguments of the operation: ``auth=`` alone is enough."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from composio import ComposioToolSet
from composio.embedded import EmbeddedBackend
from composio.testing import FakeTransport
from tests.peers.described import add_app, openapi


def required(name: str, place: str) -> dict[str, Any]:
    return {"name": name, "in": place, "required": True, "schema": {"type": "string"}}


BODY = {
    "type": "object",
    "required": ["account", "text"],
    "properties": {"account": {"type": "string"}, "text": {"type": "string"}},
}
DESCRIPTION = openapi(
    "Bot",
    "https://bot.example",
    {
        "/{token}/send": {
            "post": {
                "summary": "Send",
                "parameters": [required("token", "path"), required("key", "query"), required("X-App", "header")],
                "requestBody": {"required": True, "content": {"application/json": {"schema": BODY}}},
                "responses": {"200": {"description": "ok"}},
            }
        }
    },
)
AUTH = {
    "parameters": [
        {"name": "token", "value": "t-1", "in_": "path"},
        {"name": "key", "value": "k-1", "in_": "query"},
        {"name": "x-app", "value": "a-1", "in_": "header"},
    ],
    "body": {"account": "acme"},
}


@pytest.fixture
def transport() -> FakeTransport:
    return FakeTransport({("POST", "/t-1/send"): (200, {"ok": True})})


@pytest.fixture
def toolset(tmp_path: Path, transport: FakeTransport) -> Iterator[ComposioToolSet]:
    backend = EmbeddedBackend(home=tmp_path, transport=transport)
    add_app(backend, tmp_path, "bot", DESCRIPTION)
    with ComposioToolSet(backend=backend) as made:
        yield made
    backend.close()


def test_each_place_is_filled_without_the_caller_repeating_it(toolset: ComposioToolSet, transport: FakeTransport) -> None:
    result = toolset.execute_action("BOT_SEND", {"text": "hi"}, auth=AUTH)
    assert result["successful"], result["error"]
    (sent,) = transport.requests
    assert str(sent.url) == "https://bot.example/t-1/send?key=k-1"
    assert sent.headers["x-app"] == "a-1"
    assert json.loads(sent.content) == {"text": "hi", "account": "acme"}


def test_add_auth_fills_them_too(toolset: ComposioToolSet) -> None:
    toolset.add_auth("bot", AUTH["parameters"], body={"account": "acme"})  # type: ignore[arg-type]  # a part of a mixed dict
    assert toolset.execute_action("BOT_SEND", {"text": "hi"})["successful"]


def test_what_they_do_not_fill_is_still_required(toolset: ComposioToolSet, transport: FakeTransport) -> None:
    result = toolset.execute_action("BOT_SEND", {"text": "hi"}, auth={**AUTH, "body": {}})
    assert result["error"] == "Invalid arguments for BOT_SEND: account: expected a required property, got nothing"
    assert "token: expected a required property" in toolset.execute_action("BOT_SEND", {"text": "hi"}, auth=[])["error"]
    assert transport.requests == []
