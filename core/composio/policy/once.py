"""Calls that are made once: by the id that the model's provider gives each call."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from composio.errors import InvalidRequest
from composio.model.call import Once
from composio.policy.rules import read_seconds

__all__ = ["ByCallId"]

_LONGEST: Final = 30 * 86_400.0


@dataclass(frozen=True, slots=True)
class ByCallId:
    """Make a model's call once: the same call id again gives the first result, and nothing is sent.

    An agent that is resumed after a crash asks for the same calls again, under the same ids. ``window`` is for how long an id counts,
    as in ``"24h"``, ``"2d"`` or seconds, at most 30 days. Raises ``InvalidRequest`` for any other.
    """

    window: str | float = "24h"
    seconds: float = field(init=False)

    def __post_init__(self) -> None:
        seconds = read_seconds(self.window, "window=")
        if seconds > _LONGEST:
            raise InvalidRequest(f"window= is at most 30 days; got {self.window!r:.40}.")
        object.__setattr__(self, "seconds", seconds)

    def once(self, call_id: str) -> Once:
        """What lets the call of an id be made once."""
        return Once(f"call {call_id}", self.seconds)
