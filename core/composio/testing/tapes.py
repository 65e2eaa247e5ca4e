"""Record the calls of an agent once, and replay them without an account, a key or a network.

::

    with record("calls.jsonl"):
        run_agent()

    with replay("calls.jsonl", strict=True):
        run_agent()

A call is told by its action, its entity and its final arguments. A file has no secrets: neither credentials, which are no part of a
call, nor what arguments and answers have under a secret's name.
"""

from __future__ import annotations

import json
import threading
from collections import defaultdict, deque
from collections.abc import Awaitable, Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from composio.engine.tape import TAPES, Tape
from composio.errors import ComposioError, InvalidRequest
from composio.model.call import Outcome, Who
from composio.model.redacted import redact

if TYPE_CHECKING:
    from composio.toolset import ComposioToolSet

__all__ = ["Recording", "Replay", "ReplayMismatch", "from_ledger", "record", "replay"]

_VERSION: Final = 1
_OUTCOME: Final = {one.name: one.default for one in fields(Outcome)}


class ReplayMismatch(AssertionError):
    """A strict replay in which other calls were made than were recorded."""


class Recording:
    """Makes calls, and writes each down as it ends: a line of JSON."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._path = path
        self._path.write_text(json.dumps({"composio_calls": _VERSION}) + "\n", encoding="utf-8")

    async def run(
        self, action: str, app: str, arguments: Mapping[str, Any], who: Who, make: Callable[[], Awaitable[Outcome]]
    ) -> Outcome:
        """Make a call."""
        line: dict[str, Any] = {"action": action, "app": app, "entity_id": who.entity_id, "arguments": _plain(arguments)}
        try:
            outcome = await make()
        except ComposioError as error:
            self._write({**line, "outcome": {"successful": False, "error": str(error)}})
            raise
        found = {name: getattr(outcome, name) for name, default in _OUTCOME.items() if getattr(outcome, name) != default}
        self._write({**line, "outcome": {**found, "data": _plain(outcome.data)}})
        return outcome

    def _write(self, line: Mapping[str, Any]) -> None:
        with self._lock, self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False, default=str) + "\n")


class Replay:
    """Gives recorded outcomes, of equal calls in their order; the last one of them again where there are more calls than outcomes.

    ``missed`` are calls that were not recorded, ``unused`` how many outcomes nobody asked for. ``strict`` makes no call at all: one
    that was not recorded fails. Otherwise that is made.
    """

    def __init__(self, lines: Iterable[Mapping[str, Any]], *, strict: bool) -> None:
        self.strict, self._lock = strict, threading.Lock()
        self._left: defaultdict[str, deque[Outcome]] = defaultdict(deque)
        self._last: dict[str, Outcome] = {}
        self.missed: list[str] = []
        for line in lines:
            outcome = Outcome(**{name: value for name, value in line["outcome"].items() if name in _OUTCOME})
            self._left[_key(line["action"], line["entity_id"], line["arguments"])].append(outcome)

    @property
    def unused(self) -> int:
        """How many outcomes nobody asked for."""
        return sum(map(len, self._left.values()))

    async def run(
        self, action: str, app: str, arguments: Mapping[str, Any], who: Who, make: Callable[[], Awaitable[Outcome]]
    ) -> Outcome:
        """The outcome that was recorded."""
        del app
        key = _key(action, who.entity_id, _plain(arguments))
        with self._lock:
            left = self._left.get(key)
            if left:
                self._last[key] = left.popleft()
            found = self._last.get(key)
            if found is None:
                self.missed.append(f"{action} for {who.entity_id!r} with {json.dumps(_plain(arguments), default=str)[:400]}")
        if found is not None:
            return found
        if not self.strict:
            return await make()
        return Outcome(
            successful=False, error=f"{action} was not recorded with these arguments. Nothing was sent: a strict replay."
        )


def _plain(value: Any) -> Any:
    """JSON data without what has a secret's name."""
    return json.loads(json.dumps(redact(value), default=str))


