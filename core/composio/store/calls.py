"""Queries of the log of calls: a row is written before a call is sent, and completed when it is answered."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from composio.errors import InvalidRequest
from composio.model.logged import CallFilter, CallStatus, LoggedCall
from composio.store.database import EVERYTHING, Database, Reach
from composio.store.direct import GATE, UNSYNCED
from composio.store.tables import calls as table

if TYPE_CHECKING:
    import sqlite3

__all__ = [
    "COMPLETED",
    "CallQuery",
    "CallRow",
    "CallStatus",
    "begin",
    "clear_answers",
    "complete",
    "find",
    "find_end",
    "get",
    "list_calls",
    "release",
    "write",
]

_ESCAPE = "\\"
_MOST = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRow:
    """One call. Times are seconds since 1970, ``seconds`` how long it took.

    ``input``, ``output`` and ``error`` are texts without secrets, cut at a limit; None where nothing is kept. ``answer`` is the
    whole answer, while the same request may come again. ``digest`` tells two calls apart, ``owner`` is the process that runs
    it. The rest is as in :class:`LoggedCall`.
    """

    project_id: str
    id: str
    digest: bytes
    owner: str
    kind: str
    action: str
    app: str
    entity_id: str
    status: CallStatus
    started_at: float
    request_id: str | None = None
    key_id: str | None = None
    connection_id: str | None = None
    http_status: int | None = None
    seconds: float | None = None
    input: str | None = None
    output: str | None = None
    error: str | None = None
    answer: bytes | None = None
    request_until: float | None = None
    agent: str | None = None
    on_behalf_of: str | None = None
    run: str | None = None
    decision: str | None = None
    approval_id: str | None = None
    approver: str | None = None
    arguments_digest: str | None = None
    seq: int | None = None
    chain_number: int | None = None
    chain_hash: bytes | None = None

    def as_logged(self) -> LoggedCall:
        """Return the call as readers of the log see it."""
        shown = {name: getattr(self, name) for name in _SHOWN}
        link = None if self.chain_hash is None else bytes(self.chain_hash).hex()
        return LoggedCall(
            **{**shown, "status": self.status.value, "seq": self.seq or 0, "number": self.chain_number, "hash": link}
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CallQuery:
    """A filter of a project's calls; None matches all. ``text`` is searched in input, output and error.

    ``before`` is the ``seq`` of the last one that was seen; ``limit`` how many to list at most. ``within`` is among how many of
    the newest to look, however many there are; of an entity's, where one is named. :func:`find_end` tells where that ends.
    """

    app: str | None = None
    action: str | None = None
    entity_id: str | None = None
    connection_id: str | None = None
    agent: str | None = None
    run: str | None = None
    status: CallStatus | None = None
    request_id: str | None = None
    since: float | None = None
    until: float | None = None
    text: str | None = None
    before: int | None = None
    limit: int = 50
    within: int | None = None

    @classmethod
    def of(cls, which: CallFilter) -> CallQuery:
        """Build a filter. Raises ``InvalidRequest`` for an unknown status, and for a limit out of range."""
        if which.status is not None and which.status not in set(CallStatus):
            raise InvalidRequest(f"status: one of {', '.join(CallStatus)}; got {which.status!r:.40}.")
        if not 1 <= which.limit <= _MOST:
            raise InvalidRequest(f"limit: from 1 to {_MOST}; got {which.limit}.")
        given = {one.name: getattr(which, one.name) for one in fields(which)}
        return cls(**{**given, "status": None if which.status is None else CallStatus(which.status)})


_FIELDS = tuple(one.name for one in fields(CallRow))
_SHOWN = tuple(one.name for one in fields(LoggedCall) if one.name not in {"number", "hash"})
_COLUMNS = [table.c[name] for name in _FIELDS]
_ONE = sa.select(*_COLUMNS).where(table.c.project_id == sa.bindparam("project_id"))
_BY_ID = _ONE.where(table.c.id == sa.bindparam("id"))
_BY_REQUEST = _ONE.where(table.c.request_id == sa.bindparam("request_id"))
COMPLETED = ("status", "http_status", "seconds", "action", "app", "output", "error", "request_id", "answer", "arguments_digest")
"""The columns that completing a call sets."""
_WRITTEN = tuple(name for name in _FIELDS if name not in {"seq", "chain_number", "chain_hash"})
_BINARY = frozenset({"digest", "answer"})


class _Many(NamedTuple):
    """PostgreSQL's statements for any number of rows, as JSON: one value, where lists by column would be twenty to convert."""

    add: str
    complete: str
    both: str

    @classmethod
    def of(cls, gate: str) -> _Many:
        """Those under a condition. What is put together is names of tables and columns."""
        dialect = postgresql.dialect()  # type: ignore[no-untyped-call]  # SQLAlchemy's has no types

        def rows(names: Sequence[str], values: str) -> tuple[str, str]:
            types = {name: str(table.c[name].type.compile(dialect)) for name in names}
            kinds = {name: "text" if name in _BINARY else type_ for name, type_ in types.items()}
            read = ", ".join(f"decode({name}, 'hex') AS {name}" if name in _BINARY else name for name in names)
            columns = ", ".join(f"{name} {kind}" for name, kind in kinds.items())
            return read, f"json_to_recordset(%({values})s::json) AS given({columns})"

        read, given = rows(_WRITTEN, "begun")
        add = (
            f"INSERT INTO {table.name} ({', '.join(_WRITTEN)}) SELECT {read} FROM {given} WHERE {gate}"  # noqa: S608 - names of tables and columns
            " ON CONFLICT (project_id, request_id) DO NOTHING RETURNING id"
        )
        read, given = rows(("id", *COMPLETED), "ended")
        changed = ", ".join(f"{name} = new.{name}" for name in COMPLETED)
        complete = (
            f"UPDATE {table.name} SET {changed} FROM (SELECT {read} FROM {given}) AS new"  # noqa: S608 - names of tables and columns
            f" WHERE {table.name}.id = new.id AND {table.name}.chain_number IS NULL AND {gate}"
        )
        return cls(add, complete, f"WITH completed AS ({complete}) {add}")


