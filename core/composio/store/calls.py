"""Queries of the log of calls: a row before a call is sent, completed when it is answered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from composio.errors import InvalidRequest
from composio.model.logged import CallFilter, LoggedCall
from composio.store.database import EVERYTHING, Database, Reach
from composio.store.tables import calls as table

__all__ = [
    "CallQuery",
    "CallRow",
    "CallStatus",
    "add",
    "begin",
    "clear_answers",
    "complete",
    "find",
    "get",
    "list_calls",
    "purge",
    "release",
]

_ESCAPE = "\\"
_MOST = 1_000


class CallStatus(StrEnum):
    """How a call stands. ``UNKNOWN`` is one that was begun by a process that is gone: it may have been sent."""

    STARTED = "started"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class CallRow:
    """One call. Times are seconds since 1970, ``seconds`` how long it took.

    ``input``, ``output`` and ``error`` are texts without secrets, cut at a limit; None where nothing is kept. ``answer`` is the
    whole answer, while the same request may come again. ``digest`` tells two calls apart, ``owner`` is the process that runs it.
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
    seq: int | None = None

    def as_logged(self) -> LoggedCall:
        """The call as whoever reads the log sees it."""
        shown = {one.name: getattr(self, one.name) for one in fields(LoggedCall)}
        return LoggedCall(**{**shown, "status": self.status.value, "seq": self.seq or 0})


@dataclass(frozen=True, slots=True, kw_only=True)
class CallQuery:
    """Which calls of a project; what is None leaves none out. ``text`` is looked for in input, output and error.

    ``before`` is the ``seq`` of the last one that was seen; ``limit`` how many to list at most.
    """

    app: str | None = None
    action: str | None = None
    entity_id: str | None = None
    connection_id: str | None = None
    status: CallStatus | None = None
    request_id: str | None = None
    since: float | None = None
    until: float | None = None
    text: str | None = None
    before: int | None = None
    limit: int = 50

    @classmethod
    def of(cls, which: CallFilter) -> CallQuery:
        """What somebody asks for. Raises ``InvalidRequest`` for a status that no call has, and for no or too many calls."""
        if which.status is not None and which.status not in set(CallStatus):
            raise InvalidRequest(f"status: one of {', '.join(CallStatus)}; got {which.status!r:.40}.")
        if not 1 <= which.limit <= _MOST:
            raise InvalidRequest(f"limit: from 1 to {_MOST}; got {which.limit}.")
        given = {one.name: getattr(which, one.name) for one in fields(which)}
        return cls(**{**given, "status": None if which.status is None else CallStatus(which.status)})


_FIELDS = tuple(one.name for one in fields(CallRow))
_INSERT = sa.insert(table)
_COLUMNS = [table.c[name] for name in _FIELDS]
_ONE = sa.select(*_COLUMNS).where(table.c.project_id == sa.bindparam("project_id"))
_BY_ID = _ONE.where(table.c.id == sa.bindparam("id"))
_BY_REQUEST = _ONE.where(table.c.request_id == sa.bindparam("request_id"))


def begin(database: Database, row: CallRow) -> None:
    """Add one that is begun under no request's id; much cheaper than :func:`add`, whose statement is another each time."""
    with database.write(EVERYTHING) as connection:
        connection.execute(_INSERT, {name: getattr(row, name) for name in _FIELDS if name != "seq"})


def add(database: Database, rows: Sequence[CallRow]) -> set[str]:
    """Add what is begun, in one transaction; the ids of those that are new: the others' requests were there before."""
    insert = postgresql.insert if database.url.get_backend_name() == "postgresql" else sqlite.insert
    values = [{name: getattr(row, name) for name in _FIELDS if name != "seq"} for row in rows]
    statement = insert(table).values(values).on_conflict_do_nothing(index_elements=["project_id", "request_id"])
    with database.write(EVERYTHING) as connection:
        return set(connection.execute(statement.returning(table.c.id)).scalars())


def complete(database: Database, changes: Iterable[Mapping[str, Any]]) -> None:
    """Complete calls, in one transaction. Each of ``changes`` has an ``id`` and every column that completing one sets."""
    named = [{f"new_{name}": value for name, value in one.items()} for one in changes]
    if not named:
        return
    columns = [name.removeprefix("new_") for name in named[0] if name != "new_id"]
    statement = sa.update(table).where(table.c.id == sa.bindparam("new_id"))
    with database.write(EVERYTHING) as connection:
        connection.execute(statement.values({name: sa.bindparam(f"new_{name}") for name in columns}), named)


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
    for name in ("app", "action", "entity_id", "connection_id", "status", "request_id"):
        if (wanted := getattr(query, name)) is not None:
            statement = statement.where(table.c[name] == str(wanted))
    if query.since is not None:
        statement = statement.where(table.c.started_at >= query.since)
    if query.until is not None:
        statement = statement.where(table.c.started_at < query.until)
    if query.before is not None:
        statement = statement.where(table.c.seq < query.before)
    if query.text:
        like = "%" + query.text.replace(_ESCAPE, _ESCAPE * 2).replace("%", _ESCAPE + "%").replace("_", _ESCAPE + "_") + "%"
        where = (table.c.input, table.c.output, table.c.error, table.c.action)
        statement = statement.where(sa.or_(*(column.ilike(like, escape=_ESCAPE) for column in where)))
    return [row for one in database.rows(statement, reach=Reach(project_id)) if (row := _read(one)) is not None]


def clear_answers(database: Database, before: float) -> int:
    """Forget the answers of calls that were begun before then, and let their requests go; how many there were."""
    old = sa.and_(table.c.started_at < before, table.c.request_id.is_not(None))
    return database.change(sa.update(table).where(old).values(answer=None, request_id=None), EVERYTHING)


def purge(database: Database, project_id: str, before: float) -> int:
    """Forget a project's calls that were begun before then; how many there were."""
    old = sa.delete(table).where(table.c.project_id == project_id, table.c.started_at < before)
    return database.change(old, Reach(project_id))


def _read(row: Sequence[Any] | None) -> CallRow | None:
    if row is None:
        return None
    values = dict(zip(_FIELDS, row, strict=True))
    return CallRow(**{**values, "status": CallStatus(values["status"]), "digest": bytes(values["digest"])})
