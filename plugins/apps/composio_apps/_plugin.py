"""Registers every folder here that has an ``integration.yaml``."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from composio.plugin import hookimpl

__all__ = ["register_apps"]


@hookimpl
def register_apps(register: Callable[[Path], None]) -> None:
    """Each app's folder, in alphabetical order."""
    here = os.path.dirname(__file__)  # noqa: PTH120 - hundreds of folders, and every program waits for them
    with os.scandir(here) as entries:
        names = sorted(entry.name for entry in entries if os.access(f"{entry.path}/integration.yaml", os.F_OK))
    root = Path(here)
    for name in names:
        register(root / name)
