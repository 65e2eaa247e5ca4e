"""Events for tests."""

from __future__ import annotations

from typing import Any

from composio.model.event_data import EventConnection, EventMetadata, TriggerEventData

__all__ = ["slack_event"]


def slack_event(**changes: Any) -> TriggerEventData:
    """A message in a channel, as the Slack trigger gives it; ``changes`` replace fields of its payload."""
    return TriggerEventData(
        appName="slack",
        payload={"channel": "C1", "text": "hello", "ts": "1719.1", "user": "U1", **changes},
        originalPayload={"event": {"channel": "C1", "text": "hello"}},
        metadata=EventMetadata(
            id="ti_1",
            triggerName="SLACK_RECEIVE_MESSAGE",
            connectionId="ca_1",
            triggerData="A1",
            triggerConfig={"channel_id": "C1"},
            connection=EventConnection(id="ca_1", integrationId="ac_1", clientUniqueUserId="jane", status="ACTIVE"),
        ),
        id="ev_1",
        timestamp=1_700_000_000.1239,
        sequence=7,
    )
