"""The vectors of actions, stored beside the index: created on request, shipped with the apps, used if a model is installed.

A vector is stored with one byte per dimension. Each app has a row per model, with its actions' vectors in the order of
their ids, and a mark of each one's source: after a recompile only changed ones are created again. The table is optional: it is
created with the first vectors.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

from composio.model.action import ActionModel, HttpBinding
from composio.model.flows import is_label

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from composio.catalog.search.models import Model

__all__ = [
    "Intervals",
    "Matrix",
    "Row",
    "Texts",
    "counts",
    "forget",
    "have_vectors",
    "known_vectors",
    "make",
    "move",
    "texts_of",
]

_TABLE = """
CREATE TABLE IF NOT EXISTS vectors (
    app TEXT NOT NULL, model TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, marks BLOB NOT NULL, data BLOB NOT NULL,
    PRIMARY KEY (app, model)
)
"""
_COLUMNS = "app, model, first, last, marks, data"
_MARK = 8  # bytes
_STEPS = 127  # of a number from 0 to 1
_PARAMETERS, _CHARACTERS, _FEW_CHARACTERS, _TAGS = 12, 400, 160, 3
_PIECES = (24, 40, 48)  # of words used from each text
_CHUNK = 512  # rows compared at once: as floats they fit a processor's cache, and start no threads
_MARKUP = re.compile(r"<[^<>]{1,200}>|\]\([^()\s]*\)|[\s*`#\[]+")

Texts = tuple[str, str, str]
Intervals = Sequence[tuple[int, int]]  # ids from the first to the last, in order


def texts_of(action: ActionModel, title: str) -> Texts:
    """Return an action's three texts: short form, title with description, and fields. ``title`` is the app's name."""
    description = _MARKUP.sub(" ", action.description[: 4 * _CHARACTERS]).strip()
    words = action.slug.removeprefix(f"{action.app.upper()}_").replace("_", " ").lower()
    path = action.binding.path if isinstance(action.binding, HttpBinding) else ""
    fields = (
        title,
        f"{words}.",
        description[:_FEW_CHARACTERS],
        *[one for one in action.tags if not is_label(one)][:_TAGS],
        path,
        *list(action.parameters.get("properties") or ())[:_PARAMETERS],
    )
    return f"{title}: {action.display_name}", f"{action.display_name}. {description[:_CHARACTERS]}", " ".join(fields)


@dataclass(frozen=True, slots=True)
class Row:
    """A model's vectors of an app's actions, from the first to the last of its ids."""

    app: str
    model: str
    first: int
    last: int
    marks: bytes
    data: bytes

    def write(self, connection: sqlite3.Connection) -> None:
        """Replace the stored vectors. Runs in a transaction."""
        connection.execute(_TABLE)
        values = (self.app, self.model, self.first, self.last, self.marks, self.data)
        connection.execute(f"INSERT OR REPLACE INTO vectors ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)", values)  # noqa: S608 - names from above


def make(app: str, name: str, model: Model, texts: Mapping[int, Texts], known: Mapping[bytes, bytes]) -> tuple[Row, int]:
    """Create a model's vectors of all of an app's actions, given by id with their texts; return how many are new.

    Vectors in ``known`` for the same texts are reused. There must be at least one action.
    """
    ids = sorted(texts)
    marks = [_mark(texts[one]) for one in ids]
    known = dict(known)
    by_mark = dict(zip(marks, (texts[one] for one in ids), strict=True))
    missing = [mark for mark in by_mark if mark not in known]
    for mark, row in zip(missing, _make(model, [by_mark[mark] for mark in missing]), strict=True):
        known[mark] = row.tobytes()
    return Row(app, name, ids[0], ids[-1], b"".join(marks), b"".join(known[mark] for mark in marks)), len(missing)


def counts(connection: sqlite3.Connection, apps: Mapping[str, tuple[int, int]]) -> dict[str, int]:
    """Return how many actions have vectors, by model. ``apps`` are the first and the last id of each."""
    found: dict[str, int] = {}
    if have_vectors(connection):
        for app, model, first, last in connection.execute("SELECT app, model, first, last FROM vectors"):
            if apps.get(app) == (first, last):
                found[model] = found.get(model, 0) + last + 1 - first
    return found


def forget(connection: sqlite3.Connection, app: str) -> None:
    """Remove an app's vectors, like its other rows. Runs in a transaction."""
    if have_vectors(connection):
        connection.execute("DELETE FROM vectors WHERE app = ?", (app,))


