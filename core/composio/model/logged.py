"""A call in the log, and filters for calls."""

from __future__ import annotations

import time
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, TypedDict, Unpack

from composio.model.connection import as_time

__all__ = ["FORGOTTEN", "BrokenLink", "CallFilter", "CallStatus", "CallsFilter", "ChainCheck", "LoggedCall"]

_HOUR: Final = 3600.0
FORGOTTEN: Final = "(forgotten)"
"""The entity of calls whose own was forgotten."""


class CallStatus(StrEnum):
    """The state of a call.

    ``UNKNOWN`` may have been sent: its process is gone, or no answer was conclusive. ``HELD`` was not made, because a policy
    denies it or it waits for an approval. ``REPLAYED`` was not made either: it got the result of an earlier one.
    """

    STARTED = "started"
    DONE = "done"
    FAILED = "failed"
    UNKNOWN = "unknown"
    HELD = "held"
    REPLAYED = "replayed"


@dataclass(frozen=True, slots=True, kw_only=True)
class LoggedCall:
    """One call. ``status`` is a :class:`CallStatus`.

    ``input``, ``output`` and ``error`` are JSON strings without secrets, truncated at a limit; None if not recorded. Times are
    seconds since 1970, ``seconds`` is the duration. ``seq`` numbers calls in the order of their start. ``agent``,
    ``on_behalf_of`` and ``run`` are as in :class:`composio.model.call.Who`. ``decision`` is the policy's, ``allow``,
    ``confirm`` or ``deny``; ``approver`` gave the approval ``approval_id``. ``arguments_digest`` is the SHA-256 of the final
    arguments. ``number`` and ``hash`` are its link in the project's chain, None until it has one.
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
    agent: str | None = None
    on_behalf_of: str | None = None
    run: str | None = None
    decision: str | None = None
    approval_id: str | None = None
    approver: str | None = None
    arguments_digest: str | None = None
    number: int | None = None
    hash: str | None = None

    def listing(self) -> dict[str, Any]:
        """Return it as JSON, without unknown values."""
        found = {name: getattr(self, name) for name in self.__slots__ if name not in {"started_at", "seq"}}
        said = {name: value for name, value in found.items() if value is not None}
        return {**said, "started_at": as_time(self.started_at)}


class GivenFilter(TypedDict, total=False):
    """Filters that are passed on unchanged; see :class:`CallFilter`."""

    entity_id: str | None
    agent: str | None
    run: str | None
    status: str | None
    text: str | None
    before: int | None
    limit: int


class CallsFilter(GivenFilter, total=False):
    """Filters as callers write them; see :meth:`CallFilter.of`."""

    app: str | None
    action: str | None
    hours: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CallFilter:
    """A filter for calls, newest first; None does not filter. ``text`` is searched in input, output, error and action.

    ``since`` and ``until`` are seconds since 1970, ``before`` the ``seq`` of the last one seen.
    """

    app: str | None = None
    action: str | None = None
    entity_id: str | None = None
    connection_id: str | None = None
    agent: str | None = None
    run: str | None = None
    status: str | None = None
    since: float | None = None
    until: float | None = None
    text: str | None = None
    before: int | None = None
    limit: int = 50

    @classmethod
    def of(
        cls, *, app: str | None = None, action: str | None = None, hours: float | None = None, **given: Unpack[GivenFilter]
    ) -> CallFilter:
        """Parse a caller's filter: names in any case, ``hours`` is the maximum age of calls."""
        return cls(
            app=None if app is None else app.strip().lower(),
            action=None if action is None else action.strip().upper(),
            since=None if hours is None else time.time() - hours * _HOUR,
            **given,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class BrokenLink:
    """A broken link in a chain of calls: its number, the call's id if there is one, and the reason."""

    number: int
    why: str
    id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainCheck:
    """The result of verifying a project's chain of calls.

    ``checked`` links hold, from ``first`` to ``number``, whose hash is ``hash``: keep both elsewhere to detect a chain that was
    created again. ``forgotten`` of them are calls whose entity was forgotten. ``open`` calls have no link yet: they are running
    or have just ended. ``broken`` are the broken links, at most 100.
    """

    checked: int
    first: int
    number: int
    hash: str
    forgotten: int = 0
    open: int = 0
    broken: tuple[BrokenLink, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether nothing is broken."""
        return not self.broken
