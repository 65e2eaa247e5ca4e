"""Cache parsed files in the catalog's database by their content, so that each is parsed once."""

from __future__ import annotations

import hashlib
import json
import logging
import sqlite3
from collections.abc import Iterable, Mapping
from pathlib import Path

from composio.catalog.database import FORMAT, Database
from composio.errors import ComposioError

__all__ = ["KeptFiles", "code_digest"]

_log = logging.getLogger("composio")


class KeptFiles:
    """The entries of ``database`` by mark: a digest of a file's content and of the code that reads it."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def read(self, marks: Iterable[str]) -> dict[str, bytes]:
        """Return the entries for those of ``marks`` that exist; empty if the catalog cannot be used."""
        asked = "SELECT mark, definition FROM known_files WHERE mark IN (SELECT value FROM json_each(?))"
        wanted = json.dumps(list(marks))
        try:
            return dict(self._database.read(lambda connection: connection.execute(asked, (wanted,)).fetchall()))
        except ComposioError as error:
            _log.debug("what files say can't be read from the catalog: %s", error)
            return {}

    def write(self, rows: Mapping[str, bytes]) -> None:
        """Store ``rows`` by their marks. What cannot be stored is parsed again by the next process."""
        try:
            with self._database.write() as connection:
                connection.executemany("INSERT OR IGNORE INTO known_files (mark, definition) VALUES (?, ?)", rows.items())
        except (ComposioError, sqlite3.Error) as error:
            _log.debug("what files say is not kept: %s", error)


def code_digest(files: Iterable[str]) -> str:
    """Return a digest of the code that interprets a file, as content may be older than its modification time."""
    digest = hashlib.sha256(str(FORMAT).encode())
    for name in files:
        try:
            digest.update(Path(name).read_bytes())
        except OSError:  # a frozen, single-file program
            digest.update(b"none")
    return digest.hexdigest()
