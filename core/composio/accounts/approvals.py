"""Approvals in the store and the vault: created, decided, used once."""

from __future__ import annotations

import json
import logging
import secrets
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from composio.errors import ApprovalNotFound, ApprovalRefused
from composio.model.approval import Approval, ApprovalFilter, ApprovalStatus, NewApproval
from composio.model.connection import as_time
from composio.model.redacted import as_log_text
from composio.process.forks import cached

if TYPE_CHECKING:
    from composio.accounts.keeping import Keeping
    from composio.store.projects import Partition
    from composio.store.store import Store
    from composio.vault.vault import Vault

__all__ = ["ApprovalBook"]

log = logging.getLogger("composio.accounts")

# An approver sees the whole request, unless it is too long to read.
_SHOWN_CHARS: Final = 50_000
_MOST_WAITING: Final = 1_000
_LONGEST_NAME: Final = 200


class ApprovalBook:
    """See :class:`composio.backend.approvals.ApprovalService`. The vault encrypts the arguments: they may be confidential."""

    def __init__(self, keeping: Keeping, project: str = "", *, hook: Callable[[], Any]) -> None:
        self._keeping, self._project, self._hook = keeping, project, hook

    def _now(self) -> float:
        return self._keeping.now()

    def _vault(self) -> Vault:
        return self._keeping.open_vault(self._project)

    @cached
    def _store(self) -> Store:
        return self._keeping.store.for_project(self._project)

    def ask(self, wanted: NewApproval) -> Approval:
        from composio.store import approvals
        from composio.store.records import place_of

        now = self._now()
        part = self._part()
        known = approvals.find_live(part, wanted.digest, now)
        if known is not None:
            return known
        if approvals.count_waiting(part, wanted.entity_id, now) >= _MOST_WAITING:
            raise ApprovalRefused(
                f"{_MOST_WAITING} calls of {wanted.entity_id!r} wait for approval; decide on those first: `composio approvals`."
            )
        approval = Approval(
            id=f"apr_{secrets.token_hex(12)}",
            status=ApprovalStatus.PENDING,
            digest=wanted.digest,
            action=wanted.action,
            app=wanted.app,
            entity_id=wanted.entity_id,
            connection=wanted.connection,
            policy=wanted.policy,
            shown=_storable(as_log_text(dict(wanted.arguments), _SHOWN_CHARS) or "{}"),
            request=_storable(wanted.request),
            created_at=now,
            expires_at=now + wanted.seconds,
            agent=wanted.agent,
            on_behalf_of=wanted.on_behalf_of,
            by=wanted.by,
            rules=wanted.rules,
        )
        sealed = self._vault().seal({"arguments": json.dumps(dict(wanted.arguments), default=str)}, place_of(approval))
        added = approvals.add(part, approval, sealed)
        if added.id == approval.id:
            self._notify(added)
        return added

    def _notify(self, approval: Approval) -> None:
        for implementation in self._hook().approval_requested.get_hookimpls():
            try:
                implementation.function(approval)
            except Exception:  # the call waits, whether or not somebody hears of it
                log.exception("The plugin %s could not be told of %s", implementation.plugin_name, approval.id)

    def find(self, digest: str) -> Approval | None:
        from composio.store import approvals

        return approvals.find_live(self._part(), digest, self._now()) if self._keeping.holds_any() else None

    def take(self, approval_id: str, digest: str) -> bool:
        from composio.store import approvals

        return approvals.take(self._part(), approval_id, digest, self._now())

    def get(self, approval_id: str) -> Approval:
        from composio.store import approvals

        found = approvals.get(self._part(), approval_id) if self._keeping.holds_any() else None
        if found is None:
            raise ApprovalNotFound(approval_id)
        return found[0].at(self._now())

    def list(self, which: ApprovalFilter) -> list[Approval]:
        from composio.store import approvals

        return approvals.list_approvals(self._part(), which, self._now()) if self._keeping.holds_any() else []

    def decide(self, approval_id: str, *, approved: bool, by: str, groups: tuple[str, ...], reason: str | None) -> Approval:
        return self.decide_all((approval_id,), approved=approved, by=by, groups=groups, reason=reason)[0]

    def decide_all(
        self, approval_ids: Sequence[str], *, approved: bool, by: str, groups: tuple[str, ...], reason: str | None
    ) -> Sequence[Approval]:
        from composio.store import approvals

        if not by.strip() or len(by) > _LONGEST_NAME:
            raise ApprovalRefused(f"by= says who decides, in at most {_LONGEST_NAME} characters.")
        ids = tuple(dict.fromkeys(approval_ids))
        for asked in map(self.get, ids):
            missing = [group for group in asked.by if group != by and group not in groups]
            if missing:
                raise ApprovalRefused(
                    f"Only somebody of {' and '.join(missing)} may decide on {asked.id}; name the groups of who decides:"
                    " groups=[...]."
                )
        status = ApprovalStatus.APPROVED if approved else ApprovalStatus.DENIED
        is_decided = approvals.decide(self._part(), ids, status=status, by=by, reason=reason, now=self._now())
        found = [self.get(one) for one in ids]
        if is_decided:
            return found
        over = next((one for one in found if one.status is not ApprovalStatus.PENDING), found[0])
        raise ApprovalRefused(_why_over(over) + (" Nothing was decided." if len(ids) > 1 else ""))

    def arguments(self, approval_id: str) -> dict[str, Any]:
        from composio.store import approvals
        from composio.store.records import place_of

        found = approvals.get(self._part(), approval_id)
        if found is None:
            raise ApprovalNotFound(approval_id)
        approval, sealed = found
        arguments: dict[str, Any] = json.loads(self._vault().open(sealed, place_of(approval))["arguments"])
        return arguments

    def spend(self, key: str, amount: float, most: float, ends_at: float) -> bool:
        from composio.store import approvals

        return approvals.spend(self._part(), key, amount, most, ends_at=ends_at, now=self._now())

    def give_back(self, key: str, amount: float) -> None:
        from composio.store import approvals

        approvals.give_back(self._part(), key, amount)

    def mark(self, key: str, ends_at: float) -> None:
        self.spend(key, 1.0, 1.0, ends_at)  # a second mark would exceed the total, and changes nothing

    def is_marked(self, key: str) -> bool:
        from composio.store import approvals

        return approvals.has_total(self._part(), key, self._now())

    def forget(self, entity_id: str) -> int:
        from composio.store import approvals

        return approvals.forget(self._part(), entity_id) if self._keeping.holds_any() else 0

    def _part(self) -> Partition:
        return self._store.part()


def _why_over(approval: Approval) -> str:
    """Say why an approval can't be decided any more."""
    if approval.status is ApprovalStatus.EXPIRED:
        return f"{approval.id} expired at {as_time(approval.expires_at)}: request the call again."
    decided = "denied" if approval.status is ApprovalStatus.DENIED else "approved"
    used = ", and has been used" if approval.status is ApprovalStatus.USED else ""
    return f"{approval.id} was {decided} by {approval.decided_by}{used}."


def _storable(text: str) -> str:
    """Return ``text`` without lone surrogates and NUL, which databases reject."""
    return text.encode("utf-8", "replace").decode().replace("\0", "\ufffd")
