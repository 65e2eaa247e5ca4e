"""Puts the compiled catalog that ``COMPOSIO_SHIPPED_CATALOG`` names into the wheel; without it the wheel has none."""

from __future__ import annotations

import os
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class CatalogHook(BuildHookInterface[Any]):
    """``nox -s wheels`` names the file."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Add the file to a wheel that is not an editable one, which compiles what is asked for."""
        if (file := os.environ.get("COMPOSIO_SHIPPED_CATALOG")) and version == "standard":
            build_data["force_include"][file] = "composio_apps/catalog.sqlite3"
