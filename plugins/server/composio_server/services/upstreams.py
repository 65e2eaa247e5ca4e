"""Rate limit state of upstream APIs, shared by the instances of a server.

After an API's 429 to one instance, all instances pause for that connection, as long as it says. The state is read every
quarter of a second at most, and cached between.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Final, TypeAlias

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from composio.errors import StoreError
from composio.store.database import Database
from composio_server.services.ids import make_id
from composio_server.store.tables import upstream_places as places
from composio_server.store.tables import upstream_waits as waits

__all__ = ["ProjectPace", "Upstreams"]

log = logging.getLogger("composio.server")
_LONGEST: Final = 3600.0  # maximum seconds of a pause; tenants' descriptions are not trusted with more
_MOST: Final = 10_000
_SLACK: Final = 30.0
_Key: TypeAlias = tuple[str, str, str]


class Upstreams:
    """Read and write it. ``most`` limits an app's concurrent calls, ``seconds`` is a call's maximum duration. Thread-safe."""

    fresh_seconds: float = 0.25
    """How long a read state is valid."""

    def __init__(
        self, database: Database, most: Mapping[str, int], seconds: float, now: Callable[[], float] = time.time
    ) -> None:
        self._database, self._most, self._seconds, self._now = database, most, seconds, now
        self._lock = threading.Lock()
        self._until: dict[_Key, float] = {}
        self._read_at = float("-inf")
        self._giving: ThreadPoolExecutor | None = None

    def of(self, project_id: str) -> ProjectPace:
        """Return the state for one project."""
        return ProjectPace(self, project_id)

    def sweep(self) -> int:
        """Delete expired rows."""
        now = self._now()
        over = self._database.change(sa.delete(waits).where(waits.c.until < now))
        return over + self._database.change(sa.delete(places).where(places.c.until < now))

    def close(self) -> None:
        """Release places whose release is pending."""
        giving, self._giving = self._giving, None
        if giving is not None:
            giving.shutdown()

    # Pauses

    def known(self, key: _Key) -> float | None:
        """Return the seconds to wait, if read recently."""
        if time.monotonic() - self._read_at >= self.fresh_seconds:
            return None
        return max(0.0, self._until.get(key, 0.0) - self._now())

    def ask(self, key: _Key) -> float:
        """Return the seconds to wait; the cached state if the database is not available."""
        asked = time.monotonic()
        with self._lock:
            if self._read_at < asked:  # otherwise another thread read it meanwhile
                self._read_at = asked
                statement = sa.select(waits).where(waits.c.until > self._now()).limit(_MOST)
                with suppress(StoreError):
                    self._until = {(row[0], row[1], row[2]): float(row[3]) for row in self._database.rows(statement)}
        return max(0.0, self._until.get(key, 0.0) - self._now())

    def note(self, key: _Key, seconds: float) -> None:
        """Record an API's pause; of two, the longer one counts."""
        until = self._now() + min(seconds, _LONGEST)
        self._until[key] = max(until, self._until.get(key, 0.0))
        try:
            with self._database.write() as connection:
                is_postgresql = connection.dialect.name == "postgresql"
                insert = postgresql.insert if is_postgresql else sqlite.insert
                later = sa.func.greatest if is_postgresql else sa.func.max
                new = insert(waits).values(project_id=key[0], app=key[1], connection_id=key[2], until=until)
                connection.execute(
                    new.on_conflict_do_update(
                        index_elements=["project_id", "app", "connection_id"],
                        set_={"until": later(waits.c.until, new.excluded.until)},
                    )
                )
        except StoreError as error:  # this instance respects it
            log.warning("can't tell other instances about an API's rate limit: %s", error)

    # Places

    def most(self, app: str) -> int | None:
        """Return how many calls to an app may run at once."""
        return self._most.get(app, self._most.get("*"))

    def take(self, project_id: str, app: str) -> str | None:
        """Take a place for one call, unless all are taken. Raises ``StoreError``."""
        now, most = self._now(), self.most(app)
        mine = (places.c.project_id == project_id, places.c.app == app)
        with self._database.write() as connection:
            if connection.dialect.name == "postgresql":  # SQLite serialises writers anyway
                turn = sa.func.hashtextextended(f"{project_id} {app}", 0)
                connection.execute(sa.select(sa.func.pg_advisory_xact_lock(turn)))
            taken = connection.execute(sa.select(sa.func.count()).where(*mine, places.c.until >= now)).scalar_one()
            if most is not None and taken >= most:
                return None
            place = make_id("place")
            row = {"id": place, "project_id": project_id, "app": app, "until": now + self._seconds + _SLACK}
            connection.execute(sa.insert(places).values(row))
        return place

    def give(self, place: str) -> None:
        """Release a place soon. Does not block: cancelled calls release theirs too."""
        if self._giving is None:
            self._giving = ThreadPoolExecutor(1, "composio-places")
        self._giving.submit(self._give, place)

    def _give(self, place: str) -> None:
        with suppress(StoreError):  # it expires by itself
            self._database.change(sa.delete(places).where(places.c.id == place))


class ProjectPace:
    """The engine's interface: see :class:`composio.engine.pacing.Pace`."""

    def __init__(self, upstreams: Upstreams, project_id: str) -> None:
        self._upstreams, self._project_id = upstreams, project_id

    def known(self, app: str, connection_id: str) -> float | None:
        """Return the seconds to wait, as far as known."""
        return self._upstreams.known((self._project_id, app, connection_id))

    def ask(self, app: str, connection_id: str) -> float:
        """Return the seconds to wait."""
        return self._upstreams.ask((self._project_id, app, connection_id))

    def note(self, app: str, connection_id: str, seconds: float) -> None:
        """Record the API's pause."""
        self._upstreams.note((self._project_id, app, connection_id), seconds)

    def most(self, app: str) -> int | None:
        """Return how many calls may run at once."""
        return self._upstreams.most(app)

    def take(self, app: str) -> str | None:
        """Take a place for one call."""
        return self._upstreams.take(self._project_id, app)

    def give(self, place: str) -> None:
        """Release the place."""
        self._upstreams.give(place)
