"""The triggers of all apps, by name. An app's file is read when one of its names is asked for, and then kept."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from composio.errors import ComposioError, TriggerNotFound, nearest
from composio.model.trigger import TriggerModel
from composio.triggers.reading import FILE_NAME, load_triggers

__all__ = ["OWN", "KnownTriggers"]

# What belongs to no app: schedules, feeds, and requests from anywhere.
OWN = Path(__file__).with_name("own")


class KnownTriggers:
    """Triggers from ``folders``, each of which may hold a ``triggers.yaml``; ours come with them.

    A later folder of the same name replaces an earlier one. A file with a mistake costs its own app's triggers only:
    :attr:`broken` says what is wrong, and asking for one of them raises it.
    """

    def __init__(self, folders: Iterable[Path]) -> None:
        own = sorted(path.parent for path in OWN.glob(f"*/{FILE_NAME}"))
        self._folders: dict[str, Path] = {folder.name.lower(): folder for folder in (*own, *folders)}
        self._read: dict[str, tuple[TriggerModel, ...]] = {}
        self._broken: dict[str, ComposioError] = {}
        self._by_name: dict[str, TriggerModel] = {}
        self._lock = threading.Lock()

    @cached_property
    def apps(self) -> tuple[str, ...]:
        """The keys of the apps that have a file, in order; whether it can be read shows when it is."""
        return tuple(sorted(app for app, folder in self._folders.items() if (folder / FILE_NAME).is_file()))

    @property
    def broken(self) -> Mapping[str, ComposioError]:
        """What is wrong with the files that can't be read, by app."""
        for app in self.apps:
            self.of(app)
        return MappingProxyType(self._broken)

    def of(self, app: str) -> tuple[TriggerModel, ...]:
        """An app's triggers, in their file's order; none where it has no file, or one that can't be read."""
        key = app.lower()
        with self._lock:
            if key not in self._read and key not in self._broken:
                folder = self._folders.get(key)
                try:
                    has = folder is not None and (folder / FILE_NAME).is_file()
                    self._read[key] = load_triggers(folder) if has and folder is not None else ()
                except ComposioError as error:
                    self._broken[key] = error
            return self._read.get(key, ())

    def all(self) -> list[TriggerModel]:
        """Every trigger, by app and then in its file's order."""
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
