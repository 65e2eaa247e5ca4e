"""Enabled triggers, and what a provider was told for them.

Times are seconds since 1970. The camel-case names are v0.7's.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

from composio.model.connection import as_time
from composio.model.dump import Dumps, FormerName

__all__ = [
    "LATE_SECONDS",
    "Cursor",
    "InstancePage",
    "InstanceQuery",
    "NewInstance",
    "Source",
    "SubscriptionStatus",
    "TriggerEnabled",
    "TriggerInstance",
    "TriggerSetup",
    "TriggerSubscription",
]

# A poll that is this many seconds late is an error of the pollers' operator.
LATE_SECONDS: Final = 60.0
Source: TypeAlias = Literal["webhook", "poll"]
# The state of polling as JSON.
Cursor: TypeAlias = Mapping[str, Any]
# PENDING is not registered at the provider yet, ENDING is to be removed there.
SubscriptionStatus: TypeAlias = Literal["pending", "active", "ending", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerInstance(Dumps):
    """A trigger enabled for an entity with one config, and for one of its connections; "" if it needs none.

    ``source`` says how its events arrive; a webhook's instance may also be polled for missed events. ``route`` identifies this
    instance in a provider's event, if known (:class:`WebhookSource`'s ``match``); instances without one are checked against
    every event of their trigger. ``next_poll`` is None if nothing is polled. ``failures`` counts the failed polls or renewals
    since the last success. ``project`` is its owner.
    """

    FORMER = ("connectionId", "triggerName", "triggerConfig")

    id: str
    trigger: str
    app: str
    entity_id: str
    connection_id: str = ""
    integration_id: str = ""
    config: Mapping[str, Any] = field(default_factory=dict)
    enabled: bool = True
    source: Source = "webhook"
    route: str | None = None
    created_at: float = 0.0
    updated_at: float = 0.0
    disabled_at: float | None = None
    next_poll: float | None = None
    last_poll: float | None = None
    last_event: float | None = None
    last_error: str | None = None
    last_error_at: float | None = None
    failures: int = 0
    project: str = field(default="", repr=False)

    triggerId = FormerName[str]("id")  # noqa: N815 - v0.7's name
    connectionId = FormerName[str]("connection_id")  # noqa: N815 - v0.7's name
    triggerName = FormerName[str]("trigger")  # noqa: N815 - v0.7's name

    @property
    def triggerConfig(self) -> dict[str, Any]:  # noqa: N802
        return deepcopy(dict(self.config))

    def listing(self) -> dict[str, Any]:
        """Return JSON-ready data for listings."""
        return {
            "id": self.id,
            "trigger": self.trigger,
            "app": self.app,
            "entity_id": self.entity_id,
            "connection_id": self.connection_id,
            "integration_id": self.integration_id,
            "config": deepcopy(dict(self.config)),
            "enabled": self.enabled,
            "source": self.source,
            "created_at": as_time(self.created_at),
            "updated_at": as_time(self.updated_at),
            "disabled_at": _time(self.disabled_at),
            **self.status(),
        }

    def late_by(self, now: float | None = None) -> float | None:
        """Return by how many seconds its poll is late; None if by less than a minute. ``now`` is the current time."""
        if not self.enabled or self.next_poll is None:
            return None
        late = (time.time() if now is None else now) - self.next_poll
        return late if late > LATE_SECONDS else None

    def status(self, now: float | None = None) -> dict[str, Any]:
        """Return the times of the last and next poll, the last event, and the last error. JSON-ready.

        ``late_seconds`` is by how much its poll is late, None if it is not: no poller runs, or they are too slow.
        """
        late = self.late_by(now)
        return {
            "late_seconds": None if late is None else round(late),
            "last_poll": _time(self.last_poll),
            "next_poll": _time(self.next_poll),
            "last_event": _time(self.last_event),
            "last_error": self.last_error,
            "last_error_at": _time(self.last_error_at),
            "failures": self.failures,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class NewInstance:
    """A trigger to enable. Without ``connection_id`` it uses the same connection as the entity's calls.

    Without ``entity_id`` the connection's entity is used. ``app``, if given, must be the trigger's.
    """

    trigger: str
    config: Mapping[str, Any] = field(default_factory=dict)
    entity_id: str | None = None
    connection_id: str | None = None
    app: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerSetup:
    """The steps in a provider's console: ``steps``, with the ``url`` to paste, and ``secret`` if we choose it."""

    url: str
    steps: tuple[str, ...]
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerEnabled:
    """An instance, and whether it is new. ``setup`` is what a person must still do, None if nothing."""

    instance: TriggerInstance
    is_new: bool
    setup: TriggerSetup | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceQuery:
    """A filter for instances; empty or None does not filter.

    ``before`` is an instance's id: only older ones are returned, or all if it is gone.
    """

    ids: Sequence[str] = ()
    triggers: Sequence[str] = ()
    apps: Sequence[str] = ()
    entity_ids: Sequence[str] = ()
    connection_ids: Sequence[str] = ()
    integration_ids: Sequence[str] = ()
    enabled: bool | None = None
    limit: int | None = None
    offset: int = 0
    before: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class InstancePage:
    """A page of the requested instances, newest first; ``total`` is their number."""

    items: tuple[TriggerInstance, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerSubscription:
    """A URL for a provider's events, and its registration.

    ``id`` is a part of the URL and cannot be guessed. The URL belongs to one instance or, if ``instance_id`` is "", to every
    instance of an integration, or of an app if ``integration_id`` is "" too. ``kept`` are the provider's values that may be
    shown, such as its own id; secrets are sealed separately. ``renew_at`` is when to extend it, or to retry.
    """

    id: str
    app: str
    instance_id: str = ""
    integration_id: str = ""
    connection_id: str | None = None
    status: SubscriptionStatus = "pending"
    kept: Mapping[str, Any] = field(default_factory=dict)
    expires_at: float | None = None
    renew_at: float | None = None
    failures: int = 0
    error: str | None = None
    created_at: float = 0.0
    updated_at: float = 0.0
    project: str = field(default="", repr=False)


def _time(seconds: float | None) -> str | None:
    return None if seconds is None else as_time(seconds)
