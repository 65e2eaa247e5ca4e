"""Store and vault together: records are written with their values, and read with them."""

from __future__ import annotations

import secrets
import shlex
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, NoReturn, TypeVar

from composio.errors import ConnectedAccountNotFound, ConnectionNotUsable, IntegrationNotFound, VaultError, nearest
from composio.model.connection import Connection, Integration
from composio.model.secret import NO_VALUES, SecretValues
from composio.process.forks import renew
from composio.store.records import place_of

if TYPE_CHECKING:
    from composio.model.app import AppModel
    from composio.model.credentials import Credentials
    from composio.store.records import Found, Sealed
    from composio.store.store import Store
    from composio.vault.vault import Vault

__all__ = ["Book", "Entry", "new_id", "reconnect", "unknown"]

T = TypeVar("T")
# Integrations and connections with their decrypted values.
_KEPT_OPEN = 1000


def new_id(kind: str) -> str:
    """Generate an unguessable id: ``int_...``, ``conn_...``."""
    return f"{kind}_{secrets.token_hex(12)}"


def reconnect(connection: Connection, *, anew: bool = False) -> str:
    """Say how to restore a connection; ``anew`` if it must be created again."""
    how = f'initiate_connection(app="{connection.app}", ...)' if anew else f'reinitiate_connection("{connection.id}")'
    command = f"composio add {connection.app} -e {shlex.quote(connection.entity_id)} --force"
    return f"To connect again: `{command}`, or toolset.{how}."


def unknown(connection_id: str, entity_id: str | None) -> ConnectedAccountNotFound:
    """Return the same error for unknown ids and for another entity's: the caller learns nothing about others."""
    whose = f" of entity {entity_id!r}" if entity_id is not None else ""
    option = f" -e {shlex.quote(entity_id)}" if entity_id is not None else ""
    return ConnectedAccountNotFound(
        connection_id, f"Unknown connected account {connection_id!r}{whose}. `composio connections{option}` lists them."
    )


@dataclass(frozen=True, slots=True)
class Entry:
    """A connection and its integration with their values; ``integration`` is None if it was removed."""

    connection: Connection
    integration: Integration | None
    signing: list[tuple[AppModel, Credentials]] = field(default_factory=list, init=False, repr=False, compare=False)
    """The signer, once built: calls need it each time."""

    @property
    def values(self) -> SecretValues:
        return self.connection.values

    @property
    def config(self) -> SecretValues:
        return self.integration.config if self.integration else NO_VALUES

    def usable(self) -> Entry:
        """Return self. Raises ``ConnectionNotUsable``, which says why calls can't use it and what helps."""
        why = self.obstacle()
        if why:
            one = self.connection
            raise ConnectionNotUsable(one.app, one.id, f"The connection {one.id} of {one.entity_id!r} to {one.app} {why}")
        return self

    def obstacle(self) -> str:
        """Return why calls can't use it, and what helps; empty if they can."""
        one = self.connection
        if not one.enabled:
            return f'is disabled. Enable it: toolset.enable_connection("{one.id}").'
        if self.integration is None:
            return f"can't be used any more: its integration {one.integration_id} was removed. {reconnect(one, anew=True)}"
        if not self.integration.enabled:
            return f"can't be used: its integration {one.integration_id} is disabled."
        if one.is_usable:
            return ""
        because = f" ({one.error})" if one.error else ""
        told = {"INITIATED": "is not complete: its user has not returned yet", "FAILED": "could not be made"}
        return f"{told.get(one.status, f'is {one.status}')}{because}. {reconnect(one)}"


