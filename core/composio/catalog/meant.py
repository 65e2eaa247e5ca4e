"""Create the vectors of compiled actions, for the installed models of ``opencomposio-core[search]``.

A transformer takes a twentieth of a second per action, so neither compiling nor searching waits for it: it runs on request
only.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping
from functools import partial

from composio.catalog.database import Database
from composio.catalog.definition import Progress
from composio.catalog.read import Reader
from composio.catalog.search import vectors
from composio.catalog.search.models import MODELS, installed, loaded
from composio.catalog.search.vectors import Texts
from composio.errors import ConfigurationError
from composio.model.search import SearchModel

__all__ = ["make_vectors", "search_models"]

_TOGETHER = 200  # actions decoded at once


def make_vectors(
    database: Database, reader: Reader, names: Mapping[str, str], progress: Progress, *, models: Iterable[str] = ()
) -> int:
    """Create missing vectors of compiled apps, given by key with their names; return the number created.

    Each app is stored when it is done: an interrupted run continues there. ``models`` are some of the installed ones, all of
    them if empty. Raises ``ConfigurationError`` without a model, and for an unknown one.
    """
    wanted = tuple(models) or installed()
    if unknown := [name for name in wanted if name not in MODELS]:
        raise ConfigurationError(f"No model is called {unknown[0]!r}; there are {', '.join(MODELS)}.")
    used = {name: model for name in wanted if (model := loaded(name)) is not None}
    if not used:
        raise ConfigurationError("No model is installed to make vectors with: pip install 'opencomposio-core[search]'.")
    made = 0
    for done, (app, title) in enumerate(names.items(), 1):
        texts = _texts(reader, app, title)
        new = 0
        for name, model in used.items() if texts else ():
            known = database.read(partial(_read_known, app, name, model.size))
            row, count = vectors.make(app, name, model, texts, known)
            new += count
            with database.write() as connection:
                row.write(connection)
        made += new
        progress(f"Vectors of {app}", done, len(names))
    return made


def _read_known(app: str, name: str, size: int, connection: sqlite3.Connection) -> dict[bytes, bytes]:
    return vectors.known_vectors(connection, app, name, size)


def _texts(reader: Reader, app: str, title: str) -> dict[int, Texts]:
    ids = [row.id for row in reader.rows(app)]
    found: dict[int, Texts] = {}
    for at in range(0, len(ids), _TOGETHER):
        some = ids[at : at + _TOGETHER]
        found |= {one: vectors.texts_of(action, title) for one, action in zip(some, reader.actions(some) or (), strict=False)}
    return found


def search_models(database: Database) -> list[SearchModel]:
    """Return the known models: whether each is installed, and for how many of the compiled actions it has vectors."""
    rows = database.read(lambda c: c.execute("SELECT app, min(id), max(id), count(*) FROM actions GROUP BY app").fetchall())
    have = database.read(lambda c: vectors.counts(c, {app: (first, last) for app, first, last, _ in rows}))
    here = installed()
    return [SearchModel(name, name in here, have.get(name, 0), sum(row[3] for row in rows)) for name in MODELS]
