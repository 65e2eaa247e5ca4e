"""What a part is told, and what it answers."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Options", "Report", "Row"]


@dataclass(frozen=True, slots=True)
class Options:
    """``everything`` asks for the whole, which takes long, instead of the sample that CI has time for.

    ``folder`` is for what parts download and want to find again; it is there. ``jobs`` is how many processes may work.
    """

    everything: bool
    folder: Path
    jobs: int = os.cpu_count() or 1


@dataclass(frozen=True, slots=True)
class Row:
    """One figure: ``what`` was asked, what was ``found``, and what was ``expected`` where something is."""

    what: str
    found: str
    expected: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """The figures of one part. Each of ``problems`` is a line that names its culprit; without any, the part holds."""

    rows: tuple[Row, ...]
    problems: tuple[str, ...] = ()
