"""One backend for each project: its own connections, and the catalog, HTTP clients and plugins of the whole server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from composio.embedded import EmbeddedBackend
from composio.embedded.inbound import Inbound
from composio.model.action import ActionModel
from composio.model.call import Local, Outcome, ToolCall
from composio.plugin.manager import PluginManager, make_plugins
from composio_server.jobs.choosing import find_queue_url, make_engine
from composio_server.services.branding import Branding
from composio_server.settings import Settings

if TYPE_CHECKING:
    from composio.embedded.projects import ProjectBackend

__all__ = ["Backends"]


class Backends:
    """Create the backend of a project on first use. Thread-safe."""

    def __init__(self, settings: Settings, plugins: PluginManager | None = None) -> None:
        self.shared = EmbeddedBackend(home=settings.home, plugin_manager=plugins or make_plugins(), environ=settings.environ)
        self._public_url = settings.public_url
        # If no provider can reach this server, everything possible is polled.
        self.shared.inbound = self.shared.make_inbound(
            Inbound,
            calls=self.of,
            url=settings.public_url if settings.is_reachable else "",
            engine=make_engine(find_queue_url(settings)),
        )
        # The projects' redirect URIs, from the last read of the settings next to each.
        self._redirects: dict[str, tuple[Mapping[str, Any], str]] = {}
        self.known_settings: Callable[[str], Mapping[str, Any] | None] = lambda _: None

    def of(self, project_id: str) -> ProjectBackend:
        """Return the backend that acts for ``project_id`` only."""
        # The operator's OAuth clients replace "Composio's own": every project may connect users with them, none sees them.
        return self.shared.for_project(project_id, redirect_uri=self._redirect_of(project_id), oauth_clients=True)

    def _redirect_of(self, project_id: str) -> str:
        """Return a project's redirect URI, from the last read of its settings."""
        settings, known = self.known_settings(project_id), self._redirects.get(project_id)
        if known is not None and (settings is None or settings is known[0]):
            return known[1]
        if settings is None:
            return Branding().callback(self._public_url)
        found = Branding.of(settings).callback(self._public_url)
        self._redirects[project_id] = settings, found
        return found

    async def execute_own(self, project_id: str, call: ToolCall, action: ActionModel) -> Outcome:
        """Run a built-in function for a project, whose backend takes no function from its caller."""
        return await self.of(project_id).engine.execute(call, self.shared.awaiting, Local(action=action))

    @property
    def home(self) -> Path:
        """The folder of all data."""
        return self.shared.home.kept

    async def aclose(self) -> None:
        """Close what is open."""
        await self.shared.aclose()
