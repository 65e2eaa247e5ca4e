"""A key per project, between the master key and the project's secrets.

A rotation of the master key wraps only these anew. Once a project's key is destroyed, nothing opens its secrets, wherever they
are but in backups that were made before: those hold the key too. A plugin can wrap the keys instead of the master key, as a key
management service does.
"""

from __future__ import annotations

import time
from base64 import b64encode
from collections import OrderedDict
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import Protocol

from composio.errors import StoreError, VaultError
from composio.model.secret import Secret
from composio.process.forks import lock
from composio.store.records import Place, ProjectKey, Sealed
from composio.store.store import Store
from composio.vault.keysources import KEY_BYTES, MasterKey
from composio.vault.vault import Vault

__all__ = ["KeyWrapper", "ProjectKeys", "load_wrapper", "refuse_wrapper"]

# The number of cached keys of recently used projects.
_KEPT_OPEN = 1000
_VALUE = "key"


class KeyWrapper(Protocol):
    """What a plugin registers with ``register_key_wrappers``: it keeps a key of its own, that wraps those of projects.

    ``context`` is the ``project_id`` and the ``key_id``, to be bound to what is wrapped; neither is a secret. Both functions
    may block, and raise ``VaultError`` where the service can't be reached or refuses. Unwrapping what was wrapped for another
    context must fail.
    """

    def wrap(self, key: bytes, context: dict[str, str]) -> bytes: ...

    def unwrap(self, wrapped: bytes, context: dict[str, str]) -> bytes: ...


def refuse_wrapper(name: str) -> KeyWrapper:
    """For whoever has no plugins."""
    raise VaultError(f"The keys of projects are wrapped by {name!r}, which no installed plugin registers. Nothing was changed.")


def load_wrapper(name: str, registered: Mapping[str, str]) -> KeyWrapper:
    """Return the wrapper with that name from the ``registered`` ones by ``module:object``. Raises ``VaultError``."""
    reference = registered.get(name)
    if reference is None:
        return refuse_wrapper(name)
    module, _, attribute = reference.partition(":")
    try:
        found: KeyWrapper = getattr(import_module(module), attribute)
    except Exception as error:  # foreign code may raise anything at import
        raise VaultError(
            f"The key wrapper {name!r} can't be loaded from {reference}: {type(error).__name__}: {error}"
        ) from None
    return found


class ProjectKeys:
    """The keys of all projects in ``store``, the operator's. ``vault`` is that of the project without a name.

    ``wrapper`` names the plugin that wraps new keys, None for the master key; ``find_wrapper`` gives one by its name, and
    raises ``VaultError`` for one that is not installed. Blocking and thread-safe.
    """

    def __init__(
        self,
        store: Store,
        vault: Vault,
        find_wrapper: Callable[[str], KeyWrapper],
        wrapper: str | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._store, self._vault, self._find_wrapper, self._wrapper, self._now = store, vault, find_wrapper, wrapper, now
        self._lock = lock()
        self._open: OrderedDict[str, MasterKey] = OrderedDict()

    def open_vault(self, project: str) -> Vault:
        """Return the vault of one project."""
        return self._vault if not project else Vault(_Ring(self, project), project)

    def get(self, project: str) -> MasterKey:
        """Return a project's current key, created if there is none. Another process may have destroyed the cached one."""
        return self._read(project) or self._make(project)

    def find(self, project: str, key_id: str, what: str) -> MasterKey:
        """Return a project's key if it has that id. Raises ``VaultError`` otherwise; ``what`` names the secret."""
        found = self._get_key(project)
        if found is None or found.id != key_id:
            found = self._read(project)
        if found is None or found.id != key_id:
            raise VaultError(
                f"The key {key_id} of project {project!r} is missing, which {what} is sealed under. If it was destroyed, what it "
                "sealed can't be read any more: connect again."
            )
        return found

    def destroy(self, project: str) -> bool:
        """Destroy the project's key, which makes its secrets permanently unreadable. Returns False if it has no key."""
        with self._lock:
            self._open.pop(project, None)
        return self._store.for_project(project).destroy_project_key()

    def close(self) -> None:
        """Drop the cached keys; the next use decrypts them again."""
        with self._lock:
            self._open.clear()

    def _get_key(self, project: str) -> MasterKey | None:
        with self._lock:
            found = self._open.get(project)
            if found is not None:
                self._open.move_to_end(project)
            return found

    def _keep(self, project: str, key: MasterKey) -> MasterKey:
        with self._lock:
            self._open[project] = key
            if len(self._open) > _KEPT_OPEN:
                self._open.popitem(last=False)
        return key

    def _read(self, project: str) -> MasterKey | None:
        stored = self._store.for_project(project).project_key()
        if stored is None:
            with self._lock:
                self._open.pop(project, None)
            return None
        known = self._get_key(project)
        return known if known is not None and known.id == stored.id else self._keep(project, self._unwrap(project, stored))

    def _make(self, project: str) -> MasterKey:
        key = MasterKey.new()
        stored = ProjectKey(id=key.id, sealed=self._wrap(project, key), created_at=self._now(), wrapper=self._wrapper)
        try:
            if self._store.for_project(project).add_project_key(stored):
                return self._keep(project, key)
        except StoreError:  # of two processes that add one concurrently, the database refuses the second
            if (there := self._read(project)) is None:
                raise
            return there
        there = self._read(project)
        if there is None:
            raise VaultError(f"The key of project {project!r} was destroyed while something was to be sealed under it.")
        return there

    def _wrap(self, project: str, key: MasterKey) -> Sealed:
        if self._wrapper is None:
            return self._vault.seal({_VALUE: key.text.reveal()}, _place(project, key.id))
        wrapped = self._find_wrapper(self._wrapper).wrap(key.reveal(), _context(project, key.id))
        return Sealed("", bytes(wrapped), b"")

    def _unwrap(self, project: str, stored: ProjectKey) -> MasterKey:
        """Raise ``VaultError`` if it is another key, or another project's."""
        if stored.wrapper is None:
            key = MasterKey(Secret(self._vault.open(stored.sealed, _place(project, stored.id))[_VALUE]))
        else:
            context = _context(project, stored.id)
            found = self._find_wrapper(stored.wrapper).unwrap(stored.sealed.wrapped, context)
            key = MasterKey(Secret(b64encode(bytes(found)).decode()))
        if key.id != stored.id or len(key.reveal()) != KEY_BYTES:
            raise VaultError(
                f"The key of project {project!r} can't be opened: it was changed, or moved there from another one."
            )
        return key


class _Ring:
    """One project's key, in the form that a vault uses."""

    def __init__(self, keys: ProjectKeys, project: str) -> None:
        self._keys, self._project = keys, project

    @property
    def primary(self) -> MasterKey:
        return self._keys.get(self._project)

    def by_id(self, key_id: str, what: str) -> MasterKey:
        return self._keys.find(self._project, key_id, what)


def _place(project: str, key_id: str) -> Place:
    return Place("project", key_id, "", (project,))


def _context(project: str, key_id: str) -> dict[str, str]:
    return {"project_id": project, "key_id": key_id}
