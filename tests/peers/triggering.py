"""Triggers, instances, events and destinations of which a test names only what it is about."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from composio.model.secret import SecretValues
from composio.model.trigger_event import Destination, TriggerEvent
from composio.model.trigger_instance import TriggerInstance, TriggerSubscription
from composio.store.triggers import instances
from tests.peers.records import Records

if TYPE_CHECKING:
    from composio.accounts.keeping import Keeping

__all__ = ["destination", "event", "instance", "message", "subscription", "watch_stars", "write_triggers"]


def instance(id: str = "ti_1", project: str = "p", **more: Any) -> TriggerInstance:
    values: dict[str, Any] = {
        "trigger": "GITHUB_ISSUE_ADDED_EVENT",
        "app": "github",
        "entity_id": "ada",
        "connection_id": f"ca-{project}",
        "integration_id": "in-1",
        "config": {"owner": "o", "repo": id},
        "created_at": 1.0,
    }
    return TriggerInstance(id=id, project=project, **values | more)


def watch_stars(keeping: Keeping, project: str) -> TriggerInstance:
    """Ada's connection to GitHub, and what she has enabled with it: whoever stars one repository is told, by webhook."""
    book, mode = keeping.open_book(project), {"auth_mode": "OAUTH2", "scheme": "github_oauth"}
    book.add_integration(Records.integration(**mode))
    connection = Records.connection(**mode, values=SecretValues({"access_token": "t"}))
    book.add_connection(connection)
    config = {"owner": "acme", "repo": "site"}
    made = instance("ti_1", project, trigger="GITHUB_STAR_ADDED_EVENT", connection_id=connection.id, config=config)
    instances.add(keeping.store.for_project(project).part(), made)
    return made


def message(id: str, **more: Any) -> TriggerEvent:
    """An event of Slack's for Jane."""
    values: dict[str, Any] = {
        "key": id,
        "instance_id": "ti_1",
        "trigger": "SLACK_RECEIVE_MESSAGE",
        "app": "slack",
        "entity_id": "jane",
        "connection_id": "ca_1",
        "payload": {"text": id},
        "received_at": time.time(),
    }
    return TriggerEvent(id=id, **values | more)


def event(id: str = "ev_1", *, of: TriggerInstance | None = None, **more: Any) -> TriggerEvent:
    one = of or instance()
    values: dict[str, Any] = {
        "key": id,
        "instance_id": one.id,
        "trigger": one.trigger,
        "app": one.app,
        "entity_id": one.entity_id,
        "connection_id": one.connection_id,
        "integration_id": one.integration_id,
        "config": one.config,
        "payload": {"title": id},
        "received_at": 100.0,
        "project": one.project,
    }
    return TriggerEvent(id=id, **values | more)


def destination(id: str = "cb_1", **more: Any) -> Destination:
    return Destination(id=id, **{"url": "https://example.com/hook", "project": "p", **more})


def subscription(id: str = "ts_1", **more: Any) -> TriggerSubscription:
    return TriggerSubscription(id=id, **{"app": "github", "instance_id": "ti_1", "project": "p", **more})


_PAYLOAD: dict[str, Any] = {"properties": {"title": {"type": "string", "description": "What it is called"}}}
_POLL: dict[str, Any] = {
    "request": {"method": "GET", "path": "/things"},
    "items": "response",
    "id": "item.id",
    "payload": {"title": "item.title"},
}
_WEBHOOK: dict[str, Any] = {
    "verify": {"kind": "token", "header": "X-Token"},
    "id": "body.id",
    "payload": {"title": "body.title"},
    "console": ["Paste {{ url }}."],
}
_CONFIG: dict[str, Any] = {
    "properties": {
        "owner": {"type": "string", "description": "Whose things"},
        "size": {"type": "integer", "description": "How big", "default": 3},
        "kind": {"type": "string", "enum": ["small", "large"], "description": "Which kind"},
    },
    "required": ["owner"],
}


def write_triggers(folder: Path) -> None:
    """Triggers of the app in ``folder``: ``APP_NEW_THING`` either way, ``APP_PUSHED`` by webhook, ``APP_POLLED`` by polling."""

    def trigger(name: str, kind: str, **more: Any) -> dict[str, Any]:
        slug = f"{folder.name.upper()}_{name}"
        common = {"slug": slug, "name": name, "description": "Things", "kind": kind, "payload": _PAYLOAD}
        parts = (("poll", _POLL), ("webhook", _WEBHOOK))
        return {**common, **{part: how for part, how in parts if kind in {part, "both"}}, **more}

    folder.mkdir(parents=True, exist_ok=True)
    made = [trigger("NEW_THING", "both", config=_CONFIG), trigger("PUSHED", "webhook"), trigger("POLLED", "poll")]
    (folder / "triggers.yaml").write_text(json.dumps({"triggers": made}))
