"""One backend for each project: its own connections, and the catalog, HTTP clients and plugins of the whole server."""

from __future__ import annotations

from pathlib import Path

from composio.embedded import EmbeddedBackend
from composio.plugin.manager import PluginManager, make_plugins
from composio_server.settings import Settings

__all__ = ["Backends"]


class Backends:
    """Makes the backend of a project on first use. Thread-safe."""

    def __init__(self, settings: Settings, plugins: PluginManager | None = None) -> None:
        self.shared = EmbeddedBackend(home=settings.home, plugin_manager=plugins or make_plugins())

    def of(self, project_id: str) -> EmbeddedBackend:
        """The backend that acts for ``project_id``, and for nobody else."""
        del project_id  # every project is the same one until stores are made per project
        return self.shared

    @property
    def home(self) -> Path:
        """The folder that everything is kept in."""
        return self.shared.home.kept

    async def aclose(self) -> None:
        """Close what is open."""
        await self.shared.aclose()
