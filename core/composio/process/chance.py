"""Chance for waits, so that many processes don't do the same at once."""

from __future__ import annotations

import random
from collections.abc import Callable

__all__ = ["CHANCE"]

CHANCE: Callable[[], float] = random.SystemRandom().random
"""A number from 0 to 1. Not :mod:`random`'s own, which a program may have seeded: threads would take numbers away from it."""
