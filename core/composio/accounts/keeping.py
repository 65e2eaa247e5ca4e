"""The storage of a home's accounts, of all projects: the database and the master keys."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from composio.accounts.book import Book
from composio.accounts.redirects import callback_parameters, hash_state
from composio.errors import InvalidState, StoreError, VaultError
from composio.process.forks import cached, lock
from composio.process.home import ACCOUNTS, Home

if TYPE_CHECKING:
    from composio.model.secret import Secret
    from composio.store.database import Database
    from composio.store.store import Store
    from composio.vault.keys import MasterKeys
    from composio.vault.projectkeys import KeyWrapper, ProjectKeys
    from composio.vault.vault import Vault

__all__ = ["DATABASE", "Keeping"]

log = logging.getLogger("composio.accounts")
DATABASE = ACCOUNTS
_DATABASE_URL = "COMPOSIO_DATABASE_URL"
_KEY_WRAPPER = "COMPOSIO_KEY_WRAPPER"


class Keeping:
    """Gives each project its :class:`Book`, and manages all of them. Blocking and thread-safe.

    Nothing is opened before it is used, and nothing is created in ``home`` before the first integration.
    """

    def __init__(self, home: Home, environ: Mapping[str, str], wrappers: Callable[[], Mapping[str, str]] = dict) -> None:
        self._home, self._environ, self._wrappers = home, environ, wrappers
        self._lock = lock()
        self._warned = self._bound = False
        self.now: Callable[[], float] = time.time  # shared by all instances of a server
        self.database: Database | None = None  # a server's, with its own tables next to these

    # Parts, made on first use: SQLAlchemy and the ciphers take a moment, and most calls need neither

    @cached
    def keys(self) -> MasterKeys:
        """The master keys."""
        from composio.vault.keys import MasterKeys

        def in_use() -> set[str]:
            return self.store.sealed_key_ids() if self.store.exists() else set()

        return MasterKeys(self.folder, self._environ, in_use, self._home.lasting)

    @cached
    def store(self) -> Store:
        """The operator's store, of all projects."""
        from composio.store.store import Store

        return Store(
            lambda: self.folder() / DATABASE,
            self._environ.get(_DATABASE_URL) or None,
            lambda: self._home.path if self._home.temporary else None,
            project=None,
            database=self.database,
        )

    @cached
    def _vault(self) -> Vault:
        from composio.vault.vault import Vault

        return Vault(self.keys)

    @cached
    def project_keys(self) -> ProjectKeys:
        """The keys of the projects that have names."""
        from composio.vault.projectkeys import ProjectKeys

        return ProjectKeys(self.store, self._vault, self._find_wrapper, self._environ.get(_KEY_WRAPPER) or None)

    def _find_wrapper(self, name: str) -> KeyWrapper:
        from composio.vault.projectkeys import load_wrapper

        return load_wrapper(name, self._wrappers())

    def folder(self) -> Path:
        """The home's, for what outlives this process."""
        return self._home.kept

    def open_book(self, project: str) -> Book:
        """Return the integrations and connections of one project."""
        return Book(self.store.for_project(project), self.open_vault(project), self.now)

    def open_vault(self, project: str) -> Vault:
        """Return the vault of one project's secrets."""
        self._bind()
        return self.project_keys.open_vault(project) if project else self._vault

    def _bind(self) -> None:
        """Finish what a database migration left to do, once and as far as the master key is available."""
        with self._lock:
            if self._bound or not self.store.exists():
                return
            from composio.vault.rotation import bind

            try:
                bind(self.keys, self._vault, self.store)
            except (StoreError, VaultError) as error:
                log.info("the stored secrets stay as they are for now: %s", error)
            self._bound = True

    def holds_any(self) -> bool:
        """Return False if nothing was ever stored; then nothing is opened, loaded or created."""
        if not self._bound and not self._environ.get(_DATABASE_URL) and not self._is_readable(self.folder() / DATABASE):
            return False
        return self.store.exists()

    def _is_readable(self, file: Path) -> bool:
        """Another user's file in a read-only home is not this user's, and does not fail calls."""
        from composio.store.store import is_there

        if not is_there(file):
            return False
        if not self._home.temporary or os.access(file, os.R_OK):
            return True
        if not self._warned:
            self._warned = True
            log.warning("The connections in %s can't be read by this user, so calls go without them.", file)
        return False

    def find_project(self, callback: Secret) -> str | None:
        """Return the project of the user who returns with ``callback``, a URL; None if no connection waits for it."""
        state = callback_parameters(callback).get("state")
        if not state:
            raise InvalidState("The callback URL has no `state`: pass the whole URL that the provider sent the user to.")
        return self.store.project_of(hash_state(state)) if self.holds_any() else None

    # For operators

    def rotate(self, progress: Callable[[int, int], None] | None = None) -> int:
        """See :func:`composio.vault.rotation.rotate`."""
        from composio.vault.rotation import rotate

        if not self.holds_any():
            return 0
        self._bind()
        return rotate(self.keys, self._vault, self.store, progress)

    def back_up(self, file: Path, *, key_file: Path | None = None, include_key: bool = False) -> dict[str, Any]:
        """See :func:`composio.vault.backup.back_up`."""
        from composio.vault.backup import back_up

        if self.holds_any():
            self._bind()
        return back_up(self.keys, self.store, file, key_file=key_file, include_key=include_key)

    def restore(self, file: Path, *, key_file: Path | None = None, replace: bool = False) -> dict[str, Any]:
        """See :func:`composio.vault.backup.restore`."""
        from composio.vault.backup import restore

        return restore(
            self.keys, self._vault, self.store, file, key_file=key_file, replace=replace, find_wrapper=self._find_wrapper
        )

    def read_status(self) -> dict[str, Any]:
        """See :meth:`composio.backend.OperatorService.vault_status`. Creates nothing, and decrypts no secret."""
        source, found = self.keys.where()
        holds = self.holds_any()
        in_use = self.store.sealed_key_ids() if holds else set()
        return {
            "master_key": source,
            "key_id": found[0] if found else None,
            "secrets": self.store.count_sealed() if holds else 0,
            "under_older_keys": self.store.count_sealed(not_under=found[0]) if holds and found else 0,
            "missing_keys": sorted(in_use - set(found)),
        }

    def close(self) -> None:
        """Close the database. Using it again reopens it."""
        if "project_keys" in vars(self):
            self.project_keys.close()
        if "store" in vars(self):
            self.store.close()
