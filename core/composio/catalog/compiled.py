"""Keep compiled apps current with their definitions: an app is compiled on the first access to its actions."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from composio.catalog.apps import KnownApps
from composio.catalog.database import Database
from composio.catalog.definition import AppDefinition
from composio.catalog.fingerprint import fingerprint
from composio.catalog.read import ActionRow, Reader
from composio.errors import SourceUnavailable, SpecError
from composio.process.home import Home
from composio.process.locks import file_lock

if TYPE_CHECKING:
    from composio.catalog.compile import Check, Compiler
    from composio.catalog.hosts import Hosts, Seen

__all__ = ["CompiledApps"]

_log = logging.getLogger("composio")


class CompiledApps:
    """Thread-safe.

    ``compiler`` and ``hosts`` return parts that few programs need; ``shipped`` returns compiled catalogs of plugins.
    """

    def __init__(
        self,
        home: Home,
        database: Database,
        read: Reader,
        known: KnownApps,
        *,
        compiler: Callable[[], Compiler],
        hosts: Callable[[], Hosts],
        shipped: Callable[[], Sequence[Path]],
    ) -> None:
        self.home, self.database, self.read, self.known = home, database, read, known
        self.compiler, self.hosts, self._shipped = compiler, hosts, shipped
        self._current: dict[str, int] = {}  # apps known to be current, by the database's epoch

    def ensure(self, key: str) -> str:
        """Compile ``key`` unless it is current."""
        if self._current.get(key) == self.database.epoch:
            return key
        definition = self.known.definitions()[key]
        compiled = self.read.app(key)
        wanted = fingerprint(definition, compiled.files if compiled else ())
        if compiled is None or compiled.fingerprint != wanted:
            try:
                self.compile(definition, wanted)
            except (SourceUnavailable, SpecError) as error:
                if compiled is None:
                    raise
                _log.warning("%s: its description has changed and can't be used; the previous one stays in use. %s", key, error)
        self._current[key] = self.database.epoch
        return key

    def compile(
        self,
        definition: AppDefinition,
        unless: str | None = None,
        *,
        may_be_empty: bool = True,
        check: Check | None = None,
    ) -> None:
        """Compile one app, in one process at a time.

        Skip it if another one did so meanwhile (``unless`` is its fingerprint).
        """
        key = definition.app.key
        with file_lock(self.home.folder("locks") / f"{key}.lock"):
            if unless is not None and (now := self.read.app(key)) is not None and now.fingerprint == unless:
                return
            if unless is not None and (shipped := self._shipped()):
                from composio.catalog.shipped import take

                if take(self.database, shipped, key, unless):
                    return
            self.compiler().compile(definition, may_be_empty=may_be_empty, check=check or self.check_first(definition))

    def check_first(self, definition: AppDefinition) -> Check:
        """Return the check for an app that is compiled on first use: only a URL can bring new content by itself."""

        def check(seen: Seen, remote: bool) -> list[str]:
            if remote:
                self.hosts().check(definition, seen)
            self.hosts().remember(definition, seen)
            return []

        return check

    def rows(self, key: str) -> list[ActionRow]:
        """Return the actions of an app, in short form."""
        # Read again if the file turned out to be corrupt and was moved aside.
        return self.read.rows(self.ensure(key)) or self.read.rows(self.ensure(key))

    def mark(self, key: str) -> None:
        """Record that ``key`` is current."""
        self._current[key] = self.database.epoch

    def forget(self, key: str) -> None:
        """Check an app's definition again on the next access."""
        self.known.forget()
        self._current.pop(key, None)
