"""A new master key: every secret's own key is wrapped anew, row by row, while others go on.

Whatever is sealed names the key it is sealed under, and all keys are kept until nothing names the old ones. So a run that is killed
anywhere leaves a database that opens, and the next one goes on where it ended. Before an old key is forgotten the database is told
that nothing may be stored under it any more. A process that sealed something under it and comes to store it later, because it was
suspended or waited for a lock, wraps it again in the transaction that stores it. See :mod:`composio.store.sealing`.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from itertools import islice

from composio.errors import VaultError
from composio.store.records import Place, Sealed
from composio.store.store import Store
from composio.vault.keys import VARIABLE, MasterKeys
from composio.vault.vault import Vault, is_bound

__all__ = ["BIND", "bind", "rotate"]

# The task that a migration left: bind what the first format sealed to its app and integration.
BIND = "bind"
_log = logging.getLogger("composio")
_BATCH = 200
# Wrapping what others store meanwhile ends, unless somebody goes on storing under a key that is not the newest one here.
_ROUNDS = 20


def rotate(keys: MasterKeys, vault: Vault, store: Store, progress: Callable[[int, int], None] | None = None) -> int:
    """Wrap everything under a new master key, then forget the old ones; how many secrets were wrapped.

    Where an earlier run was broken off, or where ``COMPOSIO_ENCRYPTION_KEY`` names the new key before the old one, the newest key
    is the one that was begun with. Keys in the environment are its operator's to remove. A backup that was made before needs the
    old key. Raises ``VaultError`` for secrets that no key opens, after all others are wrapped. Blocking; one run at a time for
    each home. ``progress`` is told how many of how many are done.
    """
    with keys.alone("rotation.lock"):
        _begin(keys, store)
        run = _Run(vault, store, keys.primary.id, progress)
        run.wrap()
        old = {key.id for key in keys.superseded}
        retired = store.retire_keys(old)
        for _ in range(_ROUNDS):
            if retired == old or not run.wrap():
                break
            retired = store.retire_keys(old)
        gone = keys.retire(retired)
        for key_id in sorted(retired):
            what = "it was removed" if key_id in gone else f"take it out of {VARIABLE}"
            _log.info("Nothing is sealed under master key %s any more; %s.", key_id, what)
        if run.broken:
            raise VaultError(
                f"{run.done} secrets were wrapped under the new master key. What follows stays as it was, and so do the keys it "
                f"names: {' '.join(run.broken.values())}"
            )
        return run.done


def _begin(keys: MasterKeys, store: Store) -> None:
    """See to it that there is a newer key than the one that secrets lie under."""
    newest = keys.primary  # made where there was none, and refused where it can't be the right one
    if keys.superseded or store.sealed_not_under(newest.id, 1):
        store.reinstate_key(newest.id)  # the operator may have gone back to a key that was rotated away from
        return
    keys.add()


class _Run:
    """Wraps what is not under ``key_id``, in small transactions."""

    def __init__(self, vault: Vault, store: Store, key_id: str, progress: Callable[[int, int], None] | None) -> None:
        self._vault, self._store, self._key_id, self._progress = vault, store, key_id, progress
        self._total = 0
        self.done = 0
        self.broken: dict[Place, str] = {}
        """What could not be wrapped, and why."""

    def wrap(self) -> int:
        """Go on until nothing that opens is left; how many were wrapped."""
        before = self.done
        self._total = self.done + self._store.count_sealed(not_under=self._key_id)
        while True:
            found = self._store.sealed_not_under(self._key_id, _BATCH + len(self.broken))
            wrapped = [change for one in found if one[0] not in self.broken and (change := self._wrap(*one))]
            if not wrapped:
                return self.done - before
            self.done += self._store.rewrap(wrapped)
            if self._progress is not None:
                self._progress(self.done, max(self._total, self.done))

    def _wrap(self, place: Place, sealed: Sealed) -> tuple[Place, Sealed, Sealed] | None:
        try:
            return place, sealed, self._vault.rewrap(sealed, place)
        except VaultError as error:
            self.broken[place] = str(error)
            return None


def bind(keys: MasterKeys, vault: Vault, store: Store) -> None:
    """Seal anew what the first format sealed, which bound it to less. Once for each database, after its migration.

    What can't be opened stays as it is. Where a key is missing, it is tried again the next time.
    """
    if not store.has_task(BIND):
        return
    _log.info("The stored secrets are bound to their apps and integrations, once for all.")
    known = {keys.primary.id, *keys.where()[1]}
    missing = bool(store.sealed_key_ids() - known)
    old = ((place, sealed) for place, sealed in store.sealed() if not is_bound(sealed) and sealed.key_id in known)
    while batch := list(islice(old, _BATCH)):
        store.rewrap([change for one in batch if (change := _bind(vault, *one))])
    if not missing:
        store.finish_task(BIND)


def _bind(vault: Vault, place: Place, sealed: Sealed) -> tuple[Place, Sealed, Sealed] | None:
    try:
        return place, sealed, vault.rewrap(sealed, place)
    except VaultError:  # its bytes were changed; whoever asks for it is told
        return None
