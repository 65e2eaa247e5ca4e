"""Listings too long to make for every request: their bytes, made once for each state of what they list, gzipped in the home.

One file per listing and state; whoever asks first makes it, in whichever process, and others wait for that.
"""

from __future__ import annotations

import gzip
import os
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from composio.process.locks import file_lock

__all__ = ["Listings"]

_KEPT = 4  # states of one listing: projects may have apps of their own, and clients are still reading
_SUFFIX = ".json.gz"


class Listings:
    """Blocking. ``folder`` is asked for when there is something to read or write."""

    def __init__(self, folder: Callable[[], Path]) -> None:
        self._folder = folder

    def find(self, kind: str, state: str, make: Callable[[], Iterable[bytes]]) -> Path:
        """The gzipped file of a listing; ``make`` gives its bytes in pieces where it is not there yet.

        ``kind`` is a name of letters, digits, dashes and underscores, ``state`` a hexadecimal digest.
        """
        folder = self._folder()
        file = folder / f"{kind}.{state}{_SUFFIX}"
        if file.exists():
            return file
        with file_lock(folder / f"{kind}.lock"):
            if not file.exists():
                _write(file, make())
                _prune(folder, kind, file)
        return file


def _write(file: Path, pieces: Iterable[bytes]) -> None:
    descriptor, name = tempfile.mkstemp(dir=file.parent, suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as raw, gzip.GzipFile(fileobj=raw, mode="wb", compresslevel=6, mtime=0) as packed:
            for piece in pieces:
                packed.write(piece)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _prune(folder: Path, kind: str, newest: Path) -> None:
    with suppress(OSError):  # what can't be removed now is removed next time
        others = [one for one in folder.glob(f"{kind}.*{_SUFFIX}") if one != newest]
        for one in sorted(others, key=lambda file: file.stat().st_mtime)[: -(_KEPT - 1)]:
            one.unlink(missing_ok=True)
