"""Does search find what people ask for? Tasks in the words of users over real descriptions, plain BM25 beside ours.

``search_tasks.tsv`` has the tasks; what is tuned is tuned on its first half alone. A hit is a task of which any operation is
among the first five, recall the share of its operations that are.
"""

from __future__ import annotations

import sqlite3
import statistics
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import search_corpus

from composio.catalog.catalog import Catalog

__all__ = ["Task", "rows", "tasks"]

FIRST = 5
BUDGETS = {"core": "hit@5 >= 78, R@5 >= 67; apps given R@5 >= 85"}
Search = Callable[[str, Sequence[str]], Sequence[str]]


@dataclass(frozen=True, slots=True)
class Task:
    """What somebody wants, and the operations that it takes: of each set any one does."""

    half: str
    text: str
    wanted: tuple[frozenset[str], ...]

    @property
    def apps(self) -> list[str]:
        """The apps of its operations."""
        return sorted({slug.partition("_")[0].lower() for any_of in self.wanted for slug in any_of})


def tasks(catalog: Catalog) -> list[Task]:
    """All tasks, their operations under the names that they have in ``catalog``."""
    lines = Path(__file__).with_name("search_tasks.tsv").read_text("utf-8").splitlines()
    split = [line.split("\t") for line in lines if line and not line.startswith("#")]
    return [
        Task(
            half,
            text,
            tuple(frozenset(catalog.action(name).slug for name in any_of.split("|")) for any_of in wanted.split(",")),
        )
        for half, text, wanted in split
    ]


def rows() -> list[tuple[str, str, str]]:
    backend = search_corpus.backend()
    catalog = backend.catalog
    asked = tasks(catalog)
    count = sum(app.actions for app in catalog.apps())
    found = [("search: operations and tasks", f"{count} and {len(asked)}", "")]
    with closing(_plain(catalog)) as connection:
        for name, search in {"Composio": catalog_search(catalog), "plain BM25 (FTS5, porter)": _bm25(connection)}.items():
            for half in ("tune", "held"):
                chosen = [task for task in asked if task.half == half]
                budget = BUDGETS["core"] if name == "Composio" else ""
                found.append((f"search, {half} half: {name}", _quality(search, chosen), budget))
            found.append((f"search, warm: {name}", _speed(search, asked), "p50 <= 5 ms" if name == "Composio" else ""))
    backend.close()
    return found


def catalog_search(catalog: Catalog) -> Search:
    """Ours."""
    return lambda text, apps: catalog.search(text, apps, limit=FIRST)


def _plain(catalog: Catalog) -> sqlite3.Connection:
    """Names, descriptions and tags in a table of SQLite's own full text."""
    connection = sqlite3.connect(":memory:")
    connection.execute(
        "CREATE VIRTUAL TABLE plain USING fts5 (slug UNINDEXED, app UNINDEXED, text, tokenize = 'porter unicode61')"
    )
    for app in catalog.apps():
        actions = catalog.select(apps=[app.key], everything=True)
        connection.executemany(
            "INSERT INTO plain VALUES (?, ?, ?)",
            (
                (a.slug, a.app, f"{a.slug.replace('_', ' ')} {a.display_name} {a.description} {' '.join(a.tags)}")
                for a in actions
            ),
        )
    return connection


def _bm25(connection: sqlite3.Connection) -> Search:
    def search(text: str, apps: Sequence[str]) -> Sequence[str]:
        words = " OR ".join(f'"{word}"' for word in "".join(c if c.isalnum() else " " for c in text).split())
        only = f" AND app IN ({','.join('?' * len(apps))})" if apps else ""
        query = f"SELECT slug FROM plain WHERE plain MATCH ?{only} ORDER BY rank LIMIT {FIRST}"
        return [slug for (slug,) in connection.execute(query, (words, *apps))]

    return search


def _quality(search: Search, asked: Sequence[Task]) -> str:
    hits, first, recall, given = [], [], [], []
    for task in asked:
        found = search(task.text, ())
        reached = [bool(any_of.intersection(found)) for any_of in task.wanted]
        hits.append(any(reached))
        first.append(bool(found) and any(found[0] in any_of for any_of in task.wanted))
        recall.append(statistics.mean(reached))
        with_apps = search(task.text, task.apps)
        given.append(statistics.mean(bool(any_of.intersection(with_apps)) for any_of in task.wanted))
    shares = (100 * statistics.mean(values) for values in (hits, recall, first, given))
    return "hit@5 {:.1f}, R@5 {:.1f}, hit@1 {:.1f}; apps given R@5 {:.1f}".format(*shares)


def _speed(search: Search, asked: Sequence[Task]) -> str:
    taken = []
    for task in asked:
        started = time.perf_counter()
        search(task.text, ())
        taken.append(1000 * (time.perf_counter() - started))
    return f"p50 {statistics.median(taken):.1f} ms, p95 {sorted(taken)[int(0.95 * len(taken))]:.1f} ms"
