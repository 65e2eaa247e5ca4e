"""Choose a program's backend: a server's if one is named, else the embedded one."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from composio.model.secret import hide_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from composio.backend.service import Backend
    from composio.errors import IntegrationFileError
    from composio.model.operating import Progress
    from composio.model.secret import Secret
    from composio.plugin.manager import PluginManager
    from composio.remote.address import ServerAddress

__all__ = [
    "app_schema",
    "ask_account",
    "check_app",
    "get_plugins",
    "log_in",
    "log_out",
    "name_server",
    "open_backend",
    "triggers_schema",
]


def open_backend(
    *,
    home: Path | str | None = None,
    api_key: str | Secret | None = None,
    base_url: str | None = None,
    plugin_manager: PluginManager | None = None,
    progress: Progress | None = None,
) -> Backend:
    """Return the named server's backend, or one of this process with its state in ``home``. Nothing is opened before use.

    A server is named by ``base_url``, by ``COMPOSIO_BASE_URL``, or by ``composio login``; a key alone names none.
    """
    address = name_server(api_key=api_key, base_url=base_url, home=home)
    if address is not None:
        from composio.remote import RemoteBackend

        return RemoteBackend(address, home=home, plugin_manager=plugin_manager)
    from composio.embedded import EmbeddedBackend

    return EmbeddedBackend(home=home, plugin_manager=plugin_manager, progress=progress)


def name_server(
    *, api_key: str | Secret | None = None, base_url: str | None = None, home: Path | str | None = None
) -> ServerAddress | None:
    """Return the server to use; None for this process. Raises ``ConfigurationError`` for a server without a key."""
    from composio.remote.address import find_address

    return find_address(api_key, base_url, home=home)


def log_in(base_url: str, api_key: str | Secret) -> dict[str, Any]:
    """Store a server and a key for later commands and toolsets, once the server accepts the key. Returns the key's details.

    ``kept_in`` is the file. Raises ``KeyRefused`` or ``ServerUnavailable``, and then stores nothing.
    """
    from composio.remote.address import ServerAddress, keep_login, read_url
    from composio.remote.backend import RemoteBackend

    address = ServerAddress(read_url(base_url, "The URL"), hide_text(api_key))
    del api_key
    backend = RemoteBackend(address)
    try:
        known = backend.run(backend.whoami)
    finally:
        backend.close()
    return {**known, "base_url": address.url, "kept_in": str(keep_login(address))}


def log_out() -> bool:
    """Delete what :func:`log_in` stored. Returns whether there was anything."""
    from composio.remote.address import forget_login

    return forget_login()


def ask_account() -> dict[str, Any] | None:
    """Return the key's details from the server, and what named the server; None if everything runs in this process."""
    from composio.remote.backend import RemoteBackend

    address = name_server()
    if address is None:
        return None
    backend = RemoteBackend(address)
    try:
        return {**backend.run(backend.whoami), "base_url": address.url, "named_by": address.source}
    finally:
        backend.close()


def get_plugins() -> PluginManager:
    """Return the plugins of this process, the default for its backends."""
    from composio.plugin.manager import plugins

    return plugins()


# These need no backend: an author checks a file on any machine.


def check_app(file: Path) -> Sequence[IntegrationFileError]:
    """List every mistake in an ``integration.yaml`` and the ``triggers.yaml`` next to it, or in one of them alone."""
    from composio.embedded.checking import check_app

    return check_app(file)


def app_schema() -> dict[str, Any]:
    """Return the JSON Schema of ``integration.yaml``."""
    from composio.embedded.checking import app_schema

    return app_schema()


def triggers_schema() -> dict[str, Any]:
    """Return the JSON Schema of ``triggers.yaml``."""
    from composio.embedded.checking import triggers_schema

    return triggers_schema()
