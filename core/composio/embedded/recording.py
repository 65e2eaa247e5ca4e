"""The log of this process's calls: a row before a call is sent, completed when it is answered.

The row is written before anything is sent, so that a call is on the record whatever becomes of the process. How it ended is written
by a thread beside the caller, many calls at once where many end.
"""

from __future__ import annotations

import json
import logging
import secrets
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from composio.embedded.asking import off_loop
from composio.errors import ComposioError, ConfigurationError, LoggedCallNotFound, StoreError
from composio.model.call import Outcome
from composio.model.logged import CallFilter, LoggedCall
from composio.model.redacted import as_log_text
from composio.process.forks import lock

if TYPE_CHECKING:
    from composio.accounts.keeping import Keeping
    from composio.engine.io import Io
    from composio.process.background import Background
    from composio.store.store import Store

__all__ = ["VARIABLE", "CallLog", "Logs", "read_setting"]

log = logging.getLogger("composio")
VARIABLE: Final = "COMPOSIO_LOG_CALLS"
_CHARS: Final = {"": None, "0": None, "off": None, "1": 4_000, "on": 4_000, "bare": 0}
_DAYS: Final = 30
_LONGEST: Final = 600.0  # seconds after which a call that nobody answered is over, for whoever reads
_AT_ONCE: Final = 500


def read_setting(environ: Mapping[str, str]) -> int | None:
    """How many characters of input and output are kept; None where calls are not logged. Raises ``ConfigurationError``."""
    said = environ.get(VARIABLE, "").strip().lower()
    if said not in _CHARS:
        raise ConfigurationError(f"{VARIABLE} is on, bare (without input and output) or off; got {said!r:.40}.")
    return _CHARS[said]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Begun:
    """A call that was written down."""

    id: str
    action: str
    app: str
    started: float = field(default_factory=time.perf_counter)


class CallLog:
    """Writes it. Thread-safe. A log that can't be written is said once, and stops no call."""

    def __init__(self, store: Callable[[], Store], background: Background, chars: int) -> None:
        self._store, self._background, self._chars = store, background, chars
        self._lock, self._turn = lock(), lock()
        self._ended: deque[dict[str, Any]] = deque()
        self._writing = self._purged = self._warned = False

    async def run(
        self, io: Io, run: Callable[[], Awaitable[Outcome]], *, kind: str, action: str, app: str, given: Any, who: Any
    ) -> Outcome:
        """Run a call, and write down that it begins and how it ends."""
        row = self._begin(kind, action, app, given, who)
        begun = _Begun(id=row["id"], action=action, app=app)
        if not await io.work(lambda: self._add(row)):
            return await run()
        try:
            outcome = await run()
        except BaseException as error:
            said = str(error) if isinstance(error, ComposioError) else type(error).__name__
            self._end(begun, Outcome(successful=False, error=said))
            raise
        self._end(begun, outcome)
        return outcome

    def _begin(self, kind: str, action: str, app: str, given: Any, who: Any) -> dict[str, Any]:
        if isinstance(given, str):  # as models write arguments: what lies under a secret's name is found in data alone
            try:
                given = json.loads(given)
            except (ValueError, RecursionError):
                given = None
            given = given if isinstance(given, dict) else None
        return {
            "id": f"log_{secrets.token_hex(12)}",
            "kind": kind,
            "action": action,
            "app": app,
            "entity_id": who.entity_id,
            "connection_id": who.connection_to(app),
            "started_at": time.time(),
            "input": as_log_text(given, self._chars),
        }

    def _add(self, row: Mapping[str, Any]) -> bool:
        try:
            self._store().begin_call(row)
        except (StoreError, ConfigurationError) as error:
            self._warn(error)
            return False
        return True

    def _end(self, begun: _Begun, outcome: Outcome) -> None:
        change = {
            "id": begun.id,
            "status": "done" if outcome.successful else "failed",
            "http_status": outcome.status,
            "seconds": time.perf_counter() - begun.started,
            "output": as_log_text(outcome.data, self._chars),
            "error": outcome.error,
        }
        with self._lock:
            self._ended.append(change)
            if self._writing:
                return
            self._writing = True
        self._background.start(f"calls {begun.id}", self.flush)

    def flush(self) -> None:
        """Write how calls ended that are not written yet, and wait for who is writing."""
        with self._turn:
            while True:
                with self._lock:
                    some = [self._ended.popleft() for _ in range(min(len(self._ended), _AT_ONCE))]
                    if not some:
                        self._writing = False
                        return
                self._write(some)

    def _write(self, some: Sequence[Mapping[str, Any]]) -> None:
        try:
            self._store().complete_calls(some)
            if not self._purged:
                self._purged = True
                self._store().purge_calls(time.time() - _DAYS * 86_400.0)
        except (StoreError, ConfigurationError) as error:
            self._warn(error)

    def _warn(self, error: Exception) -> None:
        if not self._warned:
            self._warned = True
            log.warning("Calls are not logged, though %s says so: %s", VARIABLE, error)


class Logs:
    """Reads it. See :class:`composio.backend.LogService`."""

    def __init__(self, keeping: Keeping, project: str = "", flush: Callable[[], None] = lambda: None) -> None:
        self._keeping, self._project, self._flush = keeping, project, flush

    async def list_calls(self, which: CallFilter) -> list[LoggedCall]:
        def listed() -> list[LoggedCall]:
            self._flush()
            return self._store().list_calls(which) if self._keeping.holds_any() else []

        return [_as_it_stands(one) for one in await off_loop(listed)]

    async def call(self, call_id: str) -> LoggedCall:
        def found() -> LoggedCall | None:
            self._flush()
            return self._store().get_call(call_id) if self._keeping.holds_any() else None

        one = await off_loop(found)
        if one is None:
            raise LoggedCallNotFound(call_id)
        return _as_it_stands(one)

    def _store(self) -> Store:
        return self._keeping.store.for_project(self._project)


def _as_it_stands(one: LoggedCall) -> LoggedCall:
    """A call that was begun long ago and never answered: its process is gone, and nobody knows whether it was sent."""
    over = one.status == "started" and time.time() - one.started_at > _LONGEST
    return replace(one, status="unknown") if over else one
