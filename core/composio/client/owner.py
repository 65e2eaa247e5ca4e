"""What a toolset and a client have in common: the backend that they make on first use, or were given."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Self

from composio.backend.factory import open_backend, refuse_server
from composio.former.directory import remember
from composio.process.forks import lock

if TYPE_CHECKING:
    from composio.backend import Backend

__all__ = ["BackendOwner", "Closes"]


class Closes(ABC):
    """Closed by ``with`` and ``async with``."""

    @abstractmethod
    def close(self) -> None:
        """Close what was opened here."""

    @abstractmethod
    async def aclose(self) -> None:
        """As :meth:`close`, asynchronously."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.aclose()


class BackendOwner(Closes):
    """``home`` and ``backend`` are as in :class:`composio.ComposioToolSet`: what was made here is closed here."""

    def __init__(self, *, home: Path | str | None = None, backend: Backend | None = None, base_url: str | None = None) -> None:
        refuse_server(base_url)
        self._home = home
        self._backend, self._owns_backend = backend, backend is None
        self._lock = lock()
        remember(self)

    @property
    def backend(self) -> Backend:
        """What runs everything; the embedded one is made on first use."""
        with self._lock:
            if self._backend is None:
                self._backend = open_backend(home=self._home)
            return self._backend

    def close(self) -> None:
        """Close what was opened here; using it again opens it again."""
        if self._owns_backend and self._backend is not None:
            self._backend.close()

    async def aclose(self) -> None:
        """As :meth:`close`, asynchronously."""
        if self._owns_backend and self._backend is not None:
            await self._backend.aclose()
