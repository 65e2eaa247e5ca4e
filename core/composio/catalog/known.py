"""Find apps by their ``integration.yaml``, without reading unchanged files again.

Each file's content is cached in the catalog's database. A process compares modification times only; if one differs, it compares
content; and only new content is parsed. A definition is decoded on access.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import sqlite3
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from composio.catalog.approws import decode_definition, encode_definition
from composio.catalog.apps import About, Known
from composio.catalog.database import FORMAT, Database
from composio.catalog.definition import AppDefinition
from composio.catalog.keptfiles import code_digest
from composio.errors import ComposioError, IntegrationFileError

__all__ = ["FILE_NAME", "find_known", "folders_below", "keep_known"]

_log = logging.getLogger("composio")

# Paths, and whether a plugin brings them.
_Files: TypeAlias = Sequence[tuple[str, bool]]

FILE_NAME: Final = "integration.yaml"
# Seconds after its last change in which a file may change again without a new modification time.
_UNSETTLED: Final = 1.0
# Number of cached sets of apps, two entries each: environments with other plugins may share a home. And files beyond the newest
# set's.
_STATES: Final = 8
_FILES: Final = 5_000
_CATALOG: Final = Path(__file__).parent
# The code that interprets a file: definitions are read again if it changes.
_CODE: Final = tuple(
    str(_CATALOG.joinpath(name))
    for name in (
        "approws.py",
        "definition.py",
        "known.py",
        "sources/borrow.py",
        "sources/integration.py",
        "sources/integration.schema.json",
        "sources/keeping.py",
        "sources/modes.py",
        "sources/yamlfile.py",
        "../model/app.py",
        "../model/kept.py",
    )
)


def folders_below(root: Path, *, hidden: bool = False) -> list[Path]:
    """Return the folders in ``root`` by name, including ``hidden`` ones if requested; empty if it does not exist."""
    try:
        with os.scandir(root) as entries:
            found = [entry.name for entry in entries if (hidden or "a" <= entry.name[:1] <= "z") and entry.is_dir()]
    except OSError:
        return []
    return [root / name for name in sorted(found)]


def find_known(database: Database, brought: Iterable[Path], added: Iterable[Path]) -> Known:
    """Return the apps in the folders that plugins have ``brought`` and users have ``added``.

    A plugin's app wins over a user's.

    A broken file does not affect other apps; a plugin's causes a warning.
    """
    theirs = [(f"{folder}/{FILE_NAME}", True) for folder in brought]
    own = [(f"{folder}/{FILE_NAME}", False) for folder in added]
    of_theirs, of_all = _digest(theirs, own)
    known = _read(database, of_all.digest)
    if known is None and own:
        known = _add(database, theirs, own, of_theirs, of_all)
    known = known or _look(database, [*theirs, *own], of_all.to_keep)
    for error in {str(error): error for error in known.broken.values()}.values():  # each may have two keys
        if any(error.file == file for file, _ in theirs):
            _log.warning("%s; this app is left out", error)
    return known


class _Times(NamedTuple):
    """Return a hash of files' names and times; also the one to store, "" if a file may still change unnoticed."""

    digest: str
    to_keep: str


def _digest(theirs: _Files, own: _Files) -> tuple[_Times, _Times]:
    """Of the plugins' files alone, and of all."""
    digest, newest, found = hashlib.sha256(str(FORMAT).encode()), 0, []
    for files in ([*((code, True) for code in _CODE), *theirs], own):
        for file, is_brought in files:
            try:
                at = os.stat(file)  # noqa: PTH116 - hundreds of files: a Path for each would take longer than all else
            except OSError:
                line = f"\n{file}:none:{is_brought}"
            else:
                newest = max(newest, at.st_mtime_ns, at.st_ctime_ns)
                line = f"\n{file}:{at.st_size}:{at.st_mtime_ns}:{at.st_ctime_ns}:{at.st_ino}:{is_brought}"
            digest.update(line.encode("utf-8", "surrogatepass"))
        is_settled = newest / 1e9 < time.time() - _UNSETTLED
        found.append(_Times(digest.hexdigest(), digest.hexdigest() if is_settled else ""))
    return found[0], found[1]


