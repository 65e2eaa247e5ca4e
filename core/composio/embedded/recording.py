"""The log of this process's calls: a row before a call is sent, completed when it is answered.

The row is written before anything is sent, so that a call is on the record whatever becomes of the process. How it ended is
written by a thread beside the caller, many calls at once where many end; that thread also chains them.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import secrets
import threading
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from composio.embedded.asking import off_loop
from composio.embedded.once import claim, digest_call, recall
from composio.errors import ComposioError, ConfigurationError, LoggedCallNotFound, StoreError
from composio.model.call import Admitted, Around, Once, Outcome, ToolCall
from composio.model.figures import FigureFilter, Figures, Period
from composio.model.logged import CallFilter, CallStatus, ChainCheck, LoggedCall
from composio.model.packed import pack_outcome
from composio.model.redacted import as_log_text
from composio.process.forks import lock

if TYPE_CHECKING:
    from composio.accounts.keeping import Keeping
    from composio.engine.io import Io
    from composio.model.action import ActionModel
    from composio.process.background import Background
    from composio.store.store import Store

__all__ = ["DAYS", "VARIABLE", "CallLog", "CallRecording", "Logs", "digest_arguments", "read_days", "read_setting"]

log = logging.getLogger("composio")
VARIABLE: Final = "COMPOSIO_LOG_CALLS"
DAYS: Final = "COMPOSIO_LOG_DAYS"
_CHARS: Final = {"": None, "0": None, "off": None, "1": 4_000, "on": 4_000, "bare": 0}
_USUAL_DAYS: Final = 30.0
_DAY: Final = 86_400.0
_LONGEST: Final = 600.0  # seconds after which an unanswered call counts as over for readers
_AT_ONCE: Final = 500
_GATHERED: Final = 0.05  # seconds for which the end of a call waits for others, to be written together


def read_setting(environ: Mapping[str, str]) -> int | None:
    """Return how many characters of input and output are logged; None if calls are not logged.

    Raises ``ConfigurationError``.
    """
    said = environ.get(VARIABLE, "").strip().lower()
    if said not in _CHARS:
        raise ConfigurationError(f"{VARIABLE} is on, bare (without input and output) or off; got {said!r:.40}.")
    return _CHARS[said]


def read_days(environ: Mapping[str, str]) -> float:
    """Return for how many days calls are kept. Raises ``ConfigurationError``."""
    said = environ.get(DAYS, "").strip()
    try:
        days = float(said or _USUAL_DAYS)
    except ValueError:
        days = 0.0
    if not 0 < days <= 36_500:
        raise ConfigurationError(f"{DAYS} is for how many days calls are kept, such as 30; got {said!r:.40}.")
    return days


def digest_arguments(action: ActionModel, arguments: Mapping[str, Any]) -> str:
    """Return the SHA-256 of an action's final arguments; "" for excessive nesting."""
    try:
        text = json.dumps([action.key, arguments], sort_keys=True, separators=(",", ":"), default=str)
    except (RecursionError, TypeError, ValueError):
        return ""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


