"""The declared responses of an operation: to validate, to fake, to show."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["DeclaredResponse"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeclaredResponse:
    """One declared response. ``status`` is 0 for ``default``; ``schema`` has its references in its own ``$defs``.

    ``example`` is the description's own, None if it has none (``has_example`` distinguishes a null example).
    """

    status: int
    media_type: str = ""
    schema: Mapping[str, Any] = field(default_factory=dict)
    example: Any = None
    has_example: bool = False
