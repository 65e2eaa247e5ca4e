"""Policies: which calls may run, which need an approval first, and which are denied."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from composio.errors import InvalidRequest
from composio.policy.rules import Facts, Rule, Ruling, allow, deny, reads, writes

__all__ = ["READ_ONLY", "Decision", "Policy"]

_DAY: Final = 86_400.0
_ORDER: Final = tuple(Ruling)


@dataclass(frozen=True, slots=True)
class Decision:
    """A policy's decision on a call. ``rules`` are the deciding rules as text, ``by`` the groups of a valid approver.

    ``expires`` is how long, in seconds, an approval may be given and used.
    """

    verdict: Ruling
    rules: tuple[str, ...]
    by: tuple[str, ...] = ()
    expires: float = _DAY


class Policy:
    """Rules, and the verdict on calls that no rule matches.

    ::

        Policy(
            deny("GITHUB_DELETE_*"),
            allow(reads),
            confirm("STRIPE_POST_REFUNDS", by="finance", expires="1h"),
            otherwise=confirm(),
        )

    Of all matching rules the strictest applies: ``deny`` before ``confirm`` before ``allow``. Their order does not matter.
    ``otherwise`` is ``allow()``, ``confirm()`` or ``deny()`` without conditions. It has no default, because any default would
    surprise some users.

    ``flow`` is ``confirm()`` or ``deny()``: what happens when a run that read both untrusted and private data sends something
    outside, to a recipient that the run does not name. It applies beside the rules, and the stricter verdict counts.
    """

    __slots__ = ("_flow", "_otherwise", "_rules", "_version")

    def __init__(self, *rules: Rule, otherwise: Rule | None = None, flow: Rule | None = None) -> None:
        for one in rules:
            if not isinstance(one, Rule):
                raise InvalidRequest(f"Policy takes rules: allow(...), confirm(...) and deny(...); got {type(one).__name__}.")
        if not isinstance(otherwise, Rule) or otherwise != _bare(otherwise):
            raise InvalidRequest(
                "Policy: say what happens to calls that no rule matches: otherwise=allow(), confirm() or deny(), without conditions."
            )
        if flow is not None and (not _is_bare(flow) or flow.verdict is Ruling.ALLOW):
            raise InvalidRequest("Policy: flow= is confirm() or deny(), without conditions.")
        self._rules: tuple[Rule, ...] = tuple({str(one): one for one in rules}.values())
        self._otherwise, self._flow = otherwise, flow
        said = [f"otherwise {otherwise}"] if flow is None else [f"otherwise {otherwise}", f"flow {flow}"]
        text = "\n".join([*sorted(map(str, self._rules)), *said])
        self._version = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]

    @property
    def rules(self) -> tuple[Rule, ...]:
        """The rules without duplicates."""
        return self._rules

    @property
    def otherwise(self) -> Rule:
        """The verdict on calls that no rule matches."""
        return self._otherwise

    @property
    def flow(self) -> Rule | None:
        """The verdict on sending outside what a run may have read; None if flows are not watched."""
        return self._flow

    @property
    def version(self) -> str:
        """A digest of the policy's text. Approvals are valid for one digest only."""
        return self._version

    @property
    def asks_connection(self) -> bool:
        """Whether a rule names connections, so that a call's connection is needed for a decision."""
        return any("connection" in one.named for one in self._rules)

    def read_only(self) -> Policy:
        """Return this policy, restricted to actions that change nothing."""
        return Policy(*self._rules, deny(writes), otherwise=self._otherwise, flow=self._flow)

    def limits(self, facts: Facts) -> list[Rule]:
        """Return the matching rules that limit amounts."""
        limited = [one for one in self._rules if one.limit is not None]
        return [one for one in limited if replace(one, when=None).covers(facts) is not False]

    def decide(self, facts: Facts, *, over: Iterable[Rule] = ()) -> Decision:
        """Decide on a call. ``over`` are the rules of :meth:`limits` whose limit it would exceed."""
        beyond = {str(one) for one in over}
        found = [(one, True if str(one) in beyond else self._applies(one, facts)) for one in self._rules]
        surely = [one for one, applies in found if applies or (applies is None and one.verdict is Ruling.DENY)]
        perhaps = [one for one, applies in found if applies is None and one.verdict is Ruling.CONFIRM]
        decision = self._strictest(surely or [self._otherwise])
        if perhaps:
            # An undecided rule must not be more permissive than the default.
            other = self._strictest([*surely, *perhaps])
            decision = decision if _severity(decision.verdict) > _severity(other.verdict) else other
        if self._flow is None or facts.flow is None:
            return decision
        watched = self._strictest([self._flow])
        return _stricter(decision, replace(watched, rules=(f"flow={self._flow}: {facts.flow}",)))

    def may_run(self, facts: Facts) -> bool:
        """Return whether any call of an action could pass. Other actions are not offered."""
        found = [(one, one.covers(facts)) for one in self._rules]
        if any(one.verdict is Ruling.DENY and one.limit is None and covered for one, covered in found):
            return False
        others = any(one.verdict is not Ruling.DENY and covered is not False for one, covered in found)
        return others or self._otherwise.verdict is not Ruling.DENY

    def denies(self, facts: Facts) -> bool:
        """Return whether a rule denies a call, whatever the default is. An undecided rule counts."""
        return any(one.verdict is Ruling.DENY and self._applies(one, facts) is not False for one in self._rules)

    @staticmethod
    def _applies(rule: Rule, facts: Facts) -> bool | None:
        """Return whether a rule matches, ignoring its limit. A rule with only a limit matches calls that exceed it."""
        return False if rule.limit is not None and rule.when is None else rule.covers(facts)

    @staticmethod
    def _strictest(matched: Sequence[Rule]) -> Decision:
        verdict = max((one.verdict for one in matched), key=_severity)
        those = [one for one in matched if one.verdict is verdict]
        spans = [_DAY if one.expires is None else one.expires for one in those]
        by = tuple(sorted({one.by for one in those if one.by}))
        return Decision(verdict, tuple(sorted(map(str, those))), by, min(spans))

    def __repr__(self) -> str:
        flow = [] if self._flow is None else [f"flow={self._flow}"]
        return f"Policy({', '.join([*map(str, self._rules), f'otherwise={self._otherwise}', *flow])})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Policy) and self._version == other._version

    def __hash__(self) -> int:
        return hash(self._version)


def _severity(verdict: Ruling) -> int:
    return _ORDER.index(verdict)


def _stricter(first: Decision, second: Decision) -> Decision:
    """Return the stricter decision. Two that require approval become one, which satisfies both."""
    if first.verdict is second.verdict is Ruling.CONFIRM:
        rules = tuple(sorted({*first.rules, *second.rules}))
        by = tuple(sorted({*first.by, *second.by}))
        return Decision(first.verdict, rules, by, min(first.expires, second.expires))
    return first if _severity(first.verdict) > _severity(second.verdict) else second


def _is_bare(rule: object) -> bool:
    return isinstance(rule, Rule) and rule == _bare(rule)


def _bare(rule: Rule) -> Rule:
    """Return a rule with the same verdict and no conditions."""
    return Rule(verdict=rule.verdict, by=rule.by, expires=rule.expires)


READ_ONLY: Final = Policy(allow(reads), otherwise=deny())
"""Deny everything that changes something: ``ComposioToolSet(read_only=True)``."""
