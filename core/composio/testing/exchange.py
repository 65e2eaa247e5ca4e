"""One HTTP request and its answer as plain values, so that a double can be pure and served in more than one way."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = ["Request", "Response"]


@dataclass(frozen=True, slots=True)
class Request:
    """What arrived. ``target`` is path and query as they were on the wire, still percent-encoded; header names are lower case."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)  # credentials travel here
    body: bytes = field(default=b"", repr=False)

    @property
    def path(self) -> str:
        """The path, percent-encoded."""
        return self.target.partition("?")[0]

    @property
    def query(self) -> str:
        """The query without its question mark, percent-encoded."""
        return self.target.partition("?")[2]


@dataclass(frozen=True, slots=True)
class Response:
    """What to answer.

    A ``body`` of several chunks is streamed. ``breaks`` spoils the answer: the connection is reset, or closed before the
    promised length. ``wait`` is polled until it gives the response to send: that is how an answer is late, or waits for
    another request.
    """

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Iterable[bytes] = b""
    breaks: Literal["", "reset", "truncated"] = ""
    wait: Callable[[], Response | None] | None = None

    @classmethod
    def of_json(cls, value: Any, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
        """A JSON answer."""
        body = json.dumps(value, ensure_ascii=False).encode()
        return cls(status, {"content-type": "application/json", **(headers or {})}, body)
