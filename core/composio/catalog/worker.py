"""A process that compiles apps for another one: ``python -m composio.catalog.worker``, which speaks pickles over its pipes.

A process of its own, as a compile takes all of a processor and large descriptions fragment memory.
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
    """What is the same for all of a worker's apps."""

    importers: list[Importer]
    fetch: Fetch
    function_actions: FunctionActions | None
    cache: Path


@dataclass(frozen=True, slots=True)
class Task:
    """An app to be compiled into ``file``, and the names that it and others have had."""

    definition: AppDefinition
    file: Path
    former: list[tuple[str, str, str, str, bool]]
    others: list[str]


@dataclass(frozen=True, slots=True)
class Done:
    """What came of it: ``error`` is empty where it was compiled; ``unavailable`` where its description could not be had."""

    key: str
    seen: Seen
    remote: bool = False
    error: str = ""
    unavailable: bool = False


class LastParsed:
    """The description that was parsed last. What an overlay or an importer does to a document, the next one does not see."""

    def __init__(self) -> None:
        self._kept: tuple[Any, bytes, Provenance] | None = None

    @staticmethod
    def mark(source: SpecSource) -> tuple[str, ...]:
        """What decides which description it is."""
        return source.kind, source.package, source.version, source.path, source.sha256, source.reader

    def get(self, source: SpecSource) -> tuple[Any, Provenance] | None:
        """See :class:`composio.catalog.compile.Parsed`."""
        if self._kept is None or not source.package or self._kept[0] != self.mark(source):
            return None
        return marshal.loads(self._kept[1]), self._kept[2]  # noqa: S302 - our own, of a moment ago

    def keep(self, source: SpecSource, document: Any, provenance: Provenance) -> None:
        """Keep the document as it is now."""
        self._kept = None
        if source.package:
            with suppress(ValueError):  # holds what is not JSON
                self._kept = self.mark(source), marshal.dumps(document), provenance


def compile_apart(setup: Setup, task: Task, parsed: LastParsed) -> Done:
    """Compile an app into a file of its own. Whatever is wrong with it is said in the answer."""
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
    """Compile what comes on standard input until it ends. What actions' modules print goes to standard error."""
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
    # Under its real name, so that what is pickled there is known here.
    from composio.catalog.worker import main as run

    run()
