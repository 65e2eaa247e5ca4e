"""Registers ``composio serve``, ``composio server`` and ``composio dashboard``."""

from __future__ import annotations

from collections.abc import Callable

from composio.plugin import hookimpl

__all__ = ["register_commands"]


@hookimpl
def register_commands(register: Callable[[str, str], None]) -> None:
    """All load on first use: listing commands imports no web framework."""
    register("serve", "composio_server.commands:serve")
    register("server", "composio_server.commands:server")
    register("dashboard", "composio_server.dashboard_command:dashboard")
