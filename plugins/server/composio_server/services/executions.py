"""Run calls for every protocol: once per request id, and logged.

A call stays on one thread: switching threads costs more than most of its work.

A row is written before a call is sent and completed when it is answered. The same request again, to any instance, waits for the
first and returns its result. If the process that ran it is gone, nobody knows whether it was sent: then only repeatable calls
are repeated, and any other returns an error that says so.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import time
from collections.abc import Callable, Mapping
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from composio.embedded.recording import digest_arguments
from composio.errors import ComposioError, ConfigurationError, InvalidRequest
from composio.model.action import ActionModel, HttpBinding
from composio.model.call import Admitted, Around, Local, Once, Outcome, RawRequest, Record, ToolCall, Who
from composio.model.packed import pack_outcome, unpack_outcome
from composio.model.redacted import as_log_text
from composio.plugin import hookimpl
from composio.store.calls import CallRow, CallStatus
from composio_server.services.backends import Backends
from composio_server.services.calls import DAY, Calls
from composio_server.services.figures import Metrics, trace_call
from composio_server.services.ids import make_id
from composio_server.services.keys import Caller
from composio_server.services.limits import Limits, read_rates
from composio_server.services.projects import Projects
from composio_server.services.threads import Lane, on_loop
from composio_server.services.turns import Turn

__all__ = ["Executed", "Executions", "RequestConflict"]

# Methods that may be repeated even if their outcome is unknown: RFC 9110, 9.2.2.
_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "QUERY"})
_MOST = 200  # concurrent calls of a process, equal to the number of connections to APIs
_LOOK = 0.05  # seconds between two checks for the result of an earlier request
_MAYBE = "It may have run: check with a read before you send it again."
_NOT_SENT = "It was not sent."
_UNKNOWN = (
    "The outcome of this call is unknown: the server that ran it stopped before the answer came. It was not repeated,"
    " since it may have changed something. Check with a read, then send it under another request id."
)


class RequestConflict(Exception):
    """A request id that belongs to another request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Executed:
    """A call's outcome, its id in the log, and whether it is a replayed result of another request."""

    outcome: Outcome
    log_id: str
    replayed: bool = False


