"""The gate that applies a policy before requests: it lets a call pass, requests an approval, or refuses with a reason."""

from __future__ import annotations

import hashlib
import json
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final
from urllib.parse import quote

from composio.backend.approvals import ApprovalService
from composio.errors import ApprovalRefused
from composio.model.action import ActionModel, FunctionBinding, HttpBinding
from composio.model.approval import Answer, Approval, ApprovalStatus, NewApproval
from composio.model.call import CALLING, Admitted, Around, Outcome, ToolCall, Who
from composio.model.connection import as_time
from composio.model.flows import read_flow
from composio.policy.conditions import numbers_at
from composio.policy.flows import READS, find_unnamed, name_mark
from composio.policy.policy import Decision, Policy
from composio.policy.rules import RUN, Facts, Limit, Rule, Ruling, calls

__all__ = ["PolicyGate", "digest_of", "explain_denial", "is_connection"]

log = logging.getLogger("composio.policy")
# Credentials that are not a stored connection; see `composio.engine.credentials`.
_ORIGINS: Final = frozenset({"add_auth", "auth", "connection", "environment", "none", "server"})
# A run that lasts longer has to be named anew.
_RUN_SECONDS: Final = 30 * 86_400.0
# What a person can't change about a call by editing its arguments.
_KEPT_BY_EDITS: Final = ("action", "entity_id", "agent", "on_behalf_of", "connection", "policy")


