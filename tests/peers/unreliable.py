"""What stands between a client and its provider, and does what networks do: it is slow, or loses answers."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Literal
from urllib.parse import parse_qs

import httpx

from composio.testing.exchange import Request, Response
from composio.testing.loopback import Loopback

__all__ = ["Fault", "Unreliable"]

# Where a request is lost: before the provider sees it, or after it has done what was asked.
Fault = Literal["", "before", "after", "half", "gateway"]


@dataclass
class Seen:
    """A refresh token that was sent, from when until when, by the clock of this machine."""

    token: str = field(repr=False)
    begun: float
    ended: float = float("inf")


class Unreliable:
    """Forwards to ``target``. A renewal that meets ``fault`` is one of the next ``times``.

    Answers to renewals, and what comes in their place, wait while they are ``held``; the provider does its work at once.
    """

    def __init__(self, target: str) -> None:
        self._target = target
        self._lock = threading.Lock()
        self.times = 0
        self.fault: Fault = ""
        self.seen: list[Seen] = []
        self.asked, self._released = threading.Event(), threading.Event()
        self._released.set()
        self.url = ""

    def set(self, *, held: bool, fault: Fault = "", times: int = 1) -> None:
        """What happens from now on; what was seen is forgotten."""
        self.fault, self.times = fault, times
        self.seen = []
        self.asked.clear()
        self._released.clear() if held else self._released.set()

    def release(self) -> None:
        """Let the answers go that are held, and those that follow."""
        self._released.set()

    @contextmanager
    def served(self) -> Iterator[Unreliable]:
        """Listen on a port of its own."""
        with Loopback(self._respond) as server:
            self.url = server.url
            try:
                yield self
            finally:
                self.release()

    def sent_twice_at_once(self) -> list[str]:
        """Refresh tokens that came again before their first request was over."""
        ordered = sorted(self.seen, key=lambda one: one.begun)
        return [
            f"{second.begun - first.begun:.2f} s after the first"
            for index, first in enumerate(ordered)
            for second in ordered[index + 1 :]
            if first.token == second.token and second.begun < first.ended
        ]

    def _respond(self, request: Request) -> Response:
        tokens = parse_qs(request.body.decode()).get("refresh_token", [])
        if not tokens:
            return self._forwarded(request)
        seen = Seen(tokens[0], time.monotonic())
        with self._lock:
            self.seen.append(seen)
            fault = self.fault if self.times > 0 else ""
            self.times -= 1
        self.asked.set()
        try:
            if fault == "before":
                self._released.wait(60)
                return Response(breaks="reset")
            answer = self._forwarded(request)
            self._released.wait(60)
            if fault == "after":
                return Response(breaks="reset")
            if fault == "half":
                return replace(answer, breaks="truncated")
            return Response(504, {"content-type": "text/html"}, b"<html>Gateway timeout</html>") if fault else answer
        finally:
            seen.ended = time.monotonic()

    def _forwarded(self, request: Request) -> Response:
        headers = {name: value for name, value in request.headers.items() if name not in {"host", "connection"}}
        with httpx.Client(trust_env=False, timeout=60) as client:
            answer = client.request(request.method, self._target + request.target, headers=headers, content=request.body)
        kept = {name: value for name, value in answer.headers.items() if name == "content-type"}
        return Response(answer.status_code, kept, answer.content)
