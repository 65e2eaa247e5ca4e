"""Compile many apps: each package is downloaded once, each description is parsed once, in several processes.

Each result is stored immediately, so that an interrupted build continues where it stopped. An app that cannot be compiled keeps
its old rows.
"""

from __future__ import annotations

import os
import pickle
import queue
import sqlite3
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from composio.catalog.adopt import adopt
from composio.catalog.compile import Check
from composio.catalog.database import Database
from composio.catalog.definition import AppDefinition, Progress
from composio.catalog.record import former_names, names_of_others
from composio.catalog.worker import Done, LastParsed, Setup, Task, compile_apart
from composio.errors import ComposioError, SourceUnavailable, SpecError

__all__ = ["WORKERS", "Build"]

# Processes: compiling the largest description takes half a gigabyte.
WORKERS: Final = 2


@dataclass(slots=True)
class Build:
    """Compile ``definitions`` into ``database``. ``check`` returns the check to make before an app's rows are replaced."""

    database: Database
    setup: Setup
    check: Callable[[AppDefinition], Check]
    progress: Progress
    _stopped: threading.Event = field(default_factory=threading.Event)

    def run(self, definitions: Sequence[AppDefinition], workers: int = WORKERS) -> dict[str, ComposioError]:
        """Compile them; return the errors by key. ``check`` runs on the calling thread."""
        from composio.catalog.sources.fetch import prefetch

        prefetch([spec for one in definitions for spec in one.specs], self.setup.cache, self.progress)
        groups: queue.SimpleQueue[list[AppDefinition]] = queue.SimpleQueue()
        results: queue.SimpleQueue[tuple[AppDefinition, Path, Done | ComposioError]] = queue.SimpleQueue()
        for group in _groups(definitions):
            groups.put(group)
        failed: dict[str, ComposioError] = {}
        with tempfile.TemporaryDirectory(prefix="build-", dir=self.setup.cache, ignore_cleanup_errors=True) as name:
            threads = [
                threading.Thread(target=self._work, args=(groups, results, Path(name)), daemon=True)
                for _ in range(max(1, min(workers, os.cpu_count() or 1, groups.qsize())))
            ]
            for thread in threads:
                thread.start()
            try:
                for count in range(1, len(definitions) + 1):
                    definition, file, done = results.get()
                    try:
                        self._adopt(definition, file, done)
                    except ComposioError as error:
                        failed[definition.app.key] = error
                    self.progress("Compiling apps", count, len(definitions))
                for thread in threads:
                    thread.join()
            finally:
                self._stopped.set()
        return failed

    def _work(
        self,
        groups: queue.SimpleQueue[list[AppDefinition]],
        results: queue.SimpleQueue[tuple[AppDefinition, Path, Done | ComposioError]],
        folder: Path,
    ) -> None:
        worker = _Worker(self.setup)
        try:
            while True:
                for definition in groups.get_nowait():
                    if self._stopped.is_set():
                        return
                    file = folder / f"{definition.app.key}.sqlite3"
                    done: Done | ComposioError
                    try:
                        done = worker.compile(self._task(definition, file))
                    except ComposioError as error:
                        done = error
                    except Exception as error:  # a bug of ours: the caller that waits for the result must get one
                        done = SpecError(f"{definition.app.key}: {type(error).__name__}: {error}")
                    results.put((definition, file, done))
        except queue.Empty:
            return
        finally:
            worker.close()

    def _task(self, definition: AppDefinition, file: Path) -> Task:
        key = definition.app.key
        former = self.database.read(lambda c: former_names(c, key))
        others = self.database.read(lambda c: names_of_others(c, key))
        rows = [(key, name, one.operation, one.since, one.sure) for name, one in former.items()]
        return Task(definition, file, rows, others)

    def _adopt(self, definition: AppDefinition, file: Path, done: Done | ComposioError) -> None:
        if isinstance(done, ComposioError):
            raise done
        if done.error:
            raise SourceUnavailable(done.error) if done.unavailable else SpecError(done.error)
        warnings = list(self.check(definition)(done.seen, done.remote))
        try:
            with closing(sqlite3.connect(file)) as source, self.database.write() as connection:
                adopt(connection, source, definition.app.key, warnings)
        except sqlite3.Error as error:
            raise SpecError(f"{definition.app.key}: the compiled rows can't be read: {error}") from None
        for suffix in ("", "-wal", "-shm"):
            file.with_name(file.name + suffix).unlink(missing_ok=True)


class _Worker:
    """A compiling process, restarted when it dies; this process if there can be no other."""

    def __init__(self, setup: Setup) -> None:
        self._setup, self._parsed = setup, LastParsed()
        self._process: subprocess.Popen[bytes] | None = None
        try:
            self._start_with: bytes | None = pickle.dumps(setup)
        except (pickle.PicklingError, AttributeError, TypeError):  # a plugin's importer, or a caller's fetch function
            self._start_with = None

    def compile(self, task: Task) -> Done:
        """Compile one app. Raises ``SpecError`` if the process died."""
        if self._start_with is None or not sys.executable:
            return compile_apart(self._setup, task, self._parsed)
        try:
            process = self._started(self._start_with)
            stdin, stdout = process.stdin, process.stdout
            assert stdin is not None
            assert stdout is not None
            pickle.dump(task, stdin)
            stdin.flush()
            done: Done = pickle.load(stdout)  # noqa: S301 - from the process that this one started
        except (EOFError, OSError, pickle.UnpicklingError):
            code = self._end()
            raise SpecError(
                f"{task.definition.app.key}: the process that compiled it ended with code {code}; is there enough memory?"
            ) from None
        return done

    def _started(self, setup: bytes) -> subprocess.Popen[bytes]:
        if self._process is None:
            command = [sys.executable, "-m", "composio.catalog.worker"]
            self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)  # noqa: S603 - ours
            if self._process.stdin is not None:
                self._process.stdin.write(setup)
        return self._process

    def _end(self) -> int | None:
        process, self._process = self._process, None
        if process is None:
            return None
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                with suppress(OSError):
                    pipe.close()
        try:
            return process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()

    def close(self) -> None:
        """End the process."""
        self._end()


def _groups(definitions: Iterable[AppDefinition]) -> list[list[AppDefinition]]:
    """Group apps with the same description; groups are in the order of their first app."""
    found: dict[tuple[str, ...], list[AppDefinition]] = {}
    for definition in definitions:
        source = definition.spec
        mark = LastParsed.mark(source) if source.package else ("app", definition.app.key)
        found.setdefault(mark, []).append(definition)
    # The largest first, as far as counts show: then no process runs alone for long at the end.
    return sorted(found.values(), key=len, reverse=True)
