"""What happened in users' apps, and where it is sent. Times are seconds since 1970."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, TypeAlias

__all__ = ["Attempt", "Delivery", "DeliveryStatus", "Destination", "PayloadFormat", "TriggerEvent"]

# The shapes that v0.7, v2 and v3 send.
PayloadFormat: TypeAlias = Literal["v1", "v2", "v3"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerEvent:
    """One thing that happened, for one instance. It says itself whose it is, as its instance may be gone when it is read.

    ``key`` is the provider's id of it, or of the item that it is about: a second one of the same instance within seven days is no
    event. ``payload`` and ``original``, what came, are JSON values. ``config`` is the instance's. ``warning`` says what of it is not
    as the trigger describes it. ``sequence`` grows with every event of the database; None for one that is not stored yet.
    """

    id: str
    key: str
    instance_id: str
    trigger: str
    app: str
    entity_id: str
    connection_id: str
    integration_id: str = ""
    payload: Any = field(default_factory=dict)
    original: Any = None
    config: Mapping[str, Any] = field(default_factory=dict)
    received_at: float = 0.0
    warning: str | None = None
    sequence: int | None = None
    project: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Destination:
    """Where a project's events are sent, or with ``instance_id`` one instance's. Its secrets are sealed beside it.

    ``ordered`` ones get an event once those before it are delivered or given up. ``failing_since`` is when the first of the
    failures came that nothing but failures followed. ``reason`` says why it is not enabled.
    """

    id: str
    url: str
    instance_id: str = ""
    format: PayloadFormat = "v1"
    ordered: bool = False
    enabled: bool = True
    reason: str | None = None
    failing_since: float | None = None
    created_at: float = 0.0
    updated_at: float = 0.0
    project: str = field(default="", repr=False)


class DeliveryStatus(StrEnum):
    """How a delivery stands. Only ``PENDING`` ones are tried."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event for one destination. ``due`` is when it is tried next, ``attempts`` how often it was.

    ``http_status`` and ``error`` are the last attempt's.
    """

    id: str
    event_id: str
    destination_id: str
    status: DeliveryStatus = DeliveryStatus.PENDING
    due: float = 0.0
    attempts: int = 0
    ordered: bool = False
    http_status: int | None = None
    error: str | None = None
    created_at: float = 0.0
    ended_at: float | None = None
    sequence: int | None = None
    project: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try to deliver. ``number`` begins with 1; ``answer`` is the beginning of what the destination said."""

    delivery_id: str
    number: int
    started_at: float
    seconds: float
    http_status: int | None = None
    error: str | None = None
    answer: str | None = None
