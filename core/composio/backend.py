"""The one protocol that surfaces talk to: embedded in this process now, a server later.

Everything is asynchronous. :meth:`Backend.run` is the synchronous face of all of it, ``execute_sync`` and ``request_sync`` that
of the two calls whose overhead counts.
"""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from composio.model.action import ActionModel
from composio.model.app import AppModel, AuthField, AuthScheme
from composio.model.call import NOTHING_LOCAL, Local, Outcome, RawRequest, ToolCall, Who
from composio.model.connection import Connection, ConnectionStarted, Integration, NewConnection, NewIntegration

__all__ = ["AccountsBackend", "ActionQuery", "Backend"]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class ActionQuery:
    """Which actions: by name, by app, by tag.

    ``names`` come first and in their order. ``apps`` alone give their important actions; with ``tags`` those that carry one
    of the tags; ``everything`` lifts the default and gives all of an app. ``limit`` cuts what ``apps`` gave.
    """

    names: Sequence[str] = ()
    apps: Sequence[str] = ()
    tags: Sequence[str] = ()
    everything: bool = False
    limit: int | None = None


class AccountsBackend(Protocol):
    """Integrations and connections. Unknown ids raise ``IntegrationNotFound`` and ``ConnectedAccountNotFound``."""

    async def create_integration(self, request: NewIntegration) -> Integration: ...

    async def integrations(
        self, *, app: str | None = None, auth_mode: str | None = None, disabled: bool = False, limit: int | None = None
    ) -> list[Integration]:
        """Newest first."""
        ...

    async def integration(self, integration_id: str) -> Integration: ...

    async def remove_integration(self, integration_id: str) -> None:
        """Its connections stay, and say that they can't be used any more."""
        ...

    async def initiate(self, request: NewConnection) -> ConnectionStarted: ...

    async def complete(self, callback_url: str, *, entity_id: str | None = None) -> Connection:
        """Finish a connection with the URL that the provider sent the user to. ``entity_id`` is who the caller knows it is."""
        ...

    async def submit(
        self,
        connection_id: str,
        values: Mapping[str, Any],
        *,
        entity_id: str | None = None,
        redirect_url: str | None = None,
    ) -> ConnectionStarted:
        """Values that the user typed, for a connection that waits for them."""
        ...

    async def advance(self, connection_id: str) -> Connection:
        """The connection as it is now; asks the provider first where that is how its flow ends (device codes)."""
        ...

    async def connections(
        self,
        *,
        app: str | None = None,
        entity_ids: Sequence[str] = (),
        integration_id: str | None = None,
        active: bool = False,
        labels: Sequence[str] = (),
        limit: int | None = None,
    ) -> list[Connection]:
        """Newest first; ``active`` leaves out what no call could use."""
        ...

    async def connection(self, connection_id: str, *, entity_id: str | None = None, values: bool = False) -> Connection:
        """One connection; with ``entity_id`` only if it is that entity's. ``values`` opens what is stored."""
        ...

    async def update_connection(
        self, connection_id: str, *, enabled: bool | None = None, labels: Sequence[str] | None = None
    ) -> Connection: ...

    async def refresh_connection(self, connection_id: str) -> Connection:
        """Renew its tokens now, whenever they end."""
        ...

    async def reinitiate(
        self, connection_id: str, *, values: Mapping[str, Any] | None = None, redirect_url: str | None = None
    ) -> ConnectionStarted:
        """Connect again under the same id."""
        ...

    async def delete_connection(self, connection_id: str) -> None:
        """Revoke it at the provider, where that can be done, and forget it."""
        ...

    async def check_connection(self, connection_id: str) -> Connection:
        """Ask the app who its user is (``get_current_user_endpoint``). Raises what a call with it would raise."""
        ...

    async def expected_fields(
        self, app: str, auth_mode: str | None = None, *, integration_id: str | None = None, customer: bool
    ) -> tuple[AuthScheme, list[AuthField]]:
        """The scheme that would be used, and what is left to fill: by the customer, or by the developer."""
        ...

    async def rotate_master_key(self, progress: Callable[[int, int], None] | None = None) -> int:
        """Wrap every secret under a new master key; how many were. Others go on meanwhile; a second run ends a broken one."""
        ...

    async def back_up_vault(self, file: Path, *, key_file: Path | None = None, include_key: bool = False) -> dict[str, Any]:
        """Write a snapshot of everything stored to a new ``file`` while others go on; what is in it, without a secret.

        The master keys that it needs are not in it: ``key_file`` is a new file for them, ``include_key`` puts them in.
        ``key_ids`` are theirs, ``key_written_to`` says where they went, and ``master_key`` where they are kept here.
        """
        ...

    async def restore_vault(self, file: Path, *, key_file: Path | None = None, replace: bool = False) -> dict[str, Any]:
        """Put a backup's rows where nothing is stored yet, or with ``replace`` in the place of what is; what was restored.

        ``key_file`` has its master keys, where they are not known here. ``replaced`` is a backup of what made room.
        """
        ...

    async def vault_status(self) -> dict[str, Any]:
        """Where the master key is, and how many secrets lie under it; for people who operate this, without a secret.

        ``master_key`` is ``environment``, ``keyring``, ``file``, or None before anything was stored; ``missing_keys`` are ids
        that secrets name and that were found nowhere.
        """
        ...


class Backend(Protocol):
    """What a surface may ask for. Unknown names raise the ``NotFoundError`` that fits, with the nearest known ones."""

    async def actions(self, query: ActionQuery) -> list[ActionModel]: ...

    async def apps(self) -> list[AppModel]: ...

    async def app(self, name: str) -> AppModel: ...

    async def search(self, use_case: str, *, apps: Sequence[str] = (), limit: int = 10) -> list[str]:
        """Slugs of the actions that fit a sentence, best first."""
        ...

    async def execute(self, call: ToolCall, local: Local = NOTHING_LOCAL) -> Outcome:
        """Run a call, with what of it stays in this process. Raises for the caller's mistakes only."""
        ...

    async def request(self, request: RawRequest) -> Outcome: ...

    def execute_sync(self, call: ToolCall, local: Local = NOTHING_LOCAL) -> Outcome:
        """As :meth:`execute`, for synchronous callers; cheaper than :meth:`run` with it."""
        ...

    def request_sync(self, request: RawRequest) -> Outcome: ...

    async def require_credentials(self, apps: Sequence[str], who: Who) -> None:
        """Raise ``ConnectionNotFound`` for the first of ``apps`` that ``who`` could not authenticate a call to."""
        ...

    async def auth_params(self, app: str, who: Who) -> dict[str, Any]:
        """What a request of ``who`` to ``app`` would be signed with: ``base_url``, ``headers``, ``query_params``, and the ``fields`` behind them."""
        ...

    @property
    def accounts(self) -> AccountsBackend: ...

    def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """Run a coroutine function to its end from synchronous code, on the backend's own loop, in this context."""
        ...

    async def aclose(self) -> None: ...

    def close(self) -> None: ...
