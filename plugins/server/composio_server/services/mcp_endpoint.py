"""Find the MCP implementation of an installed plugin. The server itself does not need it."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from importlib import import_module
from typing import Any, Protocol
from urllib.parse import urlsplit

from composio.plugin.manager import PluginManager
from composio_server.settings import Settings

__all__ = ["McpEndpoint", "load_endpoint"]

log = logging.getLogger("composio.server")
_LOOPBACK = ("127.0.0.1", "localhost", "[::1]")


class McpEndpoint(Protocol):
    """What ``register_endpoints`` names for ``mcp``."""

    def run(self) -> AbstractAsyncContextManager[None]:
        """Keep clients' open streams."""
        ...

    def is_message(self, path: str) -> bool:
        """Return whether a request is for an open stream, which alone authenticates it."""
        ...

    def note_change(self) -> None:
        """Notify clients whose tools have changed now, rather than at the next check. On the serving loop."""
        ...

    def describe_clients(self, name: str, url: str) -> Sequence[tuple[str, str]]:
        """Return the client configurations for a server at ``url``, each with a label."""
        ...

    async def serve(
        self, scope: Any, receive: Any, send: Any, *, path: str, owner: str, find: Callable[[], Awaitable[Any]]
    ) -> None:
        """Answer one request."""
        ...


def load_endpoint(plugins: PluginManager, settings: Settings) -> McpEndpoint | None:
    """Return the installed plugin's, for requests to the server's own names; None if none works."""
    reference = plugins.endpoints().get("mcp")
    if reference is None:
        return None
    module, _, name = reference.partition(":")
    hosts, origins = _names(settings)
    try:
        kind = getattr(import_module(module), name)
        made: McpEndpoint = kind(hosts=hosts, origins=origins, stateless=settings.workers > 1, max_bytes=settings.body_bytes)
    except Exception as error:  # whatever a plugin's libraries raise, the server continues without it
        log.warning("MCP is not served: %s: %s", type(error).__name__, error)
        return None
    return made


def _names(settings: Settings) -> tuple[list[str], list[str]]:
    """Return the host names for clients, and the origins whose pages may send requests."""
    public = urlsplit(settings.public_url)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    hosts = [public.netloc, f"{host}:{settings.port}", *(f"{one}:*" for one in _LOOPBACK)]
    origins = [f"{public.scheme}://{public.netloc}", *settings.cors_origins]
    if public.hostname in {"127.0.0.1", "localhost", "::1"}:
        origins += [f"http://{one}:*" for one in _LOOPBACK]
    return hosts, origins