def _key(action: str, entity_id: str, arguments: Any) -> str:
    return json.dumps([action, entity_id, arguments], sort_keys=True)


@contextmanager
def record(path: Path | str) -> Iterator[Recording]:
    """Record the calls that this process makes while the block runs, each of its toolsets' and threads', to a new file.

    Raises ``InvalidRequest`` if calls are being recorded or replayed already.
    """
    with _playing(Recording(Path(path))) as tape:
        yield tape


@contextmanager
def replay(path: Path | str | Replay, *, strict: bool = False) -> Iterator[Replay]:
    """Replay the calls of a file, or of :func:`from_ledger`, while the block runs.

    ``strict`` sends nothing: a call that was not recorded fails, and then the block's end raises ``ReplayMismatch``, as it does for
    outcomes that nobody asked for. Raises ``InvalidRequest`` if the file is no recording.
    """
    tape = path if isinstance(path, Replay) else Replay(_read(Path(path)), strict=strict)
    with _playing(tape):
        yield tape
    if tape.strict:
        _check(tape)


def from_ledger(toolset: ComposioToolSet[Any], run: str, *, strict: bool = True) -> Replay:
    """The calls of a run as the ledger has them: ``with replay(from_ledger(toolset, run)):``.

    Raises ``InvalidRequest`` if the run has no call, or if one's input or output was not kept whole.
    """
    lines = []
    for one in reversed(list(toolset.calls.export(run=run))):
        if one.kind != "action" or one.status not in {"done", "failed", "unknown"}:
            continue
        arguments, data = (_whole(one.id, text) for text in (one.input, one.output))
        outcome = {"successful": one.status == "done", "data": data, "error": one.error, "status": one.http_status}
        outcome["is_unknown"] = one.status == "unknown"
        lines.append({"action": one.action, "entity_id": one.entity_id, "arguments": arguments or {}, "outcome": outcome})
    if not lines:
        raise InvalidRequest(f"The ledger has no calls of the run {run!r:.60}; `composio calls --run` lists a run's calls.")
    return Replay(lines, strict=strict)


def _whole(call_id: str, text: str | None) -> Any:
    try:
        return None if text is None else json.loads(text)
    except ValueError:
        raise InvalidRequest(
            f"{call_id} is too long to be replayed: the ledger kept only the beginning. Record it instead."
        ) from None


@contextmanager
def _playing(tape: Any) -> Iterator[Any]:
    if TAPES:
        raise InvalidRequest("Calls are being recorded or replayed already: one tape at a time, for the whole process.")
    playing: Tape = tape
    TAPES.append(playing)
    try:
        yield tape
    finally:
        TAPES.remove(playing)


def _check(tape: Replay) -> None:
    if tape.missed:
        raise ReplayMismatch(f"{len(tape.missed)} calls were made that were not recorded: {'; '.join(tape.missed[:5])}.")
    if tape.unused:
        raise ReplayMismatch(f"{tape.unused} recorded calls were not made.")


def _read(path: Path) -> list[dict[str, Any]]:
    lines: list[Any] = []
    try:
        lines = [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]
    except OSError as error:
        raise InvalidRequest(
            f"{path} can't be read: {error.strerror}. Record it first: `with record({str(path)!r}):`."
        ) from None
    except (ValueError, RecursionError):
        lines.clear()
    if not lines or lines[0] != {"composio_calls": _VERSION} or not all(map(_is_call, lines[1:])):
        raise InvalidRequest(f"{path} is not a recording of calls. Record it again: `with record({str(path)!r}):`.")
    return lines[1:]


def _is_call(line: Any) -> bool:
    if not isinstance(line, dict) or not {"action", "entity_id", "arguments", "outcome"} <= line.keys():
        return False
    return isinstance(line["outcome"], dict) and isinstance(line["outcome"].get("successful"), bool)
