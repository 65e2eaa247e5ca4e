"""Records of the store beyond the model's own values."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from composio.model.approval import Approval
from composio.model.connection import Connection, Integration
from composio.model.trigger_event import Destination
from composio.model.trigger_instance import TriggerSubscription

__all__ = ["Authorization", "Found", "Place", "ProjectKey", "Sealed", "place_of"]


@dataclass(frozen=True, slots=True)
class Sealed:
    """Encrypted values: ``box`` under a random key, which is ``wrapped`` under the master key ``key_id``.

    ``again`` rewraps the values under the newest master key. The store calls it if a rotation has retired ``key_id`` between
    encrypting and storing. None for values read from the store.
    """

    key_id: str
    wrapped: bytes = field(repr=False)
    box: bytes = field(repr=False)
    again: Callable[[], Sealed] | None = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Place:
    """The row that encrypted values are bound to: elsewhere they can't be decrypted.

    ``kind`` is ``integration``, ``connection``, ``authorization``, ``subscription``, ``destination``, ``approval`` or, for its
    key, ``project``;
    ``owner`` the row's id, ``tenant`` its entity. ``route`` is what decides where the values are sent: the app, the
    integration, the scheme. ``project`` is their project, if it has a name.
    """

    kind: str
    owner: str
    tenant: str
    route: tuple[str, ...] = ()
    project: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A connection with its encrypted values, and its integration; ``integration`` is None if it was removed."""

    connection: Connection
    sealed: Sealed
    integration: Integration | None
    integration_sealed: Sealed | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectKey:
    """The key that encrypts a project's secrets, wrapped under the master key or by ``wrapper``, a plugin. ``id`` is public."""

    id: str
    sealed: Sealed
    created_at: float
    wrapper: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Authorization:
    """A user who is at a provider. Only the hash of ``state`` is stored; times are seconds since 1970.

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


def place_of(record: Integration | Connection | Authorization | TriggerSubscription | Destination | Approval) -> Place:
    """Return the place of ``record``'s encrypted values. :mod:`composio.store.sealing` reads the same from the rows."""
    if isinstance(record, Integration):
        return Place("integration", record.id, "", (record.app, record.scheme))
    if isinstance(record, Connection):
        return Place("connection", record.id, record.entity_id, (record.app, record.integration_id, record.scheme))
    if isinstance(record, TriggerSubscription):
        return Place("subscription", record.id, "", (record.app, record.integration_id, record.instance_id))
    if isinstance(record, Destination):
        return Place("destination", record.id, "", (record.instance_id,))
    if isinstance(record, Approval):
        return Place("approval", record.id, record.entity_id, (record.action, record.connection, record.policy, record.digest))
    return Place("authorization", record.state_hash, record.entity_id, (record.connection_id, record.integration_id))
