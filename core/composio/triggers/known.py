"""The triggers of all apps, by name. An app's file is read when one of its names is asked for, and then kept.

What a file says is also kept in the catalog, by what it holds: the next process parses and checks only what has changed.
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


# What belongs to no app: schedules, feeds, and requests from anywhere.
OWN = Path(__file__).with_name("own")
# The code that decides what a file means: files are read anew where it changed.
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
    """Triggers from ``folders``, each of which may hold a ``triggers.yaml``; ours come with them.

    A later folder of the same name replaces an earlier one. A file with a mistake costs its own app's triggers only:
    :attr:`broken` says what is wrong, and asking for one of them raises it. ``kept`` is where what files say is kept.
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
        """The keys of the apps that have a file, in order; whether it can be read shows when it is."""
        return tuple(sorted(app for app, folder in self._folders.items() if (folder / FILE_NAME).is_file()))

    @property
    def broken(self) -> Mapping[str, ComposioError]:
        """What is wrong with the files that can't be read, by app."""
        self._load(self.apps)
        return MappingProxyType(self._broken)

    def of(self, app: str) -> tuple[TriggerModel, ...]:
        """An app's triggers, in their file's order; none where it has no file, or one that can't be read."""
        key = app.lower()
        if key not in self._read and key not in self._broken:
            self._load([key])
        return self._read.get(key, ())

    def _load(self, apps: Iterable[str]) -> None:
        """Read the files of those of ``apps`` that were not read yet."""
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
        """What an app's file is kept by; "" where there is none."""
        try:
            content = (self._folders[app] / FILE_NAME).read_bytes()
        except (KeyError, OSError):
            return ""
        # A file that does not name its app is that of its folder.
        return sha256(f"{self._code}\n{self._folders[app].name}\n".encode() + content).hexdigest()

    @cached_property
    def _code(self) -> str:
        return code_digest(_CODE)

    def all(self) -> list[TriggerModel]:
        """Every trigger, by app and then in its file's order."""
        self._load(self.apps)
        return [trigger for app in self.apps for trigger in self.of(app)]

    def find(self, slug: str) -> TriggerModel:
        """The trigger of this name or alias, in any case. Raises TriggerNotFound, which names the nearest ones."""
        name = str(slug).strip().upper()
        if (known := self._by_name.get(name)) is not None:  # asked for every event and every poll
            return known
        # The app is the beginning of the name; the longest that fits is tried first: ONE_DRIVE_X, then ONE_X.
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
    """What is kept of a file; None if nothing is, or if it is damaged."""
    try:
        return None if blob is None else decode_triggers(blob)
    except (LookupError, TypeError, ValueError, zlib.error):
        return None
