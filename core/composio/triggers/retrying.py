"""Decide when a delivery is retried, and when a destination is given up. Pure.

Source: Svix's retry schedule; the Standard Webhooks specification, "Operational considerations".
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

__all__ = ["ATTEMPTS", "DELAYS", "PAUSE_SECONDS", "TIMEOUT_SECONDS", "Answered", "Health", "Outlook", "Verdict", "judge"]

# Seconds before each attempt: at once, 5 s, 5 min, 30 min, 2 h, 5 h, 10 h, 10 h.
DELAYS: Final = (0.0, 5.0, 300.0, 1800.0, 7200.0, 18000.0, 36000.0, 36000.0)
ATTEMPTS: Final = len(DELAYS)
TIMEOUT_SECONDS: Final = 15.0
# A destination that accepted nothing for this long is paused.
PAUSE_SECONDS: Final = 5 * 86400.0
# Jitter: deliveries that failed together are not retried together; up to a tenth later, never earlier.
_JITTER: Final = 0.1
# The maximum delay that a destination's Retry-After can ask for.
_LONGEST_WAIT: Final = 86400.0
_GONE: Final = 410


class Outlook(StrEnum):
    """The outcome of an attempt."""

    DELIVERED = "delivered"
    RETRY = "retry"
    FAILED = "failed"  # after the last attempt; resending starts over
    GONE = "gone"  # the destination answered 410 Gone


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """The result of one attempt. ``status`` is None without a response; ``wait`` is Retry-After in seconds."""

    status: int | None = None
    wait: float | None = None

    @property
    def is_taken(self) -> bool:
        """True only for 2xx: redirects are not followed."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """``due`` is the time of the next attempt, if there is one."""

    outlook: Outlook
    due: float | None = None


def judge(answered: Answered, made: int, *, now: float, chance: float) -> Verdict:
    """Decide what follows the attempt just made; ``made`` counts it. ``chance`` is between 0 and 1, for the jitter."""
    if answered.is_taken:
        return Verdict(outlook=Outlook.DELIVERED)
    if answered.status == _GONE:
        return Verdict(outlook=Outlook.GONE)
    if made >= ATTEMPTS:
        return Verdict(outlook=Outlook.FAILED)
    asked = min(max(answered.wait or 0.0, 0.0), _LONGEST_WAIT)
    return Verdict(outlook=Outlook.RETRY, due=now + max(DELAYS[made], asked) * (1 + _JITTER * chance))


@dataclass(frozen=True, slots=True, kw_only=True)
class Health:
    """A destination's health: since when it has accepted nothing, and since when it is paused for that; else None."""

    failing_since: float | None = None
    paused_at: float | None = None

    def after(self, answered: Answered, *, now: float) -> Health:
        """Return its health after one more attempt. A successful delivery ends a pause: a person has resent it."""
        if answered.is_taken:
            return Health()
        since = now if self.failing_since is None or self.failing_since > now else self.failing_since
        is_over = self.paused_at is None and now - since >= PAUSE_SECONDS
        return replace(self, failing_since=since, paused_at=now if is_over else self.paused_at)
