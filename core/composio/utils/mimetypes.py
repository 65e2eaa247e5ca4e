"""v0.7's home of what guesses a file's type."""

from __future__ import annotations

import mimetypes
from pathlib import Path

__all__ = ["guess"]


def guess(file: str | Path) -> str:
    """The media type that a file's name suggests; ``application/octet-stream`` where it suggests none."""
    return mimetypes.guess_type(str(file))[0] or "application/octet-stream"
