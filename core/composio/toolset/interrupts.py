"""Ask for an approval through the framework's own interrupt, and act on the answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from composio.backend.approvals import ApprovalService
from composio.errors import InvalidRequest

__all__ = ["Answer", "Interrupt", "decide", "describe", "read_answer"]

_WORDS: Final = {
    **dict.fromkeys(("approve", "approved", "accept", "edit"), True),
    **dict.fromkeys(("reject", "rejected", "deny", "denied"), False),
}
_BY: Final = "interrupt"
_EDITED: Final = "Its arguments were edited."

Interrupt = bool | Callable[[], tuple[str, Iterable[str]]]
"""Whether held calls interrupt a run. A function gives the person who answers, and that person's groups."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A person's answer. ``arguments`` replace those of the call; None leaves them.

    It does not say who answered: it may come from a browser, and the program knows.
    """

    approved: bool
    reason: str | None = None
    arguments: Mapping[str, Any] | None = None


def describe(approvals: ApprovalService, approval_id: str) -> dict[str, Any]:
    """Return what an interrupt shows of a held call: the approval's id, the request, and the arguments without secrets. Blocking."""
    shown = approvals.get(approval_id).listing()
    names = ("action", "app", "entity_id", "request", "arguments", "by", "rules", "expires_at")
    return {"approval_id": approval_id, **{name: shown[name] for name in names if name in shown}}


def read_answer(given: object) -> Answer:
    """Read what a run is resumed with. Raises ``InvalidRequest`` for anything that does not clearly say yes or no.

    ``True`` and ``False``, ``"approve"`` and ``"reject"``, or a mapping with ``approved``, ``decision`` or ``type``, and with
    ``reason`` and ``arguments``; also the form of LangChain's human-in-the-loop middleware.
    """
    if isinstance(given, bool):
        return Answer(given)
    if isinstance(given, str) and given.strip().lower() in _WORDS:
        return Answer(_WORDS[given.strip().lower()])
    if isinstance(given, Mapping):
        decisions = given.get("decisions")
        if isinstance(decisions, Sequence) and len(decisions) == 1 and isinstance(decisions[0], Mapping):
            given = decisions[0]
        said = next((given[name] for name in ("approved", "decision", "type") if name in given), None)
        if isinstance(said, bool | str) and (isinstance(said, bool) or said.strip().lower() in _WORDS):
            return _read_details(said if isinstance(said, bool) else _WORDS[said.strip().lower()], given)
    raise InvalidRequest(
        'A held call is resumed with True or False, "approve" or "reject", or {"decision": "approve"}, also with "reason" and'
        f' edited "arguments"; got {type(given).__name__}. Nothing was sent.'
    )


def _read_details(approved: bool, given: Mapping[str, Any]) -> Answer:
    edited = given.get("edited_action")
    arguments = given.get("arguments", edited.get("args") if isinstance(edited, Mapping) else None)
    if arguments is not None and not isinstance(arguments, Mapping):
        raise InvalidRequest(f'Edited "arguments" are a mapping; got {type(arguments).__name__}. Nothing was sent.')
    reason = given.get("reason") or given.get("message")
    return Answer(approved, None if reason is None else str(reason), arguments)


def decide(
    approvals: ApprovalService, approval_id: str, answer: Answer, interrupt: Interrupt, *, replaced: bool = False
) -> None:
    """Write a decision down; ``replaced`` denies a call whose arguments were edited. Blocking. Raises ``ApprovalRefused``."""
    by, groups = (_BY, ()) if isinstance(interrupt, bool) else interrupt()
    approvals.decide(
        approval_id,
        approved=answer.approved and not replaced,
        by=by,
        groups=(groups,) if isinstance(groups, str) else tuple(groups),
        reason=_EDITED if replaced else answer.reason,
    )
