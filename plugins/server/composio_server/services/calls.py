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
_KEPT_CHARS = 4_000  # of input and of output, unless the project says otherwise
_KEPT_DAYS = 30


class Calls:
    """Writes and reads the log. Blocking and thread-safe, but for ``complete``, which leaves the writing to others."""

    def __init__(self, database: Database, projects: Projects, now: Callable[[], float] = time.time) -> None:
        self._database, self._projects, self._now = database, projects, now
        self._written: Gathering[CallRow | Mapping[str, Any], bool] = Gathering(self._write)
        self._ends: LateWriter[CallRow | Mapping[str, Any]] = LateWriter(self._written, "ends of calls", then=self.chain)
        self._presence = presence_in(database)
        self._alive = ExitStack()
        self._owner: str | None = None

    def owner(self) -> str:
        """This process, as rows name it: others see it end, however it does."""
        if self._owner is None:
            self._owner = self._alive.enter_context(self._presence.holding()) if self._presence else unproven()
        return self._owner

    def begin(self, row: CallRow) -> bool:
        """Write down that a call begins; False where its request began one before. It is stored when this returns."""
        return self._written.do(row)

    def complete(self, change: Mapping[str, Any]) -> None:
        """Write down how a call ended: with the next that begins, or a moment later, or when the database is back."""
        self._ends.put({name: _storable(value) for name, value in change.items()})

    def find(self, project_id: str, request_id: str) -> CallRow | None:
        """The call that a request of a project began."""
        return store.find(self._database, project_id, request_id)

    def get(self, project_id: str, log_id: str) -> CallRow | None:
        """One call of a project; None if it has none of that id."""
        return store.get(self._database, project_id, log_id)

    def list_calls(self, project_id: str, query: CallQuery) -> list[CallRow]:
        """A project's calls, newest first."""
        return store.list_calls(self._database, project_id, query)

    def figures(self, project_id: str, which: FigureFilter) -> Figures:
        """A project's calls, events and deliveries by hour or day, app and entity. Raises ``InvalidRequest``."""
        return figures.count(self._database, project_id, which, self._now())

    def check(self, project_id: str, head: tuple[int, str] | None = None) -> ChainCheck:
        """Check the chain of a project's calls; ``head`` is the number and the hash of a link, as an earlier check gave them."""
        part = Partition(self._database, project_id)
        ledger.chain(part, self._now())
        return ledger.check(part, head)

    def forget(self, project_id: str, entity_id: str) -> dict[str, int]:
        """Erase what a project's calls and events say of an entity, for good; how many there were."""
        return forgetting.forget(Partition(self._database, project_id), entity_id)

    def chain(self) -> int:
        """Give the calls of all projects that are over their places in their projects' chains; how many got one."""
        waiting = ledger.find_unchained(Partition(self._database, None))
        return sum(ledger.chain(Partition(self._database, project), self._now()) for project in waiting)

    def find_end(self, project_id: str, query: CallQuery) -> int | None:
        """Where a query ``within`` so many ends; None where there are no older calls."""
        return store.find_end(self._database, project_id, query)

    def is_running(self, row: CallRow) -> bool:
        """Whether whoever began a call may still answer it."""
        held = self._presence.is_held(row.owner) if self._presence else None
        # Where nobody can tell, a call that is older than any call may be is over.
        return held if held is not None else self._now() - row.started_at < 600

    def release(self, row: CallRow) -> bool:
        """Let the request of a call that nobody runs any more begin another."""
        return store.release(self._database, row)

    @staticmethod
    def kept_chars(settings: Mapping[str, Any]) -> int:
        """How many characters of input and output the log keeps; 0 where the project wants none."""
        return int(settings.get("log_chars", _KEPT_CHARS)) if settings.get("log_payloads", True) else 0

    def purge(self) -> int:
        """Forget what is older than each project keeps, and answers that no request may ask for again; how many calls went."""
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
        """Write what is left to write."""
        await off_loop(self._stop)

    def _stop(self) -> None:
        self._ends.stop()
        self._alive.close()
        self._owner = None

    def _write(self, values: Sequence[CallRow | Mapping[str, Any]]) -> list[bool]:
        """Calls that begin, and how others ended; whether each of the former is new."""
        begun = [one for one in values if isinstance(one, CallRow)]
        new = store.write(self._database, begun, [one for one in values if not isinstance(one, CallRow)])
        return [isinstance(one, CallRow) and one.id in new for one in values]


def _storable(value: Any) -> Any:
    """An API's words as every database takes them: without NULs and halves of characters."""
    return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode() if isinstance(value, str) else value
