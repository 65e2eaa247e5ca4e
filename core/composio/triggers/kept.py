"""Serialize the content of a ``triggers.yaml`` as compressed JSON, and back. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from composio.catalog.rows import pack, plain, unpack
from composio.model.action import JsonSchema
from composio.model.trigger import Pages, Polling, Request, Subscription, TriggerModel, WebhookSource

__all__ = ["FILE_NAME", "decode_triggers", "encode_triggers"]

FILE_NAME: Final = "triggers.yaml"


def encode_triggers(triggers: Iterable[TriggerModel]) -> bytes:
    """Serialize the content of a file."""
    return pack([plain(trigger) for trigger in triggers])


def decode_triggers(blob: bytes) -> tuple[TriggerModel, ...]:
    """Deserialize it."""
    return tuple(map(_trigger, unpack(blob)))


def _trigger(value: Mapping[str, Any]) -> TriggerModel:
    webhook, poll = value["webhook"], value["poll"]
    return TriggerModel(
        **{
            **_tuples(value, "aliases", "scopes"),
            "config": JsonSchema(value["config"]),
            "payload": JsonSchema(value["payload"]),
            "webhook": None if webhook is None else _webhook(webhook),
            "poll": None if poll is None else _poll(poll),
        }
    )


def _webhook(value: Mapping[str, Any]) -> WebhookSource:
    subscribe = value["subscribe"]
    if subscribe is not None:
        subscribe = Subscription(**_requests(subscribe, "create", "delete", "renew"))
    found = _tuples(_requests(value, "fetch"), "verify", "handshake", "console")
    return WebhookSource(**{**found, "subscribe": subscribe})


def _poll(value: Mapping[str, Any]) -> Polling:
    found = _tuples(_requests(value, "request", "start", "each"), "reset")
    return Polling(**{**found, "pages": None if found["pages"] is None else Pages(**found["pages"])})


def _requests(value: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Convert the named entries of ``value`` to requests, if present."""
    return {**value, **{name: None if value[name] is None else Request(**value[name]) for name in names}}


def _tuples(value: Mapping[str, Any], *names: str) -> dict[str, Any]:
    """Convert the named lists of ``value`` to tuples."""
    return {**value, **{name: tuple(value[name]) for name in names}}
