"""Up to which event everything is there, so that listeners who read in order miss nothing.

SQLite's writers take turns, so its events appear in the order of their numbers. PostgreSQL's do not: number 9 may become visible
after number 10, to somebody who has read 10 already. So who stores events holds a lock that others share, from before they get
numbers until they are visible, and who reads looks at its holders: once those are gone that held it when number 10 was given,
nothing below 11 can appear any more. Nobody waits for anybody.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from composio.store.projects import Partition
from composio.store.triggers.tables import events

__all__ = ["Horizon", "take_turn"]

# A number of ours, in two halves as PostgreSQL shows it.
_HIGH, _LOW = 0x636F6D70, 0x65766E74
# A writer that is stopped in the middle would keep all listeners waiting.
_LONGEST_PAUSE = "15s"
_LAST: sa.Select[Any] = sa.select(sa.func.pg_sequence_last_value(sa.text(f"'{events.name}_seq_seq'::regclass")))
_HOLDERS: sa.Select[Any] = (
    sa.select(sa.literal_column("virtualtransaction"))
    .select_from(sa.text("pg_locks"))
    .where(
        sa.text(
            "locktype = 'advisory' AND granted AND classid = :high AND objid = :low AND objsubid = 2"
            " AND database = (SELECT oid FROM pg_database WHERE datname = current_database())"
        ).bindparams(high=_HIGH, low=_LOW)
    )
)


def take_turn(connection: sa.Connection) -> None:
    """In the transaction of ``connection``, before events are stored: say that some are coming."""
    if connection.dialect.name == "postgresql":
        # Until the transaction ends.
        connection.execute(
            sa.text("SELECT set_config('idle_in_transaction_session_timeout', :most, true)"), {"most": _LONGEST_PAUSE}
        )
        turn = sa.text("SELECT pg_advisory_xact_lock_shared(CAST(:high AS int), CAST(:low AS int))")
        connection.execute(turn, {"high": _HIGH, "low": _LOW})


class Horizon:
    """The highest sequence that a reader may read up to. One serves all readers of a process; not for several threads at once."""

    def __init__(self, part: Partition) -> None:
        self._part = part
        self._settled = 0
        self._waiting: tuple[int, frozenset[str]] | None = None

    @property
    def is_settling(self) -> bool:
        """Whether events are there that can't be read before others have ended."""
        return self._waiting is not None

    def newest(self) -> int:
        """The sequence that was given last, for whoever wants only what comes from now on."""
        return self._last()

    def advance(self) -> int:
        """Where it is now. It never goes back, and gets to every event that is stored."""
        last = self._last()
        if not self._part.is_postgresql:
            self._settled = max(self._settled, last)
            return self._settled
        # The number came first: whoever got one up to it is either done by now or among the holders.
        holders = frozenset(one[0] for one in self._part.rows(_HOLDERS))
        if self._waiting is not None and not self._waiting[1] & holders:
            self._settled, self._waiting = max(self._settled, self._waiting[0]), None
        if not holders:
            self._settled, self._waiting = max(self._settled, last), None
        elif self._waiting is None and last > self._settled:
            self._waiting = last, holders
        return self._settled

    def _last(self) -> int:
        row = self._part.find(_LAST if self._part.is_postgresql else sa.select(sa.func.max(events.c.seq)))
        return (row and row[0]) or 0
