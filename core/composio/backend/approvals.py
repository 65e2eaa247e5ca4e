"""Approvals of calls, as policies and surfaces ask for them."""

from __future__ import annotations

from typing import Any, Protocol

from composio.model.approval import Approval, ApprovalFilter, NewApproval

__all__ = ["ApprovalService"]


class ApprovalService(Protocol):
    """Keeps approvals, and the amounts that a policy's limits count. Blocking and thread-safe; no model reaches it."""

    def ask(self, wanted: NewApproval) -> Approval:
        """The approval of that digest that is waiting, was given or was denied; a new one where there is none.

        Raises ``ApprovalRefused`` where too many of the entity are waiting.
        """
        ...

    def take(self, approval_id: str, digest: str) -> bool:
        """Use an approval: True for one caller only, if it was given for ``digest`` and has not expired."""
        ...

    def get(self, approval_id: str) -> Approval:
        """One of them. Raises ``ApprovalNotFound``."""
        ...

    def list(self, which: ApprovalFilter) -> list[Approval]:
        """Newest first."""
        ...

    def decide(self, approval_id: str, *, approved: bool, by: str, groups: tuple[str, ...], reason: str | None) -> Approval:
        """Approve or deny one that is waiting. Raises ``ApprovalNotFound`` and ``ApprovalRefused``."""
        ...

    def arguments(self, approval_id: str) -> dict[str, Any]:
        """The final arguments, in the clear."""
        ...

    def spend(self, key: str, amount: float, most: float, ends_at: float) -> bool:
        """Add to what went through under ``key`` until ``ends_at``; False, and nothing added, where that would be more than ``most``."""
        ...

    def give_back(self, key: str, amount: float) -> None:
        """Take away what :meth:`spend` added for a call that was not made."""
        ...

    def forget(self, entity_id: str) -> int:
        """Forget an entity's approvals, with their arguments; how many there were."""
        ...
