"""The triggers of all apps, by name. An app's file is read when one of its names is first requested, and then cached.

A parsed file is also cached in the catalog by its hash: the next process parses only changed files.
"""

from __future__ import annotations

import threading
import zlib
from collections.abc import Iterable, Mapping
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from composio.catalog.keptfiles import code_digest
from composio.errors import ComposioError, TriggerNotFound, nearest
from composio.model.trigger import TriggerModel
from composio.triggers.kept import FILE_NAME, decode_triggers, encode_triggers

if TYPE_CHECKING:
    from composio.catalog.keptfiles import KeptFiles

__all__ = ["OWN", "KnownTriggers"]


# Triggers without an app: schedules, feeds, and requests from anywhere.
OWN = Path(__file__).with_name("own")
# The code that decides what a file means: when it changes, files are read again.
_CODE: Final = tuple(
    str(Path(__file__).parent.joinpath(name))
    for name in (
        "expressions.py",
        "reading.py",
        "kept.py",
        "signatures/rules.py",
        "triggers.schema.json",
        "../catalog/sources/yamlfile.py",
        "../model/trigger.py",
    )
)


class KnownTriggers:
    """Triggers from ``folders``, each of which may have a ``triggers.yaml``, in addition to ours.

    A later folder of the same name replaces an earlier one. A mistake in a file only affects its own app: :attr:`broken`
    describes it, and requesting one of its triggers raises it. ``kept`` is the cache of parsed files.
    """

    def __init__(self, folders: Iterable[Path], kept: KeptFiles | None = None) -> None:
        own = sorted(path.parent for path in OWN.glob(f"*/{FILE_NAME}"))
        self._folders: dict[str, Path] = {folder.name.lower(): folder for folder in (*own, *folders)}
        self._read: dict[str, tuple[TriggerModel, ...]] = {}
        self._broken: dict[str, ComposioError] = {}
        self._by_name: dict[str, TriggerModel] = {}
        self._kept = kept
        self._lock = threading.Lock()

    @cached_property
    def apps(self) -> tuple[str, ...]:
        """Return the keys of the apps with a file, in order, before reading the files."""
        return tuple(sorted(app for app, folder in self._folders.items() if (folder / FILE_NAME).is_file()))

    @property
    def broken(self) -> Mapping[str, ComposioError]:
        """Return the mistakes in unreadable files, by app."""
        self._load(self.apps)
        return MappingProxyType(self._broken)

    def of(self, app: str) -> tuple[TriggerModel, ...]:
        """Return an app's triggers in their file's order; empty without a readable file."""
        key = app.lower()
        if key not in self._read and key not in self._broken:
            self._load([key])
        return self._read.get(key, ())

    def _load(self, apps: Iterable[str]) -> None:
        """Read the files of ``apps`` that were not read yet."""
        with self._lock:
            new = [app for app in apps if app not in self._read and app not in self._broken]
            marks = {app: self._mark(app) for app in new} if self._kept is not None else {}
            known = self._kept.read(filter(None, marks.values())) if self._kept is not None and marks else {}
            parsed: dict[str, bytes] = {}
            for app in new:
                mark = marks.get(app, "")
                if (found := _decode(known.get(mark))) is not None:
                    self._read[app] = found
                    continue
                try:
                    self._read[app] = self._parse(app)
                except ComposioError as error:
                    self._broken[app] = error
                else:
                    if mark:
                        parsed[mark] = encode_triggers(self._read[app])
            if parsed and self._kept is not None:
                self._kept.write(parsed)

    def _parse(self, app: str) -> tuple[TriggerModel, ...]:
        folder = self._folders.get(app)
        if folder is None or not (folder / FILE_NAME).is_file():
            return ()
        from composio.triggers.reading import load_triggers

        return load_triggers(folder)

    def _mark(self, app: str) -> str:
        """Return the cache key of an app's file; "" without a file."""
        try:
            content = (self._folders[app] / FILE_NAME).read_bytes()
        except (KeyError, OSError):
            return ""
        # A file that does not name its app belongs to its folder's app.
        return sha256(f"{self._code}\n{self._folders[app].name}\n".encode() + content).hexdigest()

    @cached_property
    def _code(self) -> str:
        return code_digest(_CODE)

    def all(self) -> list[TriggerModel]:
        """Return every trigger, by app and then in its file's order."""
        self._load(self.apps)
        return [trigger for app in self.apps for trigger in self.of(app)]

    def find(self, slug: str) -> TriggerModel:
        """Return the trigger of this name or alias, ignoring case. Raises TriggerNotFound with the nearest ones."""
        name = str(slug).strip().upper()
        if (known := self._by_name.get(name)) is not None:  # called for every event and every poll
            return known
        # The name begins with the app; the longest match is tried first: ONE_DRIVE_X, then ONE_X.
        begun = sorted((app for app in self.apps if name.startswith(f"{app.upper()}_")), key=len, reverse=True)
        for app in begun:
            if (found := next((trigger for trigger in self.of(app) if name in trigger.names), None)) is not None:
                self._by_name[name] = found
                return found
        for app in begun:
            if app in self._broken:
                raise self._broken[app]
        slugs = [trigger.slug for trigger in ((t for app in begun for t in self.of(app)) if begun else self.all())]
        raise TriggerNotFound(str(slug), nearest(name, slugs))


def _decode(blob: bytes | None) -> tuple[TriggerModel, ...] | None:
    """Return the cached content of a file; None if it is missing or damaged."""
    try:
        return None if blob is None else decode_triggers(blob)
    except (LookupError, TypeError, ValueError, zlib.error):
        return None
