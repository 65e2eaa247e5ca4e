"""Composio on a server: the protocols of :mod:`composio.backend` over HTTP. Names load on first use."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from composio.remote.address import ServerAddress as ServerAddress
    from composio.remote.backend import RemoteBackend as RemoteBackend

__all__ = ["RemoteBackend", "ServerAddress"]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from composio.remote.address import ServerAddress
    from composio.remote.backend import RemoteBackend

    globals().update(ServerAddress=ServerAddress, RemoteBackend=RemoteBackend)
    return globals()[name]
