"""Find the MCP implementation of an installed plugin. The server itself needs none."""

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
        """Hold what is open for clients."""
        ...

    def is_message(self, path: str) -> bool:
        """Whether a request comes for a stream that is open, and proves itself by that alone."""
        ...

    def note_change(self) -> None:
        """Tell clients whose tools have changed, now rather than when that is next looked for. On the loop that serves."""
        ...

    def describe_clients(self, name: str, url: str) -> Sequence[tuple[str, str]]:
        """How clients are told of a server at ``url``: for each a label and its configuration."""
        ...

    async def serve(
        self, scope: Any, receive: Any, send: Any, *, path: str, owner: str, find: Callable[[], Awaitable[Any]]
    ) -> None:
        """Answer one request."""
        ...


def load_endpoint(plugins: PluginManager, settings: Settings) -> McpEndpoint | None:
    """The installed plugin's, for requests by the server's own names; None where there is none that works."""
    reference = plugins.endpoints().get("mcp")
    if reference is None:
        return None
    module, _, name = reference.partition(":")
    hosts, origins = _names(settings)
    try:
        kind = getattr(import_module(module), name)
        made: McpEndpoint = kind(hosts=hosts, origins=origins, stateless=settings.workers > 1, max_bytes=settings.body_bytes)
    except Exception as error:  # whatever a plugin's libraries raise, the server goes on without it
        log.warning("MCP is not served: %s: %s", type(error).__name__, error)
        return None
    return made


def _names(settings: Settings) -> tuple[list[str], list[str]]:
    """The hosts that clients may call the server by, and the origins whose pages may send requests to it."""
    public = urlsplit(settings.public_url)
    host = f"[{settings.host}]" if ":" in settings.host else settings.host
    hosts = [public.netloc, f"{host}:{settings.port}", *(f"{one}:*" for one in _LOOPBACK)]
    origins = [f"{public.scheme}://{public.netloc}", *settings.cors_origins]
    if public.hostname in {"127.0.0.1", "localhost", "::1"}:
        origins += [f"http://{one}:*" for one in _LOOPBACK]
    return hosts, origins
