"""Runs calls for every protocol: each once for one request id, and each on the record.

A row is written before a call is sent and completed when it is answered. The same request again, to whichever instance, waits for
the first and gives what that gave. If the process that ran it is gone, nobody knows whether it was sent: then only what may be
repeated is, and anything else says so.
"""

from __future__ import annotations

import hashlib
import json
import time
import zlib
from collections.abc import Awaitable, Callable, Mapping
from contextvars import ContextVar
from dataclasses import asdict, dataclass, replace
from typing import Any

import anyio

from composio.backend import ActionQuery
from composio.errors import ComposioError, InvalidRequest
from composio.model.action import HttpBinding
from composio.model.call import Outcome, RawRequest, Record, ToolCall
from composio.model.redacted import as_log_text
from composio.plugin import hookimpl
from composio.store.calls import CallRow, CallStatus
from composio_server.services.backends import Backends
from composio_server.services.calls import Calls
from composio_server.services.figures import Metrics, trace_call
from composio_server.services.ids import make_id
from composio_server.services.keys import Caller
from composio_server.services.limits import Limits, read_rates
from composio_server.services.projects import Projects
from composio_server.services.threads import off_loop

__all__ = ["Executed", "Executions", "RequestConflict"]

# Methods that may be sent again though nobody knows whether they were: RFC 9110, 9.2.2.
_IDEMPOTENT = frozenset({"GET", "HEAD", "OPTIONS", "PUT", "DELETE", "TRACE", "QUERY"})
_LARGEST_ANSWER = 4 * 1024 * 1024  # bytes, compressed, that are kept for a request that may come again
_MAYBE = "It may have been carried out: check with a read before you send it again."
_UNKNOWN = (
    "Nobody knows whether this call was carried out: the server that ran it stopped before it was answered. It was not repeated,"
    " since it may have changed something. Check with a read, then send it under another request id."
)


class RequestConflict(Exception):
    """A request id that another request has."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Executed:
    """How a call ended, the id under which the log has it, and whether it was another request's answer that is given again."""

    outcome: Outcome
    log_id: str
    replayed: bool = False