_LASTING, _PASSING = _Many.of(GATE), _Many.of(f"{GATE} AND {UNSYNCED}")
_ADD_ONE = (
    f"INSERT INTO {table.name} ({', '.join(_WRITTEN)}) VALUES ({', '.join(f':{name}' for name in _WRITTEN)})"  # noqa: S608 - names of tables and columns
    " ON CONFLICT (project_id, request_id) DO NOTHING RETURNING id"
)
_COMPLETE_ONE = (
    f"UPDATE {table.name} SET {', '.join(f'{name} = :{name}' for name in COMPLETED)}"  # noqa: S608 - names of tables and columns
    " WHERE id = :id AND chain_number IS NULL"
)


def write(database: Database, begun: Sequence[CallRow], ended: Sequence[Mapping[str, Any]] = ()) -> set[str]:
    """Complete those that ended, and add those that begin; the ids of the latter that are new: the others' requests were there.

    Each of ``ended`` has an ``id`` and every column of :data:`COMPLETED`. What is written when this returns outlives the
    process. It is also on the database's disk where one of ``begun`` has a request id, which may come again after a power cut;
    else a power cut may take the last half second of it.
    """
    lasting = any(one.request_id is not None for one in begun)
    if database.is_direct:
        return _write_directly(database, begun, ended, lasting=lasting)
    if database.is_sqlite:
        rows = [{name: getattr(one, name) for name in _WRITTEN} for one in begun]

        def change(driver: sqlite3.Connection) -> set[str]:
            driver.executemany(_COMPLETE_ONE, ended)
            return {row[0] for one in rows for row in driver.execute(_ADD_ONE, one)}

        return database.change_aside(change, lasting=lasting)
    with database.write(EVERYTHING) as connection:
        return _write_anywhere(connection, begun, ended)


def _write_directly(
    database: Database, begun: Sequence[CallRow], ended: Sequence[Mapping[str, Any]], *, lasting: bool
) -> set[str]:
    """As one statement: one round trip, one commit."""
    if not begun and not ended:
        return set()
    rows = [{name: getattr(row, name) for name in _WRITTEN} for row in begun]
    values = {"begun": _as_json(_WRITTEN, rows), "ended": _as_json(("id", *COMPLETED), ended)}
    many = _LASTING if lasting else _PASSING
    text = many.both if begun and ended else many.add if begun else many.complete
    return {row[0] for row in database.change_directly(text, values, EVERYTHING)}


def _write_anywhere(connection: sa.Connection, begun: Sequence[CallRow], ended: Sequence[Mapping[str, Any]]) -> set[str]:
    """With another driver for PostgreSQL."""
    if ended:
        _complete(connection, ended)
    if not begun:
        return set()
    rows = [{name: getattr(row, name) for name in _WRITTEN} for row in begun]
    adding = postgresql.insert(table).values(rows).on_conflict_do_nothing(index_elements=["project_id", "request_id"])
    return set(connection.execute(adding.returning(table.c.id)).scalars())


def _as_json(names: Sequence[str], rows: Sequence[Mapping[str, Any]]) -> str:
    def written(name: str, value: Any) -> Any:
        return value.hex() if name in _BINARY and value is not None else value

    return json.dumps([{name: written(name, row[name]) for name in names} for row in rows])


def begin(database: Database, row: CallRow) -> bool:
    """Add one; False where another holds its request's id."""
    return row.id in write(database, [row])


