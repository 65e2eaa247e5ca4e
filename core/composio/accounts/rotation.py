"""A new master key: every secret's own key is wrapped anew, row by row, while others go on.

Whatever is sealed names the key it is sealed under, and all keys are kept until nothing names the old ones. So a run that is killed
anywhere leaves a database that opens, and the next one goes on where it ended.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable

from composio.accounts.keys import FILE, MasterKeys
from composio.accounts.vault import Vault
from composio.catalog.lock import file_lock
from composio.errors import VaultError
from composio.store.records import Sealed
from composio.store.store import Store

__all__ = ["rotate"]

_log = logging.getLogger("composio")
_BATCH = 200
# A process that sealed something under the old key a moment ago may not have stored it yet.
SETTLE_SECONDS = 2.0


def rotate(
    keys: MasterKeys,
    vault: Vault,
    store: Store,
    progress: Callable[[int, int], None] | None = None,
    *,
    settle: float = SETTLE_SECONDS,
) -> int:
    """Wrap everything under a new master key, then forget the old ones; how many secrets were wrapped.

    Where an earlier run was broken off, or where ``COMPOSIO_ENCRYPTION_KEY`` names the new key before the old one, the newest key
    is the one that was begun with. Keys in the environment are its operator's to remove. A backup that was made before needs the
    old key. Raises ``VaultError`` for secrets that no key opens, after all others are wrapped. Blocking; one run at a time for
    each home. ``progress`` is told how many of how many are done.
    """
    with file_lock(keys.folder() / f"{FILE}.rotation.lock"):
        empty = not store.exists() or store.count_sealed() == 0
        _begin(keys, store, empty=empty)
        run = _Run(vault, store, keys.primary.id, progress)
        if not empty:
            run.wrap()
        if keys.superseded:
            if not empty:
                time.sleep(settle)
                run.wrap()
            used = set() if empty else store.sealed_key_ids()
            for key_id in keys.retire({key.id for key in keys.superseded} - used):
                _log.info("Nothing is sealed under master key %s any more; it was removed.", key_id)
        if run.broken:
            raise VaultError(
                f"{run.done} secrets were wrapped under the new master key. What follows stays as it was, and so do the keys it "
                f"names: {' '.join(run.broken.values())}"
            )
        return run.done


def _begin(keys: MasterKeys, store: Store, *, empty: bool) -> None:
    """See to it that there is a newer key than the one that secrets lie under."""
    newest = keys.primary  # made where there was none, and refused where it can't be the right one
    if keys.superseded or (not empty and store.sealed_not_under(newest.id, 1)):
        return
    keys.add()


class _Run:
    """Wraps what is not under ``key_id``, in small transactions."""

    def __init__(self, vault: Vault, store: Store, key_id: str, progress: Callable[[int, int], None] | None) -> None:
        self._vault, self._store, self._key_id, self._progress = vault, store, key_id, progress
        self._total = 0
        self.done = 0
        self.broken: dict[tuple[str, str], str] = {}
        """What could not be wrapped, and why."""

    def wrap(self) -> None:
        """Go on until nothing that opens is left."""
        self._total = self.done + self._store.count_sealed(not_under=self._key_id)
        while True:
            found = self._store.sealed_not_under(self._key_id, _BATCH + len(self.broken))
            wrapped = [change for one in found if one[:2] not in self.broken and (change := self._wrapped(*one))]
            if not wrapped:
                return
            self.done += self._store.rewrap_many(wrapped)
            if self._progress is not None:
                self._progress(self.done, max(self._total, self.done))

    def _wrapped(self, kind: str, owner: str, tenant: str, sealed: Sealed) -> tuple[str, str, Sealed, Sealed] | None:
        try:
            return kind, owner, sealed, self._vault.rewrapped(sealed, kind=kind, owner=owner, tenant=tenant)
        except VaultError as error:
            self.broken[kind, owner] = str(error)
            return None
