"""Work that must survive its process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Job"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job for ``due``, in seconds since 1970. ``id`` names the work: adding it twice has no effect.

    ``payload`` is JSON. ``attempts`` counts its starts, ``error`` is the last failure.
    """

    id: str
    kind: str
    due: float
    payload: Mapping[str, Any] = field(default_factory=dict)
    attempts: int = 0
    error: str | None = None
    created_at: float = 0.0
    project: str = field(default="", repr=False)
