"""Scripted replies of the fake upstream: what to answer, how often, how late, and waiting for one another."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from composio.testing.exchange import Response

__all__ = ["UNSET", "Gate", "Requirement", "ScriptedReply", "delayed"]

UNSET: Any = object()
_TOGETHER_TIMEOUT = 5.0  # seconds


def delayed(response: Response, seconds: float) -> Response:
    """The same response, after ``seconds``."""
    until = time.monotonic() + seconds
    return Response(wait=lambda: response if time.monotonic() >= until else None)


class Gate:
    """Holds answers until ``count`` requests are there at the same time: proof of concurrency without timing."""

    def __init__(self, count: int) -> None:
        self.count = count
        self._arrived = 0
        self._missed = False
        self._lock = threading.Lock()

    def hold(self, response: Response) -> Response:
        """``response`` once the others are there; a 504 that says so if they don't come within five seconds."""
        with self._lock:
            needed = (self._arrived // self.count + 1) * self.count
            self._arrived += 1
        until = time.monotonic() + _TOGETHER_TIMEOUT

        def wait() -> Response | None:
            if self._arrived >= needed:
                return response
            # Whoever comes after a miss need not wait as well.
            self._missed = self._missed or time.monotonic() >= until
            if not self._missed:
                return None
            return Response.of_json(
                {"message": f"{self.count} requests at the same time were expected; they came one by one"}, 504
            )

        return Response(wait=wait)


@dataclass(slots=True)
class ScriptedReply:
    """One scripted reply. ``left`` counts down; None never ends. Without a body of its own the usual answer is sent.

    ``body`` and ``delay`` (seconds) are functions of what was received.
    """

    slug: str
    status: int
    body: Callable[[Any], bytes | None]
    headers: Mapping[str, str]
    delay: Callable[[Any], float]
    left: int | None
    gate: Gate | None
    breaks: Literal["", "reset", "truncated"]

    def answer(self, received: Any, usual: Callable[[], Response]) -> Response:
        """The response; ``usual`` makes the one that would be sent without a script."""
        body = self.body(received)
        if body is None and self.status == 200:
            made = usual()
            response = replace(made, headers={**made.headers, **self.headers}, breaks=self.breaks)
        else:
            response = Response(self.status, dict(self.headers), body or b"", self.breaks)
        seconds = self.delay(received)
        response = delayed(response, seconds) if seconds else response
        return self.gate.hold(response) if self.gate else response


@dataclass(frozen=True, slots=True)
class Requirement:
    """A header or query parameter without which requests get a 401. ``value`` None takes any."""

    place: Literal["header", "query"]
    name: str
    value: str | None = field(default=None, repr=False)

    def met(self, headers: Mapping[str, str], query: Mapping[str, list[str]]) -> bool:
        """True where a request carries it."""
        sent = headers.get(self.name.lower()) if self.place == "header" else next(iter(query.get(self.name) or ()), None)
        return sent is not None and self.value in (None, sent)