def complete(database: Database, project_id: str, changes: Iterable[Mapping[str, Any]]) -> None:
    """Complete calls of a project, in one transaction. All of ``changes`` have an ``id`` and the same columns.

    A call that is in the chain stays as it is.
    """
    if some := list(changes):
        lasting = any(one.get("answer") is not None for one in some)
        with database.write(Reach(project_id), lasting=lasting) as connection:
            _complete(connection, some, table.c.project_id == project_id)


def _complete(connection: sa.Connection, changes: Sequence[Mapping[str, Any]], *where: sa.ColumnElement[bool]) -> None:
    named = [{f"new_{name}": value for name, value in one.items()} for one in changes]
    statement = sa.update(table).where(table.c.id == sa.bindparam("new_id"), table.c.chain_number.is_(None), *where)
    connection.execute(statement.values({name: sa.bindparam(f"new_{name}") for name in changes[0] if name != "id"}), named)


def find(database: Database, project_id: str, request_id: str) -> CallRow | None:
    """The call that a request of a project began; None if it began none."""
    return _read(database.first(_BY_REQUEST, {"project_id": project_id, "request_id": request_id}, Reach(project_id)))


def get(database: Database, project_id: str, id: str) -> CallRow | None:  # noqa: A002 - the field's name
    """One call of a project."""
    return _read(database.first(_BY_ID, {"project_id": project_id, "id": id}, Reach(project_id)))


def release(database: Database, row: CallRow, *, started_before: float | None = None) -> bool:
    """Let the request of a call that is over, or that nobody runs any more, begin another; False where it changed meanwhile.

    A call that was begun and not answered is noted as ``UNKNOWN``.
    """
    statement = sa.update(table).where(table.c.id == row.id, table.c.status == row.status, table.c.request_id.is_not(None))
    if started_before is not None:
        statement = statement.where(table.c.started_at < started_before)
    status = CallStatus.UNKNOWN if row.status is CallStatus.STARTED else row.status
    return database.change(statement.values(request_id=None, status=status), Reach(row.project_id)) == 1


def list_calls(database: Database, project_id: str, query: CallQuery) -> list[CallRow]:
    """Newest first, without answers."""
    shown = [column if column.name != "answer" else sa.null().label("answer") for column in _COLUMNS]
    statement = sa.select(*shown).where(table.c.project_id == project_id).order_by(table.c.seq.desc()).limit(query.limit)
    for name in ("app", "action", "entity_id", "connection_id", "agent", "run", "status", "request_id"):
        if (wanted := getattr(query, name)) is not None:
            statement = statement.where(table.c[name] == str(wanted))
    if query.since is not None:
        statement = statement.where(table.c.started_at >= query.since)
    if query.until is not None:
        statement = statement.where(table.c.started_at < query.until)
    if query.before is not None:
        statement = statement.where(table.c.seq < query.before)
    if (end := find_end(database, project_id, query)) is not None:
        statement = statement.where(table.c.seq >= end)
    if query.text:
        like = "%" + query.text.replace(_ESCAPE, _ESCAPE * 2).replace("%", _ESCAPE + "%").replace("_", _ESCAPE + "_") + "%"
        where = (table.c.input, table.c.output, table.c.error, table.c.action)
        statement = statement.where(sa.or_(*(column.ilike(like, escape=_ESCAPE) for column in where)))
    return [row for one in database.rows(statement, reach=Reach(project_id)) if (row := _read(one)) is not None]


def find_end(database: Database, project_id: str, query: CallQuery) -> int | None:
    """The ``seq`` of the last call among which a query ``within`` so many looks; None where there are no older ones."""
    if query.within is None:
        return None
    statement = sa.select(table.c.seq).where(table.c.project_id == project_id)
    if query.entity_id is not None:
        statement = statement.where(table.c.entity_id == query.entity_id)
    if query.before is not None:
        statement = statement.where(table.c.seq < query.before)
    last = statement.order_by(table.c.seq.desc()).offset(query.within - 1).limit(1)
    return next((int(row[0]) for row in database.rows(last, reach=Reach(project_id))), None)


def clear_answers(database: Database, before: float) -> int:
    """Forget the answers of calls that were begun before then, and let their requests go; how many there were.

    Those that say themselves until when their request may come again keep it until a day after that.
    """
    over = sa.func.coalesce(table.c.request_until, table.c.started_at) < before
    old = sa.and_(over, table.c.request_id.is_not(None))
    return database.change(sa.update(table).where(old).values(answer=None, request_id=None), EVERYTHING)


def _read(row: Sequence[Any] | None) -> CallRow | None:
    if row is None:
        return None
    values = dict(zip(_FIELDS, row, strict=True))
    return CallRow(**{**values, "status": CallStatus(values["status"]), "digest": bytes(values["digest"])})
