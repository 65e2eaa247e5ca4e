"""The backend interfaces, by noun: the catalog, calls, accounts, triggers, events, and operation.

A backend is embedded in this process or a server's; :mod:`composio.backend.factory` chooses. Names load on first use: most of
them are protocols, which only type checkers look at.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from composio.backend.accounts import AccountService as AccountService
    from composio.backend.calls import CallService as CallService
    from composio.backend.catalog import ActionQuery as ActionQuery
    from composio.backend.catalog import CatalogService as CatalogService
    from composio.backend.events import EventService as EventService
    from composio.backend.operator import OperatorService as OperatorService
    from composio.backend.service import Backend as Backend
    from composio.backend.service import Service as Service
    from composio.backend.triggers import TriggerService as TriggerService

__all__ = [
    "AccountService",
    "ActionQuery",
    "Backend",
    "CallService",
    "CatalogService",
    "EventService",
    "OperatorService",
    "Service",
    "TriggerService",
]

_HOMES = {
    "AccountService": "accounts",
    "ActionQuery": "catalog",
    "Backend": "service",
    "CallService": "calls",
    "CatalogService": "catalog",
    "EventService": "events",
    "OperatorService": "operator",
    "Service": "service",
    "TriggerService": "triggers",
}


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f"{__name__}.{home}"), name)
    globals()[name] = value
    return value
