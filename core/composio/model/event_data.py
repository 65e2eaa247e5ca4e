"""An event in users' code: v0.7's ``TriggerEventData``, with the same fields.

Source: the v0.7 client's models; documentation page "Triggers".
"""

from __future__ import annotations

from collections.abc import Mapping
from copy import deepcopy
from dataclasses import dataclass, field
from typing import Any, TypedDict

from composio.model.dump import Dumps

__all__ = ["EventConnection", "EventMetadata", "EventSelection", "TriggerEventData"]


class EventSelection(TypedDict, total=False):
    """A filter for events; omitted fields do not filter. ``text`` is searched in the payload.

    ``since`` is in seconds since 1970, ``before`` a sequence, and ``limit`` the maximum number (50).
    """

    trigger: str | None
    trigger_id: str | None
    entity_id: str | None
    app: str | None
    text: str
    since: float | None
    before: int | None
    limit: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EventConnection(Dumps):
    """The connection of an event. ``clientUniqueUserId`` is the entity's id."""

    id: str = ""
    integrationId: str = ""  # noqa: N815 - v0.7's names, here and below
    clientUniqueUserId: str = ""  # noqa: N815
    status: str = ""

    def listing(self) -> dict[str, Any]:
        """Its fields."""
        return {
            "id": self.id,
            "integrationId": self.integrationId,
            "clientUniqueUserId": self.clientUniqueUserId,
            "status": self.status,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class EventMetadata(Dumps):
    """What an event belongs to. ``id`` is the trigger instance's, ``triggerData`` what its provider's subscription is called."""

    id: str
    triggerName: str  # noqa: N815
    connectionId: str = ""  # noqa: N815
    triggerData: str = ""  # noqa: N815
    triggerConfig: Mapping[str, Any] = field(default_factory=dict)  # noqa: N815
    connection: EventConnection = field(default_factory=EventConnection)

    def listing(self) -> dict[str, Any]:
        """Its fields."""
        return {
            "id": self.id,
            "connectionId": self.connectionId,
            "triggerName": self.triggerName,
            "triggerData": self.triggerData,
            "triggerConfig": deepcopy(dict(self.triggerConfig)),
            "connection": self.connection.listing(),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class TriggerEventData(Dumps):
    """One event, for one trigger instance.

    The fields with capitals are v0.7's; ``id``, ``timestamp`` and ``sequence`` are ours.

    ``payload`` has the fields of the trigger's payload schema, ``originalPayload`` is the original. ``id`` is the event's own
    (``ev_...``) and the same for every delivery, ``timestamp`` is when it was accepted, in seconds since 1970. ``sequence``
    grows with every event; a listener resumes from it after an absence.
    """

    appName: str  # noqa: N815
    payload: dict[str, Any]
    metadata: EventMetadata
    originalPayload: dict[str, Any] = field(default_factory=dict)  # noqa: N815
    clientId: int | None = None  # noqa: N815
    id: str = ""
    timestamp: float = 0.0
    sequence: int = 0

    @property
    def entity_id(self) -> str:
        """The entity of the event."""
        return self.metadata.connection.clientUniqueUserId

    def listing(self) -> dict[str, Any]:
        """Its fields as they are sent to a server's listeners and v0.7's webhooks."""
        return {
            "appName": self.appName,
            "clientId": self.clientId,
            "payload": deepcopy(self.payload),
            "originalPayload": deepcopy(self.originalPayload),
            "metadata": self.metadata.listing(),
            "id": self.id,
            "timestamp": self.timestamp,
            "sequence": self.sequence,
        }

    @classmethod
    def of(cls, listed: Mapping[str, Any]) -> TriggerEventData:
        """Parse the event that :meth:`listing` or v0.7's server describes. Raises ``KeyError`` without a trigger's name.

        The result is independent: changing it does not change ``listed``.
        """
        metadata = listed["metadata"]
        connection = metadata.get("connection") or {}
        return cls(
            appName=str(listed.get("appName") or ""),
            clientId=listed.get("clientId"),
            payload=_as_dict(listed.get("payload")),
            originalPayload=_as_dict(listed.get("originalPayload")),
            metadata=EventMetadata(
                id=str(metadata.get("id") or ""),
                connectionId=str(metadata.get("connectionId") or ""),
                triggerName=str(metadata["triggerName"]),
                triggerData=str(metadata.get("triggerData") or ""),
                triggerConfig=_as_dict(metadata.get("triggerConfig")),
                connection=EventConnection(
                    **{
                        name: str(connection.get(name) or "")
                        for name in ("id", "integrationId", "clientUniqueUserId", "status")
                    }
                ),
            ),
            id=str(listed.get("id") or ""),
            timestamp=float(listed.get("timestamp") or 0.0),
            sequence=int(listed.get("sequence") or 0),
        )

    def copy(self) -> TriggerEventData:
        """Return a copy with a payload that can be changed independently."""
        return type(self).of(self.listing())


def _as_dict(value: Any) -> dict[str, Any]:
    return deepcopy(dict(value)) if isinstance(value, Mapping) else {}
