"""What the store keeps besides the model's own values."""

from __future__ import annotations

from dataclasses import dataclass, field

from composio.model.connection import Connection, Integration

__all__ = ["Authorization", "Found", "Sealed"]


@dataclass(frozen=True, slots=True)
class Sealed:
    """Encrypted values: ``box`` under a key of its own, which is ``wrapped`` under the master key ``key_id``."""

    key_id: str
    wrapped: bytes = field(repr=False)
    box: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A connection with what is stored of it, and its integration; ``integration`` is None where that was removed."""

    connection: Connection
    sealed: Sealed
    integration: Integration | None
    integration_sealed: Sealed | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """A user who is on the way to a provider. Only the hash of ``state`` is stored; times are seconds since 1970.

    ``interval`` and ``next_poll_at`` belong to device flows. ``used_at`` is when it was answered.
    """

    state_hash: str
    connection_id: str
    integration_id: str
    entity_id: str
    redirect_uri: str
    created_at: float
    expires_at: float
    interval: float | None = None
    next_poll_at: float | None = None
    used_at: float | None = None
