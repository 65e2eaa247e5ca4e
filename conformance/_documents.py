"""Many documents, imported by several processes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import TypeVar

__all__ = ["import_all"]

F = TypeVar("F")


def import_all(read: Callable[[Path, str], F], folder: Path, names: Iterable[str], jobs: int) -> list[F]:
    """What ``read(folder, name)`` gives for each document ``name.json``, in ``jobs`` processes.

    The longest come first, so that no process has all of them left at the end.
    """
    ordered = sorted(names, key=lambda name: -(folder / f"{name}.json").stat().st_size)
    with ProcessPoolExecutor(jobs) as pool:
        return list(pool.map(read, [folder] * len(ordered), ordered))
