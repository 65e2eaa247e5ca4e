"""The master keys: their sources, the newest one, and errors for missing ones.

``COMPOSIO_ENCRYPTION_KEY`` comes first, then the system's keyring, then a file in the home's folder. A secret names its key, so
every key that is found can decrypt; only the newest encrypts.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from composio.errors import VaultError
from composio.model.secret import Secret
from composio.process.forks import no_fork, rlock
from composio.process.locks import file_lock
from composio.vault.keysources import KeyFile, MasterKey, SystemKeyring, parse

__all__ = ["FILE", "VARIABLE", "MasterKey", "MasterKeys"]

VARIABLE = "COMPOSIO_ENCRYPTION_KEY"
FILE = "master.key"
_log = logging.getLogger("composio")

Source = Literal["environment", "keyring", "file"]


@dataclass(frozen=True, slots=True)
class _Ring:
    """The keys found, in the order of their sources."""

    environment: tuple[MasterKey, ...]
    keyring: tuple[MasterKey, ...]
    file: tuple[MasterKey, ...]
    version: object

    @property
    def all(self) -> tuple[MasterKey, ...]:
        return (*self.environment, *self.keyring, *self.file)

    @property
    def source(self) -> Source | None:
        """The source of the newest."""
        return "environment" if self.environment else "keyring" if self.keyring else "file" if self.file else None


class MasterKeys:
    """``folder`` returns the home's folder, on first use. ``in_use`` returns the ids of the keys of stored secrets.

    ``keep`` is called with the name of what is to be written there, and raises if the folder is temporary.

    Thread-safe, and safe to use after a fork. A new key is made only where nothing is sealed yet: what is sealed under a key
    that is missing stays as it is, and so says a ``VaultError``.
    """

    def __init__(
        self,
        folder: Callable[[], Path],
        environ: Mapping[str, str],
        in_use: Callable[[], Collection[str]] = frozenset,
        keep: Callable[[str], object] = lambda _: None,
    ) -> None:
        self.folder, self._environ, self._in_use, self._keep = folder, environ, in_use, keep
        self._lock = rlock()
        self._ring: _Ring | None = None
        self._seen: dict[str, MasterKey] = {}  # opens what it opened before, though a keyring was locked meanwhile
        self._keyring: SystemKeyring | None = None
        self._accepted: str | None = None

    @property
    def primary(self) -> MasterKey:
        """Return the newest key, created if there is none. Another process may have added a newer one meanwhile."""
        with no_fork, self._lock:
            ring = self._current()
            while True:
                try:
                    return self._newest(ring)
                except VaultError:
                    # A rotation may have ended between the look at the keys and the one at what is sealed under them.
                    again = self._load()
                    if [key.id for key in again.all] == [key.id for key in ring.all]:
                        raise
                    ring = again

    def _newest(self, ring: _Ring) -> MasterKey:
        if ring.source is None:
            self._refuse_if_sealed(ring)
            ring = self._create()
        newest = ring.all[0]
        if self._accepted != newest.id:
            self._refuse_if_sealed(ring)
            self._accepted = newest.id
        return newest

    def by_id(self, key_id: str, what: str = "a stored secret") -> MasterKey:
        """Return the key with that id. Raises ``VaultError`` if it is missing; ``what`` names the secret in the error."""
        if key_id not in self._seen:
            with no_fork, self._lock:
                ring = self._load()
        if (found := self._seen.get(key_id)) is None:
            raise VaultError(f"The master key {key_id} is missing, which {what} is sealed under. {self._list_places(ring)}")
        return found

    def borrow(self, keys: Iterable[MasterKey]) -> None:
        """Decrypt with ``keys`` too, for the lifetime of this object. They are not stored, and encrypt nothing."""
        with no_fork, self._lock:
            self._seen |= {key.id: key for key in keys}

    def where(self) -> tuple[Source | None, tuple[str, ...]]:
        """Return where the newest key is stored, and the ids of all keys, newest first. Creates and rejects nothing."""
        with no_fork, self._lock:
            ring = self._current()
            return ring.source, tuple(dict.fromkeys(key.id for key in ring.all))

    @property
    def superseded(self) -> tuple[MasterKey, ...]:
        """Return every key but the newest."""
        with no_fork, self._lock:
            ring = self._current()
            return tuple(key for key in ring.all[1:] if key.id != ring.all[0].id)

    def add(self) -> MasterKey:
        """Create a new newest key. Not for keys in the environment."""
        made = MasterKey.new()
        with no_fork, self._lock, self.alone():
            ring = self._load()
            if ring.source == "environment":
                raise VaultError(f"Put the new key before the old one in {VARIABLE}, with a comma between, and rotate again.")
            if ring.source == "keyring":
                self._write_keyring((made, *ring.keyring))
            else:
                self._file().write((made, *ring.file), new=not ring.file)
            self._load()
        return made

    def retire(self, unused: Collection[str]) -> list[str]:
        """Delete the superseded keys with these ids, everywhere but in the environment. Returns the deleted ones."""
        with no_fork, self._lock, self.alone():
            ring = self._load()
            gone = {key.id for key in ring.all[1:] if key.id in unused and key.id != ring.all[0].id}
            keyring = tuple(key for key in ring.keyring if key.id not in gone)
            file = tuple(key for key in ring.file if key.id not in gone)
            if keyring != ring.keyring:
                self._write_keyring(keyring)
            if file != ring.file:
                if file:
                    self._file().write(file, new=False)
                else:
                    self._file().delete()
            self._load()
        return sorted(gone & {key.id for key in (*ring.keyring, *ring.file)})

    @contextmanager
    def alone(self, what: str = "lock") -> Iterator[None]:
        """Write to the home under a lock between processes. Raises ``ConfigurationError`` if the home is read-only."""
        self._keep("A master key")
        with ExitStack() as stack:
            try:
                stack.enter_context(file_lock(self.folder() / f"{FILE}.{what}"))
            except OSError as error:
                raise VaultError(
                    f"No master key can be kept in {self.folder()}: {error.strerror}. Set COMPOSIO_HOME to a folder that can be "
                    f"written, or {VARIABLE} to a key; `openssl rand -base64 32` makes one."
                ) from None
            yield

    def _current(self) -> _Ring:
        """Read again if the source may have changed; a keyring does not tell."""
        ring = self._ring
        if ring is None or ring.source in {None, "keyring"} or ring.version != self._file().version():
            return self._load()
        return ring

    def _load(self) -> _Ring:
        version = self._file().version()
        environment = parse(self._read_given(), VARIABLE)
        # Asking the keyring may take a user's password: not where the keys come from elsewhere.
        file = self._file().read()
        keyring = [] if environment and not self._in_use_elsewhere(environment, file) else self._system().read() or []
        self._ring = _Ring(tuple(environment), tuple(keyring), tuple(file), version)
        self._seen |= {key.id: key for key in reversed(self._ring.all)}
        return self._ring

    def _read_given(self) -> list[Secret]:
        return [Secret(one) for one in self._environ.get(VARIABLE, "").split(",") if one.strip()]

    def _in_use_elsewhere(self, environment: list[MasterKey], file: list[MasterKey]) -> bool:
        return not {key.id for key in (*environment, *file)}.issuperset(self._in_use())

    def _create(self) -> _Ring:
        made = MasterKey.new()
        with self.alone():
            ring = self._load()
            if ring.source is not None:
                return ring  # another process was faster
            if not (self._system().is_there() and self._system().write((made,))):
                self._file().write((made,), new=True)
                _log.warning(
                    "Stored secrets are encrypted under a new master key in %s, as neither %s nor a keyring of the system's "
                    "is there. Keep a copy of it apart from the database: without it they can't be read.",
                    self._file().name,
                    VARIABLE,
                )
            return self._load()

    def _refuse_if_sealed(self, ring: _Ring) -> None:
        """Refuse to encrypt under a new key while none of the old ones exists: that is a wrong key, or a lost one."""
        sealed_under = set(self._in_use())
        if sealed_under and not any(key.id in sealed_under for key in ring.all):
            ids = ", ".join(sorted(sealed_under))
            raise VaultError(
                f"The stored secrets are sealed under master key {ids}, which is missing. {self._list_places(ring)}"
            )

    def _list_places(self, ring: _Ring) -> str:
        found = ", ".join(dict.fromkeys(key.id for key in ring.all)) or "none"
        asked = f"{self._system().name}{f' ({self._system().problem})' if self._system().problem else ''}"
        return (
            f"Keys are looked for in {VARIABLE}, in {asked} and in {self._file().name}; found: {found}. Put the key back into one "
            "of them; nothing was changed. If it is lost, move the database away and connect again."
        )

    def _write_keyring(self, keys: tuple[MasterKey, ...]) -> None:
        if not keys:
            self._system().delete()
        elif not self._system().write(keys):
            raise VaultError(
                f"{self._system().name} did not take the master keys ({self._system().problem or 'no reason given'})."
            )

    def _file(self) -> KeyFile:
        return KeyFile(self.folder() / FILE)

    def _system(self) -> SystemKeyring:
        if self._keyring is None:
            self._keyring = SystemKeyring(self.folder(), self._environ)
        return self._keyring
