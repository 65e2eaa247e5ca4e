"""Large listings, built once per state of their contents and cached gzipped in the home.

One file per listing and state; the first request in any process creates it, and others wait. A listing of parts is assembled
from existing parts, and only missing ones are created.
"""

from __future__ import annotations

import gzip
import os
import tempfile
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from composio.process.locks import file_lock
from composio_server.services import pieces

__all__ = ["Listings", "Part"]

_KEPT = 4  # states of one listing: projects may have apps of their own, and clients may still be reading
_SUFFIX, _PART_SUFFIX = ".json.gz", ".part.z"


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a listing: its name, its state, and the function that creates its bytes."""

    kind: str
    state: str
    make: Callable[[], Iterable[bytes]]


class Listings:
    """Blocking. ``folder`` is requested on first read or write."""

    def __init__(self, folder: Callable[[], Path]) -> None:
        self._folder = folder

    def find(self, kind: str, state: str, make: Callable[[], Iterable[bytes]]) -> Path:
        """Return the gzipped file of a listing; ``make`` yields its bytes if it does not exist yet.

        ``kind`` is a name of letters, digits, dashes and underscores, ``state`` a hexadecimal digest.
        """
        return self._find(kind, state, _SUFFIX, lambda file: _pack(file, make()))

    def compose(self, kind: str, state: str, head: bytes, parts: Callable[[], Sequence[Part]], tail: bytes) -> Path:
        """Do the same as :meth:`find` for a JSON document that is assembled from ``parts``.

        It begins with ``head``, has commas between the parts, and ends with ``tail``.
        """

        def write(file: IO[bytes]) -> None:
            found = [self._find_part(one) for one in parts()]
            file.writelines(pieces.join(head, found, b",", tail))

        return self._find(kind, state, _SUFFIX, write)

    def _find_part(self, part: Part) -> Path:
        return self._find(part.kind, part.state, _PART_SUFFIX, lambda file: pieces.write(file, part.make()))

    def has(self, kind: str, state: str) -> bool:
        """Return whether a listing exists."""
        return (self._folder() / f"{kind}.{state}{_SUFFIX}").exists()

    def _find(self, kind: str, state: str, suffix: str, write: Callable[[IO[bytes]], None]) -> Path:
        folder = self._folder()
        file = folder / f"{kind}.{state}{suffix}"
        if file.exists():
            return file
        with file_lock(folder / f"{kind}.lock"):
            if not file.exists():
                _write(file, write)
                _prune(folder, kind, suffix, file)
        return file


def _pack(file: IO[bytes], made: Iterable[bytes]) -> None:
    with gzip.GzipFile(fileobj=file, mode="wb", compresslevel=6, mtime=0) as packed:
        for piece in made:
            packed.write(piece)


def _write(file: Path, write: Callable[[IO[bytes]], None]) -> None:
    descriptor, name = tempfile.mkstemp(dir=file.parent, suffix=".part")
    try:
        with os.fdopen(descriptor, "wb") as opened:
            write(opened)
        Path(name).replace(file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def _prune(folder: Path, kind: str, suffix: str, newest: Path) -> None:
    with suppress(OSError):  # a file that cannot be removed now is removed next time
        others = [one for one in folder.glob(f"{kind}.*{suffix}") if one != newest]
        for one in sorted(others, key=lambda file: file.stat().st_mtime)[: -(_KEPT - 1)]:
            one.unlink(missing_ok=True)
