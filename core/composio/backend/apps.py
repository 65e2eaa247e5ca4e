"""The interface of a project's own apps, added with a server's key."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from composio.model.owned import OwnApp

__all__ = ["OwnAppService"]


class OwnAppService(Protocol):
    """Adds and removes a project's apps. Unknown keys raise ``AppNotFound``."""

    async def add(
        self, name: str, spec: str, base_url: str | None = None, *, auth: Sequence[str] = (), accept_server: bool = False
    ) -> OwnApp:
        """Add an app by the file of its description, which is uploaded, or by a URL, which the server fetches."""
        ...

    async def update(self, name: str, *, accept_server: bool = False) -> OwnApp:
        """Fetch again the description of an app that came from a URL."""
        ...

    async def remove(self, name: str) -> None: ...

    async def own_apps(self) -> list[OwnApp]: ...