@dataclass(frozen=True, slots=True)
class _Spent:
    """The amounts that a call added to totals, to subtract if the call is not made."""

    keys: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class PolicyGate:
    """See :class:`composio.model.call.Gate`. Reads ``approvals`` only if a call needs one or a limit applies.

    ``approval_id`` is set while an approval runs: then only that approval lets the call pass. ``answer`` is a person's answer to a
    framework's interrupt: it decides on the approval that the person was shown, and on no other. ``only_asks`` asks for an approval
    where one is needed and lets no call pass: the outcome is successful if the call could run.
    """

    policy: Policy
    approvals: Callable[[], ApprovalService]
    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    approval_id: str | None = None
    answer: Answer | None = None
    only_asks: bool = False

    async def admit(
        self, action: ActionModel, arguments: Mapping[str, Any], call: ToolCall, around: Around
    ) -> Admitted | Outcome:
        found = await self._admit(action, arguments, call, around)
        return Outcome(successful=True) if self.only_asks and isinstance(found, Admitted) else found

    async def _admit(
        self, action: ActionModel, arguments: Mapping[str, Any], call: ToolCall, around: Around
    ) -> Admitted | Outcome:
        connection = await around.connection() if self.policy.asks_connection and not _runs_others(action) else None
        facts = self._facts(action, call.who, arguments, connection)
        if self.policy.flow is not None and not _runs_others(action):
            facts = replace(facts, flow=await self._watch(action, arguments, call, around))
        if call.options.dry and not _runs_others(action):  # a dry run sends nothing, so it counts nothing and uses no approval
            said = self.policy.decide(facts)
            return _deny(action, said) if said.verdict is Ruling.DENY else Admitted(call, decision=said.verdict)
        if _runs_others(action):  # the calls that it makes are judged separately
            return _deny(action, self.policy.decide(facts)) if self.policy.denies(facts) else Admitted(call, decision="allow")
        limited = self.policy.limits(facts)
        if not limited:
            return await self._decide(facts, self.policy.decide(facts), call, around, _Spent())
        spent, over = await around.work(lambda: self._spend(limited, facts))
        kept = False
        try:
            found = await self._decide(facts, self.policy.decide(facts, over=over), call, around, spent)
            kept = isinstance(found, Admitted) and not self.only_asks
            return found
        finally:
            if not kept:
                await around.work(lambda: self._give_back(spent))

    def offers(self, action: ActionModel, who: Who) -> bool:
        """Return whether any call of the action could pass. The person and the time are not known yet."""
        facts = Facts(action=action, entity_id=who.entity_id or None)
        return not self.policy.denies(facts) if _runs_others(action) else self.policy.may_run(facts)

    def _facts(self, action: ActionModel, who: Who, arguments: Mapping[str, Any], connection: str | None) -> Facts:
        return Facts(
            action=action,
            arguments=arguments,
            entity_id=who.entity_id,
            agent=who.agent,
            run=who.run,
            connection=connection,
            moment=self.now(),
        )

    async def _decide(
        self, facts: Facts, decision: Decision, call: ToolCall, around: Around, spent: _Spent
    ) -> Admitted | Outcome:
        if decision.verdict is Ruling.DENY:
            return _deny(facts.action, decision)
        settle = self._settle(spent, around) if spent.keys else None
        if decision.verdict is Ruling.ALLOW and self.approval_id is None:
            if self.answer is not None and self.answer.arguments is not None:
                answer = self.answer
                await around.work(lambda: _withdraw(answer, facts, self.approvals()))
            return Admitted(call, settle=settle, decision="allow")
        connection = facts.connection or await around.connection()
        return await self._ask(facts, decision, replace(call, who=_pin(call.who, connection)), connection, around, settle)

    async def _ask(
        self, facts: Facts, decision: Decision, call: ToolCall, connection: str, around: Around, settle: Any
    ) -> Admitted | Outcome:
        """Let an approved call pass once; otherwise request an approval."""
        action, arguments = facts.action, facts.arguments or {}
        files = await around.work(around.files)
        try:
            digest = digest_of(action, arguments, call.who, connection, self.policy.version, files)
        except (RecursionError, ValueError):
            raise ApprovalRefused(f"{action.slug}: arguments that nest too deep can't be approved. Nothing was sent.") from None
        approvals = self.approvals()
        if self.approval_id is not None:
            known = self.approval_id
            if await around.work(lambda: approvals.take(known, digest)):
                approver = (await around.work(lambda: approvals.get(known))).decided_by
                return _admit_approved(call, settle, known, approver)
            raise ApprovalRefused(
                f"{known} does not let this call through: it was used, has expired, or holds for other arguments, another"
                " connection or another policy. Nothing was sent."
            )
        wanted = NewApproval(
            digest=digest,
            action=action.slug,
            app=action.app,
            entity_id=call.who.entity_id,
            connection=connection,
            policy=self.policy.version,
            arguments=arguments,
            request=_describe(action, arguments),
            seconds=decision.expires,
            agent=call.who.agent,
            on_behalf_of=call.who.on_behalf_of,
            by=decision.by,
            rules=decision.rules,
        )

        def found() -> tuple[Approval, bool]:
            if self.answer is not None:
                _apply(self.answer, wanted, approvals, has_files=bool(files))
            asked = approvals.ask(wanted)
            return asked, asked.status is ApprovalStatus.APPROVED and (self.only_asks or approvals.take(asked.id, digest))

        asked, taken = await around.work(found)
        if taken:
            return _admit_approved(call, settle, asked.id, asked.decided_by)
        return _refuse(asked) if asked.status is ApprovalStatus.DENIED else _explain_waiting(asked)

    async def _watch(self, action: ActionModel, arguments: Mapping[str, Any], call: ToolCall, around: Around) -> str | None:
        """Note what a call reads. Explain why it may leak what its run has read; None if it can't."""
        flow, who = read_flow(action.tags), call.who
        if not flow.reads and not flow.sends:
            return None
        if flow.reads and who.run and not call.options.dry:
            await around.work(lambda: self.note_reads(who, flow.reads))
        unnamed = find_unnamed(flow, arguments, who.recipients) if flow.sends else None
        if unnamed is None:
            return None
        return await around.work(lambda: self.explain_leak(who, unnamed))

    def note_reads(self, who: Who, labels: Sequence[str]) -> None:
        """Keep that a run reads such data. Blocking."""
        for label in labels:
            self.approvals().mark(name_mark(who.entity_id, who.run, label), self.now().timestamp() + _RUN_SECONDS)

    def explain_leak(self, who: Who, unnamed: str) -> str | None:
        """Explain why a call that sends outside may leak data; None if its run has not read both kinds. Blocking."""
        if not who.run:
            return f"{unnamed}, and the call belongs to no run, so what was read before is unknown"
        approvals = self.approvals()
        if all(approvals.is_marked(name_mark(who.entity_id, who.run, one)) for one in READS):
            return f"{unnamed}, and this run has read untrusted and private data"
        return None

    def _spend(self, limited: Sequence[Rule], facts: Facts) -> tuple[_Spent, list[Rule]]:
        """Add a call to every matching limit. Returns the limits that it would exceed; uncountable calls exceed."""
        spent: list[tuple[str, float]] = []
        over: list[Rule] = []
        for rule in limited:
            limit = rule.limit
            assert limit is not None  # only these are read
            amount = 1.0 if limit.of == calls else numbers_at(facts.arguments or {}, limit.of)
            subject = limit.subject(facts)
            if amount is not None and subject is not None:
                number, ends_at = _period(limit, facts)
                key = hashlib.sha256(f"{rule}\n{subject}\n{number}".encode("utf-8", "surrogatepass")).hexdigest()
                if self.approvals().spend(key, amount, limit.most, ends_at):
                    spent.append((key, amount))
                    continue
            over.append(rule)
        return _Spent(tuple(spent)), over

    def _give_back(self, spent: _Spent) -> None:
        for key, amount in spent.keys:
            self.approvals().give_back(key, amount)

    def _settle(self, spent: _Spent, around: Around) -> Any:
        async def settle(outcome: Outcome | None) -> None:
            # Refused by the API or by us: nothing was done. Any other failure may have done something.
            refused = outcome is not None and not outcome.successful and 400 <= (outcome.status or 0) < 500
            if refused or (outcome is not None and outcome.is_replayed):
                await around.work(lambda: self._give_back(spent))

        return settle


