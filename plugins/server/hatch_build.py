"""Copies htmx into the package: the file that the PyPI package django-htmx brings, which the build requires."""

from __future__ import annotations

from importlib.metadata import files
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

TARGET = "composio_server/pages/static/htmx.js"


class HtmxHook(BuildHookInterface[Any]):
    """Runs for wheels and for editable installs. Source: https://htmx.org, under the Zero-Clause BSD license."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Write the file that pages load; raises ``FileNotFoundError`` where django-htmx has it elsewhere."""
        del version
        found = next((one for one in files("django-htmx") or () if one.name == "htmx-2.min.js"), None)
        if found is None:
            raise FileNotFoundError("django-htmx has no htmx-2.min.js. Require a version of it that has.")
        target = Path(self.root, TARGET)
        target.write_bytes(Path(str(found.locate())).read_bytes())
        build_data["artifacts"].append(TARGET)
