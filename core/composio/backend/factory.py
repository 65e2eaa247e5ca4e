"""Which backend a program gets: the embedded one, until there are servers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from composio.errors import ConfigurationError

if TYPE_CHECKING:
    from composio.backend.service import Backend
    from composio.model.operating import Progress
    from composio.plugin.manager import PluginManager

__all__ = ["get_plugins", "open_backend", "refuse_server"]

BASE_URL = "COMPOSIO_BASE_URL"


def open_backend(
    *, home: Path | str | None = None, plugin_manager: PluginManager | None = None, progress: Progress | None = None
) -> Backend:
    """A backend of this process, with its state in ``home``; nothing is opened before it is used."""
    from composio.embedded import EmbeddedBackend

    return EmbeddedBackend(home=home, plugin_manager=plugin_manager, progress=progress)


def get_plugins() -> PluginManager:
    """The plugins of this process, which its backends have unless they are given others."""
    from composio.plugin.manager import plugins

    return plugins()


def refuse_server(base_url: str | None) -> None:
    """A server would be reached through a base URL; until there is one, saying so beats running elsewhere than asked."""
    source = "base_url=" if base_url else f"the environment variable {BASE_URL}" if os.environ.get(BASE_URL) else ""
    if source:
        raise ConfigurationError(
            f"A Composio server was asked for through {source}, but this version runs in your own process only. Leave it out to"
            " run embedded; COMPOSIO_API_KEY may stay, it is not needed."
        )
