"""Registers the four apps, each a folder here that has an ``integration.yaml``."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from composio.plugin import hookimpl

__all__ = ["register_apps"]

_APPS = ("codeinterpreter", "filetool", "shelltool", "sqltool")


@hookimpl
def register_apps(register: Callable[[Path], None]) -> None:
    """Each app's folder."""
    for name in _APPS:
        register(Path(__file__).parent / name)
