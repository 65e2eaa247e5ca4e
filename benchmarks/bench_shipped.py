"""Search over the apps that are shipped, as they are compiled in the home: ``nox -s catalog`` first.

Quality with words alone and with the installed models, warm speed by how many actions there are, the first search of a process,
its memory, and chains.
"""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path
from unittest import mock

from composio.catalog.catalog import Catalog
from composio.catalog.search import TABLES, Searcher, rank
from composio.catalog.search.index import Postings, kept, unpacked, within
from composio.catalog.search.models import installed
from composio.embedded import EmbeddedBackend
from composio.errors import ActionNotFound
from composio.process.home import CATALOG

__all__ = ["rows"]

FIRST = 5
_HERE = Path(__file__).parent
_ENOUGH = 200  # apps without which the figures say nothing
_BARS = {"words": "hit@5 >= 78, R@5 >= 67; apps given R@5 >= 85", "models": "hit@5 >= 86, R@5 >= 75; apps given R@5 >= 85"}
Wanted = Sequence[frozenset[str]]


def rows() -> list[tuple[str, str, str]]:
    home = Path(os.environ.get("COMPOSIO_HOME") or Path.home() / ".composio")
    backend = EmbeddedBackend(home=home)
    catalog = backend.catalog
    compiled = {app.key: app for app in catalog.apps() if app.compiled}
    if len(compiled) < _ENOUGH:
        return [("search over shipped apps", f"{len(compiled)} apps are compiled: nox -s catalog", "")]
    names = {key: app.name for key, app in compiled.items()}
    actions = sum(app.actions for app in compiled.values())
    vectors = {one.name: one.actions for one in catalog.search_models() if one.installed}
    found = [
        ("search over shipped apps: actions, those with vectors", f"{actions:,}, {vectors or 'no model is installed'}", "")
    ]
    tasks = _tasks(catalog)
    with closing(sqlite3.connect(home / CATALOG)) as connection:
        embedded = _embedded(connection, names)
        for how, models in {"words": (), "models": installed()}.items():
            with mock.patch.object(rank, "installed", lambda models=models: models):
                for half in ("tune", "held", "blind", "fresh"):
                    chosen = [task for task in tasks if task[0] == half]
                    for where, apps in {"all apps": names, f"the {len(embedded)} with vectors": embedded}.items():
                        if apps:
                            label = f"search, {how}, {half}, {len(chosen)} tasks, {where}"
                            found.append((label, _quality(connection, apps, chosen), _BARS[how]))
                halves = {half: _chains(catalog, connection, names, half) for half in ("tune", "held", "blind")}
                found += [(f"chains, {how}, {half}", figures, "") for half, figures in halves.items()]
                texts = [text for _, text, _ in tasks]
                bar = {"words": "p50 <= 5 ms at 20,000", "models": "p50 <= 20 ms at 20,000"}[how]
                for many in (20_000, 43_000):
                    some = _some(connection, names, many)
                    found.append((f"search, {how}, warm, {some[1]:,} actions", _speed(connection, some[0], texts), bar))
        with (
            mock.patch.object(rank, "installed", tuple),
            tempfile.TemporaryDirectory() as folder,
            closing(sqlite3.connect(Path(folder) / "twice")) as twice,
        ):
            count = _double(connection, twice)
            both = names | {f"{key}_again": f"{name} again" for key, name in names.items()}
            found.append((f"search, words, warm, {count:,} actions", _speed(twice, both, texts), "p50 <= 20 ms"))
    backend.close()
    return found + _first()


def _tasks(catalog: Catalog) -> list[tuple[str, str, Wanted]]:
    lines = (_HERE / "search_tasks_shipped.tsv").read_text("utf-8").splitlines()
    split = [line.split("\t") for line in lines if not line.startswith("#")]
    return [(half, text, _find_wanted(catalog, names)) for half, text, names in split]


def _find_wanted(catalog: Catalog, names: str) -> Wanted:
    """Of each set any one does. A name that an app has lost meanwhile is left out."""
    found = [frozenset(filter(None, (_slug(catalog, name) for name in any_of.split("|")))) for any_of in names.split(",")]
    return [any_of for any_of in found if any_of]


def _slug(catalog: Catalog, name: str) -> str:
    try:
        return catalog.action(name).slug
    except ActionNotFound:
        return ""


