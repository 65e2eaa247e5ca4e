"""An app with tickets that can be made, found and deleted, for agents that look for their tools."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
import yaml

from composio.model.call import ToolResult
from tests.peers.acme import OPEN, Provider

Ask = Callable[..., ToolResult]
_ID = {"name": "ticket_id", "in": "path", "required": True, "schema": {"type": "string"}}
_TICKET = {
    "type": "object",
    "required": ["title"],
    "properties": {"title": {"type": "string"}, "labels": {"type": "array", "items": {"type": "string"}}},
}


def _operation(name: str, tag: str, *parameters: dict[str, Any], body: dict[str, Any] | None = None) -> dict[str, Any]:
    sent = {"requestBody": {"required": True, "content": {"application/json": {"schema": body}}}} if body else {}
    answers = {"responses": {"200": {"description": "ok"}}}
    return {
        "operationId": name,
        "summary": name.replace("_", " ").capitalize(),
        "tags": [tag],
        "parameters": list(parameters),
        **sent,
        **answers,
    }


TRACKER: Mapping[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "Tracker", "version": "1"},
    "servers": [{"url": "https://api.tracker.example"}],
    "paths": {
        "/tickets": {
            "get": _operation("list_tickets", "tickets", {"name": "page", "in": "query", "schema": {"type": "integer"}}),
            "post": _operation("create_ticket", "tickets", body=_TICKET),
        },
        "/tickets/{ticket_id}": {
            "get": _operation("get_ticket", "tickets", _ID),
            "delete": _operation("delete_ticket", "danger", _ID),
        },
    },
}


def write_tracker(home: Path) -> None:
    folder = home / "apps" / "tracker"
    folder.mkdir(parents=True)
    (folder / "openapi.json").write_text(json.dumps(TRACKER))
    definition = {
        "name": "Tracker",
        "unique_key": "tracker",
        "description": "Tickets of a team.",
        "spec": {"file": "openapi.json"},
        "auth_schemes": [OPEN],
        "important": ["create_ticket"],
    }
    (folder / "integration.yaml").write_text(yaml.safe_dump(definition))


class World(Provider):
    """Acme, and Tracker's API, which gives back what it was sent."""

    def api(self, request: httpx.Request) -> Any:
        if request.url.host != "api.tracker.example":
            return super().api(request)
        sent = json.loads(request.content) if request.content else None
        if request.url.path == "/tickets" and request.method == "GET":
            return 200, [{"id": str(n), "title": "x" * 60} for n in range(40)]
        return 200, {"method": request.method, "path": request.url.path, "sent": sent}
