"""Rules of a policy: the calls that a rule matches, and its verdict."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any, Final, TypedDict, Unpack

from composio.errors import InvalidRequest
from composio.model.action import ActionModel
from composio.model.effect import Effect, find_effect
from composio.policy.conditions import CallArgument, Condition, spell_value
from composio.policy.expressions import parse_condition
from composio.policy.hours import Hours

__all__ = [
    "Facts",
    "Limit",
    "Rule",
    "RuleOptions",
    "Ruling",
    "allow",
    "calls",
    "confirm",
    "deny",
    "destructive",
    "read_seconds",
    "reads",
    "writes",
]

reads: Final = Effect.READ
"""Actions that change nothing."""
writes: Final = Effect.WRITE
"""Actions that change something. In a restricting rule, destructive actions too."""
destructive: Final = Effect.DESTRUCTIVE
"""Destructive actions, and actions with an unknown effect."""

calls: Final = "calls()"
"""As ``total_of``: count calls instead of summing an argument."""

_DAY: Final = 86_400.0
RUN: Final = "run"
_PERIODS: Final = {"hour": 3_600.0, "day": _DAY, "week": 7 * _DAY, "month": 30 * _DAY, RUN: 30 * _DAY}
_EACH: Final = ("entity", "agent", "all")
_SPAN: Final = re.compile(r"(\d{1,6})\s*(s|m|h|d)")
_UNITS: Final = {"s": 1.0, "m": 60.0, "h": 3_600.0, "d": _DAY}
_LONGEST_SECONDS: Final = 90 * _DAY


class Ruling(StrEnum):
    """The verdict on a call."""

    ALLOW = "allow"
    CONFIRM = "confirm"
    DENY = "deny"


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The facts about a call. None is unknown, such as the arguments of a tool that is only offered.

    ``flow`` explains why a call may leak what its run has read; None if it can't.
    """

    action: ActionModel
    arguments: Mapping[str, Any] | None = None
    entity_id: str | None = None
    agent: str | None = None
    run: str | None = None
    connection: str | None = None
    moment: datetime | None = None
    flow: str | None = None


@dataclass(frozen=True, slots=True)
class Limit:
    """A limit per period: the sum of the argument ``of``, or the number of :data:`calls`, ``per`` day and so on.

    ``each`` selects the calls to add up: an ``entity``'s, an ``agent``'s, or ``all`` calls of this database.
    """

    of: str
    per: str
    most: float
    each: str = "entity"

    @property
    def seconds(self) -> float:
        """The length of the period in seconds. A run is counted for 30 days."""
        return _PERIODS[self.per]

    def subject(self, facts: Facts) -> str | None:
        """Return the key of the total that a call adds to; None if the call lacks it."""
        named = {"entity": facts.entity_id, "agent": facts.agent, "all": "all"}[self.each]
        if self.per != RUN:
            return named or None
        return None if not named or not facts.run else json.dumps([named, facts.run])


