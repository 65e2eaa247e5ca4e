"""Registers every folder here that has an ``integration.yaml``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from composio.plugin import hookimpl

__all__ = ["register_apps"]


@hookimpl
def register_apps(register: Callable[[Path], None]) -> None:
    """Each app's folder, in alphabetical order."""
    for file in sorted(Path(__file__).parent.glob("*/integration.yaml")):
        register(file.parent)
