"""Instances, events and destinations of which a test names only what it is about."""

from __future__ import annotations

from typing import Any

from composio.model.trigger_event import Destination, TriggerEvent
from composio.model.trigger_instance import TriggerInstance, TriggerSubscription

__all__ = ["destination", "event", "instance", "subscription"]


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
