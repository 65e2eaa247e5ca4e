"""The known apps: their definitions and, if compiled, counts of their actions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from pathlib import Path

from composio.catalog.approws import decode_definition
from composio.catalog.definition import AppDefinition
from composio.catalog.read import CompiledApp, Reader
from composio.errors import AppNotFound, IntegrationFileError, nearest
from composio.former.apps import explain_missing
from composio.former.names import explain_gone
from composio.model.app import AppModel
from composio.process.forks import rlock
from composio.schema.names import slugify

__all__ = ["About", "Known", "KnownApps", "prefix_of"]

About = tuple[str, str, bool, int, int]
"""An app's key and file, whether it comes from a plugin, and the offsets of its definition."""


@dataclass(slots=True)
class Known(Mapping[str, AppDefinition]):
    """Apps' definitions by key, and the errors of broken ones by the keys under which they may be requested.

    A definition is decoded on access.
    """

    about: Mapping[str, About]
    definitions: bytes = b""
    broken: Mapping[str, IntegrationFileError] = field(default_factory=dict)
    _decoded: dict[str, AppDefinition] = field(default_factory=dict)

    def __getitem__(self, key: str) -> AppDefinition:
        found = self._decoded.get(key)
        if found is None:
            _, file, _, start, end = self.about[key]
            found = self._decoded.setdefault(key, decode_definition(self.definitions[start:end], Path(file)))
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self.about)

    def __len__(self) -> int:
        return len(self.about)

    def __contains__(self, key: object) -> bool:
        return key in self.about

    def name_of(self, key: str) -> str:
        """Return the app's key."""
        return self.about[key][0]

    def is_brought(self, key: str) -> bool:
        """Return whether a plugin brings the app; else a user added it."""
        return self.about[key][2]


class KnownApps:
    """Thread-safe. ``find`` finds ``integration.yaml`` files, ``given`` has further definitions by key.

    Nothing is searched before the first read, and again only after :meth:`forget`.
    """

    def __init__(self, find: Callable[[], Known], given: Callable[[], Mapping[str, AppDefinition]], compiled: Reader) -> None:
        self._find, self._given, self._compiled = find, given, compiled
        self._lock = rlock()
        self._definitions: Mapping[str, AppDefinition] | None = None
        self._known = Known({})
        self._broken: dict[str, IntegrationFileError] = {}
        self._show: dict[str, tuple[AppDefinition, CompiledApp | None, AppModel]] = {}
        self._owners: tuple[Mapping[str, AppDefinition], dict[str, list[str]]] = (
            {},
            {},
        )  # by the prefix of their actions' names

    def definitions(self) -> Mapping[str, AppDefinition]:
        """Return every known app's definition by key, those of plugins before those that users added."""
        with self._lock:
            if self._definitions is None:
                self._known = known = self._find()
                self._definitions, self._broken = known, dict(known.broken)
                if given := self._given():
                    from composio.catalog.sources.borrow import with_actions

                    self._definitions, broken = with_actions({**known, **given})
                    self._broken |= broken
            return self._definitions

    def broken(self) -> Mapping[str, IntegrationFileError]:
        """Return the errors of apps with a broken file, by key."""
        known = self.definitions()
        with self._lock:
            found = self._broken
        return {key: error for key, error in found.items() if key not in known}

    def definition(self, name: str) -> AppDefinition:
        """Return one app's definition. Raises ``AppNotFound``, or the error of a broken file."""
        known = self.definitions()
        wanted = str(name).strip()
        if (found := known.get(wanted.lower())) is not None:
            return found
        broken = self.broken()
        for key in (wanted.lower(), slugify(wanted).lower(), self._spell(wanted)):
            if key in known:
                return known[key]
            if key in broken:
                raise broken[key]
        gone = explain_gone(wanted) or explain_missing(wanted)
        raise AppNotFound(wanted, () if gone else nearest(wanted, known), hint=gone)

    def _spell(self, name: str) -> str:
        """Return the only app with the same letters: ``launchdarkly`` for LAUNCH_DARKLY; "" if there is none."""
        letters = _letters(name)
        same = [key for key in self.definitions() if _letters(key) == letters] if letters else []
        return same[0] if len(same) == 1 else ""

    def declared(self, name: str) -> AppModel:
        """Return one app from its file, without the catalog's counts, which calls do not need. Raises as :meth:`definition`."""
        return self.definition(name).app

    def owners_of(self, action: str) -> list[str]:
        """Return the apps to which an action's name may belong, the longest key first."""
        known = self.definitions()
        if self._owners[0] is not known:
            found: dict[str, list[str]] = {}
            for key in known:
                found.setdefault(prefix_of(key), []).append(key)
            self._owners = known, found
        owners = self._owners[1]
        begun = (action[: at + 1] for at, character in enumerate(action) if character == "_")
        return sorted((key for prefix in begun for key in owners.get(prefix, ())), key=len, reverse=True)

    def apps(self) -> list[AppModel]:
        """Return all known apps by key; ``compiled`` and the counts describe what is known of their actions."""
        known = self.definitions()
        compiled = self._compiled.apps(known)
        return [_show(known[key], compiled.get(key)) for key in sorted(known)]

    def app(self, name: str) -> AppModel:
        """Return one app; this does not compile it. Raises ``AppNotFound``."""
        definition = self.definition(name)
        key = definition.app.key
        compiled = self._compiled.app(key)
        kept = self._show.get(key)
        if kept is None or kept[0] is not definition or kept[1] is not compiled:
            kept = self._show[key] = definition, compiled, _show(definition, compiled)
        return kept[2]

    def is_brought(self, key: str) -> bool:
        """Return whether the app comes from a plugin or was given; else a user added it."""
        known = self.definitions()
        return key in self._given() or (key in known and key in self._known and self._known.is_brought(key))

    def name_of(self, key: str) -> str:
        """Return the app's key."""
        return self._known.name_of(key) if key in self._known else self.definitions()[key].app.name

    def forget(self) -> None:
        """Read the files again on the next access."""
        with self._lock:
            self._definitions = None  # and their errors


@lru_cache(maxsize=4096)
def prefix_of(key: str) -> str:
    """Return the prefix of an app's action names."""
    return f"{slugify(key)}_"


def _show(definition: AppDefinition, compiled: CompiledApp | None) -> AppModel:
    if compiled is None:
        return definition.app
    return replace(
        definition.app,
        provenance=compiled.provenance,
        compiled=True,
        actions=compiled.actions,
        important=compiled.important,
    )


def _letters(name: str) -> str:
    return slugify(name).replace("_", "").lower()
