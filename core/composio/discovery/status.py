"""Whether an agent's user is connected to an app."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from composio.discovery.names import CONNECT
from composio.errors import AppNotFound, ConnectionNotFound, ConnectionNotUsable
from composio.model.call import Who

if TYPE_CHECKING:
    from composio.backend import Backend

__all__ = ["Status", "status_of", "statuses_of"]


@dataclass(frozen=True, slots=True)
class Status:
    """The status for one app. ``ended`` is the id of a connection that must be reconnected."""

    app: str
    description: str
    is_connected: bool
    needs_none: bool = False
    ended: str | None = None

    @property
    def message(self) -> str:
        """Return the description of the status for a model."""
        if self.needs_none:
            return "Needs no connection."
        if self.is_connected:
            return "Connected."
        what = "The connection can't be used any more" if self.ended else "Not connected"
        return f'{what}. Call {CONNECT} with toolkits ["{self.app}"] before its tools.'

    def shown(self) -> dict[str, Any]:
        """Return the status in v3's format."""
        return {
            "toolkit": self.app,
            "description": self.description,
            "has_active_connection": self.is_connected,
            "status_message": self.message,
        }


async def status_of(backend: Backend, app: str, who: Who) -> Status | None:
    """Return the status of ``who`` with an app; None if it is not an app, as for a user's functions."""
    try:
        model = await backend.app(app)
    except AppNotFound:
        return None
    if model.no_auth and not model.is_undeclared:
        return Status(model.key, model.description, is_connected=True, needs_none=True)
    try:
        await backend.require_credentials([model.key], who)
    except ConnectionNotUsable as error:
        return Status(model.key, model.description, is_connected=False, ended=error.connection_id)
    except ConnectionNotFound:
        return Status(model.key, model.description, is_connected=False)
    return Status(model.key, model.description, is_connected=True)


async def statuses_of(backend: Backend, apps: Iterable[str], who: Who) -> dict[str, Status]:
    """Return the status by app, in the order of ``apps``."""
    found = {app: await status_of(backend, app, who) for app in dict.fromkeys(apps)}
    return {app: status for app, status in found.items() if status is not None}
