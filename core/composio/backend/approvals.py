"""The interface of approvals, for policies and surfaces."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from composio.model.approval import Approval, ApprovalFilter, NewApproval

__all__ = ["ApprovalService"]


class ApprovalService(Protocol):
    """Stores approvals, and the totals of a policy's limits. Blocking and thread-safe; no model reaches it."""

    def ask(self, wanted: NewApproval) -> Approval:
        """Return the pending, approved or denied approval with that digest, or a new one.

        Raises ``ApprovalRefused`` if too many approvals of the entity are pending.
        """
        ...

    def find(self, digest: str) -> Approval | None:
        """Return the pending, approved or denied approval with that digest; creates none."""
        ...

    def take(self, approval_id: str, digest: str) -> bool:
        """Use an approval: True for exactly one caller, if it was approved for ``digest`` and has not expired."""
        ...

    def get(self, approval_id: str) -> Approval:
        """Return one approval. Raises ``ApprovalNotFound``."""
        ...

    def list(self, which: ApprovalFilter) -> list[Approval]:
        """List approvals, newest first."""
        ...

    def decide(self, approval_id: str, *, approved: bool, by: str, groups: tuple[str, ...], reason: str | None) -> Approval:
        """Approve or deny a pending approval. Raises ``ApprovalNotFound`` and ``ApprovalRefused``."""
        ...

    def decide_all(
        self, approval_ids: Sequence[str], *, approved: bool, by: str, groups: tuple[str, ...], reason: str | None
    ) -> Sequence[Approval]:
        """Approve or deny several pending approvals, or none: see :meth:`decide`."""
        ...

    def arguments(self, approval_id: str) -> dict[str, Any]:
        """Return the final arguments, in the clear."""
        ...

    def spend(self, key: str, amount: float, most: float, ends_at: float) -> bool:
        """Add to the total of ``key`` until ``ends_at``. Returns False and adds nothing if it would exceed ``most``."""
        ...

    def give_back(self, key: str, amount: float) -> None:
        """Subtract what :meth:`spend` added for a call that was not made."""
        ...

    def mark(self, key: str, ends_at: float) -> None:
        """Keep the mark ``key`` until ``ends_at``."""
        ...

    def is_marked(self, key: str) -> bool:
        """Return whether :meth:`mark` set the mark, and it is still kept."""
        ...

    def forget(self, entity_id: str) -> int:
        """Delete an entity's approvals with their arguments. Returns how many there were."""
        ...
