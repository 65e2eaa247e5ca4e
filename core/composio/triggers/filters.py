"""The six filters of ``@listener.callback(filters={...})``, which select a callback's events. Pure.

Source: the v0.7 client's trigger listener; documentation page "Triggers".
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from composio.errors import InvalidRequest, nearest
from composio.model.event_data import TriggerEventData

__all__ = ["FILTERS", "EventFilter"]

_READ: Final[Mapping[str, Callable[[TriggerEventData], str]]] = {
    "app_name": lambda event: event.appName,
    "trigger_id": lambda event: event.metadata.id,
    "connection_id": lambda event: event.metadata.connectionId or event.metadata.connection.id,
    "trigger_name": lambda event: event.metadata.triggerName,
    "entity_id": lambda event: event.entity_id,
    "integration_id": lambda event: event.metadata.connection.integrationId,
}
FILTERS: Final = tuple(_READ)


@dataclass(frozen=True, slots=True)
class EventFilter:
    """The required values by filter, in lower case. One match per filter is enough."""

    wanted: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(
        cls, filters: Mapping[str, Any] | None, names: Callable[[str], Collection[str]] = lambda name: {name}
    ) -> EventFilter:
        """Parse a callback's ``filters``. A value is a string, a name such as ``App.SLACK``, or a list; None matches all.

        ``names`` returns every name of a trigger, or raises ``TriggerNotFound``. Raises InvalidRequest for an unknown filter.
        """
        if filters is not None and not isinstance(filters, Mapping):
            raise InvalidRequest(f"filters is a dict such as {{'trigger_name': 'SLACK_RECEIVE_MESSAGE'}}; got {filters!r:.80}.")
        wanted: dict[str, frozenset[str]] = {}
        for name, value in (filters or {}).items():
            if name not in _READ:
                close = nearest(str(name), list(FILTERS))
                hint = f" Did you mean {close[0]}?" if close else ""
                raise InvalidRequest(f"Unknown filter {name!r:.60}; the filters are {', '.join(FILTERS)}.{hint}")
            if value is None:
                continue
            values = [value] if isinstance(value, str) else value
            if not isinstance(values, list | tuple | set | frozenset) or not all(
                isinstance(one, str) and one for one in values
            ):
                raise InvalidRequest(f"The filter {name} is a string or a list of strings; got {value!r:.80}.")
            meant = (each for one in values for each in (names(one) if name == "trigger_name" else (one,)))
            wanted[name] = frozenset(str(one).strip().lower() for one in meant)
        return cls(wanted)

    def fits(self, event: TriggerEventData) -> bool:
        """Return whether ``event`` matches every filter, ignoring case."""
        return all(_READ[name](event).lower() in values for name, values in self.wanted.items())