class Book:
    """Reads and writes entries. Blocking; ``now`` is seconds since 1970.

    Every request for a connection reads its row. Its decrypted values are cached while the row is equal in every column,
    including its integration's columns and the bytes of its secrets. The next call therefore sees a change, a renewal, a
    deletion or a rotation by any process.
    """

    def __init__(self, store: Store, vault: Vault, now: Callable[[], float] = time.time) -> None:
        self.store, self.vault, self.now = store, vault, now
        self._configs: dict[tuple[str, Sealed], SecretValues] = {}
        self._entries: dict[str, tuple[Found, Entry]] = {}
        renew(self)

    def __reduce__(self) -> NoReturn:
        raise TypeError("A book can't be pickled: the pickle would contain its secrets in plain text.")

    def close(self) -> None:
        """Drop all decrypted values; the next use decrypts again."""
        self._configs.clear()
        self._entries.clear()

    def before_fork(self) -> None:
        """Nothing to do: the parent keeps its decrypted values."""

    def after_fork(self) -> None:
        """A child decrypts for itself."""
        self._configs, self._entries = {}, {}

    # Integrations

    def add_integration(self, integration: Integration) -> None:
        sealed = self.vault.seal(integration.config, place_of(integration))
        self.store.add_integration(replace(integration, config=NO_VALUES), sealed)

    def integration(self, integration_id: str) -> Integration:
        """Raises ``IntegrationNotFound`` with the nearest ids."""

        def read() -> Integration | None:
            found = self.store.get_integration(integration_id)
            return found and self._with_config(*found)

        integration = _steady(read)
        if integration is None:
            known = [one.id for one, _ in self.store.list_integrations(disabled=True, limit=1000)]
            raise IntegrationNotFound(integration_id, nearest(integration_id, known) if len(integration_id) > 8 else ())
        return integration

    def integrations(self, **filters: Any) -> list[Integration]:
        return _steady(lambda: [self._with_config(*found) for found in self.store.list_integrations(**filters)])

    def change_integration(self, integration: Integration, **changes: Any) -> Integration:
        """Write changes; a new ``config`` is encrypted. Raises ``IntegrationNotFound`` if it is gone."""
        config = changes.pop("config", None)
        sealed = None if config is None else self.vault.seal(config, place_of(integration))
        self.store.update_integration(integration.id, now=self.now(), sealed=sealed, **changes)
        return self.integration(integration.id)

    def _with_config(self, integration: Integration, sealed: Sealed) -> Integration:
        """Cache the developer's values, as every call needs them; they change only with their encrypted bytes."""
        key = (integration.id, sealed)
        config = self._configs.get(key)
        if config is None:
            config = self.vault.open(sealed, place_of(integration))
            if len(self._configs) >= _KEPT_OPEN:
                self._configs.clear()
            self._configs[key] = config
        return replace(integration, config=config) if config else integration

    # Connections

    def add_connection(self, connection: Connection) -> None:
        self.store.add_connection(replace(connection, values=NO_VALUES), self.seal(connection, connection.values))

    def seal(self, connection: Connection, values: SecretValues) -> Sealed:
        """Encrypt a connection's values, bound to it, its entity, its app and its integration."""
        return self.vault.seal(values, place_of(connection))

    def entry(self, connection_id: str, *, entity_id: str | None = None) -> Entry:
        """One connection; with ``entity_id`` only if it is that entity's. Raises ``ConnectedAccountNotFound``."""

        def read() -> Entry:
            found = self.store.get_connection(connection_id)
            if found is None:
                self._entries.pop(connection_id, None)
            if found is None or (entity_id is not None and found.connection.entity_id != entity_id):
                raise unknown(connection_id, entity_id)
            return self.open(found)

        return _steady(read)

    def newest_usable(self, app: str, entity_id: str) -> Entry | None:
        def read() -> Entry | None:
            found = self.store.newest_usable(app, entity_id)
            return None if found is None else self.open(found)

        return _steady(read)

    def newest(self, app: str, entity_id: str) -> Entry | None:
        """Return it in any status, with its values still encrypted."""
        found = self.store.newest(app, entity_id)
        return None if found is None else Entry(found.connection, found.integration)

    def open(self, found: Found) -> Entry:
        """Decrypt the connection of a row that was just read."""
        one = found.connection
        kept = self._entries.get(one.id)
        if kept is not None and (kept[0] is found or kept[0] == found):
            return kept[1]
        self._entries.pop(one.id, None)  # of an earlier row; drop it even if this one fails
        values = self.vault.open(found.sealed, place_of(one))
        integration = found.integration
        if integration is not None and found.integration_sealed is not None:
            integration = self._with_config(integration, found.integration_sealed)
        entry = Entry(replace(one, values=values), integration)
        if len(self._entries) >= _KEPT_OPEN:
            self._entries.clear()
        self._entries[one.id] = found, entry
        return entry

    def forget(self, connection_id: str) -> None:
        """Drop the decrypted values of a deleted connection."""
        self._entries.pop(connection_id, None)

    def change(
        self,
        connection: Connection,
        *,
        values: SecretValues | None = None,
        owner: str | None = None,
        if_version: int | None = None,
        **changes: Any,
    ) -> Connection | None:
        """Write changes. Returns None if the connection is gone, its version differs, or ``owner`` lost the lease."""
        return self.store.update_connection(
            connection.id,
            now=self.now(),
            if_owner=owner,
            if_version=if_version,
            sealed=None if values is None else self.seal(connection, values),
            **changes,
        )


def _steady(read: Callable[[], T]) -> T:
    """Run ``read``, which reads and decrypts. A rotation in between may remove the key: then read again."""
    try:
        return read()
    except VaultError:
        return read()