class Executions:
    """Run actions and requests as a project's users."""

    def __init__(
        self,
        backends: Backends,
        calls: Calls,
        limits: Limits,
        projects: Projects,
        *,
        seconds: float,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._backends, self._calls, self._limits, self._projects = backends, calls, limits, projects
        self._seconds, self._now = seconds, now
        self._lane = Lane(_MOST, "composio-calls")
        self._metrics = Metrics.of()
        backends.shared.plugins.register(_Observer(), "composio-server-calls")

    async def execute(self, caller: Caller, call: ToolCall, *, request_id: str | None = None) -> Executed:
        """Run an action. The same ``request_id`` within a day is the same call, and returns its result.

        Raises ``RequestConflict`` if it was another call's, ``TooManyRequests``, and a backend's errors.
        """
        return await self.run(partial(self.execute_here, caller, call, request_id))

    async def request(self, caller: Caller, request: RawRequest, *, request_id: str | None = None) -> Executed:
        """Send a request that no action describes; otherwise like :meth:`execute`."""
        return await self.run(partial(self._request_here, caller, request, request_id))

    async def run(self, work: Callable[[Turn], Executed]) -> Executed:
        """Run ``work`` on a thread in turn and return its result; after ``seconds``, tell it that nobody waits any more."""
        turn = Turn()
        try:
            async with asyncio.timeout(self._seconds) as patience:
                return await self._lane.run(partial(work, turn))
        except TimeoutError:
            if not patience.expired():  # the work's own
                raise
        row = turn.give_up()
        said = f"The call took longer than {self._seconds:g} s and was given up. {_MAYBE if turn.is_sent else _NOT_SENT}"
        outcome = Outcome(successful=False, error=said)
        if row is not None:
            self._calls.complete(self._build_completion(row, outcome, _Seen(), self._seconds, 0, keep_request=True))
        return Executed(outcome=outcome, log_id=turn.log_id)

    def close(self) -> None:
        """End idle threads."""
        self._lane.close()

    def execute_here(self, caller: Caller, call: ToolCall, request_id: str | None, turn: Turn) -> Executed:
        """Do the same as :meth:`execute`, on the thread of :meth:`run`."""
        backend = self._backends.of(caller.project_id)
        action, who = call.action.upper(), call.who
        digest = _digest("action", action, call.arguments, who.entity_id) if request_id is not None else b""
        row, kept = self._begin(
            caller, "dry" if call.options.dry else "action", action, "", who, call.arguments, request_id, digest
        )
        if request_id is not None:
            call = replace(call, once=Once(request_id, DAY))  # this log takes care of that

        def is_repeatable() -> bool:
            binding = backend.engine.resolve(call.action).binding
            return isinstance(binding, HttpBinding) and binding.method.upper() in _IDEMPOTENT

        def run() -> Outcome:
            local = Local(recording=_Digesting())
            return backend.execute_sync(call, local) if backend.can_block else on_loop(partial(backend.execute, call, local))

        return self._once(row, kept, run, is_repeatable, turn)

    def _request_here(self, caller: Caller, request: RawRequest, request_id: str | None, turn: Turn) -> Executed:
        backend = self._backends.of(caller.project_id)
        who, name = request.who, f"{request.method.upper()} {request.endpoint}"
        given = {"query": dict(request.query), "body": request.body}
        digest = _digest("request", request.app, name, given, who.entity_id) if request_id is not None else b""
        row, kept = self._begin(
            caller, "dry" if request.options.dry else "request", name, request.app, who, given, request_id, digest
        )

        def is_repeatable() -> bool:
            return request.method.upper() in _IDEMPOTENT

        def run() -> Outcome:
            return backend.request_sync(request) if backend.can_block else on_loop(partial(backend.request, request))

        return self._once(row, kept, run, is_repeatable, turn)

    def _begin(
        self,
        caller: Caller,
        kind: str,
        action: str,
        app: str,
        who: Who,
        given: Any,
        request_id: str | None,
        digest: bytes,
    ) -> tuple[CallRow, int]:
        """Return the row of a call, and how many characters the log keeps. Raises ``TooManyRequests``."""
        project, settings = caller.project_id, self._projects.known_settings(caller.project_id)
        if settings is None:
            settings = self._projects.settings(project)
        kept, rates = self._calls.kept_chars(settings), read_rates(settings.get("rates") or {})
        self._limits.check(project, rates, project=project, key=caller.key_id, entity=who.entity_id)
        row = CallRow(
            project_id=project,
            id=make_id("log"),
            digest=digest,
            owner=self._calls.owner(),
            key_id=caller.key_id,
            kind=kind,
            action=action,
            app=app,
            entity_id=who.entity_id,
            connection_id=who.connected_account_id,
            agent=who.agent or None,
            on_behalf_of=who.on_behalf_of or None,
            run=who.run or None,
            status=CallStatus.STARTED,
            started_at=self._now(),
            request_id=request_id,
            input=as_log_text(given, kept),
        )
        return row, kept

    def _once(
        self, row: CallRow, kept: int, run: Callable[[], Outcome], is_repeatable: Callable[[], bool], turn: Turn
    ) -> Executed:
        while not self._calls.begin(row):
            # The request is a repeated one.
            first = self._calls.find(row.project_id, str(row.request_id))
            if first is None:
                continue
            if first.digest != row.digest:
                raise RequestConflict(f"The request id {row.request_id!r} belongs to another request; use a new id for each.")
            if (answered := self._replay(first, is_repeatable, turn)) is not None:
                return answered
        return self._run(row, kept, run, turn)

    def _replay(self, first: CallRow, is_repeatable: Callable[[], bool], turn: Turn) -> Executed | None:
        """Return the result of the first of two equal requests; None if this one may run instead."""
        while first.status is CallStatus.STARTED and not turn.is_over and self._calls.is_running(first):
            time.sleep(_LOOK)
            found = self._calls.find(first.project_id, str(first.request_id))
            if found is None or found.id != first.id:
                return None
            first = found
        if first.status is CallStatus.STARTED or first.status is CallStatus.UNKNOWN:
            if not turn.is_over and is_repeatable() and self._calls.release(first):
                return None
            return Executed(outcome=Outcome(successful=False, error=_UNKNOWN, is_unknown=True), log_id=first.id, replayed=True)
        if first.answer is None:
            said = "This request was answered before, and its answer was too large to keep; the log has the beginning of it."
            return Executed(outcome=Outcome(successful=False, error=said), log_id=first.id, replayed=True)
        return Executed(outcome=replace(unpack_outcome(first.answer), is_replayed=True), log_id=first.id, replayed=True)

    def _run(self, row: CallRow, kept: int, run: Callable[[], Outcome], turn: Turn) -> Executed:
        seen = _Seen()
        if not turn.begin(row):
            unsent = Outcome(successful=False, error=_NOT_SENT)
            self._calls.complete(self._build_completion(row, unsent, seen, 0.0, kept, keep_request=False))
            return Executed(outcome=unsent, log_id=row.id)
        token = _SEEN.set(seen)
        began = time.perf_counter()
        try:
            with trace_call(row.action, row.request_id or row.id) as span:
                outcome = run()
                span.end_with(outcome, seen.record)
        except BaseException as error:
            # The caller made a mistake: the next request may retry. An error for the operator names the operator's things: a
            # database's URL, for example.
            tells = isinstance(error, ComposioError) and not isinstance(error, ConfigurationError)
            message = str(error) if tells else type(error).__name__
            failed = Outcome(successful=False, error=message)
            if turn.end():
                self._calls.complete(
                    self._build_completion(row, failed, seen, time.perf_counter() - began, kept, keep_request=False)
                )
            raise
        finally:
            _SEEN.reset(token)
        if turn.end():
            self._calls.complete(
                self._build_completion(row, outcome, seen, time.perf_counter() - began, kept, keep_request=True)
            )
        return Executed(outcome=outcome, log_id=row.id)

    def _build_completion(
        self, row: CallRow, outcome: Outcome, seen: _Seen, seconds: float, kept: int, *, keep_request: bool
    ) -> Mapping[str, Any]:
        record = seen.record
        if record is not None:
            outcome = record.clean(outcome)
        app = record.app if record else row.app
        self._metrics.note_call(app or "unknown", "done" if outcome.successful else "failed", seconds)
        return {
            "id": row.id,
            "status": CallStatus.DONE if outcome.successful else CallStatus.FAILED,
            "http_status": outcome.status,
            "seconds": seconds,
            "action": record.action if record else row.action,
            "app": app,
            "output": as_log_text(outcome.data, kept),
            "error": outcome.error,
            "request_id": row.request_id if keep_request else None,
            "answer": pack_outcome(outcome) if keep_request and row.request_id else None,
            "arguments_digest": seen.arguments_digest,
        }


@dataclass(slots=True)
class _Seen:
    record: Record | None = None
    arguments_digest: str | None = None


# The engine's record of the call in this context.
_SEEN: ContextVar[_Seen | None] = ContextVar("composio_server_seen", default=None)


class _Observer:
    """Pass the engine's record of a call to the code that made the call."""

    @hookimpl
    def observe(self, record: Record) -> None:
        seen = _SEEN.get()
        if seen is not None:
            seen.record = record


class _Digesting:
    """Note the digest of a call's final arguments, which only the engine knows. The row itself is this module's."""

    async def recall(self, action: ActionModel, arguments: Mapping[str, Any], call: ToolCall, around: Around) -> Outcome | None:
        del action, arguments, call, around
        return None

    async def begin(
        self, action: ActionModel, arguments: Mapping[str, Any], admitted: Admitted | Outcome, around: Around
    ) -> Outcome | None:
        del admitted, around
        if (seen := _SEEN.get()) is not None:
            seen.arguments_digest = digest_arguments(action, arguments) or None
        return None

    async def note(self, outcome: Outcome, around: Around) -> None:
        del outcome, around


def _digest(*parts: Any) -> bytes:
    try:
        text = json.dumps(parts, sort_keys=True, default=str)
    except (TypeError, ValueError) as error:
        raise InvalidRequest(f"The arguments are not JSON data: {error}") from None
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()
