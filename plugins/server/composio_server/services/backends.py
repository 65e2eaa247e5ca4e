"""One backend for each project: its own connections, and the catalog, HTTP clients and plugins of the whole server."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from composio.embedded import EmbeddedBackend
from composio.plugin.manager import PluginManager, make_plugins
from composio_server.settings import Settings

if TYPE_CHECKING:
    from composio.embedded.projects import ProjectBackend

__all__ = ["CALLBACK", "Backends"]

CALLBACK = "/api/v1/auth-apps/add"
"""Where providers send users back to: the path that Composio's documentation has people register."""


class Backends:
    """Makes the backend of a project on first use. Thread-safe."""

    def __init__(self, settings: Settings, plugins: PluginManager | None = None) -> None:
        self.shared = EmbeddedBackend(home=settings.home, plugin_manager=plugins or make_plugins())
        self._redirect_uri = settings.public_url + CALLBACK

    def of(self, project_id: str) -> ProjectBackend:
        """The backend that acts for ``project_id``, and for nobody else."""
        return self.shared.for_project(project_id, redirect_uri=self._redirect_uri)

    @property
    def home(self) -> Path:
        """The folder that everything is kept in."""
        return self.shared.home.kept

    async def aclose(self) -> None:
        """Close what is open."""
        await self.shared.aclose()
