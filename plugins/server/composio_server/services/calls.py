"""The log of a project's calls."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from typing import Any

from composio.store import calls as store
from composio.store.calls import CallQuery, CallRow
from composio.store.database import Database
from composio.store.presence import unproven
from composio.store.store import presence_in
from composio_server.services.batches import Batches
from composio_server.services.projects import Projects

__all__ = ["Calls"]

DAY = 86_400.0
_KEPT_CHARS = 4_000  # of input and of output, unless the project says otherwise
_KEPT_DAYS = 30


class Calls:
    """Writes and reads the log. ``begin`` and ``complete`` are for the loop; the others block."""

    def __init__(self, database: Database, projects: Projects, now: Callable[[], float] = time.time) -> None:
        self._database, self._projects, self._now = database, projects, now
        self._begun: Batches[CallRow, bool] = Batches(self._add)
        self._ended: Batches[Mapping[str, Any], None] = Batches(self._complete, lasting=True)
        self._presence = presence_in(database)
        self._alive = ExitStack()
        self._owner: str | None = None

    def owner(self) -> str:
        """This process, as rows name it: others see it end, however it does."""
        if self._owner is None:
            self._owner = self._alive.enter_context(self._presence.holding()) if self._presence else unproven()
        return self._owner

    async def begin(self, row: CallRow) -> bool:
        """Write down that a call begins; False where its request began one before. It is stored when this returns."""
        return await self._begun.put(row)

    def complete(self, change: Mapping[str, Any]) -> asyncio.Future[None]:
        """Write down how a call ended; nobody has to wait for it. It is written later where the database is away now."""
        return self._ended.put({name: _storable(value) for name, value in change.items()})

    def find(self, project_id: str, request_id: str) -> CallRow | None:
        """The call that a request of a project began."""
        return store.find(self._database, project_id, request_id)

    def get(self, project_id: str, log_id: str) -> CallRow | None:
        """One call of a project; None if it has none of that id."""
        return store.get(self._database, project_id, log_id)

    def list_calls(self, project_id: str, query: CallQuery) -> list[CallRow]:
        """A project's calls, newest first."""
        return store.list_calls(self._database, project_id, query)

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
        now = self._now()
        store.clear_answers(self._database, now - DAY)
        return sum(
            store.purge(self._database, project.id, now - DAY * float(project.settings.get("log_days", _KEPT_DAYS)))
            for project in self._projects.list_projects()
        )

    async def aclose(self) -> None:
        """Write what is left to write."""
        await self._begun.drain()
        await self._ended.drain()
        self._alive.close()
        self._owner = None

    def _add(self, rows: Sequence[CallRow]) -> list[bool]:
        new = store.add(self._database, rows)
        return [row.id in new for row in rows]

    def _complete(self, changes: Sequence[Mapping[str, Any]]) -> list[None]:
        store.complete(self._database, changes)
        return [None] * len(changes)


def _storable(value: Any) -> Any:
    """An API's words as every database takes them: without NULs and halves of characters."""
    return value.replace("\0", "\ufffd").encode("utf-8", "replace").decode() if isinstance(value, str) else value
