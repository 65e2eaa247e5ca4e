"""Storage of master keys: a file next to the database, or the system's keyring. Newest first, one key per line."""

from __future__ import annotations

import os
import secrets
import sys
import tempfile
import threading
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, TypeVar

from composio.errors import VaultError
from composio.model.secret import Secret
from composio.process.permissions import keep_from_others

__all__ = ["KeyFile", "MasterKey", "SystemKeyring", "parse"]

T = TypeVar("T")
KEY_BYTES = 32
_HEADER = "# Composio's master keys, newest first. Whoever has them and the database can read every stored secret.\n"
# A locked keyring asks its user for a password; without an answer it counts as missing.
_KEYRING_SECONDS = 30.0
_SERVICE = "composio"
_EXPOSED = "Run `composio vault rotate` if others may have read it."


class MasterKey:
    """A 256-bit key that wraps the keys of single secrets. ``id`` is a hash of it, and public."""

    __slots__ = ("_text", "id")

    def __init__(self, text: Secret) -> None:
        self._text = text
        self.id = sha256(b"composio master key\0" + self.reveal()).hexdigest()[:16]

    @classmethod
    def new(cls) -> MasterKey:
        """Generate a random key."""
        return cls(Secret(b64encode(secrets.token_bytes(KEY_BYTES)).decode()))

    def reveal(self) -> bytes:
        """The 32 bytes."""
        return b64decode(self._text.reveal())

    @property
    def text(self) -> Secret:
        """In base64, as it is kept."""
        return self._text

    def __repr__(self) -> str:
        return f"MasterKey({self.id})"


def parse(texts: Iterable[Secret], where: str) -> list[MasterKey]:
    """Parse keys in base64 or hexadecimal. Raises ``VaultError`` that names the invalid one by position, never by value."""
    keys: list[MasterKey] = []
    for number, text in enumerate(texts, 1):
        plain = _base64(text)
        if plain is None:
            raise VaultError(
                f"{where}: key {number} is no 32 bytes in base64 or hexadecimal. Keys are separated by commas, newest first; "
                "`openssl rand -base64 32` makes one. Nothing was changed."
            )
        keys.append(MasterKey(plain))
    return keys


def _base64(text: Secret) -> Secret | None:
    """Nothing is raised here, where the text could be seen in a traceback's variables."""
    found = b""
    with suppress(ValueError):
        plain = text.reveal().strip()
        if len(plain) == 2 * KEY_BYTES:
            found = bytes.fromhex(plain)
        else:
            found = b64decode(plain.replace("-", "+").replace("_", "/").rstrip("=") + "=", validate=True)
    return Secret(b64encode(found).decode()) if len(found) == KEY_BYTES else None


