"""A call as the log of calls has it, and which of them somebody asks for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from composio.model.connection import as_time

__all__ = ["CallFilter", "LoggedCall"]


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedCall:
    """One call. ``status`` is ``started``, ``done``, ``failed`` or ``unknown``: begun by a process that is gone.

    ``input``, ``output`` and ``error`` are JSON strings without secrets, cut at a limit; None where nothing is kept. Times are
    seconds since 1970, ``seconds`` how long it took. ``seq`` numbers calls in the order in which they began.
    """

    id: str
    kind: str
    action: str
    app: str
    entity_id: str
    status: str
    started_at: float
    seq: int = 0
    connection_id: str | None = None
    http_status: int | None = None
    seconds: float | None = None
    request_id: str | None = None
    key_id: str | None = None
    input: str | None = None
    output: str | None = None
    error: str | None = None

    def listing(self) -> dict[str, Any]:
        """As JSON has it, without what is not known."""
        found = {name: getattr(self, name) for name in self.__slots__ if name not in {"started_at", "seq"}}
        said = {name: value for name, value in found.items() if value is not None}
        return {**said, "started_at": as_time(self.started_at)}


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """Which calls, newest first; what is None leaves none out. ``text`` is looked for in input, output, error and action.

    ``since`` is seconds since 1970, ``before`` the ``seq`` of the last one that was seen.
    """

    app: str | None = None
    action: str | None = None
    entity_id: str | None = None
    connection_id: str | None = None
    status: str | None = None
    since: float | None = None
    text: str | None = None
    before: int | None = None
    limit: int = 50