def _read(database: Database, digest: str) -> Known | None:
    """Return the cache entry for files with that digest."""

    def read(connection: sqlite3.Connection) -> Known | None:
        row = connection.execute("SELECT broken, apps, definitions FROM known WHERE digest = ?", (digest,)).fetchone()
        if row is None:
            return None
        broken = {key: IntegrationFileError(*about) for key, about in json.loads(row[0]).items()}
        return Known(json.loads(row[1]), row[2], broken)

    return database.read(read)


def keep_known(database: Database, brought: Iterable[Path]) -> None:
    """Store the content of those files for a copy of ``database`` elsewhere, with other paths and times."""
    _look(database, [(f"{folder}/{FILE_NAME}", True) for folder in brought], "")


@dataclass(frozen=True, slots=True)
class _Seen:
    """A file that was read; ``mark`` identifies its content."""

    file: Path
    is_brought: bool
    mark: str


def _look(database: Database, files: _Files, digest: str) -> Known:
    """Read the files, parse new ones, and cache them; for files with those times if ``digest`` is given."""
    code = code_digest(_CODE)
    seen = [_see(Path(name), is_brought, code) for name, is_brought in files if is_brought or Path(name).is_file()]
    contents = hashlib.sha256("\n".join(f"{one.mark}:{one.is_brought}" for one in seen).encode()).hexdigest()
    loaded: dict[str, bytes] = {}
    known = _read(database, contents)
    if known is not None:  # the same files, here or where the database was created
        known.about = {key: (about[0], str(seen[int(about[1])].file), *about[2:]) for key, about in known.about.items()}
        rows = {}
    else:
        known = _parse(database, seen, loaded)
        at = {str(one.file): str(index) for index, one in reversed(list(enumerate(seen)))}
        places = {key: (about[0], at[about[1]], *about[2:]) for key, about in known.about.items()}
        # An error contains its file's path, which differs elsewhere.
        rows = {} if known.broken else {contents: Known(places, known.definitions)}
    if digest:
        rows[digest] = known
    if rows or loaded:
        _write(database, loaded, rows)
    return known


def _add(database: Database, theirs: _Files, own: _Files, of_theirs: _Times, of_all: _Times) -> Known | None:
    """Plugins' apps, which rarely change and stay encoded, and users'; None if apps may have actions of others."""
    brought = _read(database, of_theirs.digest) or _look(database, theirs, of_theirs.to_keep)
    code = code_digest(_CODE)
    loaded: dict[str, bytes] = {}
    added = _load_all(database, [_see(Path(name), False, code) for name, _ in own if Path(name).is_file()], loaded)
    if brought.broken or any(one.actions_from for one in added.definitions.values()):
        return None
    about, data = dict(brought.about), bytearray(brought.definitions)
    for key, definition in added.definitions.items():
        if key not in about:
            start = len(data)
            data += added.encoded[id(definition)]
            about[key] = definition.app.name, str(definition.file), False, start, len(data)
    known = Known(dict(sorted(about.items())), bytes(data), added.broken)
    if of_all.to_keep or loaded:
        _write(database, loaded, {of_all.to_keep: known} if of_all.to_keep else {})
    return known


def _see(file: Path, is_brought: bool, code: str) -> _Seen:
    try:
        content = file.read_bytes()
    except OSError:
        content = b""  # reading it again reports the error
    return _Seen(file, is_brought, hashlib.sha256(code.encode() + content).hexdigest())


def _parse(database: Database, seen: Sequence[_Seen], loaded: dict[str, bytes]) -> Known:
    """Return the files' content; newly parsed entries are added to ``loaded``, by mark."""
    theirs = _load_all(database, [one for one in seen if one.is_brought], loaded)
    own = _load_all(database, [one for one in seen if not one.is_brought], loaded)
    encoded = theirs.encoded | own.encoded
    known, more = _resolve({**own.definitions, **theirs.definitions})
    about: dict[str, About] = {}
    data = bytearray()
    for key, definition in sorted(known.items()):
        start = len(data)
        data += encoded.get(id(definition)) or encode_definition(definition)
        about[key] = definition.app.name, str(definition.file), key in theirs.definitions, start, len(data)
    return Known(about, bytes(data), theirs.broken | own.broken | more)


