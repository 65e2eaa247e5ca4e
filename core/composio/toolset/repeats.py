"""Agents that ask for the same again and again: the same call that got the same answer is not made once more."""

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
    """Counts, for each entity and run, how often in a row a call got the same answer. Thread-safe; kept in this process."""

    def __init__(self, most: int) -> None:
        self._most, self._lock = most, lock()
        self._seen: OrderedDict[tuple[str, str, str], tuple[str, str, int]] = OrderedDict()

    def refuse(self, name: str, arguments: Mapping[str, Any] | str, who: Who) -> str | None:
        """Why a call is not made; None where it may be."""
        with self._lock:
            call, _, count = self._seen.get(_whose(who), ("", "", 0))
        if count < self._most or call != _digest([name, arguments]):
            return None
        return f"{name} was not run: the same call gave the same answer {count} times in a row. Use that answer, or try something else."

    def note(self, name: str, arguments: Mapping[str, Any] | str, who: Who, result: ToolResult) -> None:
        """Take down what a call got. An answer that is not there yet, or a replayed one, counts nothing."""
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
    """What counts repeated calls. Raises ``InvalidRequest`` if ``most`` is no number from 1."""
    if not isinstance(most, int) or isinstance(most, bool) or most < 1:
        raise InvalidRequest(f"max_repeats= is how often in a row a call may get the same answer, from 1; got {most!r:.40}.")
    return Repeats(most)