class CallRecording:
    """Logs one call. See :class:`composio.model.call.Recording`."""

    __slots__ = ("_began", "_given", "_is_begun", "_is_held", "_is_question", "_is_repeated", "_log", "_noted", "_once", "row")

    def __init__(self, log: CallLog, row: dict[str, Any], given: Any, once: Once | None = None) -> None:
        self._log, self.row, self._given, self._once = log, row, given, once
        self._noted: Outcome | None = None
        self._is_begun = self._is_held = self._is_question = self._is_repeated = False
        self._began = time.perf_counter()

    async def recall(self, action: ActionModel, arguments: Mapping[str, Any], call: ToolCall, around: Around) -> Outcome | None:
        """Return the result of the first call with the same id, if it is over and equal: no new approval is needed."""
        assert self._once is not None  # only for such calls
        request_id = self._once.name_request(call.who.entity_id, action.key)
        digest = digest_call(action, arguments, await around.work(around.files))
        found = await around.work(lambda: recall(self._log.store(), request_id, digest))
        self._is_repeated = found is not None
        return found

    async def begin(
        self, action: ActionModel, arguments: Mapping[str, Any], admitted: Admitted | Outcome, around: Around
    ) -> Outcome | None:
        """Log what is about to be sent, or that it is held. A failed write is left to :meth:`end`."""
        row = self.row
        row |= {
            "action": action.key,
            "app": action.app,
            "arguments_digest": digest_arguments(action, arguments),
            "input": self._log.show(arguments),
        }
        if isinstance(admitted, Outcome):
            if admitted.successful:  # only asked whether it would need approval
                self._is_question = True
                return None
            row |= {**_read_held(admitted), "status": CallStatus.HELD, "seconds": self._seconds(), "error": admitted.error}
            self._is_held = await around.work(lambda: self._log.add(row))
            return None
        who = admitted.call.who
        row["decision"] = admitted.decision or None
        row["approval_id"], row["approver"] = admitted.approval_id, admitted.approver
        row["connection_id"] = who.connection_to(action.app)
        if self._once is None:
            self._is_begun = await around.work(lambda: self._log.add(row))
            return None
        claimed = {
            **row,
            "request_id": self._once.name_request(who.entity_id, action.key),
            "request_until": time.time() + self._once.seconds,
            "digest": digest_call(action, arguments, await around.work(around.files)),
            "owner": await around.work(self._log.owner),
        }
        first = await claim(self._log.store, claimed, action, around, safe=self._once.safe)
        if first is None:
            self.row, self._is_begun = claimed, True
        else:
            self._is_repeated = True
        return first

    async def note(self, outcome: Outcome, around: Around) -> None:
        """Store how it ended; a deduplicated call synchronously, so that the next one with its id finds it."""
        outcome = self._noted = around.clean(outcome)
        if self._once is not None and self._is_begun:
            change = self._describe(outcome)
            is_over = not outcome.successful and not outcome.is_unknown and self._once.again
            change["request_id"] = None if is_over else self.row["request_id"]
            change["answer"] = None if is_over or outcome.is_unknown else pack_outcome(outcome)
            await around.work(lambda: self._log.write_now(change))

    async def begin_request(self, io: Io) -> None:
        """Log a request that no action describes."""
        self.row["input"] = self._log.show(self._given)
        self._is_begun = await io.work(lambda: self._log.add(self.row))

    def end(self, outcome: Outcome) -> None:
        """Log how it ended, a moment later."""
        if self._is_question:
            return
        if self._is_held or (self._once is not None and self._noted is not None and self._is_begun):
            self._log.end(None)  # the row is complete, to be chained
            return
        ended = self._describe(outcome if self._noted is None else self._noted)
        if self._is_begun:
            self._log.end(ended)
        else:
            known = self.row if "input" in self.row else {**self.row, "input": self._log.show_given(self._given)}
            self._log.end(None, {**known, **ended})

    def fail(self, error: BaseException) -> None:
        """Log that it raised. If the caller made a mistake, nothing was sent: the id may be used again."""
        is_mistake = isinstance(error, ComposioError)
        said = str(error) if is_mistake else type(error).__name__
        if self._once is None or self._noted is not None or not self._is_begun:
            self.end(Outcome(successful=False, error=said))
            return
        ended = self._describe(Outcome(successful=False, error=said, is_unknown=not is_mistake))
        self._log.end({**ended, "request_id": None if is_mistake else self.row["request_id"]})

    def _describe(self, outcome: Outcome) -> dict[str, Any]:
        """Return how a call ended, in the row's form."""
        return {
            "id": self.row["id"],
            "status": CallStatus.REPLAYED if self._is_repeated else _read_status(outcome),
            "http_status": outcome.status,
            "seconds": self._seconds(),
            "output": self._log.show(outcome.data),
            "error": outcome.error,
        }

    def _seconds(self) -> float:
        return time.perf_counter() - self._began


def _read_held(outcome: Outcome) -> dict[str, Any]:
    """Return the policy's decision on a call that was not made."""
    data = outcome.data if isinstance(outcome.data, Mapping) else {}
    if isinstance(asked := data.get("approval_required"), Mapping):
        return {"decision": "confirm", "approval_id": asked.get("id")}
    denied = data.get("denied")
    found = denied if isinstance(denied, Mapping) else {}
    return {"decision": "deny", "approval_id": found.get("id"), "approver": found.get("by")}


def _read_status(outcome: Outcome) -> CallStatus:
    if outcome.successful:
        return CallStatus.DONE
    return CallStatus.UNKNOWN if outcome.is_unknown else CallStatus.FAILED


