"""Back up everything stored, and restore it, here or on another machine.

Secrets are encrypted as in the database, under master keys that are stored separately. A restore decrypts every secret before
it changes anything, and stores them under the newest master key of its machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any

from composio.errors import InvalidRequest, StoreError, VaultError
from composio.store.records import Place, Sealed
from composio.store.store import Store
from composio.vault.keys import MasterKey, MasterKeys
from composio.vault.keysources import KeyFile, parse
from composio.vault.projectkeys import KeyWrapper, ProjectKeys, refuse_wrapper
from composio.vault.vault import Vault

__all__ = ["back_up", "restore"]

_BATCH = 200
_SHOWN = 3


def back_up(
    keys: MasterKeys, store: Store, file: Path, *, key_file: Path | None = None, include_key: bool = False
) -> dict[str, Any]:
    """Write a snapshot to ``file``, while others continue. The master keys go to ``key_file`` or, on request, into ``file``.

    Overwrites nothing. Raises ``StoreError`` if a file exists already or nothing is stored.
    """
    if not store.exists() or not store.count_sealed():
        raise StoreError("Nothing is stored yet, so there is nothing to back up.")
    if key_file is not None and include_key:
        raise InvalidRequest("The master key goes to a separate file or into the backup, not both.")
    if key_file is not None and key_file.absolute() == file.absolute():
        raise InvalidRequest("The master key goes to another file than the backup; --include-key puts it into the same.")
    if key_file is not None and (key_file.exists() or key_file.is_symlink()):
        raise StoreError(f"{key_file} already exists and is not overwritten. Name another file.")
    keys.where()  # known from now on, even if a rotation removes an old one meanwhile
    with ExitStack() as undo:
        with store.snapshot(file) as written, Store.from_backup(written) as (copy, _):
            needed, counts = copy.sealed_key_ids(), _count(copy)
            found, missing = _find(keys, needed)
            if include_key:
                from composio.store.backup import write_keys

                write_keys(written, [key.text for key in found])
            if key_file is not None:
                KeyFile(key_file).write(found, new=True)
                undo.callback(key_file.unlink, missing_ok=True)
        undo.pop_all()
    source, _ = keys.where()
    kept = "backup" if include_key else str(key_file) if key_file else None
    return {
        "file": str(file),
        **counts,
        "key_ids": sorted(needed),
        "missing_keys": missing,
        "master_key": source,
        "key_written_to": kept,
    }


def _find(keys: MasterKeys, needed: set[str]) -> tuple[list[MasterKey], list[str]]:
    found, missing = [], []
    for key_id in sorted(needed):
        try:
            found.append(keys.by_id(key_id))
        except VaultError:
            missing.append(key_id)
    return found, missing


def _count(store: Store) -> dict[str, int]:
    found = store.count_rows()
    return {name: found[name] for name in ("connections", "integrations")} | {"secrets": store.count_sealed()}


def restore(
    keys: MasterKeys,
    vault: Vault,
    store: Store,
    file: Path,
    *,
    key_file: Path | None = None,
    replace: bool = False,
    find_wrapper: Callable[[str], KeyWrapper] = refuse_wrapper,
) -> dict[str, Any]:
    """Restore a backup into ``store``, under the newest master key here, which is created if there is none.

    Changes nothing unless all of it is readable. ``replace`` replaces the current rows, after backing them up next to the
    home's files. Raises ``StoreError`` for a file that is damaged, not a backup or from a newer version, and if the store is
    not empty; ``VaultError`` for missing or wrong keys.
    """
    given = _keys_of(key_file)
    with Store.from_backup(file) as (backup, inside):
        keys.borrow([*parse(inside, str(file)), *given])
        _refuse_missing(keys, backup.sealed_key_ids(), file)
        _read_all(ProjectKeys(backup, vault, find_wrapper), backup, file)
        with keys.alone("rotation.lock"):
            there = store.exists() and store.count_sealed() > 0
            if there and not replace:
                raise StoreError(
                    "Connections are already stored here and are not overwritten. --replace backs them up and replaces them; "
                    "or name another home with COMPOSIO_HOME."
                )
            kept = _keep(keys, store) if there else None
            master = keys.primary
            _rewrap(vault, backup)
            counts = _count(backup)
            store.load(backup, key_id=master.id, replace=replace)
    source, _ = keys.where()
    return {
        "file": str(file),
        **counts,
        "key_id": master.id,
        "master_key": source,
        "replaced": None if kept is None else str(kept),
    }


def _keys_of(key_file: Path | None) -> list[MasterKey]:
    if key_file is None:
        return []
    found = KeyFile(key_file).read()
    if not found:
        raise VaultError(f"There is no file {key_file} with a master key. Nothing was changed.")
    return found


def _refuse_missing(keys: MasterKeys, needed: set[str], file: Path) -> None:
    _, missing = _find(keys, needed)
    if missing:
        raise VaultError(
            f"{file} is sealed under master key {', '.join(missing)}, which is not here; found are "
            f"{', '.join(keys.where()[1]) or 'none'}. Give it with --key-file, or put it into COMPOSIO_ENCRYPTION_KEY behind the "
            "newest one. Nothing was changed."
        )


def _read_all(projects: ProjectKeys, backup: Store, file: Path) -> None:
    """Decrypt every secret, so that damage is found now. Keeps none of them."""
    broken: list[str] = []
    vaults: dict[str, Vault] = {}
    for place, sealed in backup.sealed():
        vault = vaults.setdefault(place.project, projects.open_vault(place.project))
        try:
            vault.open(sealed, place)
        except VaultError:
            broken.append(f"{place.kind} {place.owner}")
    if broken:
        more = f" and {len(broken) - _SHOWN} more" if len(broken) > _SHOWN else ""
        raise VaultError(
            f"{file} is damaged: the secrets of {', '.join(broken[:_SHOWN])}{more} can't be opened. Nothing was changed. Restore "
            "another backup, or remove them where they come from and back up again."
        )


def _rewrap(vault: Vault, backup: Store) -> None:
    everything = backup.sealed()
    while batch := list(islice(everything, _BATCH)):
        backup.rewrap(_changes(vault, batch))


def _changes(vault: Vault, batch: Sequence[tuple[Place, Sealed]]) -> list[tuple[Place, Sealed, Sealed]]:
    """Return the values under a master key, including the projects' keys; the values under those do not change with it."""
    own = [one for one in batch if not one[0].project]
    return [(place, old, new) for place, old in own if (new := vault.rewrap(old, place)) is not old]


def _keep(keys: MasterKeys, store: Store) -> Path:
    """Back up the rows to replace, next to the home's files."""
    kept = keys.folder() / f"accounts.before-restore-{time.strftime('%Y%m%d-%H%M%S')}-{time.monotonic_ns() % 1000:03}.sqlite3"
    with store.snapshot(kept):
        pass
    return kept
