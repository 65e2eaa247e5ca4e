"""Registers ``composio serve`` and ``composio server``."""

from __future__ import annotations

from collections.abc import Callable

from composio.plugin import hookimpl

__all__ = ["register_commands"]


@hookimpl
def register_commands(register: Callable[[str, str], None]) -> None:
    """Both load on first use: listing commands imports no web framework."""
    register("serve", "composio_server.commands:serve")
    register("server", "composio_server.commands:server")
