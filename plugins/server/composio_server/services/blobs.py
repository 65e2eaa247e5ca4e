"""Storage of file contents: in the home, or in an object store that every instance reaches.

Keys are like ``projects/<project>/uploads/<file>``.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Protocol

from composio.errors import ConfigurationError, StoreError

if TYPE_CHECKING:
    from obstore.store import ObjectStore

__all__ = ["Blobs", "Folder", "Objects", "open_objects"]

_SCHEMES: Final = ("s3://", "gs://", "az://")
_PIECE: Final = 4 * 1024 * 1024
_COPY_SECONDS: Final = 3600.0


class Blobs(Protocol):
    """Stores bytes by key. Blocking; raises ``StoreError`` if the storage is not available."""

    def has(self, key: str) -> bool:
        """Return whether the key exists."""
        ...

    def keep(self, part: Path, key: str) -> None:
        """Move a local file into the storage."""
        ...

    def local(self, key: str) -> Path | None:
        """Return a local read-only file with the bytes, to be read now; None if there is none."""
        ...

    def delete(self, key: str) -> None:
        """Delete the key, if it exists."""
        ...

    def delete_all(self, prefix: str) -> None:
        """Delete every key below ``prefix``, which ends with a slash."""
        ...

    def sweep(self) -> None:
        """Delete local copies that are only a cache."""
        ...


class Folder:
    """Storage in a folder, which is requested on first read or write."""

    def __init__(self, base: Callable[[], Path]) -> None:
        self._base = base

    def has(self, key: str) -> bool:
        """See :class:`Blobs`."""
        return (self._base() / key).is_file()

    def keep(self, part: Path, key: str) -> None:
        """See :class:`Blobs`."""
        target = self._base() / key
        if part != target:
            target.parent.mkdir(parents=True, exist_ok=True)
            part.replace(target)

    def local(self, key: str) -> Path | None:
        """See :class:`Blobs`."""
        path = self._base() / key
        return path if path.is_file() else None

    def delete(self, key: str) -> None:
        """See :class:`Blobs`."""
        (self._base() / key).unlink(missing_ok=True)

    def delete_all(self, prefix: str) -> None:
        """See :class:`Blobs`."""
        shutil.rmtree(self._base() / prefix, ignore_errors=True)

    def sweep(self) -> None:
        """Do nothing: there are no copies."""


class Objects:
    """Storage in an object store. Files that are read are cached in the local ``folder`` for an hour."""

    def __init__(self, store: ObjectStore, folder: Callable[[], Path]) -> None:
        self._store, self._folder = store, folder

    def has(self, key: str) -> bool:
        """See :class:`Blobs`."""
        import obstore

        with _explain_errors(), suppress(FileNotFoundError):
            obstore.head(self._store, key)
            return True
        return False

    def keep(self, part: Path, key: str) -> None:
        """See :class:`Blobs`."""
        import obstore

        with _explain_errors():
            obstore.put(self._store, key, part)
        part.unlink()

    def local(self, key: str) -> Path | None:
        """See :class:`Blobs`."""
        import obstore

        copy = self._copy_of(key)
        if copy.is_file():
            os.utime(copy)
            return copy
        copy.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(prefix="copy-", dir=copy.parent)
        try:
            with os.fdopen(descriptor, "wb") as out, _explain_errors():
                for piece in obstore.get(self._store, key).stream(min_chunk_size=_PIECE):
                    out.write(piece)
            Path(name).replace(copy)  # complete, whoever else copies it
        except FileNotFoundError:
            return None
        finally:
            Path(name).unlink(missing_ok=True)
        return copy

    def delete(self, key: str) -> None:
        """See :class:`Blobs`."""
        import obstore

        self._copy_of(key).unlink(missing_ok=True)
        with _explain_errors(), suppress(FileNotFoundError):
            obstore.delete(self._store, key)

    def delete_all(self, prefix: str) -> None:
        """See :class:`Blobs`."""
        import obstore

        shutil.rmtree(self._folder() / prefix, ignore_errors=True)
        with _explain_errors():
            for found in obstore.list(self._store, prefix.rstrip("/")):
                obstore.delete(self._store, [one["path"] for one in found])

    def sweep(self) -> None:
        """See :class:`Blobs`."""
        before = time.time() - _COPY_SECONDS
        for copy in self._folder().rglob("*"):
            with suppress(OSError):  # another thread was first
                if copy.is_file() and copy.stat().st_mtime < before:
                    copy.unlink()

    def _copy_of(self, key: str) -> Path:
        return self._folder() / key


@contextmanager
def _explain_errors() -> Iterator[None]:
    from obstore.exceptions import BaseError

    try:
        yield
    except BaseError as error:  # its text has URLs and the store's message: for the log
        raise StoreError(f"The object store can't be used: {str(error).strip()[:500]}", reason="away") from None


def open_objects(url: str, folder: Callable[[], Path], **options: Any) -> Objects:
    """Open an object store by its URL, such as ``s3://bucket/prefix``.

    It reads credentials and regions from its own variables.

    Raises ``ConfigurationError`` for another URL, and if its extra is not installed.
    """
    if not url.startswith(_SCHEMES):
        raise ConfigurationError(
            f"COMPOSIO_SERVER_FILES_URL begins with {', '.join(_SCHEMES)}; got {url.partition('?')[0]!r:.80}."
        )
    try:
        from obstore.exceptions import BaseError
        from obstore.store import from_url
    except ImportError:
        raise ConfigurationError(
            "COMPOSIO_SERVER_FILES_URL needs another package: pip install 'opencomposio-server[objects]'"
        ) from None
    try:
        return Objects(from_url(url, **options), folder)
    except (BaseError, ValueError) as error:
        raise ConfigurationError(f"COMPOSIO_SERVER_FILES_URL can't be used: {str(error).strip()[:300]}") from None
