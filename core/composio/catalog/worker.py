"""A process that compiles apps for another one: ``python -m composio.catalog.worker``.

It exchanges pickles over its pipes. A separate process, as a compile uses a full CPU and large descriptions fragment memory.
"""

from __future__ import annotations

import marshal
import os
import pickle
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from composio.catalog.compile import Compiler, Fetch, FunctionActions
from composio.catalog.database import Database
from composio.catalog.definition import AppDefinition, SpecSource
from composio.catalog.hosts import Seen
from composio.catalog.record import put_back
from composio.errors import ComposioError, SourceUnavailable
from composio.model.app import Provenance
from composio.plugin.spec import Importer

__all__ = ["Done", "LastParsed", "Setup", "Task", "compile_apart"]


@dataclass(frozen=True, slots=True)
class Setup:
    """What all of a worker's apps share."""

    importers: list[Importer]
    fetch: Fetch
    function_actions: FunctionActions | None
    cache: Path


@dataclass(frozen=True, slots=True)
class Task:
    """An app to compile into ``file``, and the former names of it and others."""

    definition: AppDefinition
    file: Path
    former: list[tuple[str, str, str, str, bool]]
    others: list[str]


@dataclass(frozen=True, slots=True)
class Done:
    """The result: ``error`` is empty if it was compiled; ``unavailable`` is set if its description could not be fetched."""

    key: str
    seen: Seen
    remote: bool = False
    error: str = ""
    unavailable: bool = False


class LastParsed:
    """The description that was parsed last. Changes by an overlay or an importer do not affect the next use."""

    def __init__(self) -> None:
        self._kept: tuple[Any, bytes, Provenance] | None = None

    @staticmethod
    def mark(source: SpecSource) -> tuple[str, ...]:
        """Return what identifies the description."""
        return source.kind, source.package, source.version, source.path, source.sha256, source.reader

    def get(self, source: SpecSource) -> tuple[Any, Provenance] | None:
        """See :class:`composio.catalog.compile.Parsed`."""
        if self._kept is None or not source.package or self._kept[0] != self.mark(source):
            return None
        return marshal.loads(self._kept[1]), self._kept[2]  # noqa: S302 - our own, of a moment ago

    def keep(self, source: SpecSource, document: Any, provenance: Provenance) -> None:
        """Store the current document."""
        self._kept = None
        if source.package:
            with suppress(ValueError):  # contains something that is not JSON
                self._kept = self.mark(source), marshal.dumps(document), provenance


def compile_apart(setup: Setup, task: Task, parsed: LastParsed) -> Done:
    """Compile an app into a separate file. Errors are part of the result."""
    key, seen, remote = task.definition.app.key, Seen(), False

    def check(found: Seen, is_remote: bool) -> Iterable[str]:
        nonlocal seen, remote
        seen, remote = found, is_remote
        return ()

    database = Database(lambda: task.file)
    try:
        with database.write() as connection:
            put_back(connection, task.former)
            connection.executemany("INSERT INTO names VALUES (?, '', 0, 0)", ((name,) for name in task.others))
        compiler = Compiler(
            database, lambda: setup.importers, setup.fetch, setup.function_actions, lambda: setup.cache, parsed=parsed
        )
        compiler.compile(task.definition, check=check)
    except ComposioError as error:
        return Done(key, seen, remote, str(error), isinstance(error, SourceUnavailable))
    except MemoryError:
        return Done(key, seen, remote, f"{key}: its description takes more memory than there is.")
    finally:
        database.close()
    return Done(key, seen, remote)


def main() -> None:
    """Compile apps from standard input until it ends. What actions' modules print goes to standard error."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    tasks, parsed = sys.stdin.buffer, LastParsed()
    setup: Setup = pickle.load(tasks)  # noqa: S301 - from the process that started this one
    while True:
        try:
            task: Task = pickle.load(tasks)  # noqa: S301 - as above
        except EOFError:
            return
        pickle.dump(compile_apart(setup, task, parsed), answers)
        answers.flush()


if __name__ == "__main__":
    # Under its real name, so that pickled classes are known here.
    from composio.catalog.worker import main as run

    run()
