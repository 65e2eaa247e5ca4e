"""Stop agents that repeat a call: after the same answer several times, the call is not made again."""

from __future__ import annotations

import hashlib
import json
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any, Final

from composio.errors import InvalidRequest
from composio.model.call import ToolResult, Who
from composio.process.forks import lock

__all__ = ["Repeats", "read_repeats"]

_MOST_RUNS: Final = 1_000


class Repeats:
    """Counts identical answers in a row, for each entity and run. Thread-safe; held in memory."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, lock()
        self._seen: OrderedDict[tuple[str, str, str], tuple[str, str, int]] = OrderedDict()

    def refuse(self, name: str, arguments: Mapping[str, Any] | str, who: Who) -> str | None:
        """Return why a call is not made, or None if it may be made."""
        with self._lock:
            call, _, count = self._seen.get(_whose(who), ("", "", 0))
        if count < self._most or call != _digest([name, arguments]):
            return None
        return f"{name} was not run: the same call gave the same answer {count} times in a row. Use that answer, or try something else."

    def note(self, name: str, arguments: Mapping[str, Any] | str, who: Who, result: ToolResult) -> None:
        """Record the answer of a call. Pending and replayed answers do not count."""
        if result.approval_id or result.outcome == "replayed":
            return
        call, answer, whose = _digest([name, arguments]), _digest(dict(result)), _whose(who)
        with self._lock:
            known_call, known_answer, count = self._seen.pop(whose, ("", "", 0))
            same = call == known_call and answer == known_answer
            self._seen[whose] = call, answer, count + 1 if same else 1
            if len(self._seen) > _MOST_RUNS:
                self._seen.popitem(last=False)


def _whose(who: Who) -> tuple[str, str, str]:
    return who.entity_id, who.agent, who.run


def _digest(value: Any) -> str:
    try:
        text = json.dumps(value, sort_keys=True, default=str)
    except (RecursionError, TypeError, ValueError):
        text = repr(type(value))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def read_repeats(most: object) -> Repeats:
    """Return a counter of repeated calls. Raises ``InvalidRequest`` unless ``most`` is an integer of at least 1."""
    if not isinstance(most, int) or isinstance(most, bool) or most < 1:
        raise InvalidRequest(f"max_repeats= is how often in a row a call may get the same answer, from 1; got {most!r:.40}.")
    return Repeats(most)
