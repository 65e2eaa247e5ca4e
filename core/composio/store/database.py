"""The database of connections: opening, transactions, and errors.

SQLite by default; any other database that SQLAlchemy has a synchronous driver for. SQLite's file is in WAL mode, so that
readers never wait for a writer, and every commit reaches the disk before it counts (``synchronous = FULL``): a provider that
rotates refresh tokens revokes the old one at once, so losing the new one in a power cut would end the connection.
"""

from __future__ import annotations

import errno
import logging
import os
import sqlite3
import time
import weakref
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeAlias, TypeVar

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.sql.compiler import SQLCompiler

from composio.errors import StoreError
from composio.process.forks import lock, no_fork, renew
from composio.process.permissions import READABLE, keep_from_others
from composio.store import migrate
from composio.store.bell import Bell
from composio.store.direct import Direct, gate
from composio.store.reasons import HINTS, reason_of

__all__ = ["EVERYTHING", "LEAST_CONNECTIONS", "MOST_CONNECTIONS", "TURN", "Database", "Engines", "Reach"]

T = TypeVar("T")
# Raised if the database can't be used; OverflowError is a number too large for the driver.
_UNUSABLE = SQLAlchemyError, sqlite3.Error, UnicodeError, OverflowError
_WAIT_SECONDS = 30.0
_LOGGED_AS = "composio"  # the suffix of our engines' logger name
# Detects a server that vanished. Source: libpq's documentation, "Parameter Key Words".
_LIBPQ = {
    "connect_timeout": 10,
    "keepalives_idle": 30,
    "keepalives_interval": 10,
    "keepalives_count": 3,
    "tcp_user_timeout": 30_000,
}
_EXPOSED = "Look at `composio connections` for what you do not know if somebody may have written to it."
_REPLACED = "They could have put other files there. Keep Composio's files in a folder of your own: COMPOSIO_HOME names it."
TURN: Final = 0x636F6D706F73696F
"""The number of the advisory lock under which processes that migrate the same PostgreSQL database take turns."""
# A forked child's inherited connections: dropping the references would close them.
_PARENTS: list[object] = []


LEAST_CONNECTIONS: Final = 8
MOST_CONNECTIONS: Final = 22
# Of these: two that last, for locks and for listening, and for what every call asks up to so many.
_LASTING, _MOST_DIRECT = 2, 5
_MOST_KEPT_OPEN = 5  # of the others, the rest of which are closed after use


# What reads each column of a row; None where the driver does.
_Readers: TypeAlias = list[Callable[[Any], Any] | None] | None
# A statement's text, its parameters in their order with their own values, and what reads its rows.
_Prepared: TypeAlias = tuple[str, list[tuple[str, Any]], _Readers]
# PostgreSQL's policies read these two settings. They last as long as the transaction.
_SET_REACH = "SELECT set_config('composio.project', :project, true), set_config('composio.every_project', :every, true)"
# Connections that are kept aside for questions that every call asks; threads beyond take the pool's.
_MOST_IDLE = 5
# Rows whose meaning is kept beside them.
_MOST_KNOWN = 1000


@dataclass(frozen=True, slots=True)
class Reach:
    """The projects whose rows a transaction can see and change: one project's, or with ``every`` all.

    PostgreSQL enforces it by row-level security, whatever a statement says; SQLite has no such feature. The default is the
    project without a name.
    """

    project: str
    every: bool = False

    @property
    def settings(self) -> tuple[str, str]:
        """``composio.project`` and ``composio.every_project``."""
        return self.project, "on" if self.every else "off"


EVERYTHING = Reach("", every=True)


class Engines(NamedTuple):
    """For reading, and for writing; they share their connections. ``idle`` are some of them, of SQLite's, that nobody uses now.

    ``direct`` has further ones, of PostgreSQL's, where its driver is psycopg.
    """

    reader: sa.Engine
    writer: sa.Engine
    idle: list[sa.PoolProxiedConnection]
    direct: Direct | None = None


