"""Registers every folder here with an ``integration.yaml``, and the compiled catalog in a wheel."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from composio.plugin import hookimpl

__all__ = ["register_apps", "register_catalogs"]


@hookimpl
def register_apps(register: Callable[[Path], None]) -> None:
    """Return each app's folder, in alphabetical order."""
    here = os.path.dirname(__file__)  # noqa: PTH120 - hundreds of folders, and every program waits for them
    with os.scandir(here) as entries:
        names = sorted(entry.name for entry in entries if os.access(f"{entry.path}/integration.yaml", os.F_OK))
    root = Path(here)
    for name in names:
        register(root / name)


@hookimpl
def register_catalogs(register: Callable[[Path], None]) -> None:
    """Return the catalog of these apps in an installed wheel; a clone compiles apps on use."""
    file = Path(__file__).with_name("catalog.sqlite3")
    if file.exists():
        register(file)