class KeyFile:
    """A file that only its owner can read."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.name = str(path)

    def version(self) -> object:
        """Return a mark that differs after every write."""
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_mtime_ns, found.st_ino, found.st_size

    def read(self) -> list[MasterKey]:
        """Read the keys; empty without a file. Raises ``VaultError`` if the file is invalid."""
        try:
            # Bytes that are no text make no key; an error about them would carry them along.
            with self._path.open(encoding="utf-8", errors="replace") as file:
                keep_from_others(self._path, "the master key in", _EXPOSED)
                lines = [Secret(line) for line in file if line.strip() and not line.startswith("#")]
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise VaultError(
                f"The master key's file {self._path} can't be read: {error.strerror}. Nothing was changed."
            ) from None
        if not lines:
            raise VaultError(f"The master key's file {self._path} is empty. Put the key back; nothing was changed.")
        return parse(lines, self.name)

    def write(self, keys: Sequence[MasterKey], *, new: bool) -> None:
        """Replace the stored keys with ``keys``; a ``new`` file replaces none. The caller holds a lock."""
        for left in self._path.parent.glob(f".{self._path.name}.*"):  # by a process that was killed here
            left.unlink(missing_ok=True)
        handle, temporary = tempfile.mkstemp(dir=self._path.parent, prefix=f".{self._path.name}.")  # 0600, and never an old one
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as file:
                file.write(_HEADER + "".join(f"{key.text.reveal()}\n" for key in keys))
                file.flush()
                os.fsync(file.fileno())
            if new:
                _link(temporary, self._path)
            else:
                Path(temporary).replace(self._path)
        except OSError as error:
            raise VaultError(f"The master key's file {self._path} can't be written: {error.strerror}.") from None
        finally:
            Path(temporary).unlink(missing_ok=True)
        _sync_folder(self._path.parent)

    def delete(self) -> None:
        """Remove the file, once it holds no key."""
        self._path.unlink(missing_ok=True)


def _link(temporary: str, path: Path) -> None:
    """Rename the file unless the name is taken."""
    try:
        path.hardlink_to(temporary)
    except FileExistsError:
        raise
    except OSError:  # a file system without links; the caller holds a lock
        if path.exists():
            raise
        Path(temporary).replace(path)


def _sync_folder(folder: Path) -> None:
    if sys.platform == "win32":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


class SystemKeyring:
    """One entry per home, so that rotating the keys of one leaves the others alone."""

    def __init__(self, folder: Path, environ: Mapping[str, str]) -> None:
        self._user = f"master key of {folder}"
        self._usable = _may_ask(folder, environ)
        self.name = f"the system's keyring (entry {_SERVICE!r}, {self._user!r})"
        self.problem = ""
        """The reason why it was not used, if any."""

    def is_there(self) -> bool:
        """Return whether it stores securely: neither a stand-in nor plain files."""
        if not self._usable:
            return False
        found: bool | None = self._run_bounded(_is_real)
        return bool(found)

    def read(self) -> list[MasterKey] | None:
        """Read the keys; None if the keyring is unavailable."""
        if not self.is_there():
            return None
        found: Secret | None = self._run_bounded(lambda: Secret(_backend().get_password(_SERVICE, self._user) or ""))
        if found is None:
            return None
        return parse([Secret(one) for one in found.reveal().split()], self.name)

    def write(self, keys: Sequence[MasterKey]) -> bool:
        """Replace the stored keys with ``keys``. Returns False if that failed."""
        text = Secret("\n".join(key.text.reveal() for key in keys))
        done: bool | None = self._run_bounded(lambda: _backend().set_password(_SERVICE, self._user, text.reveal()) or True)
        kept = self.read() if done else None
        return kept is not None and [key.id for key in kept] == [key.id for key in keys]

    def delete(self) -> None:
        """Remove the entry, once it holds no key."""
        self._run_bounded(lambda: _backend().delete_password(_SERVICE, self._user))

    def _run_bounded(self, work: Callable[[], T]) -> T | None:
        """Run ``work`` for at most half a minute; on failure return None and set :attr:`problem`."""
        result: list[T] = []
        self.problem = ""

        def run() -> None:
            try:
                result.append(work())
            except ModuleNotFoundError:
                self.problem = "not installed: pip install 'opencomposio-core[keyring]'"
            except ImportError:
                self.problem = "not asked: pip install 'opencomposio-core[keyring]' installs what asks it"
            except Exception as error:  # backends raise what their desktop's library raises
                self.problem = type(error).__name__

        thread = threading.Thread(target=run, name="composio-keyring", daemon=True)
        thread.start()
        thread.join(_KEYRING_SECONDS)
        if thread.is_alive():
            self.problem = f"no answer in {_KEYRING_SECONDS:.0f} seconds"
        return result[0] if result else None


def _may_ask(folder: Path, environ: Mapping[str, str]) -> bool:
    """Not for a temporary folder, and not without a user who could unlock it."""
    temporary = Path(tempfile.gettempdir()).resolve()
    if temporary in folder.resolve().parents:
        return False
    desktop = sys.platform in {"darwin", "win32"} or any(environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY"))
    return desktop or bool(environ.get("PYTHON_KEYRING_BACKEND"))


def _backend() -> Any:
    import keyring

    return keyring.get_keyring()


def _is_real() -> bool:
    backend = _backend()
    several = getattr(backend, "backends", None)  # of a chain
    stand_in = type(backend).__module__ in {"keyring.backends.fail", "keyring.backends.null"}
    return not stand_in and (several is None or bool(list(several))) and backend.priority >= 1
