"""Compares what only its holder should know, in a time that does not depend on how much of it is right."""

from __future__ import annotations

import hmac
from collections.abc import Iterable

__all__ = ["same_as_any"]


def same_as_any(expected: Iterable[str], given: str) -> bool:
    """Whether ``given`` is one of ``expected``. All of them are compared."""
    written = given.encode("utf-8", "backslashreplace")
    held = False
    for value in expected:
        held |= hmac.compare_digest(value.encode("utf-8", "backslashreplace"), written)
    return held
