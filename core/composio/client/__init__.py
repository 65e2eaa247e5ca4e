"""The client of integrations and connections, and the import paths of v0.7's SDK for code written against it."""

from __future__ import annotations

from composio.client.client import Composio
from composio.client.entity import Entity
from composio.client.enums import Action, ActionType, App, AppType, Tag, TagType, Trigger, TriggerType
from composio.client.request import ConnectionRequest

__all__ = [
    "Action",
    "ActionType",
    "App",
    "AppType",
    "Composio",
    "ConnectionRequest",
    "Entity",
    "Tag",
    "TagType",
    "Trigger",
    "TriggerType",
]