class RuleOptions(TypedDict, total=False):
    """The optional conditions of a rule. Strings may be patterns; a list matches if any entry does.

    ``when`` is a condition on the arguments; ``during`` and ``outside`` are hours of the week. ``total_of`` is an argument to
    sum up, or :data:`calls` to count. ``total_per`` is the period: hour, day, week, month (30 days) or run. ``total_for`` is
    entity, agent or all. The rule matches a call that would take the total over ``limit``.
    """

    when: Condition | str | None
    app: str | Iterable[str]
    tag: str | Iterable[str]
    entity: str | Iterable[str]
    connection: str | Iterable[str]
    agent: str | Iterable[str]
    during: str | None
    outside: str | None
    total_of: CallArgument | str | None
    total_per: str | None
    total_for: str | None
    limit: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule, made by :func:`allow`, :func:`confirm` or :func:`deny`. ``str()`` gives the call that makes it."""

    verdict: Ruling
    patterns: tuple[str, ...] = ()
    effects: tuple[Effect, ...] = ()
    named: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    when: Condition | None = None
    during: Hours | None = None
    outside: Hours | None = None
    limit: Limit | None = None
    by: str = ""
    expires: float | None = None

    @property
    def restricts(self) -> bool:
        """Whether the verdict is stricter than allow."""
        return self.verdict is not Ruling.ALLOW

    def covers(self, facts: Facts) -> bool | None:
        """Return whether the rule matches a call, ignoring its limit; None if undecided."""
        known = [
            self._covers_action(facts.action),
            self._covers(self.named.get("app"), facts.action.app),
            self._covers_any(self.named.get("tag"), facts.action.tags),
            self._covers(self.named.get("entity"), facts.entity_id),
            self._covers(self.named.get("connection"), facts.connection),
            self._covers(self.named.get("agent"), facts.agent),
            _in_hours(self.during, facts.moment),
            _out_of_hours(self.outside, facts.moment),
        ]
        if False in known:
            return False
        if self.when is not None:
            known.append(None if facts.arguments is None else self.when.test(facts.arguments))
        return False if False in known else None if None in known else True

    def _covers_action(self, action: ActionModel) -> bool:
        if not self.patterns and not self.effects:
            return True
        if any(fnmatchcase(name, pattern) for name in action.names for pattern in self.patterns):
            return True
        if not self.effects:
            return False
        effect = find_effect(action)
        return effect in self.effects or (self.restricts and effect is destructive and writes in self.effects)

    @staticmethod
    def _covers(patterns: tuple[str, ...] | None, value: str | None) -> bool | None:
        if patterns is None:
            return True
        return None if value is None else any(fnmatchcase(value, pattern) for pattern in patterns)

    @staticmethod
    def _covers_any(patterns: tuple[str, ...] | None, values: Iterable[str]) -> bool:
        return patterns is None or any(fnmatchcase(value, pattern) for value in values for pattern in patterns)

    def __str__(self) -> str:
        parts = [json.dumps(one) for one in self.patterns] + [_EFFECT_NAMES[one] for one in self.effects]
        parts += [f"{name}={json.dumps(list(patterns))}" for name, patterns in sorted(self.named.items())]
        options: dict[str, object] = {
            "when": None if self.when is None else str(self.when),
            "during": None if self.during is None else str(self.during),
            "outside": None if self.outside is None else str(self.outside),
            "by": self.by or None,
            "expires": None if self.expires is None else f"{self.expires:.0f}s",
        }
        if self.limit is not None:
            options |= {"total_of": self.limit.of, "total_per": self.limit.per, "limit": self.limit.most}
            if self.limit.each != _EACH[0]:  # defaults are omitted: approvals are bound to a policy's text
                options["total_for"] = self.limit.each
        parts += [f"{name}={json.dumps(value)}" for name, value in options.items() if value is not None]
        return f"{self.verdict}({', '.join(parts)})"


_EFFECT_NAMES: Final = {Effect.READ: "reads", Effect.WRITE: "writes", Effect.DESTRUCTIVE: "destructive"}


def allow(*what: str | Effect, **options: Unpack[RuleOptions]) -> Rule:
    """Allow calls. ``what`` are names of actions, where ``*`` is a wildcard, and effects; nothing matches all calls."""
    return _rule(Ruling.ALLOW, what, options)


def deny(*what: str | Effect, **options: Unpack[RuleOptions]) -> Rule:
    """Deny calls, and hide tools that could never be called. ``what`` is as for :func:`allow`."""
    return _rule(Ruling.DENY, what, options)


def confirm(*what: str | Effect, by: str = "", expires: str | float | None = None, **options: Unpack[RuleOptions]) -> Rule:
    """Require an approval of calls. ``by`` is the group that an approver must belong to, if any.

    ``expires`` is how long an approval may be given and used: ``"1h"``, ``"2d"`` or seconds. The default is a day.
    """
    if not isinstance(by, str):
        raise InvalidRequest(f"confirm: by= is the name of a group, such as 'finance'; got {by!r:.60}.")
    seconds = None if expires is None else read_seconds(expires)
    return _rule(Ruling.CONFIRM, what, options, by=by.strip(), expires=seconds)


def _rule(verdict: Ruling, what: tuple[str | Effect, ...], options: RuleOptions, **own: Any) -> Rule:
    given: dict[str, Any] = dict(options)
    when = given.pop("when", None)
    condition = parse_condition(when) if isinstance(when, str) else when
    if condition is not None and not isinstance(condition, Condition):
        raise InvalidRequest(f"{verdict}: when= is a condition such as arg('amount') > 5000, or a string; got {when!r:.60}.")
    during, outside = (None if (text := given.pop(name, None)) is None else Hours.of(text) for name in ("during", "outside"))
    limit = _read_limit(verdict, given, condition)
    named = {name: _patterns(verdict, name, given.pop(name)) for name in _NAMED if given.get(name) is not None}
    if unknown := sorted(name for name in given if name not in _NAMED):
        known = ", ".join(sorted(RuleOptions.__annotations__))
        raise InvalidRequest(f"{verdict}: unknown option {unknown[0]!r}; a rule takes {known}.")
    patterns, effects = _read_what(verdict, what)
    return Rule(
        verdict=verdict,
        patterns=patterns,
        effects=effects,
        named=named,
        when=condition,
        during=during,
        outside=outside,
        limit=limit,
        **own,
    )


_NAMED: Final = ("app", "tag", "entity", "connection", "agent")


def _read_what(verdict: Ruling, what: tuple[Any, ...]) -> tuple[tuple[str, ...], tuple[Effect, ...]]:
    for one in what:
        if not isinstance(one, str) or not one.strip():
            raise InvalidRequest(
                f"{verdict}: name actions, such as 'GITHUB_DELETE_*', or say reads, writes or destructive; got {one!r:.60}."
            )
    effects = tuple(sorted({one for one in what if isinstance(one, Effect)}))
    return tuple(sorted({one.strip().upper() for one in what if not isinstance(one, Effect)})), effects


def _patterns(verdict: Ruling, name: str, value: object) -> tuple[str, ...]:
    found: list[Any] = [value] if isinstance(value, str) else list(value) if isinstance(value, Iterable) else [value]
    if not found or not all(isinstance(one, str) and one.strip() for one in found):
        raise InvalidRequest(f"{verdict}: {name}= is a name, a pattern such as 'team-*', or a list of them; got {value!r:.60}.")
    return tuple(sorted({one.strip().lower() if name == "app" else one for one in found}))


def _read_limit(verdict: Ruling, given: dict[str, Any], when: Condition | None) -> Limit | None:
    of, per, most, each = (given.pop(name, None) for name in ("total_of", "total_per", "limit", "total_for"))
    if most is None and per is None and of is None and each is None:
        return None
    if verdict is Ruling.ALLOW:
        raise InvalidRequest("allow: a limit restricts calls; pass it to a separate confirm() or deny().")
    if most is None or per is None:
        raise InvalidRequest(f"{verdict}: total_per= and limit= go together, as in total_per='day', limit=50_000.")
    if of is None and when is not None and len(set(when.paths())) == 1:
        of = when.paths()[0]
    path = of.path if isinstance(of, CallArgument) else of
    if not isinstance(path, str) or not path:
        raise InvalidRequest(
            f"{verdict}: total_of= names the limited total: an argument's sum, such as arg('amount'), or calls."
        )
    if not isinstance(per, str) or per not in _PERIODS:
        raise InvalidRequest(f"{verdict}: total_per= is one of {', '.join(_PERIODS)}; got {per!r:.40}.")
    if not isinstance(most, int | float) or isinstance(most, bool) or not 0 <= most < 1e300:
        raise InvalidRequest(f"{verdict}: limit= is a number from 0; got {spell_value(most)}.")
    each = _EACH[0] if each is None else each
    if each not in _EACH:
        raise InvalidRequest(f"{verdict}: total_for= is one of {', '.join(_EACH)}; got {each!r:.40}.")
    return Limit(path, per, float(most), each)


def read_seconds(value: object, name: str = "expires=") -> float:
    """Parse ``"90s"``, ``"5m"``, ``"1h"``, ``"2d"`` or a number of seconds. Raises ``InvalidRequest``."""
    seconds: float | None = None
    if isinstance(value, int | float) and not isinstance(value, bool):
        seconds = float(value) if value <= _LONGEST_SECONDS else None
    elif isinstance(value, str) and (found := _SPAN.fullmatch(value.strip())) is not None:
        seconds = int(found[1]) * _UNITS[found[2]]
    if seconds is None or not 1 <= seconds <= _LONGEST_SECONDS:
        raise InvalidRequest(
            f'{name} is a duration from one second to 90 days: "90s", "5m", "1h", "2d"; got {spell_value(value)}.'
        )
    return seconds


def _in_hours(hours: Hours | None, moment: datetime | None) -> bool | None:
    if hours is None:
        return True
    return None if moment is None else hours.hold(moment)


def _out_of_hours(hours: Hours | None, moment: datetime | None) -> bool | None:
    if hours is None:
        return True
    return None if moment is None else not hours.hold(moment)
