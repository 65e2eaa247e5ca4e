"""Queries of the catalog's tables, one method each."""

from __future__ import annotations

import json
import logging
import re
import sqlite3
from collections import OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from composio.catalog.blocks import packed_apps, unpack_app
from composio.catalog.database import Database
from composio.catalog.record import Lost, why_lost
from composio.catalog.rows import decode_action, decode_responses, decode_webhook, text_of, unpack
from composio.model.action import ActionModel
from composio.model.app import Provenance
from composio.model.response import DeclaredResponse
from composio.model.webhook import WebhookModel
from composio.process.forks import lock
from composio.schema.inline import inline

__all__ = ["ActionRow", "CompiledApp", "Reader"]

_log = logging.getLogger("composio")
_CACHED = 10_000
_REFERENCE = re.compile(r'"#/\$defs/([^"/]+)')


@dataclass(frozen=True, slots=True)
class CompiledApp:
    """A compiled app. ``fingerprint`` is that of the definition it was compiled from.

    ``files`` are the local files that its description referred to.
    """

    fingerprint: str
    provenance: Provenance
    actions: int
    important: int
    warnings: tuple[str, ...]
    files: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ActionRow:
    """The parts of an action that selection needs, without the rest."""

    id: int
    slug: str
    tags: tuple[str, ...]
    important: bool
    deprecated: bool


class Reader:
    """Queries of the catalog's file. Actions are cached: an id refers to one version of an action forever."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = lock()
        self._actions: OrderedDict[tuple[int, int], ActionModel] = OrderedDict()
        self._answers: tuple[tuple[int, int, int], dict[Any, Any]] = ((-1, -1, -1), {})

    def _remember(self, question: Any, answer: Callable[[], Any]) -> Any:
        """Cache the result of a query of every call for each state of the file; "not found" is not cached."""
        version = self._database.version()
        if self._answers[0] != version or len(self._answers[1]) > _CACHED:
            self._answers = version, {}
        known = self._answers[1]  # before the query: a result from before a change must not be cached as one from after it
        if question not in known:
            found = answer()
            if found is None:
                return None
            known[question] = found
        return known[question]

    def app(self, app: str) -> CompiledApp | None:
        """Return the compiled app, None if it is not compiled."""
        found: CompiledApp | None = self._remember(app, lambda: self.apps([app]).get(app))
        return found

    def apps(self, keys: Iterable[str]) -> dict[str, CompiledApp]:
        """Return those of ``keys`` that are compiled."""
        wanted = json.dumps(list(keys))
        rows = self._database.read(
            lambda c: c.execute(
                "SELECT app, fingerprint, source, version, license, sha256, actions, important, warnings, files FROM apps "
                "WHERE app IN (SELECT value FROM json_each(?))",
                (wanted,),
            ).fetchall()
        )
        return {
            key: CompiledApp(
                mark, Provenance(*about), actions, important, tuple(json.loads(warnings)), tuple(json.loads(files))
            )
            for key, mark, *about, actions, important, warnings, files in rows
        }

    def compiled(self) -> list[str]:
        """Return the keys of all compiled apps."""
        return [app for (app,) in self._database.read(lambda c: c.execute("SELECT app FROM apps ORDER BY app").fetchall())]

    def find(self, name: str, apps: Iterable[str]) -> int | None:
        """Return the id of the action of ``apps`` with ``name``; a slug goes before another app's alias."""
        keys = tuple(apps)
        found: int | None = self._remember((name, keys), lambda: self._find(name, keys))
        return found

    def _find(self, name: str, keys: tuple[str, ...]) -> int | None:
        row = self._database.read(
            lambda c: c.execute(
                "SELECT action FROM names WHERE name = ? AND app IN (SELECT value FROM json_each(?)) ORDER BY alias, app LIMIT 1",
                (name, json.dumps(keys)),
            ).fetchone()
        )
        return row[0] if row else None

    def why_lost(self, name: str, apps: Iterable[str]) -> Lost | None:
        """Return why ``name`` no longer refers to an action of ``apps``, None if it never did."""
        keys = tuple(apps)
        return self._database.read(lambda c: why_lost(c, name, keys))

    def names(self, apps: Iterable[str]) -> list[str]:
        """Return every slug and alias of ``apps``."""
        wanted = json.dumps(list(apps))
        rows = self._database.read(
            lambda c: c.execute(
                "SELECT name FROM names WHERE app IN (SELECT value FROM json_each(?)) ORDER BY alias, action", (wanted,)
            ).fetchall()
        )
        return [name for (name,) in rows]

    def rows(self, app: str) -> list[ActionRow]:
        """Return the actions of an app in the order of its description."""
        rows = self._database.read(lambda c: _rows(c, app))
        return [ActionRow(id_, slug, tuple(json.loads(tags)), bool(imp), bool(dep)) for id_, slug, tags, imp, dep in rows]

    def actions(self, ids: Iterable[int], *, keep: bool = True) -> list[ActionModel]:
        """Return the actions in the order of ``ids``; one that was replaced meanwhile is omitted. ``keep`` caches them."""
        wanted = list(ids)
        epoch = self._database.epoch
        with self._lock:
            known = {i: self._actions[epoch, i] for i in wanted if (epoch, i) in self._actions}
            for i in known:
                self._actions.move_to_end((epoch, i))
        missing = [i for i in wanted if i not in known]
        if missing:
            self._unpack("SELECT DISTINCT app FROM actions WHERE id IN (SELECT value FROM json_each(?))", json.dumps(missing))
            read = self._database.read(lambda c: self._decode(c, missing))
            known |= read
            with self._lock:
                self._actions.update({(epoch, i): action for i, action in read.items() if keep})
                while len(self._actions) > _CACHED:
                    self._actions.popitem(last=False)
        return [known[i] for i in wanted if i in known]

    def _decode(self, connection: sqlite3.Connection, ids: list[int]) -> dict[int, ActionModel]:
        rows = connection.execute(
            "SELECT id, app, definition FROM actions WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(ids),)
        )
        needed: dict[str, Callable[[Sequence[str]], Mapping[str, Any]]] = {}
        return {
            id_: decode_action(blob, self._response_of(id_), needed.setdefault(app, _RequestDefinitions(connection, app).named))
            for id_, app, blob in rows
        }

    def _response_of(self, action: int) -> Callable[[], Mapping[str, Any]]:
        def load() -> Mapping[str, Any]:
            succeeded = [r for r in self.responses(action) if 200 <= r.status < 300 and r.schema]
            best = min(succeeded, key=lambda r: "json" not in r.media_type.lower(), default=None)
            return inline(best.schema, response=True) if best else {}

        return load

    def _unpack(self, query: str, value: object) -> None:
        """Unpack the apps that ``query`` finds for ``value`` into rows, if they are still in a package's blocks."""
        packed = self._database.read(lambda c: packed_apps(c, [app for (app,) in c.execute(query, (value,))]))
        if packed:
            with self._database.write() as connection:
                for app in packed:
                    self._unpack_app(connection, app)

    def _unpack_app(self, connection: sqlite3.Connection, app: str) -> None:
        try:
            unpack_app(connection, app)
        except sqlite3.DatabaseError as error:
            if isinstance(error, sqlite3.OperationalError):
                raise
            from composio.catalog.tables import remove

            _log.warning("%s; the app is compiled again", error)
            remove(connection, app)
            self._database.epoch += 1

    def responses(self, action: int) -> list[DeclaredResponse]:
        """Return the declared responses of an action, each schema with the definitions that it needs."""
        self._unpack("SELECT app FROM actions WHERE id = ?", action)
        return self._database.read(lambda c: _responses(c, action))

    def webhooks(self, app: str) -> list[WebhookModel]:
        """Return an app's webhooks and callbacks, in the order of its description, each payload with its definitions."""
        self._unpack("SELECT app FROM apps WHERE app = ?", app)
        return self._database.read(lambda c: _webhooks(c, app))