def _embedded(connection: sqlite3.Connection, names: Mapping[str, str]) -> dict[str, str]:
    """The apps that have vectors."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'vectors'").fetchone():
        return {}
    return {app: names[app] for (app,) in connection.execute("SELECT DISTINCT app FROM vectors ORDER BY app") if app in names}


def _quality(connection: sqlite3.Connection, apps: Mapping[str, str], tasks: Sequence[tuple[str, str, Wanted]]) -> str:
    searcher = Searcher()
    keys = sorted(apps, key=len, reverse=True)
    hits, recall, given = [], [], []
    for _, text, wanted in tasks:
        own = {key for any_of in wanted for slug in any_of for key in keys[:] if slug.startswith(f"{key.upper()}_")}
        here = [any_of for any_of in wanted if any(slug.startswith(f"{key.upper()}_") for slug in any_of for key in own)]
        if not here:
            continue
        found = {hit.slug for hit in searcher.search(connection, 0, text, apps, FIRST)}
        narrow = {hit.slug for hit in searcher.search(connection, 0, text, {key: apps[key] for key in sorted(own)}, FIRST)}
        reached = [bool(any_of & found) for any_of in here]
        hits.append(any(reached))
        recall.append(statistics.mean(reached))
        given.append(statistics.mean(bool(any_of & narrow) for any_of in here))
    shares = (100 * statistics.mean(values) for values in (hits, recall, given))
    return "hit@5 {:.1f}, R@5 {:.1f}; apps given R@5 {:.1f}".format(*shares)


def _chains(catalog: Catalog, connection: sqlite3.Connection, apps: Mapping[str, str], half: str) -> str:
    """How many chains of a half have every step in its place, and which share of all steps are."""
    searcher = Searcher()
    whole, shares = 0, []
    rows = [one.split("\t") for one in (_HERE / "search_chains.tsv").read_text("utf-8").splitlines() if not one.startswith("#")]
    lines = [(text, names) for which, text, names in rows if which == half]
    for text, names in lines:
        wanted, at, reached = _find_wanted(catalog, names), 0, 0
        found = [hit.slug for hit in searcher.chain(connection, 0, text, apps, 10)]
        for any_of in wanted:
            place = next((i for i in range(at, len(found)) if found[i] in any_of), None)
            if place is not None:
                at, reached = place + 1, reached + 1
        whole += reached == len(wanted)
        shares.append(reached / len(wanted))
    return f"{whole} of {len(lines)} whole, {100 * statistics.mean(shares):.0f}% of steps in their order"


def _some(connection: sqlite3.Connection, names: Mapping[str, str], most: int) -> tuple[dict[str, str], int]:
    """Apps in the order of their hashes, up to so many actions."""
    counts = dict(connection.execute("SELECT app, count(*) FROM actions GROUP BY app"))
    found: dict[str, str] = {}
    total = 0
    for key in sorted(names, key=lambda key: hashlib.sha256(key.encode()).digest()):
        if total + counts.get(key, 0) <= most:
            found[key] = names[key]
            total += counts.get(key, 0)
    return found, total


def _double(source: sqlite3.Connection, target: sqlite3.Connection) -> int:
    """What search reads of a catalog, twice; how many actions that is."""
    target.executescript(
        "CREATE TABLE actions (id INTEGER PRIMARY KEY, app TEXT, slug TEXT, important INTEGER, deprecated INTEGER, producers TEXT);"
        f"CREATE INDEX actions_app ON actions (app); {TABLES}"
    )
    shift = source.execute("SELECT max(id) FROM actions").fetchone()[0]
    query = "SELECT id, app, slug, important, deprecated, producers FROM actions"
    for again in (0, 1):
        end = "_again" * again
        target.executemany(
            "INSERT INTO actions VALUES (?, ?, ?, ?, ?, ?)",
            (
                (i + again * shift, app + end, slug + end.upper(), *more, producers * (not again))
                for i, app, slug, *more, producers in source.execute(query)
            ),
        )
    alive = kept(source.execute("SELECT min(id), max(id) FROM actions GROUP BY app"))
    words: dict[str, list[Postings]] = {}
    for word, blob in source.execute("SELECT word, found FROM postings"):
        ids, impacts = within(unpacked(blob), alive)
        if ids:
            words.setdefault(word, []).extend([(ids, impacts), (type(ids)("I", (i + shift for i in ids)), impacts)])
    target.execute("INSERT INTO segments VALUES (1, '', 0)")
    packed = ((1, word, (own := rank.merged(parts))[0].tobytes() + own[1]) for word, parts in words.items())
    target.executemany("INSERT INTO postings VALUES (?, ?, ?)", packed)
    target.commit()
    return int(target.execute("SELECT count(*) FROM actions").fetchone()[0])


def _speed(connection: sqlite3.Connection, apps: Mapping[str, str], texts: Sequence[str]) -> str:
    """The second time that each is asked, as a process that searches has read the common words before."""
    searcher = Searcher()
    for text in texts:
        searcher.search(connection, 0, text, apps, 10)
    taken, cpu = [], []
    for text in texts:
        started, used = time.perf_counter(), time.process_time()
        searcher.search(connection, 0, f"{text} please", apps, 10)
        taken.append(1000 * (time.perf_counter() - started))
        cpu.append(1000 * (time.process_time() - used))
    return f"p50 {statistics.median(taken):.1f} ms ({statistics.median(cpu):.1f} of CPU), p95 {sorted(taken)[int(0.95 * len(taken))]:.1f} ms"


def _first() -> list[tuple[str, str, str]]:
    found = []
    for how in ("words", *(["models"] if installed() else [])):
        runs = [
            json.loads(subprocess.run([sys.executable, _HERE / "child_search.py", how], capture_output=True, check=True).stdout)
            for _ in range(3)
        ]
        first, cpu, memory = (statistics.median(run[name] for run in runs) for name in ("first", "cpu", "memory"))
        found.append(
            (
                f"first search of a process, {how}",
                f"{first:.0f} ms ({cpu:.0f} of CPU), {memory:.0f} MiB",
                "<= 400 ms, <= 120 MiB",
            )
        )
    return found
