"""Triggers that are enabled for somebody, and what a provider was told so that their events come.

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

# A poll that is so many seconds late is an error of whoever runs the pollers.
LATE_SECONDS: Final = 60.0
Source: TypeAlias = Literal["webhook", "poll"]
# Where polling goes on: whatever it needs to know of what it saw, as JSON.
Cursor: TypeAlias = Mapping[str, Any]
# PENDING is not told to the provider yet, ENDING is to be taken back there.
SubscriptionStatus: TypeAlias = Literal["pending", "active", "ending", "failed"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerInstance(Dumps):
    """A trigger that is enabled for an entity with one config, and for one of its connections; "" where it needs none.

    ``source`` says how its events come; one that comes by webhook may be polled besides, for what was missed. ``route`` is what a
    provider's event says to mean this instance, where that is known (:class:`WebhookSource`'s ``match``); instances without one
    are asked about every event of their trigger. ``next_poll`` is None where nothing is polled. ``failures`` counts the polls or
    renewals that failed since the last one that worked. ``project`` is whose it is.
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
        """JSON-ready, for listings."""
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
        """By how many seconds its poll is late; None where it is not, or by less than a minute. ``now`` is the clock's time."""
        if not self.enabled or self.next_poll is None:
            return None
        late = (time.time() if now is None else now) - self.next_poll
        return late if late > LATE_SECONDS else None

    def status(self, now: float | None = None) -> dict[str, Any]:
        """When it was polled and will be, what came last, and what went wrong last. JSON-ready.

        ``late_seconds`` says by how much its poll is late, None where it is not: nobody polls, or they are too slow.
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
    """What is to be enabled. Without ``connection_id`` it is the connection that the entity's calls use.

    Without ``entity_id`` it is whoever that connection is of. ``app``, where it is said, has to be the trigger's.
    """

    trigger: str
    config: Mapping[str, Any] = field(default_factory=dict)
    entity_id: str | None = None
    connection_id: str | None = None
    app: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerSetup:
    """What to do in a provider's console: ``steps``, in which ``url`` is to be pasted, and ``secret`` where it is ours to choose."""

    url: str
    steps: tuple[str, ...]
    secret: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerEnabled:
    """An instance, and whether it was made now. ``setup`` is what a person has left to do, None where nothing is."""

    instance: TriggerInstance
    is_new: bool
    setup: TriggerSetup | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceQuery:
    """Which instances; what is empty or None leaves none out.

    ``before`` is the id of an instance: of those older than it, or of all if it is gone.
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
    """Some of the instances that were asked for, newest first; ``total`` is how many there are."""

    items: tuple[TriggerInstance, ...]
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerSubscription:
    """An address that a provider sends events to, and what it was told.

    ``id`` is a part of the address and can't be guessed. The address is one instance's, or, where ``instance_id`` is "", that of
    every instance of an integration, or of an app where ``integration_id`` is "" too. ``kept`` is what the provider answered and
    may be shown, such as its own id; secrets are sealed beside it. ``renew_at`` is when to prolong it, or to try again.
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
