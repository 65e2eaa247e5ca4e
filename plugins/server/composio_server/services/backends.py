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
    """Makes the backend of a project on first use. Thread-safe."""

    def __init__(self, settings: Settings, plugins: PluginManager | None = None) -> None:
        self.shared = EmbeddedBackend(home=settings.home, plugin_manager=plugins or make_plugins(), environ=settings.environ)
        self._public_url = settings.public_url
        # Polled is what can be where no provider reaches this server.
        self.shared.inbound = self.shared.make_inbound(
            Inbound,
            calls=self.of,
            url=settings.public_url if settings.is_reachable else "",
            engine=make_engine(find_queue_url(settings)),
        )
        # Where users of projects come back to, as the settings beside it, those that were last read, say.
        self._redirects: dict[str, tuple[Mapping[str, Any], str]] = {}
        self.known_settings: Callable[[str], Mapping[str, Any] | None] = lambda _: None

    def of(self, project_id: str) -> ProjectBackend:
        """The backend that acts for ``project_id``, and for nobody else."""
        # The operator's OAuth clients are what "Composio's own" were: every project may connect users with them, none sees them.
        return self.shared.for_project(project_id, redirect_uri=self._redirect_of(project_id), oauth_clients=True)

    def _redirect_of(self, project_id: str) -> str:
        """Where providers send a project's users back to, as its settings say or said when they were last read."""
        settings, known = self.known_settings(project_id), self._redirects.get(project_id)
        if known is not None and (settings is None or settings is known[0]):
            return known[1]
        if settings is None:
            return Branding().callback(self._public_url)
        found = Branding.of(settings).callback(self._public_url)
        self._redirects[project_id] = settings, found
        return found

    async def execute_own(self, project_id: str, call: ToolCall, action: ActionModel) -> Outcome:
        """Run a function of Composio's own for a project, whose backend takes no function from who calls it."""
        return await self.of(project_id).engine.execute(call, self.shared.awaiting, Local(action=action))

    @property
    def home(self) -> Path:
        """The folder that everything is kept in."""
        return self.shared.home.kept

    async def aclose(self) -> None:
        """Close what is open."""
        await self.shared.aclose()
