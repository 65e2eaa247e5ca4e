"""How a provider is told where to send events: the requests, and what is kept of their answers. Pure."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from composio.errors import InvalidRequest
from composio.model.trigger import Request, Subscription, TriggerModel
from composio.triggers.expressions import ExpressionError, evaluate, fill, names_in_template
from composio.triggers.mapping import fill_request, with_defaults

__all__ = [
    "CHANNEL",
    "Agreed",
    "HookAddress",
    "ends_at",
    "is_shared",
    "may_share",
    "read_agreed",
    "renew_at",
    "steps_for",
    "to_create",
    "to_delete",
    "to_renew",
]

# What every subscription has from us, beside what its provider answers: an id of our own, for providers that want one.
CHANNEL: Final = "channel"
_SECRET, _EXPIRES = "secret", "expires"
# Providers refuse what ends after their longest time, and clocks differ.
_MARGIN = 60.0
# Of the time that a subscription holds, the part after which it is prolonged, and what is left then at least if that is possible.
_PART, _LEAST = 0.8, 6 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HookAddress:
    """What requests about a subscription are made of. ``url`` is where events are to go, ``secret`` ours."""

    url: str
    secret: str = field(default="", repr=False)
    config: Mapping[str, Any] = field(default_factory=dict)
    connection: Mapping[str, Any] = field(default_factory=dict, repr=False)
    kept: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """What came of a subscription: what is ``kept`` of the answer, the ``secret`` where it is another now, and when it ends."""

    kept: Mapping[str, Any]
    secret: str | None = field(default=None, repr=False)
    expires_at: float | None = None


def is_shared(trigger: TriggerModel, connection: Mapping[str, Any]) -> bool:
    """Whether the address is one for all instances of an integration, as with the apps of Slack or HubSpot.

    It is where the provider sends everybody's events to one address and says of each whose it is. A connection of which that is
    not known has an address of its own.
    """
    return may_share(trigger) and all(connection.get(name) for name in _told_of(trigger))


def may_share(trigger: TriggerModel) -> bool:
    """Whether a request at an address that many share can tell whose it is, and no address is told for each instance."""
    source = trigger.webhook
    if source is None or (source.subscribe is not None and "url" in _names(source.subscribe.create)):
        return False
    return bool(_told_of(trigger))


def to_create(trigger: TriggerModel, address: HookAddress, *, now: float) -> Request:
    """The request that subscribes. Raises InvalidRequest if something that it needs is not known."""
    return _filled(trigger, _subscription(trigger).create, address, now)


def to_renew(trigger: TriggerModel, address: HookAddress, *, now: float) -> Request | None:
    """The request that prolongs it; None where it is made again instead."""
    renew = _subscription(trigger).renew
    return None if renew is None else _filled(trigger, renew, address, now)


def to_delete(trigger: TriggerModel, address: HookAddress, *, now: float) -> Request | None:
    """The request that takes it back; None where the provider has none, or nothing was kept that names it."""
    declared = _subscription(trigger)
    if declared.delete is None or ("id" in declared.keep and address.kept.get("id") is None):
        return None
    return _filled(trigger, declared.delete, address, now)


def read_agreed(trigger: TriggerModel, address: HookAddress, response: Any, *, now: float, renewed: bool = False) -> Agreed:
    """What is kept of the provider's answer. Raises InvalidRequest if it lacks the id or secret that it should have."""
    declared = _subscription(trigger)
    values = _values(trigger, address, now) | {"response": response}
    found: dict[str, Any] = {}
    for name, expression in declared.keep.items():
        try:
            found[name] = evaluate(expression, values)
        except ExpressionError:
            found[name] = None
    missing = [name for name in ("id", _SECRET) if name in declared.keep and found[name] is None and not renewed]
    if missing:
        raise InvalidRequest(f"{trigger.app} answered the subscription to {trigger.slug} without its {' and '.join(missing)}.")
    secret, expires = found.pop(_SECRET, None), found.pop(_EXPIRES, None)
    kept = {**address.kept, **{name: value for name, value in found.items() if value is not None}}
    return Agreed(
        kept=kept,
        secret=secret if isinstance(secret, str) and secret else None,
        expires_at=float(expires) if _is_time(expires) else ends_at(trigger, now=now),
    )


def ends_at(trigger: TriggerModel, *, now: float) -> float | None:
    """When a subscription that is made now ends, as far as the trigger says; None for never."""
    lasts = _subscription(trigger).lasts
    return None if lasts is None else now + max(lasts - _MARGIN, lasts / 2)


def renew_at(expires_at: float | None, *, now: float) -> float | None:
    """When to prolong what ends then: with time to try again. None for what never ends."""
    if expires_at is None:
        return None
    left = max(0.0, expires_at - now)
    return now + min(left * _PART, max(left - _LEAST, left / 2))


def steps_for(trigger: TriggerModel, url: str) -> list[str]:
    """What a person does in the provider's console, with the address to paste; empty where nobody has to."""
    if trigger.webhook is None:
        return []
    return [str(fill(step, {"url": url})) for step in trigger.webhook.console]


def _told_of(trigger: TriggerModel) -> list[str]:
    assert trigger.webhook is not None
    return [name.removeprefix("connection.") for name in trigger.webhook.match if name.startswith("connection.")]


def _subscription(trigger: TriggerModel) -> Subscription:
    if trigger.webhook is None or trigger.webhook.subscribe is None:
        raise InvalidRequest(f"{trigger.slug} has no subscription; `composio triggers show {trigger.slug}` says what to do.")
    return trigger.webhook.subscribe


def _values(trigger: TriggerModel, address: HookAddress, now: float) -> dict[str, Any]:
    return {
        "url": address.url,
        "secret": address.secret,
        "config": with_defaults(trigger, address.config),
        "connection": address.connection,
        "subscription": address.kept,
        "expires": ends_at(trigger, now=now),
        "response": None,
    }


def _filled(trigger: TriggerModel, request: Request, address: HookAddress, now: float) -> Request:
    try:
        return fill_request(request, _values(trigger, address, now))
    except ExpressionError as error:
        raise InvalidRequest(f"The subscription to {trigger.slug} can't be written: {error}") from None


def _names(request: Request) -> frozenset[str]:
    return names_in_template([request.arguments, request.path, request.query, request.body])


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value > 0
