"""The log of a project's calls."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from composio.model.figures import FigureFilter, Figures
from composio.model.logged import ChainCheck
from composio.store import calls as store
from composio.store import figures, forgetting, ledger, refreshes
from composio.store.calls import CallQuery, CallRow
from composio.store.database import Database
from composio.store.gathering import Gathering
from composio.store.presence import unproven
from composio.store.projects import Partition
from composio.store.store import presence_in
from composio_server.services.later import LateWriter
from composio_server.services.projects import Projects
from composio_server.services.threads import off_loop

__all__ = ["DAY", "Calls"]

DAY = 86_400.0
_KEPT_CHARS = 4_000  # of input and of output, unless the project's settings differ
_KEPT_DAYS = 30


class Calls:
    """Write and read the log. Blocking and thread-safe, except ``complete``, which defers the write."""

    def __init__(self, database: Database, projects: Projects, now: Callable[[], float] = time.time) -> None:
        self._database, self._projects, self._now = database, projects, now
        self._written: Gathering[CallRow | Mapping[str, Any], bool] = Gathering(self._write)
        self._ends: LateWriter[CallRow | Mapping[str, Any]] = LateWriter(self._written, "ends of calls", then=self.chain)
        self._presence = presence_in(database)
        self._alive = ExitStack()
        self._owner: str | None = None

    def owner(self) -> str:
        """This process's name in rows: others detect its end, however it ends."""
        if self._owner is None:
            self._owner = self._alive.enter_context(self._presence.holding()) if self._presence else unproven()
        return self._owner

    def begin(self, row: CallRow) -> bool:
        """Record the start of a call; False if its request started one before. It is stored on return."""
        return self._written.do(row)

    def complete(self, change: Mapping[str, Any]) -> None:
        """Record how a call ended: with the next start, a moment later, or when the database is back."""
        self._ends.put({name: _storable(value) for name, value in change.items()})

    def find(self, project_id: str, request_id: str) -> CallRow | None:
        """Return the call that a project's request started."""
        return store.find(self._database, project_id, request_id)

    def get(self, project_id: str, log_id: str) -> CallRow | None:
        """Return one call of a project; None if there is none with that id."""
        return store.get(self._database, project_id, log_id)

    def list_calls(self, project_id: str, query: CallQuery) -> list[CallRow]:
        """Return a project's calls, newest first."""
        return store.list_calls(self._database, project_id, query)

    def figures(self, project_id: str, which: FigureFilter) -> Figures:
        """Return a project's calls, events and deliveries by hour or day, app and entity. Raises ``InvalidRequest``."""
        return figures.count(self._database, project_id, which, self._now())

    def check(self, project_id: str, head: tuple[int, str] | None = None) -> ChainCheck:
        """Verify the chain of a project's calls; ``head`` is a link's number and hash from an earlier check."""
        part = Partition(self._database, project_id)
        ledger.chain(part, self._now())
        return ledger.check(part, head)

    def forget(self, project_id: str, entity_id: str) -> dict[str, int]:
        """Erase an entity's data in a project's calls and events permanently; return their number."""
        return forgetting.forget(Partition(self._database, project_id), entity_id)

    def chain(self) -> int:
        """Add all projects' finished calls to their projects' chains; return their number."""
        waiting = ledger.find_unchained(Partition(self._database, None))
        return sum(ledger.chain(Partition(self._database, project), self._now()) for project in waiting)

    def find_end(self, project_id: str, query: CallQuery) -> int | None:
        """Return where a query for ``within`` rows ends; None if there are no older calls."""
        return store.find_end(self._database, project_id, query)

    def is_running(self, row: CallRow) -> bool:
        """Return whether the process of a call may still finish it."""
        held = self._presence.is_held(row.owner) if self._presence else None
        # If unknown, a call older than the maximum duration is over.
        return held if held is not None else self._now() - row.started_at < 600

    def release(self, row: CallRow) -> bool:
        """Let the request of an abandoned call start another one."""
        return store.release(self._database, row)

    @staticmethod
    def kept_chars(settings: Mapping[str, Any]) -> int:
        """Return how many characters of input and output the log keeps; 0 if the project disabled it."""
        return int(settings.get("log_chars", _KEPT_CHARS)) if settings.get("log_payloads", True) else 0

    def purge(self) -> int:
        """Delete calls older than each project's limit, and expired idempotent results; return the number of calls."""
        now, gone = self._now(), 0
        store.clear_answers(self._database, now - DAY)
        for project in self._projects.list_projects():
            part, before = (
                Partition(self._database, project.id),
                now - DAY * float(project.settings.get("log_days", _KEPT_DAYS)),
            )
            refreshes.prune(part, before)
            gone += ledger.prune(part, before)
        return gone

    async def aclose(self) -> None:
        """Write pending entries."""
        await off_loop(self._stop)

    def _stop(self) -> None:
        self._ends.stop()
        self._alive.close()
        self._owner = None

    def _write(self, values: Sequence[CallRow | Mapping[str, Any]]) -> list[bool]:
        """Write the starts and ends of calls; return whether each start is new."""
        begun = [one for one in values if isinstance(one, CallRow)]
        new = store.write(self._database, begun, [one for one in values if not isinstance(one, CallRow)])
        return [isinstance(one, CallRow) and one.id in new for one in values]


def _storable(value: Any) -> Any:
    """Return an API's text in a form that every database accepts: without NULs and unpaired surrogates."""
    return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode() if isinstance(value, str) else value
