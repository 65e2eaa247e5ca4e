"""Events in users' apps, and their destinations. Times are seconds since 1970."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Literal, TypeAlias

__all__ = ["Attempt", "Delivery", "DeliveryStatus", "Destination", "PayloadFormat", "TriggerEvent"]

# The formats that v0.7, v2 and v3 send.
PayloadFormat: TypeAlias = Literal["v1", "v2", "v3"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerEvent:
    """One event, for one instance. It names its owner itself, as its instance may be gone when it is read.

    ``key`` is the provider's id of it, or of its item: a second one of the same instance within seven days is dropped.
    ``payload`` and ``original``, the received data, are JSON values. ``config`` is the instance's. ``warning`` says what
    differs from the trigger's description. ``sequence`` grows with every event in the database; None for one that is not stored
    yet.
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
    """The destination of a project's events, or with ``instance_id`` of one instance's. Its secrets are sealed separately.

    ``ordered`` ones get an event once earlier ones are delivered or given up. ``failing_since`` is when the current series of
    failures began. ``reason`` says why it is disabled.
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
    """The state of a delivery. Only ``PENDING`` ones are attempted."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One event for one destination. ``due`` is the time of the next attempt, ``attempts`` their number.

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
    """One delivery attempt. ``number`` starts at 1; ``answer`` is the beginning of the destination's response."""

    delivery_id: str
    number: int
    started_at: float
    seconds: float
    http_status: int | None = None
    error: str | None = None
    answer: str | None = None