def known_vectors(connection: sqlite3.Connection, app: str, name: str, size: int) -> dict[bytes, bytes]:
    """Return an app's vectors by the marks of their sources."""
    found: dict[bytes, bytes] = {}
    if have_vectors(connection):
        for marks, data in connection.execute("SELECT marks, data FROM vectors WHERE app = ? AND model = ?", (app, name)):
            if len(data) * _MARK == len(marks) * size:
                for at in range(len(marks) // _MARK):
                    found[marks[at * _MARK : (at + 1) * _MARK]] = data[at * size : (at + 1) * size]
    return found


def _make(model: Model, texts: Sequence[Texts]) -> NDArray[np.int8]:
    """Return a row of bytes for each action: the mean of its texts' vectors."""
    import numpy as np

    total = np.zeros((len(texts), model.size), np.float32)
    for way, pieces in enumerate(_PIECES if texts else ()):
        total += model.embed([text[way] for text in texts], pieces)
    total /= np.maximum(np.linalg.norm(total, axis=1, keepdims=True), 1e-9)
    made: NDArray[np.int8] = np.clip(np.rint(total * _STEPS), -_STEPS, _STEPS).astype(np.int8)
    return made


def _mark(texts: Texts) -> bytes:
    return blake2b("\n".join(texts).encode("utf-8", "replace"), digest_size=_MARK).digest()


def have_vectors(connection: sqlite3.Connection) -> bool:
    """Return whether a catalog has any."""
    return connection.execute("SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'vectors'").fetchone() is not None


def move(connection: sqlite3.Connection, source: sqlite3.Connection, app: str, shift: int) -> None:
    """Copy an app's vectors from another catalog, with shifted ids."""
    if not have_vectors(source):
        return
    rows = source.execute(f"SELECT {_COLUMNS} FROM vectors WHERE app = ? ORDER BY model", (app,)).fetchall()  # noqa: S608 - names from above
    if rows:
        connection.execute(_TABLE)
        connection.executemany(
            f"INSERT OR REPLACE INTO vectors ({_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)",  # noqa: S608 - as above
            ((key, model, first + shift, last + shift, *more) for key, model, first, last, *more in rows),
        )


@dataclass(frozen=True, slots=True)
class Matrix:
    """A model's vectors of all apps that have them, a row for each action in the order of their ids."""

    ids: NDArray[np.int64]
    rows: NDArray[np.int8]

    @classmethod
    def of(cls, connection: sqlite3.Connection, name: str, size: int, apps: Mapping[str, tuple[int, int]]) -> Matrix | None:
        """Read them; None if there are none. Those of recompiled apps are omitted, as ids are never reused."""
        import numpy as np

        if not have_vectors(connection):
            return None
        found = [
            (first, last, data)
            for app, first, last, data in connection.execute(
                "SELECT app, first, last, data FROM vectors WHERE model = ?", (name,)
            )
            if apps.get(app) == (first, last) and len(data) == (last + 1 - first) * size
        ]
        if not found:
            return None
        found.sort()
        ids = np.concatenate([np.arange(first, last + 1) for first, last, _ in found])
        return cls(ids, np.frombuffer(b"".join(data for *_, data in found), np.int8).reshape(-1, size))

    def similar(self, vector: NDArray[np.float32], allowed: Intervals) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the ids of ``allowed`` with a vector, in order, and their similarities, from -1 to 1."""
        import numpy as np

        ids, values = [], []
        scaled = vector / _STEPS
        for first, last in allowed:
            start, end = np.searchsorted(self.ids, (first, last + 1))
            for at in range(start, end, _CHUNK):
                rows = self.rows[at : min(at + _CHUNK, end)]
                ids.append(self.ids[at : at + len(rows)])
                values.append(rows.astype(np.float32) @ scaled)
        if not ids:
            return np.zeros(0, np.int64), np.zeros(0, np.float32)
        return np.concatenate(ids), np.concatenate(values)

    def similar_of(self, vector: NDArray[np.float32], ids: Sequence[int]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
        """Return the same for those of ``ids`` with a vector."""
        import numpy as np

        wanted = np.array(sorted(ids), np.int64)
        at = np.minimum(np.searchsorted(self.ids, wanted), len(self.ids) - 1)
        there = self.ids[at] == wanted
        return wanted[there], self.rows[at[there]].astype(np.float32) @ (vector / _STEPS)
