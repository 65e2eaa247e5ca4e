"""Apps of a project's own, as whoever has a key to a server adds them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from composio.model.owned import OwnApp

__all__ = ["OwnAppService"]


class OwnAppService(Protocol):
    """Adds and removes them. Unknown keys raise ``AppNotFound``."""

    async def add(
        self, name: str, spec: str, base_url: str | None = None, *, auth: Sequence[str] = (), accept_server: bool = False
    ) -> OwnApp:
        """Add an app by the file of its description, which is sent along, or the URL of one, which the server fetches."""
        ...

    async def update(self, name: str, *, accept_server: bool = False) -> OwnApp:
        """Fetch the description of an app anew that came from a URL."""
        ...

    async def remove(self, name: str) -> None: ...

    async def own_apps(self) -> list[OwnApp]: ...