class Database:
    """Opens ``url`` and migrates the tables of all ``lineages`` on first use. Thread-safe, and safe after a fork.

    ``most`` is the maximum number of connections to a server; further callers wait.
    """

    def __init__(
        self, url: sa.URL, lineages: Sequence[migrate.Lineage] = (migrate.ACCOUNTS,), *, most: int = MOST_CONNECTIONS
    ) -> None:
        if most < LEAST_CONNECTIONS:
            raise ValueError(f"a database needs at least {LEAST_CONNECTIONS} connections; got {most}")
        self.url, self._lineages, self._most = url, lineages, most
        self.name = url.database if url.get_backend_name() == "sqlite" else url.render_as_string(hide_password=True)
        self.bell = Bell()
        self._lock = lock()
        self._engines: Engines | None = None
        self._closer: Callable[[], object] | None = None
        self._failed: tuple[float, SQLAlchemyError] | None = None
        self._prepared: dict[tuple[sa.Select[Any], bool], _Prepared] = {}
        self._known: dict[Any, tuple[Sequence[Any], Any]] = {}
        renew(self)

    def rows(
        self, statement: sa.Select[Any], values: Mapping[str, Any] | None = None, reach: Reach | None = None
    ) -> Generator[Sequence[Any], None, None]:
        """Iterate over the rows of ``statement``."""
        entered = no_fork.enter()
        try:
            with self._reader(reach).connect() as connection:
                _hold(connection, reach)
                yield from connection.execute(statement, values)
        except _UNUSABLE as error:
            raise self._unusable(error) from error
        finally:
            no_fork.leave(entered)

    def first(self, statement: sa.Select[Any], values: Mapping[str, Any], reach: Reach | None = None) -> Sequence[Any] | None:
        """Return the first row of ``statement``, one of a few frequent ones."""
        row, readers = self._ask(statement, values, reach)
        return row if row is None or readers is None else _convert(row, readers)

    def first_as(
        self,
        statement: sa.Select[Any],
        values: Mapping[str, Any],
        read: Callable[[Sequence[Any]], T],
        reach: Reach | None = None,
    ) -> T | None:
        """Return ``read(row)``: the same object as before while every column of the row is equal."""
        key = (statement, *values.values())
        row, readers = self._ask(statement, values, reach)
        if row is None:
            self._known.pop(key, None)
            return None
        known = self._known.get(key)
        if known is not None and known[0] == row:
            same: T = known[1]
            return same
        found = read(row if readers is None else _convert(row, readers))
        if len(self._known) >= _MOST_KNOWN:
            self._known.clear()
        self._known[key] = row, found
        return found

    def _ask(
        self, statement: sa.Select[Any], values: Mapping[str, Any], reach: Reach | None
    ) -> tuple[Sequence[Any] | None, _Readers]:
        """Return a row and its column converters; None if they are converted already."""
        try:
            with no_fork:
                engines = self._opened()
                if engines.direct is not None or engines.reader.dialect.name == "sqlite":
                    return self._straight(engines, statement, values, reach)
                with self._reader(reach).connect() as connection:
                    _hold(connection, reach)
                    row = connection.execute(statement, values).first()
                    return None if row is None else tuple(row), None
        except self._errors as error:
            raise self._unusable(error) from error

    def _straight(
        self, engines: Engines, statement: sa.Select[Any], values: Mapping[str, Any], reach: Reach | None
    ) -> tuple[Sequence[Any] | None, _Readers]:
        """As the pool's connection would be asked, with the text and its parameters' order made once.

        Every call asks so, and SQLAlchemy's own way takes several times as long as the database's answer.
        """
        held = reach is not None and engines.direct is not None
        prepared = self._prepared.get((statement, held))
        if prepared is None:
            prepared = self._prepared[statement, held] = _prepare(engines.reader.dialect, statement, held=held)
        text, parameters, readers = prepared
        if engines.direct is not None:
            given = dict(parameters)
            given.update(values)
            return engines.direct.first(text, given if reach is None else _hold_values(given, reach)), readers
        with self._aside(engines) as driver:
            return _ask_sqlite(driver, text, [values.get(name, own) for name, own in parameters]), readers

    @contextmanager
    def _aside(self, engines: Engines) -> Iterator[Any]:
        """Return a reserved driver connection: SQLAlchemy's pool takes as long as SQLite's answer."""
        try:
            connection = engines.idle.pop()
        except IndexError:
            connection = engines.reader.raw_connection()
        try:
            yield connection.driver_connection
        except BaseException:
            _give_back(connection)
            raise
        if len(engines.idle) < _MOST_IDLE and self._engines is engines:
            engines.idle.append(connection)
        else:
            connection.close()
        if self._engines is not engines:  # closed meanwhile
            _empty(engines.idle)

    def scalar(self, statement: sa.TextClause, values: Mapping[str, Any]) -> Any:
        """Run ``statement`` in its own transaction and return its result."""
        try:
            with self._opened()[0].connect() as connection:
                return connection.execute(statement, values).scalar()
        except _UNUSABLE as error:
            raise self._unusable(error) from error

    def session(self) -> sa.Connection:
        """Open a connection outside the pool and outside transactions, for long use. The caller closes it."""
        try:
            connection = self._opened()[0].connect()
            connection.detach()
        except SQLAlchemyError as error:
            raise self._unusable(error) from error
        return connection

    @contextmanager
    def write(self, reach: Reach | None = None, *, lasting: bool = True) -> Iterator[sa.Connection]:
        """Open one transaction. SQLite's writers take turns.

        Unless it is ``lasting``, a power cut may take it from the disk again; the process's own end does not.
        """
        try:
            with no_fork, self._opened()[1].connect() as connection, _flushing(connection, lasting=lasting):
                _begin(connection)
                _hold(connection, reach)
                yield connection
                connection.commit()
        except _UNUSABLE as error:
            raise self._unusable(error) from error

    @contextmanager
    def one_state(self, reach: Reach | None = None) -> Iterator[sa.Connection]:
        """Open a transaction with one consistent snapshot, whatever others write meanwhile."""
        try:
            with no_fork, self._opened()[1].connect() as connection:
                if connection.dialect.name == "sqlite":
                    connection.exec_driver_sql("BEGIN")
                else:
                    connection.execution_options(isolation_level="REPEATABLE READ")
                _hold(connection, reach)
                yield connection
                connection.rollback()
        except _UNUSABLE as error:
            raise self._unusable(error) from error

    def copy_to(self, target: sqlite3.Connection) -> None:
        """Copy a consistent snapshot of a SQLite file, whatever others write meanwhile."""
        try:
            with no_fork:
                connection = self._opened()[0].raw_connection()
                try:
                    source: sqlite3.Connection = connection.driver_connection  # type: ignore[assignment]  # SQLite's
                    source.backup(target)
                finally:
                    connection.close()
        except (SQLAlchemyError, sqlite3.Error) as error:
            raise self._unusable(error) from error

    def change(self, statement: sa.Update | sa.Delete | sa.Insert, reach: Reach | None = None) -> int:
        """Run one statement in its own transaction. Returns how many rows it changed."""
        with self.write(reach) as connection:
            return connection.execute(statement).rowcount

    def change_directly(self, text: str, values: Mapping[str, Any], reach: Reach) -> list[Sequence[Any]]:
        """Run a PostgreSQL statement whose conditions include :data:`composio.store.direct.GATE`, and return its rows.

        It is its own transaction. For the few statements that every call needs; only if :attr:`is_direct`.
        """
        try:
            with no_fork:
                direct = self._opened().direct
                assert direct is not None
                return direct.change(text, _hold_values(values, reach))
        except self._errors as error:
            raise self._unusable(error) from error

    def change_aside(self, work: Callable[[sqlite3.Connection], T], *, lasting: bool = True) -> T:
        """Run ``work`` as one SQLite transaction, without SQLAlchemy. For statements that every call needs.

        Unless it is ``lasting``, a power cut may take it from the disk again; the process's own end does not.
        """
        try:
            with no_fork:
                engines = self._opened()
                with self._aside(engines) as driver:
                    return _change_sqlite(driver, work, lasting=lasting)
        except _UNUSABLE as error:
            raise self._unusable(error) from error

    @property
    def is_sqlite(self) -> bool:
        """Whether the database is a SQLite file."""
        return self.url.get_backend_name() == "sqlite"

    @property
    def is_direct(self) -> bool:
        """Whether the database is a PostgreSQL server whose driver can be used without SQLAlchemy."""
        return self.url.get_backend_name() == "postgresql" and self.url.get_driver_name() == "psycopg"

    def close(self) -> None:
        """Close every connection; the next use reopens the database."""
        with no_fork, self._lock:
            self._drop()

    def _drop(self) -> None:
        closer, self._engines, self._closer = self._closer, None, None
        if closer is not None:
            closer()
        self._known.clear()

    def before_fork(self) -> None:
        """SQLite keeps in memory which of its files a process has locked: a child that inherits that takes locks for its own."""
        if self.url.get_backend_name() == "sqlite":
            self._drop()

    def after_fork(self) -> None:
        """A child must neither use nor close its parent's connections to a server, or to a file in use."""
        if self._engines is not None:
            _PARENTS.append(self._engines)
        self._engines = self._closer = None

    @property
    def _errors(self) -> tuple[type[Exception], ...]:
        """What is raised where the database can't be used, also by a driver that is asked without SQLAlchemy."""
        return _UNUSABLE if self._engines is None else (*_UNUSABLE, self._engines[0].dialect.loaded_dbapi.Error)

    def _reader(self, reach: Reach | None) -> sa.Engine:
        """For reading: in a transaction where that has to be held to some projects."""
        opened = self._opened()
        return opened.reader if reach is None else opened.writer

    def _opened(self) -> Engines:
        if self._engines is None:
            asked = time.monotonic()
            with self._lock:
                if self._engines is None:
                    # Threads that waited for another's attempt share its error: each trying in turn could take minutes.
                    if self._failed is not None and asked < self._failed[0]:
                        raise self._failed[1]
                    try:
                        self._engines = self._open()
                    except SQLAlchemyError as error:
                        self._failed = time.monotonic(), error
                        raise
                    self._failed = None
        return self._engines

    def _open(self) -> Engines:
        direct = min(_MOST_DIRECT, self._most // 3)
        engine = _engine(self.url, str(self.name), self._most - _LASTING - direct)
        try:
            self._prepare(engine)
        except BaseException:
            engine.dispose()
            raise
        # Nobody has to close what they let go of; Python 3.13 warns of a connection that is merely forgotten.
        reader = engine if engine.dialect.name == "sqlite" else engine.execution_options(isolation_level="AUTOCOMMIT")
        opened = Engines(reader, engine, [], Direct(reader, direct) if self.is_direct else None)
        self._closer = weakref.finalize(self, _dispose, opened, os.getpid())
        return opened

    def _prepare(self, engine: sa.Engine) -> None:
        name = str(self.name)
        sqlite = engine.dialect.name == "sqlite"
        if sqlite:
            file = Path(str(self.url.database))
            _create(file)
            _protect(file)
        with engine.connect() as connection:
            if all(migrate.is_current(connection, name, one) for one in self._lineages):
                return
            connection.rollback()
            if sqlite:
                _use_wal(connection)
        with engine.connect() as connection:
            _begin(connection)
            if not sqlite:
                connection.execute(sa.text("SELECT pg_advisory_xact_lock(:turn)"), {"turn": TURN})
            _hold(connection, EVERYTHING)
            for one in self._lineages:
                if not migrate.is_current(connection, name, one):  # otherwise another process was faster
                    migrate.upgrade(connection, one)
            connection.commit()

    def _unusable(self, error: Exception) -> StoreError:
        # Never the statement or its values: they are the tenants' data.
        reason = reason_of(error)
        why = str(getattr(error, "orig", None) or error).strip().split("\n")[0]
        if isinstance(error, UnicodeError):
            return StoreError(
                f"A string that is not valid Unicode can't be stored in {self.name} ({getattr(error, 'reason', error)}).",
                reason=reason,
            )
        if reason == "value":
            return StoreError(f"{self.name} rejects the data: {why}.", reason=reason)
        if reason in HINTS:
            hint = HINTS[reason]
        elif self.url.get_backend_name() == "sqlite":
            hint = "Free the file, or set COMPOSIO_HOME to another folder."
        else:
            hint = "Check that the server runs and that the URL names its database, user and password."
        return StoreError(f"The connections in {self.name} can't be used: {why}. {hint}", reason=reason)


def _convert(row: Sequence[Any], readers: list[Callable[[Any], Any] | None]) -> list[Any]:
    return [value if read is None else read(value) for value, read in zip(row, readers, strict=True)]


def _prepare(dialect: sa.Dialect, statement: sa.Select[Any], *, held: bool) -> _Prepared:
    compiled = (statement.where(gate()) if held else statement).compile(dialect=dialect)
    assert isinstance(compiled, SQLCompiler)
    fixed = compiled.params  # the statement's own values, such as a status
    readers: _Readers = None
    if dialect.name == "sqlite":
        readers = [column.type.result_processor(dialect, None) for column in statement.selected_columns]
    return compiled.string, [(name, fixed[name]) for name in compiled.positiontup or compiled.params], readers


def _ask_sqlite(connection: Any, text: str, given: Sequence[Any]) -> Sequence[Any] | None:
    cursor = connection.cursor()
    cursor.execute(text, given)
    row: Sequence[Any] | None = cursor.fetchone()
    cursor.close()  # else what was read stays as it is for this connection
    return row


def _change_sqlite(driver: sqlite3.Connection, work: Callable[[sqlite3.Connection], T], *, lasting: bool) -> T:
    """A transaction. In WAL mode ``synchronous = NORMAL`` leaves the flush to the next one that is lasting."""
    if not lasting:
        driver.execute("PRAGMA synchronous = NORMAL")
    try:
        driver.execute("BEGIN IMMEDIATE")
        try:
            found = work(driver)
            driver.execute("COMMIT")
        except BaseException:
            if driver.in_transaction:
                driver.execute("ROLLBACK")
            raise
    finally:
        if not lasting:
            driver.execute("PRAGMA synchronous = FULL")
    return found


@contextmanager
def _flushing(connection: sa.Connection, *, lasting: bool) -> Iterator[None]:
    """Whether a commit in the block is on the disk before it returns."""
    if lasting or connection.dialect.name not in {"sqlite", "postgresql"}:
        yield
        return
    driver: Any = connection.connection.driver_connection
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL synchronous_commit = off")  # of the transaction that begins here
        yield
        return
    driver.execute("PRAGMA synchronous = NORMAL")
    try:
        yield
    finally:
        if driver.in_transaction:  # where the block failed: no pragma is heeded in a transaction
            connection.rollback()
        driver.execute("PRAGMA synchronous = FULL")


def _give_back(connection: Any) -> None:
    """Return it to the pool, unless an error left it in a transaction."""
    if connection.driver_connection.in_transaction:
        connection.invalidate()
    else:
        connection.close()


def _hold_values(values: Mapping[str, Any], reach: Reach) -> dict[str, Any]:
    """``values`` with those of :data:`composio.store.direct.GATE`."""
    project, every = reach.settings
    return {**values, "composio_project": project, "composio_every": every}


def _hold(connection: sa.Connection, reach: Reach | None) -> None:
    """Restrict the transaction to its projects."""
    if reach is not None and connection.dialect.name == "postgresql":
        project, every = reach.settings
        connection.execute(sa.text(_SET_REACH), {"project": project, "every": every})


def _engine(url: sa.URL, name: str, most: int) -> sa.Engine:
    """Create an engine with up to ``most`` connections to a server. Raises ``StoreError`` for an unusable URL."""
    sqlite = url.get_backend_name() == "sqlite"
    if sqlite and url.database in {None, "", ":memory:"}:
        raise StoreError(
            "A database in memory forgets every connection; name a file: sqlite:////var/lib/composio/accounts.sqlite3"
        )
    # Threads each have a connection while they use it; a lock of seconds is no reason to fail.
    options: dict[str, Any] = (
        {
            "connect_args": {"timeout": _WAIT_SECONDS, "check_same_thread": False},
            "max_overflow": -1,
            "pool_reset_on_return": None,
        }
        if sqlite
        else {
            "pool_pre_ping": True,
            "isolation_level": "READ COMMITTED",  # who waited for a lock sees what was done meanwhile
            "pool_size": min(_MOST_KEPT_OPEN, most),
            "max_overflow": max(0, most - _MOST_KEPT_OPEN),
        }
    )
    if url.drivername == "postgresql" or "psycopg" in url.drivername:
        options["connect_args"] = {name: value for name, value in _LIBPQ.items() if name not in url.query}
    # At DEBUG SQLAlchemy logs each row that is read: calls' rows hold what APIs answered, which may be a credential.
    logging.getLogger(f"sqlalchemy.engine.Engine.{_LOGGED_AS}").addFilter(_is_no_row)
    try:
        engine = sa.create_engine(url, hide_parameters=True, logging_name=_LOGGED_AS, pool_use_lifo=True, **options)
    except (SQLAlchemyError, ImportError, TypeError) as error:
        raise StoreError(
            f"No database can be opened at {name}: {error}. Install its driver, or use another URL, such as "
            "postgresql+psycopg://user@host/name."
        ) from error
    if engine.dialect.is_async:
        raise StoreError(f"{name} names an asynchronous driver; use a synchronous one, such as postgresql+psycopg.")
    if sqlite:
        sa.event.listen(engine, "connect", _connect)
    return engine


def _is_no_row(record: logging.LogRecord) -> bool:
    return record.levelno > logging.DEBUG


def _connect(connection: sqlite3.Connection, _record: object) -> None:
    connection.isolation_level = None  # transactions begin where we say, not before the first change
    try:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")
    except sqlite3.Error:  # SQLAlchemy 2.0 would forget it, open
        connection.close()
        raise


def _create(path: Path) -> None:
    """Create an empty file that only its owner can read; SQLite gives its companions the same permissions."""
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
    except FileExistsError:
        return
    except OSError as error:
        reason = {errno.ENOSPC: "full", errno.EDQUOT: "full", errno.EROFS: "read-only", errno.EACCES: "read-only"}
        raise StoreError(
            f"{path} can't be created: {error.strerror}. Set COMPOSIO_HOME to a folder that can be written.",
            reason=reason.get(error.errno or 0, "away"),
        ) from error


def _protect(path: Path) -> None:
    """Restrict access to the files: secrets are encrypted and bound to their rows, but rows could be deleted or restored."""
    for suffix in ("", "-wal", "-shm"):
        keep_from_others(path.with_name(path.name + suffix), "the connections in", _EXPOSED)
    keep_from_others(path.resolve().parent, "to the folder", _REPLACED, leave=READABLE)


def _use_wal(connection: sa.Connection) -> None:
    """Changing the journal mode ignores the busy timeout, so processes that start together try in turns."""
    end = time.monotonic() + _WAIT_SECONDS
    while True:
        try:
            connection.exec_driver_sql("PRAGMA journal_mode = WAL")
        except sa.exc.OperationalError:
            if time.monotonic() > end:
                raise
            connection.rollback()
            time.sleep(0.01)
        else:
            return


def _begin(connection: sa.Connection) -> None:
    if connection.dialect.name == "sqlite":
        # Who only reads at first and writes then fails at once where another wrote between.
        connection.exec_driver_sql("BEGIN IMMEDIATE")


def _dispose(engines: Engines, pid: int) -> None:
    if pid == os.getpid():
        _empty(engines.idle)
        if engines.direct is not None:
            engines.direct.close()
        engines.writer.dispose()


def _empty(idle: list[sa.PoolProxiedConnection]) -> None:
    """Return them to their pool."""
    while True:
        try:
            connection = idle.pop()
        except IndexError:
            return
        connection.close()
