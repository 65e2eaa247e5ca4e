"""The client of integrations and connections, and import paths of v0.7's SDK, for code that was written against it."""

from __future__ import annotations

from composio.client.client import Composio
from composio.client.entity import Entity
from composio.client.request import ConnectionRequest

__all__ = ["Composio", "ConnectionRequest", "Entity"]