@dataclass(slots=True)
class _Loaded:
    """Return the files' definitions by the apps' keys, their encoded form by identity, and the errors of the others."""

    definitions: dict[str, AppDefinition] = field(default_factory=dict)
    encoded: dict[int, bytes] = field(default_factory=dict)
    broken: dict[str, IntegrationFileError] = field(default_factory=dict)


def _load_all(database: Database, seen: Iterable[_Seen], loaded: dict[str, bytes]) -> _Loaded:
    """Return these files' content; newly parsed entries are added to ``loaded``, by mark."""
    kept = database.read(lambda connection: _read_kept(connection, seen))
    found = _Loaded()
    for one in seen:
        blob = loaded.get(one.mark) or kept.get(one.mark)
        try:
            definition = _load(one.file) if blob is None else decode_definition(blob, one.file)
        except IntegrationFileError as error:
            found.broken |= dict.fromkeys(_keys_of_broken(one.file), error)
            continue
        if blob is None:
            blob = loaded[one.mark] = encode_definition(definition)
        first = found.definitions.setdefault(definition.app.key, definition)
        if first is definition:
            found.encoded[id(definition)] = blob
        else:
            found.broken |= dict.fromkeys(
                {definition.app.key, one.file.parent.name.lower()}, _explain_duplicate(definition, first)
            )
    return found


def _explain_duplicate(definition: AppDefinition, first: AppDefinition) -> IntegrationFileError:
    """Return the error for the second of two apps with one key."""
    key = definition.app.key
    problem = f"{key!r} is also the key of {first.file}, which is used. Give one of the two another unique_key"
    return IntegrationFileError(str(definition.file), "unique_key", problem)


def _read_kept(connection: sqlite3.Connection, seen: Iterable[_Seen]) -> dict[str, bytes]:
    asked = "SELECT mark, definition FROM known_files WHERE mark = ?"
    return dict(row for one in seen for row in connection.execute(asked, (one.mark,)))


def _load(file: Path) -> AppDefinition:
    from composio.catalog.sources.integration import load_integration

    return load_integration(file)


def _resolve(definitions: Mapping[str, AppDefinition]) -> tuple[dict[str, AppDefinition], dict[str, IntegrationFileError]]:
    from composio.catalog.sources.borrow import with_actions

    return with_actions(definitions)


def _keys_of_broken(file: Path) -> set[str]:
    from composio.catalog.sources.integration import keys_of_broken

    return keys_of_broken(file)


def _write(database: Database, loaded: Mapping[str, bytes], rows: Mapping[str, Known]) -> None:
    """Store ``loaded``, by mark, and ``rows``, by the digest of their files. What cannot be stored is read again."""
    try:
        with database.write() as connection:
            if connection.execute("SELECT count(*) FROM known_files").fetchone()[0] > _FILES + len(loaded):
                connection.execute("DELETE FROM known_files")
            connection.executemany("INSERT OR IGNORE INTO known_files (mark, definition) VALUES (?, ?)", loaded.items())
            for digest, known in rows.items():
                broken = {key: (error.file, error.field, error.problem) for key, error in known.broken.items()}
                connection.execute("DELETE FROM known WHERE digest = ?", (digest,))
                row = digest, json.dumps(broken), json.dumps(known.about), known.definitions
                added = "INSERT INTO known (digest, broken, apps, definitions) VALUES (?, ?, ?, ?)"
                newest = connection.execute(added, row).lastrowid or 0
                connection.execute("DELETE FROM known WHERE id <= ?", (newest - _STATES,))
    except (ComposioError, sqlite3.Error) as error:
        _log.debug("what apps' files say is not kept: %s", error)
