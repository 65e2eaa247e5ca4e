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
    """

    __slots__ = ("_otherwise", "_rules", "_version")

    def __init__(self, *rules: Rule, otherwise: Rule | None = None) -> None:
        for one in rules:
            if not isinstance(one, Rule):
                raise InvalidRequest(f"Policy takes rules: allow(...), confirm(...) and deny(...); got {type(one).__name__}.")
        if not isinstance(otherwise, Rule) or otherwise != _bare(otherwise):
            raise InvalidRequest(
                "Policy: say what happens to calls that no rule matches: otherwise=allow(), confirm() or deny(), without conditions."
            )
        self._rules: tuple[Rule, ...] = tuple({str(one): one for one in rules}.values())
        self._otherwise = otherwise
        text = "\n".join([*sorted(map(str, self._rules)), f"otherwise {otherwise}"])
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
    def version(self) -> str:
        """A digest of the policy's text. Approvals are valid for one digest only."""
        return self._version

    @property
    def asks_connection(self) -> bool:
        """Whether a rule names connections, so that a call's connection is needed for a decision."""
        return any("connection" in one.named for one in self._rules)

    def read_only(self) -> Policy:
        """Return this policy, restricted to actions that change nothing."""
        return Policy(*self._rules, deny(writes), otherwise=self._otherwise)

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
        if not perhaps:
            return decision
        # An undecided rule must not be more permissive than the default.
        other = self._strictest([*surely, *perhaps])
        return decision if _severity(decision.verdict) > _severity(other.verdict) else other

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
        return f"Policy({', '.join([*map(str, self._rules), f'otherwise={self._otherwise}'])})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Policy) and self._version == other._version

    def __hash__(self) -> int:
        return hash(self._version)


def _severity(verdict: Ruling) -> int:
    return _ORDER.index(verdict)


def _bare(rule: Rule) -> Rule:
    """Return a rule with the same verdict and no conditions."""
    return Rule(verdict=rule.verdict, by=rule.by, expires=rule.expires)


READ_ONLY: Final = Policy(allow(reads), otherwise=deny())
"""Deny everything that changes something: ``ComposioToolSet(read_only=True)``."""
