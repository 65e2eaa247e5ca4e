"""What surfaces talk to, by noun: the catalog, calls, accounts, and what operators do.

Embedded in this process now, a server later; :mod:`composio.backend.factory` chooses.
"""

from __future__ import annotations

from composio.backend.accounts import AccountService
from composio.backend.calls import CallService
from composio.backend.catalog import ActionQuery, CatalogService
from composio.backend.operator import OperatorService
from composio.backend.service import Backend, Service

__all__ = ["AccountService", "ActionQuery", "Backend", "CallService", "CatalogService", "OperatorService", "Service"]