def _rows(connection: sqlite3.Connection, app: str) -> list[Any]:
    # One statement, so that both numbers are of one state of the file.
    rows = connection.execute(
        "SELECT a.id, a.slug, a.tags, a.important, a.deprecated, apps.actions "
        "FROM apps LEFT JOIN actions AS a ON a.app = apps.app WHERE apps.app = ? ORDER BY a.id",
        (app,),
    ).fetchall()
    found = [row[:5] for row in rows if row[0] is not None]
    if rows and len(found) != rows[0][5]:  # SQLite has no checksums: a broken index page may appear empty
        raise sqlite3.DatabaseError(f"{len(found)} of {rows[0][5]} actions of {app} are there")
    return found


def _responses(connection: sqlite3.Connection, action: int) -> list[DeclaredResponse]:
    row = connection.execute("SELECT app, responses FROM actions WHERE id = ?", (action,)).fetchone()
    if row is None:
        return []
    app, blob = row
    return decode_responses(blob, _definitions(connection, app))


def _webhooks(connection: sqlite3.Connection, app: str) -> list[WebhookModel]:
    rows = connection.execute("SELECT definition FROM webhooks WHERE app = ? ORDER BY id", (app,)).fetchall()
    with_definitions = _definitions(connection, app)
    return [decode_webhook(blob, with_definitions) for (blob,) in rows]


class _RequestDefinitions:
    """The definitions of an app's requests. Each is read once and shared by the actions that need it."""

    def __init__(self, connection: sqlite3.Connection, app: str) -> None:
        self._connection, self._app = connection, app
        self._known: dict[str, Any] = {}

    def named(self, names: Sequence[str]) -> Mapping[str, Any]:
        """Return those of ``names``. Raises ``sqlite3.DatabaseError`` if one is missing."""
        missing = [name for name in names if name not in self._known]
        if missing:
            query = "SELECT name, schema FROM request_definitions WHERE app = ? AND name IN (SELECT value FROM json_each(?))"
            self._known.update(
                (name, unpack(blob)) for name, blob in self._connection.execute(query, (self._app, json.dumps(missing)))
            )
            if lost := [name for name in missing if name not in self._known]:
                raise sqlite3.DatabaseError(f"the definition {lost[0]} of {self._app} is not there")
        return self._known


def _definitions(connection: sqlite3.Connection, app: str) -> Callable[[Any], Mapping[str, Any]]:
    """Complete schemas of ``app`` with the definitions that they refer to."""
    known: dict[str, tuple[Any, set[str]]] = {}

    def definition(name: str) -> tuple[Any, set[str]]:
        if name not in known:
            query = "SELECT schema FROM definitions WHERE app = ? AND name = ?"
            found = connection.execute(query, (app, name)).fetchone()
            text = text_of(found[0]) if found else "null"
            known[name] = json.loads(text), set(_REFERENCE.findall(text))
        return known[name]

    def with_definitions(schema: Any) -> Mapping[str, Any]:
        needed: dict[str, Any] = {}
        waiting = set(_REFERENCE.findall(json.dumps(schema, separators=(",", ":"))))
        while waiting:
            name = waiting.pop()
            found, references = definition(name)
            if found is not None:  # an example may contain something that only looks like a reference
                needed[name] = found
                waiting |= references - needed.keys()
        return {**schema, "$defs": needed} if needed else schema

    return with_definitions