class Executions:
    """Runs actions and requests as a project's users."""

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
        self._metrics = Metrics.of()
        backends.shared.plugins.register(_Observer(), "composio-server-calls")

    async def execute(self, caller: Caller, call: ToolCall, *, request_id: str | None = None) -> Executed:
        """Run an action. The same ``request_id`` again within a day is the same call, and gives what that gave.

        Raises ``RequestConflict`` where it was another call's, ``TooManyRequests``, and what a backend raises.
        """
        backend = self._backends.of(caller.project_id)
        row = self._begin(caller, "action", call.action.upper(), "", call.who.entity_id, call.who.connected_account_id)
        row = replace(
            row, request_id=request_id, digest=_digest("action", call.action.upper(), call.arguments, call.who.entity_id)
        )

        async def is_repeatable() -> bool:
            (action,) = await backend.actions(ActionQuery(names=(call.action,)))
            return isinstance(action.binding, HttpBinding) and action.binding.method.upper() in _IDEMPOTENT

        return await self._once(row, call.arguments, lambda: backend.execute(call), is_repeatable)

    async def request(self, caller: Caller, request: RawRequest, *, request_id: str | None = None) -> Executed:
        """Send a request that no action describes; otherwise as :meth:`execute`."""
        backend = self._backends.of(caller.project_id)
        who, name = request.who, f"{request.method.upper()} {request.endpoint}"
        row = self._begin(caller, "request", name, request.app, who.entity_id, who.connected_account_id)
        given = {"query": dict(request.query), "body": request.body}
        row = replace(row, request_id=request_id, digest=_digest("request", request.app, name, given, who.entity_id))

        async def is_repeatable() -> bool:
            return request.method.upper() in _IDEMPOTENT

        return await self._once(row, given, lambda: backend.request(request), is_repeatable)

    def _begin(self, caller: Caller, kind: str, action: str, app: str, entity_id: str, connection_id: str | None) -> CallRow:
        return CallRow(
            project_id=caller.project_id,
            id=make_id("log"),
            digest=b"",
            owner=self._calls.owner(),
            key_id=caller.key_id,
            kind=kind,
            action=action,
            app=app,
            entity_id=entity_id,
            connection_id=connection_id,
            status=CallStatus.STARTED,
            started_at=self._now(),
        )

    async def _once(
        self, row: CallRow, given: Any, run: Callable[[], Awaitable[Outcome]], is_repeatable: Callable[[], Awaitable[bool]]
    ) -> Executed:
        settings = self._projects.known_settings(row.project_id)
        if settings is None:
            settings = await off_loop(self._projects.settings, row.project_id)
        kept = self._calls.kept_chars(settings)
        rates = read_rates(settings.get("rates") or {})
        await self._limits.check(row.project_id, rates, project=row.project_id, key=row.key_id or "", entity=row.entity_id)
        row = replace(row, input=as_log_text(given, kept))
        while not await self._calls.begin(row):
            # The request is one that came before.
            first = await off_loop(self._calls.find, row.project_id, str(row.request_id))
            if first is None:
                continue
            if first.digest != row.digest:
                raise RequestConflict(f"The request id {row.request_id!r} is that of another request; each has one of its own.")
            if (answered := await self._replay(first, is_repeatable)) is not None:
                return answered
        return await self._run(row, kept, run)

    async def _replay(self, first: CallRow, is_repeatable: Callable[[], Awaitable[bool]]) -> Executed | None:
        """What the first of two equal requests gave; None where this one may run in its place."""
        while first.status is CallStatus.STARTED and await off_loop(self._calls.is_running, first):
            await anyio.sleep(0.05)
            found = await off_loop(self._calls.find, first.project_id, str(first.request_id))
            if found is None or found.id != first.id:
                return None
            first = found
        if first.status is CallStatus.STARTED or first.status is CallStatus.UNKNOWN:
            if await is_repeatable() and await off_loop(self._calls.release, first):
                return None
            return Executed(outcome=Outcome(successful=False, error=_UNKNOWN), log_id=first.id, replayed=True)
        if first.answer is None:
            said = "This request was answered before, and its answer was too large to keep; the log has the beginning of it."
            return Executed(outcome=Outcome(successful=False, error=said), log_id=first.id, replayed=True)
        return Executed(outcome=_unpack(first.answer), log_id=first.id, replayed=True)

    async def _run(self, row: CallRow, kept: int, run: Callable[[], Awaitable[Outcome]]) -> Executed:
        seen = _Seen()
        token = _SEEN.set(seen)
        began = time.perf_counter()
        try:
            with trace_call(row.action, row.request_id or row.id) as span, anyio.fail_after(self._seconds):
                outcome = await run()
                span.end_with(outcome, seen.record)
        except TimeoutError:
            outcome = Outcome(
                successful=False, error=f"The call took longer than {self._seconds:g} s and was given up. {_MAYBE}"
            )
        except BaseException as error:
            # Who calls made a mistake, or left: the next request may try again.
            message = str(error) if isinstance(error, ComposioError) else type(error).__name__
            failed = Outcome(successful=False, error=message)
            self._calls.complete(self._completed(row, failed, seen, time.perf_counter() - began, kept, keep_request=False))
            raise
        finally:
            _SEEN.reset(token)
        self._calls.complete(self._completed(row, outcome, seen, time.perf_counter() - began, kept, keep_request=True))
        return Executed(outcome=outcome, log_id=row.id)

    def _completed(
        self, row: CallRow, outcome: Outcome, seen: _Seen, seconds: float, kept: int, *, keep_request: bool
    ) -> Mapping[str, Any]:
        record = seen.record
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
            "answer": _pack(outcome) if keep_request and row.request_id else None,
        }


@dataclass(slots=True)
class _Seen:
    record: Record | None = None


# What the engine says of the call that runs in this context.
_SEEN: ContextVar[_Seen | None] = ContextVar("composio_server_seen", default=None)


class _Observer:
    """Takes the engine's record of a call to where the call was asked for."""

    @hookimpl
    def observe(self, record: Record) -> None:
        seen = _SEEN.get()
        if seen is not None:
            seen.record = record


def _digest(*parts: Any) -> bytes:
    try:
        text = json.dumps(parts, sort_keys=True, default=str)
    except (TypeError, ValueError) as error:
        raise InvalidRequest(f"The arguments are no JSON data: {error}") from None
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()


def _pack(outcome: Outcome) -> bytes | None:
    packed = zlib.compress(json.dumps(asdict(outcome), default=str).encode("utf-8", "surrogatepass"), 1)
    return packed if len(packed) <= _LARGEST_ANSWER else None


def _unpack(answer: bytes) -> Outcome:
    return Outcome(**json.loads(zlib.decompress(answer)))
