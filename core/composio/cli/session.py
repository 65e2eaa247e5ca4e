"""The state that the commands of one run share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from composio.errors import InvalidRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from composio.backend import ActionQuery, Backend, OperatorService
    from composio.model.action import ActionModel
    from composio.plugin.manager import PluginManager

__all__ = ["Session"]

_SHORTEST_SECRET = 4


class Session:
    """The backend, created on first use and closed at the end, and the secrets to keep out of messages.

    ``make`` creates the backend; the default is the named server's, else the embedded one, with progress on stderr.
    """

    def __init__(self, make: Callable[[], Backend] | None = None) -> None:
        self._make = make
        self._backend: Backend | None = None
        self._secrets: set[str] = set()

    @classmethod
    def of(cls, ctx: typer.Context) -> Session:
        """Return the session of the running command."""
        found: Session | None = ctx.find_object(cls)
        if found is None:
            raise RuntimeError("commands run below the `composio` command, which makes the session")
        return found

    @property
    def backend(self) -> Backend:
        if self._backend is None:
            self._backend = self._make() if self._make is not None else _open(self.plugins)
        return self._backend

    @property
    def plugins(self) -> PluginManager:
        """Return the plugins of this run, known before a backend exists: commands are listed without one."""
        if self._make is not None:
            return self.backend.plugins
        from composio.backend.factory import get_plugins

        return get_plugins()

    @property
    def operator(self) -> OperatorService:
        """Return the operator's interface."""
        operator = self.backend.operator
        if operator is None:
            raise InvalidRequest(
                "This command is for the server's operator, on the server's machine: apps, the vault and the home are kept there. For what"
                " this machine keeps, unset COMPOSIO_BASE_URL, or run `composio logout`."
            )
        return operator

    def actions(self, query: ActionQuery) -> list[ActionModel]:
        backend = self.backend
        return backend.run(lambda: backend.actions(query))

    def hide(self, *secrets: str) -> None:
        """Keep ``secrets`` out of every message of this run; too short ones would only garble the text."""
        self._secrets.update(s for s in secrets if len(s) >= _SHORTEST_SECRET)

    def redact(self, message: str) -> str:
        """Return ``message`` without the secrets of this run."""
        for secret in sorted(self._secrets, key=len, reverse=True):
            message = message.replace(secret, "***")
        return message

    def close(self) -> None:
        """Close the backend, if one was opened."""
        backend, self._backend = self._backend, None
        if backend is not None:
            backend.close()


def _open(plugins: PluginManager) -> Backend:
    from composio.backend.factory import open_backend
    from composio.cli.progress import progress_reporter

    return open_backend(progress=progress_reporter(), plugin_manager=plugins)
