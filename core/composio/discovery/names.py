"""The names of the tools. Source: v3's session tools."""

from __future__ import annotations

from typing import Final

__all__ = ["APP", "CONNECT", "DESCRIBE", "EXECUTE", "SEARCH"]

APP: Final = "composio"
SEARCH: Final = "COMPOSIO_SEARCH_TOOLS"
DESCRIBE: Final = "COMPOSIO_GET_TOOL_SCHEMAS"
EXECUTE: Final = "COMPOSIO_MULTI_EXECUTE_TOOL"
CONNECT: Final = "COMPOSIO_MANAGE_CONNECTIONS"
