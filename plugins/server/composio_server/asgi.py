"""The application as worker processes make it, from the environment that :mod:`composio_server.commands` wrote."""

from __future__ import annotations

from typing import Any

from composio_server.app import create_app, read_twice_said_base
from composio_server.services.services import Services
from composio_server.settings import Settings
from composio_server.telemetry import instrument

__all__ = ["create"]


def create() -> Any:
    """A uvicorn factory."""
    return instrument(read_twice_said_base(create_app(Services.open(Settings.of()))))