def digest_of(
    action: ActionModel,
    arguments: Mapping[str, Any],
    who: Who,
    connection: str,
    version: str,
    files: Mapping[str, str],
) -> str:
    """Hash what an approval is bound to. Any difference gives another SHA-256."""
    parts = [action.key, arguments, who.entity_id, who.agent, who.on_behalf_of, connection, version, files]
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"), default=_spell)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _admit_approved(call: ToolCall, settle: Any, approval_id: str, approver: str | None) -> Admitted:
    return Admitted(call, once=True, settle=settle, decision="confirm", approval_id=approval_id, approver=approver)


def _apply(answer: Answer, wanted: NewApproval, approvals: ApprovalService, *, has_files: bool) -> None:
    """Decide as a person answered, on the approval that the person was shown. Raises ``ApprovalRefused``."""
    shown = approvals.find(wanted.digest)
    if shown is not None and shown.status is ApprovalStatus.PENDING and answer.id in (None, shown.id):
        approvals.decide(shown.id, approved=answer.approved, by=answer.by, groups=answer.groups, reason=answer.reason)
    elif answer.arguments is not None and (shown is None or shown.status is ApprovalStatus.PENDING):
        _replace(answer, wanted, approvals, has_files=has_files)


def _replace(answer: Answer, wanted: NewApproval, approvals: ApprovalService, *, has_files: bool) -> None:
    """Approve the call with the arguments that a person wrote, and deny the one that the person was shown."""
    shown = approvals.get(answer.id or "")
    same = all(getattr(shown, name) == getattr(wanted, name) for name in _KEPT_BY_EDITS)
    if shown.status is not ApprovalStatus.PENDING or not same:
        raise ApprovalRefused(f"{shown.id} is decided, or is for another call, so its arguments can't be edited.")
    if has_files:  # their content may be another than the person has seen
        raise ApprovalRefused(f"{shown.id}: arguments that name files can't be edited; approve or reject the call.")
    edited = approvals.ask(wanted)
    why = f"{answer.by} edited the arguments, in {edited.id}"
    approvals.decide(shown.id, approved=False, by=answer.by, groups=answer.groups, reason=why)
    approvals.decide(edited.id, approved=True, by=answer.by, groups=answer.groups, reason=answer.reason)


