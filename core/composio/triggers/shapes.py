"""The bodies of deliveries: an event as JSON in v0.7's, v2's or v3's format. Pure.

Source: documentation page "Triggers" and its FastAPI examples (v2), the v0.7 client's models, the v3 API's webhook events.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any, Final

from composio.errors import InvalidRequest
from composio.model.event_data import TriggerEventData
from composio.model.trigger_event import PayloadFormat

__all__ = ["DEFAULT_SHAPE", "SHAPES", "check_shape", "make_body", "shape_event"]

# The first has v0.7's name.
SHAPES: Final[tuple[PayloadFormat, ...]] = ("v1", "v2", "v3")
# The format of the documentation's own receivers.
DEFAULT_SHAPE: Final[PayloadFormat] = "v2"
_ALSO: Final[Mapping[str, PayloadFormat]] = {
    **dict.fromkeys(("v0.7", "0.7", "v0", "v07", "1"), "v1"),
    "2": "v2",
    "3": "v3",
    **{name: name for name in SHAPES},
}


def check_shape(name: str) -> PayloadFormat:
    """Return the format named ``name``, ignoring case; ``v0.7`` is ``v1``. Raises InvalidRequest with all names."""
    found = _ALSO.get(str(name).strip().lower())
    if found is None:
        raise InvalidRequest(f"There is no payload format {name!r:.40}; the formats are v1 (v0.7's), v2 and v3.")
    return found


def make_body(event: TriggerEventData, shape: PayloadFormat) -> bytes:
    """Serialize the event in ``shape`` as ASCII JSON. The same event always gives the same bytes."""
    shaped = shape_event(event, shape)
    try:
        text = json.dumps(shaped, separators=(",", ":"), allow_nan=False)
    except ValueError:  # NaN from an upstream: Python reads it and JSON does not have it
        text = json.dumps(_without_nan(shaped), separators=(",", ":"), allow_nan=False)
    return text.encode("ascii")


def shape_event(event: TriggerEventData, shape: PayloadFormat) -> dict[str, Any]:
    """Return ``event`` as new JSON-ready dicts and lists in one of :data:`SHAPES`."""
    if shape == "v3":
        return _as_v3(event)
    return _as_v2(event) if shape == "v2" else event.listing()


def _as_v2(event: TriggerEventData) -> dict[str, Any]:
    """Put the trigger's fields into ``data`` next to the owner's ids; on a conflict the trigger's field wins.

    ``metadata`` always has the owner's ids.
    """
    listed, metadata = event.listing(), event.metadata
    whose = {
        "connection_id": metadata.connectionId,
        "connection_nano_id": metadata.connectionId,
        "trigger_id": metadata.id,
        "trigger_nano_id": metadata.id,
        "user_id": event.entity_id,
    }
    return {
        "type": metadata.triggerName.lower(),
        "timestamp": _moment(event.timestamp),
        "log_id": event.id,
        "data": {**whose, **listed["payload"]},
        "metadata": _metadata(event),
    }


def _as_v3(event: TriggerEventData) -> dict[str, Any]:
    return {
        "id": event.id,
        "type": "composio.trigger.message",
        "timestamp": _moment(event.timestamp),
        "metadata": _metadata(event),
        "data": event.listing()["payload"],
    }


def _metadata(event: TriggerEventData) -> dict[str, Any]:
    return {
        "log_id": event.id,
        "trigger_slug": event.metadata.triggerName,
        "trigger_id": event.metadata.id,
        "connected_account_id": event.metadata.connectionId,
        "auth_config_id": event.metadata.connection.integrationId,
        "toolkit_slug": event.appName,
        "user_id": event.entity_id,
    }


def _moment(seconds: float) -> str:
    """Format a time as ISO 8601 in UTC with milliseconds, like JavaScript."""
    written = datetime.fromtimestamp(math.floor(seconds * 1000) / 1000, UTC).isoformat(timespec="milliseconds")
    return written.replace("+00:00", "Z")


def _without_nan(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_nan(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(inner) for inner in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
