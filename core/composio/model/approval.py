"""A call that must be approved before it is made."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any

from composio.errors import InvalidRequest
from composio.model.connection import as_time

__all__ = ["Answer", "Approval", "ApprovalFilter", "ApprovalStatus", "NewApproval"]

_LONGEST_REASON = 1_000


class ApprovalStatus(StrEnum):
    """``PENDING`` is undecided, ``USED`` has admitted its call, ``EXPIRED`` admits none any more."""

    PENDING = "pending"
    APPROVED = "approved"
    DENIED = "denied"
    USED = "used"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True, kw_only=True)
class Approval:
    """The subject of an approval: exactly this action, these final arguments, entity, connection and policy version, once.

    ``digest`` is a hash of all of those. ``shown`` are the arguments as JSON, without secrets by name, and ``request`` is what
    would be sent. ``by`` are the groups of possible approvers, ``rules`` the reasons. ``connection`` is an id, or the source of
    the credentials. Times are seconds since 1970.
    """

    id: str
    status: ApprovalStatus
    digest: str
    action: str
    app: str
    entity_id: str
    connection: str
    policy: str
    shown: str
    request: str
    created_at: float
    expires_at: float
    agent: str = ""
    on_behalf_of: str = ""
    by: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()
    decided_at: float | None = None
    decided_by: str | None = None
    reason: str | None = None
    used_at: float | None = None

    def at(self, now: float) -> Approval:
        """Return its state at a time: one that was not used before its end has expired."""
        is_over = self.status in {ApprovalStatus.PENDING, ApprovalStatus.APPROVED} and self.expires_at <= now
        return replace(self, status=ApprovalStatus.EXPIRED) if is_over else self

    def listing(self) -> dict[str, Any]:
        """Return JSON without unknown values. ``arguments`` are those that may be shown."""
        found = {name: getattr(self, name) for name in self.__slots__ if name not in {"digest", "shown"}}
        said = {
            name: as_time(value) if name.endswith("_at") else value
            for name, value in found.items()
            if value not in (None, "", ())
        }
        try:
            arguments = json.loads(self.shown)
        except ValueError:  # truncated, because they are long
            arguments = self.shown
        listed = {name: list(value) if isinstance(value, tuple) else value for name, value in said.items()}
        return {**listed, "status": self.status.value, "arguments": arguments}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewApproval:
    """A request for an approval; ``seconds`` is how long it may be given and used."""

    digest: str
    action: str
    app: str
    entity_id: str
    connection: str
    policy: str
    arguments: Mapping[str, Any]
    request: str
    seconds: float
    agent: str = ""
    on_behalf_of: str = ""
    by: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a person answered to a framework's interrupt. ``by`` and ``groups`` come from the program, never from the answer.

    ``id`` is the approval that the person was shown; None if the framework itself pairs the answer with its call. ``arguments`` are
    those to send instead, which needs ``id``.
    """

    approved: bool
    id: str | None = None
    arguments: Mapping[str, Any] | None = None
    reason: str | None = None
    by: str = ""
    groups: tuple[str, ...] = ()

    @classmethod
    def of(cls, value: object) -> Answer:
        """Read ``{"type": "approve" | "edit" | "reject", "id", "arguments", "message"}``, True or False.

        Raises ``InvalidRequest`` for anything else.
        """
        if isinstance(value, cls):
            return value
        if isinstance(value, bool):
            return cls(approved=value)
        said = value if isinstance(value, Mapping) else {}
        kind, named, arguments, reason = (said.get(name) for name in ("type", "id", "arguments", "message"))
        is_edit = kind == "edit"
        if kind not in {"approve", "edit", "reject"} or is_edit is not isinstance(arguments, Mapping):
            raise InvalidRequest(
                'An interrupt of Composio is answered with {"type": "approve", "id": ...}, {"type": "reject", "id": ..., "message":'
                ' ...}, or {"type": "edit", "id": ..., "arguments": {...}}; nothing was sent.'
            )
        return cls(
            approved=kind != "reject",
            id=named if isinstance(named, str) else None,
            arguments=arguments if is_edit else None,
            reason=reason[:_LONGEST_REASON] if isinstance(reason, str) else None,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ApprovalFilter:
    """A filter for approvals, newest first; None does not filter."""

    status: ApprovalStatus | None = None
    entity_id: str | None = None
    limit: int = 50
