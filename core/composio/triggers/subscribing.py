"""Build the requests that subscribe at a provider, and read their responses. Pure."""

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

# What every subscription stores beside its provider's response: an id of our own, for providers that require one.
CHANNEL: Final = "channel"
_SECRET, _EXPIRES = "secret", "expires"
# Providers refuse an expiry after their maximum, and clocks differ.
_MARGIN = 60.0
# The fraction of a subscription's lifetime after which it is renewed, and the minimum time left then if possible.
_PART, _LEAST = 0.8, 6 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HookAddress:
    """The values for a subscription's requests. ``url`` is the address for events, ``secret`` is ours."""

    url: str
    secret: str = field(default="", repr=False)
    config: Mapping[str, Any] = field(default_factory=dict)
    connection: Mapping[str, Any] = field(default_factory=dict, repr=False)
    kept: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Agreed:
    """The result of a subscription: the values ``kept`` from the response, a new ``secret`` if any, and its expiry."""

    kept: Mapping[str, Any]
    secret: str | None = field(default=None, repr=False)
    expires_at: float | None = None


def is_shared(trigger: TriggerModel, connection: Mapping[str, Any]) -> bool:
    """Return whether all instances of an integration share one address, as with the apps of Slack or HubSpot.

    They do if the provider sends all events to one address and names the account of each. A connection whose account is unknown
    gets its own address.
    """
    return may_share(trigger) and all(connection.get(name) for name in _list_matched(trigger))


def may_share(trigger: TriggerModel) -> bool:
    """Return whether a request at a shared address names its account, and no address is registered per instance."""
    source = trigger.webhook
    if source is None or (source.subscribe is not None and "url" in _names(source.subscribe.create)):
        return False
    return bool(_list_matched(trigger))


def to_create(trigger: TriggerModel, address: HookAddress, *, now: float) -> Request:
    """Build the request that subscribes. Raises InvalidRequest if a required value is unknown."""
    return _fill(trigger, _subscription(trigger).create, address, now)


def to_renew(trigger: TriggerModel, address: HookAddress, *, now: float) -> Request | None:
    """Build the request that renews it; None if it must be created again instead."""
    renew = _subscription(trigger).renew
    return None if renew is None else _fill(trigger, renew, address, now)


def to_delete(trigger: TriggerModel, address: HookAddress, *, now: float) -> Request | None:
    """Build the request that removes it; None if the provider has none, or no stored value identifies it."""
    declared = _subscription(trigger)
    if declared.delete is None or ("id" in declared.keep and address.kept.get("id") is None):
        return None
    return _fill(trigger, declared.delete, address, now)


def read_agreed(trigger: TriggerModel, address: HookAddress, response: Any, *, now: float, renewed: bool = False) -> Agreed:
    """Read the values to store from the provider's response. Raises InvalidRequest if it lacks a required id or secret."""
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
    """Return the expiry of a subscription made now, if the trigger defines one; None for never."""
    lasts = _subscription(trigger).lasts
    return None if lasts is None else now + max(lasts - _MARGIN, lasts / 2)


def renew_at(expires_at: float | None, *, now: float) -> float | None:
    """Return when to renew it: early enough for retries. None if it never expires."""
    if expires_at is None:
        return None
    left = max(0.0, expires_at - now)
    return now + min(left * _PART, max(left - _LEAST, left / 2))


def steps_for(trigger: TriggerModel, url: str) -> list[str]:
    """Return the steps for a person in the provider's console, with the address to paste; empty if there are none."""
    if trigger.webhook is None:
        return []
    return [str(fill(step, {"url": url})) for step in trigger.webhook.console]


def _list_matched(trigger: TriggerModel) -> list[str]:
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


def _fill(trigger: TriggerModel, request: Request, address: HookAddress, now: float) -> Request:
    try:
        return fill_request(request, _values(trigger, address, now))
    except ExpressionError as error:
        raise InvalidRequest(f"The subscription to {trigger.slug} can't be written: {error}") from None


def _names(request: Request) -> frozenset[str]:
    return names_in_template([request.arguments, request.path, request.query, request.body])


def _is_time(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value > 0
