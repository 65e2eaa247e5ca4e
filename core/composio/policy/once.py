"""Run calls once per call id of the model's provider."""

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
    """Runs a model's call once. Repeating its call id returns the first result and sends nothing.

    An agent that resumes after a crash repeats its calls under the same ids. ``window`` is how long an id is remembered:
    ``"24h"``, ``"2d"`` or seconds, at most 30 days. Raises ``InvalidRequest`` for other values.
    """

    window: str | float = "24h"
    seconds: float = field(init=False)

    def __post_init__(self) -> None:
        seconds = read_seconds(self.window, "window=")
        if seconds > _LONGEST:
            raise InvalidRequest(f"window= is at most 30 days; got {self.window!r:.40}.")
        object.__setattr__(self, "seconds", seconds)

    def once(self, call_id: str) -> Once:
        """Return the idempotency key of a call id."""
        return Once(f"call {call_id}", self.seconds)
