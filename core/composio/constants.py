"""The constants of v0.7 that still have a meaning in this version."""

from __future__ import annotations

from composio.former.finder import name_lookup
from composio.model.call import DEFAULT_ENTITY as DEFAULT_ENTITY_ID

__all__ = [
    "DEFAULT_ENTITY_ID",
    "ENV_COMPOSIO_API_KEY",
    "ENV_COMPOSIO_BASE_URL",
    "ENV_COMPOSIO_LOGGING_LEVEL",
    "VERSION_LATEST",
    "VERSION_LATEST_BASE",
]

ENV_COMPOSIO_API_KEY = "COMPOSIO_API_KEY"
ENV_COMPOSIO_BASE_URL = "COMPOSIO_BASE_URL"
ENV_COMPOSIO_LOGGING_LEVEL = "COMPOSIO_LOGGING_LEVEL"
VERSION_LATEST = "latest"
VERSION_LATEST_BASE = "latest:base"

__getattr__, __dir__ = name_lookup(__name__)
