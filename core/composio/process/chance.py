"""Random numbers for jitter, so that many processes do not act in step."""

from __future__ import annotations

import random
from collections.abc import Callable

__all__ = ["CHANCE"]

CHANCE: Callable[[], float] = random.SystemRandom().random
"""Return a number from 0 to 1. Not from :mod:`random`'s shared state, which a program may have seeded."""