def _withdraw(answer: Answer, facts: Facts, approvals: ApprovalService) -> None:
    """Deny the call that a person edited into one that needs no approval. Raises ``ApprovalRefused``."""
    shown = approvals.get(answer.id or "")
    if (shown.action, shown.entity_id) != (facts.action.slug, facts.entity_id):
        raise ApprovalRefused(f"{shown.id} is for another call, so its arguments can't be edited.")
    if shown.status is ApprovalStatus.PENDING:
        why = f"{answer.by} edited the arguments"
        approvals.decide(shown.id, approved=False, by=answer.by, groups=answer.groups, reason=why)


def explain_denial(slug: str, decision: Decision) -> str:
    """Explain in one sentence to a model why a call is not made."""
    # Not the rules: they may name other tenants, and reveal the limits.
    log.info("%s is denied by %s", slug, "; ".join(decision.rules))
    return f"{slug} was not run: the policy of this agent denies it; do not try it again."


def is_connection(binding: str) -> bool:
    """Return whether an approval is bound to a stored connection's id."""
    return binding not in _ORIGINS


def _spell(value: object) -> str:
    if isinstance(value, bytes | bytearray):
        return f"sha256:{hashlib.sha256(value).hexdigest()}"
    return f"{type(value).__name__}:{value}"


def _pin(who: Who, connection: str) -> Who:
    """Return ``who`` with the approved connection, even if a newer one exists."""
    return replace(who, connected_account_id=connection) if is_connection(connection) else who


def _runs_others(action: ActionModel) -> bool:
    """Return whether it is one of Composio's own tools that find, describe, run and connect others."""
    return isinstance(action.binding, FunctionBinding) and CALLING in action.binding.injected


def _period(limit: Limit, facts: Facts) -> tuple[int, float]:
    """Return the number of the period of a call, and when it ends. A run is one period."""
    now = (facts.moment or datetime.now(UTC)).timestamp()
    if limit.per == RUN:
        return 0, now + limit.seconds
    number = int(now // limit.seconds)
    return number, (number + 1) * limit.seconds


def _describe(action: ActionModel, arguments: Mapping[str, Any]) -> str:
    """Describe the request: the method, and the path with its values."""
    binding = action.binding
    if not isinstance(binding, HttpBinding):
        return f"{action.slug}, a function"
    if binding.peer is not None:
        return f"{action.slug}, a tool of an MCP server"
    path = binding.path
    for one in binding.parameters:
        if one.place == "path" and one.name in arguments:
            path = path.replace(f"{{{one.wire}}}", quote(str(arguments[one.name]), safe="", errors="replace"))
    return f"{binding.method} {path}"


def _deny(action: ActionModel, decision: Decision) -> Outcome:
    return Outcome(successful=False, data={"denied": {}}, error=explain_denial(action.slug, decision))


def _explain_waiting(asked: Approval) -> Outcome:
    whose = f"somebody of {' and '.join(asked.by)}" if asked.by else "somebody"
    data = {"id": asked.id, "action": asked.action, "expires_at": as_time(asked.expires_at)}
    return Outcome(
        successful=False,
        data={"approval_required": data | ({"by": list(asked.by)} if asked.by else {})},
        error=(
            f"{asked.action} was not run: {whose} has to approve {asked.id} first; say so, and call it again with the same"
            " arguments once that is done."
        ),
    )


def _refuse(asked: Approval) -> Outcome:
    why = f": {asked.reason}" if asked.reason else ""
    return Outcome(
        successful=False,
        data={"denied": {"id": asked.id, "by": asked.decided_by, "reason": asked.reason}},
        error=f"{asked.action} was not run: {asked.decided_by} denied {asked.id}{why}; do not try it again.",
    )
