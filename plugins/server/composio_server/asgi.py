"""The application as worker processes create it, from the environment that :mod:`composio_server.commands` wrote."""

from __future__ import annotations

import gc
import logging
from typing import Any, Final

from composio_server.app import create_app, read_twice_said_base
from composio_server.services.services import Services
from composio_server.settings import Settings
from composio_server.telemetry import instrument

__all__ = ["create"]

_YOUNG: Final = 10_000  # objects created before a collection of the youngest; Python's default of 700 suits scripts


def create() -> Any:
    """A uvicorn factory."""
    services = Services.open(Settings.of())
    app = instrument(read_twice_said_base(create_app(services)))
    _load(services)
    # Exempt existing objects: a full collection of them would stop every call for a tenth of a second.
    gc.collect()
    gc.freeze()
    gc.set_threshold(_YOUNG)
    # No log line contains them. Source: the logging HOWTO, "Optimization".
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None  # noqa: SLF001 - the HOWTO names it: no line has the place in the code either
    return app


def _load(services: Services) -> None:
    """Import what the first call needs, and create what all calls share."""
    shared = services.backends.shared
    _ = shared.engine, shared.accounts, shared.clients, shared.runtime.blocking