class CallLog:
    """Writes the log. Thread-safe. A failed write is reported once, and stops no call."""

    def __init__(self, store: Callable[[], Store], background: Background, chars: int, *, days: float = _USUAL_DAYS) -> None:
        self._store, self._background, self._chars, self._days = store, background, chars, days
        self._lock, self._turn = lock(), lock()
        self._ended: deque[dict[str, Any]] = deque()
        self._late: deque[dict[str, Any]] = deque()
        self._writing = self._purged = self._warned = False
        self._hurry = threading.Event()
        self._alive = ExitStack()
        self._owner: tuple[int, str] | None = None

    def track(self, *, kind: str, action: str, app: str, given: Any, who: Any, once: Once | None = None) -> CallRecording:
        """Return the recording of a call, not written yet."""
        row = {
            "id": f"log_{secrets.token_hex(12)}",
            "kind": kind,
            "action": action,
            "app": app,
            "entity_id": who.entity_id,
            "connection_id": who.connection_to(app),
            "agent": who.agent or None,
            "on_behalf_of": who.on_behalf_of or None,
            "run": who.run or None,
            "started_at": time.time(),
        }
        return CallRecording(self, row, given, once)

    async def run(self, recording: CallRecording, run: Callable[[], Awaitable[Outcome]]) -> Outcome:
        """Run a call that ``recording`` logs, and log how it ends."""
        try:
            outcome = await run()
        except BaseException as error:
            recording.fail(error)
            raise
        recording.end(outcome)
        return outcome

    def show(self, value: Any) -> str | None:
        """Return ``value`` in the log's form."""
        return as_log_text(dict(value) if isinstance(value, Mapping) else value, self._chars)

    def show_given(self, given: Any) -> str | None:
        """Return arguments as data: secrets by name are only found in data, not in a model's JSON text."""
        if isinstance(given, str):
            try:
                given = json.loads(given)
            except (ValueError, RecursionError):
                given = None
            given = given if isinstance(given, dict) else None
        return self.show(given)

    @property
    def store(self) -> Callable[[], Store]:
        """Where it is written."""
        return self._store

    def owner(self) -> str:
        """This process's name in rows: others detect its end, however it ends."""
        with self._lock:
            pid = os.getpid()
            if self._owner is None or self._owner[0] != pid:
                self._alive = ExitStack()
                self._owner = pid, self._alive.enter_context(self._store().owner())
            return self._owner[1]

    def write_now(self, change: Mapping[str, Any]) -> None:
        """Log how a call ended, before its caller knows."""
        try:
            self._store().complete_calls([change])
        except (StoreError, ConfigurationError) as error:
            self._warn(error)

    def close(self) -> None:
        """Write pending entries."""
        self.flush()
        with self._lock:
            owner, self._owner = self._owner, None
        if owner is not None and owner[0] == os.getpid():
            self._alive.close()

    def add(self, row: Mapping[str, Any]) -> bool:
        """Log that a call starts; False if that fails."""
        try:
            self._store().begin_call(row)
        except (StoreError, ConfigurationError) as error:
            self._warn(error)
            return False
        return True

    def end(self, change: dict[str, Any] | None, row: dict[str, Any] | None = None) -> None:
        """Log how a call ended, or a whole one that was never sent, a moment later."""
        with self._lock:
            if change is not None:
                self._ended.append(change)
            if row is not None:
                self._late.append(row)
            if self._writing:
                return
            self._writing = True
        self._hurry.clear()
        self._background.start(f"calls {id(self)} {secrets.token_hex(4)}", self._gather)

    def _gather(self) -> None:
        self._hurry.wait(_GATHERED)
        self.flush()

    def flush(self) -> None:
        """Write pending ends of calls, and wait for a concurrent write."""
        self._hurry.set()
        with self._turn:
            while True:
                with self._lock:
                    some = [self._ended.popleft() for _ in range(min(len(self._ended), _AT_ONCE))]
                    late = [self._late.popleft() for _ in range(min(len(self._late), _AT_ONCE))]
                    is_over = not some and not late
                    if is_over:
                        self._writing = False
                if is_over:
                    self._chain()
                    return
                self._write(some, late)

    def _write(self, some: Sequence[Mapping[str, Any]], late: Sequence[Mapping[str, Any]]) -> None:
        try:
            store = self._store()
            for alike in (True, False):  # each has the same columns
                store.complete_calls([one for one in some if ("request_id" in one) is alike])
            for row in late:
                store.begin_call(row)
        except (StoreError, ConfigurationError) as error:
            self._warn(error)

    def _chain(self) -> None:
        try:
            store = self._store()
            if not store.exists():
                return
            store.chain_calls(time.time())
            if not self._purged:
                self._purged = True
                store.purge_calls(time.time() - self._days * _DAY, now=time.time())
        except (StoreError, ConfigurationError) as error:
            self._warn(error)

    def _warn(self, error: Exception) -> None:
        if not self._warned:
            self._warned = True
            log.warning("Calls are not logged, though %s says so: %s", VARIABLE, error)


class Logs:
    """Reads the log. See :class:`composio.backend.LogService`."""

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

    async def check(self, head: tuple[int, str] | None = None) -> ChainCheck:
        def checked() -> ChainCheck:
            self._flush()
            if not self._keeping.holds_any():
                return ChainCheck(checked=0, first=1, number=0, hash="")
            return self._store().check_calls(head)

        return await off_loop(checked)

    async def figures(self, which: FigureFilter) -> Figures:
        which.check()

        def counted() -> Figures:
            self._flush()
            if not self._keeping.holds_any():
                return Figures(step=which.step, periods=tuple(Period(at=at) for at in which.starts(time.time())))
            return self._store().count_figures(which, time.time())

        return await off_loop(counted)

    async def forget(self, entity_id: str) -> dict[str, int]:
        def forgotten() -> dict[str, int]:
            self._flush()
            return self._store().forget_entity(entity_id) if self._keeping.holds_any() else {"calls": 0, "events": 0}

        return await off_loop(forgotten)

    def _store(self) -> Store:
        return self._keeping.store.for_project(self._project)


def _as_it_stands(one: LoggedCall) -> LoggedCall:
    """Return whether a call began long ago without an answer: its process is gone, so its outcome is unknown."""
    over = one.status == CallStatus.STARTED and time.time() - one.started_at > _LONGEST
    return replace(one, status=CallStatus.UNKNOWN.value) if over else one
