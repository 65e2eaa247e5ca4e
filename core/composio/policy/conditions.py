"""Conditions on the arguments of a call: ``arg("amount") > 5000``.

A condition is true, false or undecided: the argument is absent, or is not a number where a number is compared. An undecided
condition matches in a restricting rule and does not match in an allowing one, so that omitting an argument never evades a rule.
"""

from __future__ import annotations

import json
import math
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fnmatch import fnmatchcase
from typing import Any, Final

from composio.errors import InvalidRequest

__all__ = ["CallArgument", "Condition", "arg", "numbers_at", "spell_value"]

Truth = bool | None
_NUMBER: Final = re.compile(r"-?\d{1,30}(\.\d{1,30})?")
_PLAIN_PATH: Final = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*")
_KEYWORDS: Final = frozenset({"and", "or", "not", "in", "is", "if", "else", "lambda", "True", "False", "None", "for", "await"})
# A larger integer may not fit a float, and arguments are compared as floats.
_TOO_LARGE: Final = 1e300
# Separators of a list written as one string, such as the addresses of a mail.
_SEPARATORS: Final = re.compile(r"[\s,;<>\"|]+")


class Condition(ABC):
    """A condition. Combine conditions with ``&``, ``|`` and ``~``; ``str()`` gives the notation of ``policy.toml``."""

    @abstractmethod
    def test(self, arguments: Mapping[str, Any]) -> Truth:
        """Return whether it is true for a call with these arguments; None if undecided."""

    @abstractmethod
    def __str__(self) -> str: ...

    def paths(self) -> tuple[str, ...]:
        """The arguments that it compares with numbers, in order."""
        return ()

    def __and__(self, other: Condition) -> Condition:
        return Combined("and", (self, _condition(other)))

    def __or__(self, other: Condition) -> Condition:
        return Combined("or", (self, _condition(other)))

    def __invert__(self) -> Condition:
        return Negated(self)

    def __bool__(self) -> bool:
        raise InvalidRequest(
            "Combine conditions with &, | and ~ in parentheses: `and`, `or`, `not` and chains such as 1 < x < 5 don't work."
        )


def _condition(value: object) -> Condition:
    if not isinstance(value, Condition):
        raise InvalidRequest(f"& and | combine conditions such as arg('amount') > 5000; got {type(value).__name__}.")
    return value


@dataclass(frozen=True, slots=True)
class Combined(Condition):
    """``word`` is ``and`` or ``or``."""

    word: str
    parts: tuple[Condition, ...]

    def test(self, arguments: Mapping[str, Any]) -> Truth:
        found = [one.test(arguments) for one in self.parts]
        decisive = self.word == "or"
        if decisive in found:
            return decisive
        return None if None in found else not decisive

    def __str__(self) -> str:
        return f" {self.word} ".join(f"({one})" if isinstance(one, Combined) else str(one) for one in self.parts)

    def paths(self) -> tuple[str, ...]:
        return tuple(path for one in self.parts for path in one.paths())


@dataclass(frozen=True, slots=True)
class Negated(Condition):
    """The opposite of a condition; undecided stays undecided."""

    of: Condition

    def test(self, arguments: Mapping[str, Any]) -> Truth:
        found = self.of.test(arguments)
        return None if found is None else not found

    def __str__(self) -> str:
        return f"not ({self.of})"

    def paths(self) -> tuple[str, ...]:
        return self.of.paths()


@dataclass(frozen=True, slots=True)
class Compared(Condition):
    """``operator`` is one of ``< <= > >= == !=`` or ``matches``; ``value`` a number, a string, or true or false."""

    path: str
    operator: str
    value: Any

    def test(self, arguments: Mapping[str, Any]) -> Truth:
        return _agree([_compare(one, self.operator, self.value) for one in values_at(arguments, self.path)])

    def __str__(self) -> str:
        if self.operator == "matches":
            return f"matches({_spell(self.path)}, {_literal(self.value)})"
        return f"{_spell(self.path)} {self.operator} {_literal(self.value)}"

    def paths(self) -> tuple[str, ...]:
        return (self.path,) if _is_number(self.value) else ()


@dataclass(frozen=True, slots=True)
class OneOf(Condition):
    """Whether a value is one of several."""

    path: str
    values: tuple[Any, ...]

    def test(self, arguments: Mapping[str, Any]) -> Truth:
        return Combined("or", tuple(Compared(self.path, "==", one) for one in self.values)).test(arguments)

    def __str__(self) -> str:
        return f"{_spell(self.path)} in [{', '.join(map(_literal, self.values))}]"


@dataclass(frozen=True, slots=True)
class Missing(Condition):
    """Tests if an argument is absent or null. Undecided only if it is absent from some entries of a list."""

    path: str

    def test(self, arguments: Mapping[str, Any]) -> Truth:
        found = values_at(arguments, self.path)
        return _agree([one is None for one in found]) if found else True

    def __str__(self) -> str:
        return f"missing({_spell(self.path)})"


class CallArgument:
    """An argument of a call by its name in the definition. ``amount.value`` is a nested field, ``items.*.price`` a list's."""

    __hash__ = None  # type: ignore[assignment]  # comparing gives a condition, so that two of them are never equal
    __slots__ = ("path",)

    def __init__(self, path: object) -> None:
        if not isinstance(path, str) or not path.strip():
            raise InvalidRequest(f"arg() takes the name of an argument, such as arg('amount'); got {path!r:.60}.")
        self.path = path

    def __gt__(self, value: float) -> Condition:
        return Compared(self.path, ">", _number(value))

    def __ge__(self, value: float) -> Condition:
        return Compared(self.path, ">=", _number(value))

    def __lt__(self, value: float) -> Condition:
        return Compared(self.path, "<", _number(value))

    def __le__(self, value: float) -> Condition:
        return Compared(self.path, "<=", _number(value))

    def __eq__(self, value: object) -> Condition:  # type: ignore[override]  # it makes a condition, as in SQLAlchemy
        return Compared(self.path, "==", _scalar(value))

    def __ne__(self, value: object) -> Condition:  # type: ignore[override]  # as above
        return Compared(self.path, "!=", _scalar(value))

    def one_of(self, *values: object) -> Condition:
        """Match if the argument is one of these numbers or strings."""
        if not values:
            raise InvalidRequest(f"arg({self.path!r}).one_of() needs at least one value.")
        return OneOf(self.path, tuple(map(_scalar, values)))

    def matches(self, pattern: object) -> Condition:
        """Match a pattern where ``*`` is a wildcard, as in ``*@example.com``. Case is ignored.

        A match on a string with several entries, such as two addresses, is undecided.
        """
        if not isinstance(pattern, str) or not pattern:
            raise InvalidRequest(f"arg({self.path!r}).matches() takes a pattern such as '*@example.com'; got {pattern!r:.60}.")
        return Compared(self.path, "matches", pattern)

    def is_missing(self) -> Condition:
        """Match if the argument is absent or null."""
        return Missing(self.path)


def arg(path: str) -> CallArgument:
    """An argument to compare: ``arg("amount") > 5000``, ``arg("currency") == "eur"``, ``arg("to").matches("*@example.com")``."""
    return CallArgument(path)


def values_at(arguments: Mapping[str, Any], path: str) -> list[Any]:
    """Return all values at ``path``: the argument with that whole name, and nested values. Empty if there are none.

    A value that an entry under ``*`` lacks is None: the other entries must not decide for it.
    """
    found = [arguments[path]] if path in arguments and "." in path else []
    return found + list(_inside(arguments, path.split(".")))


def _inside(value: Any, parts: Sequence[str]) -> Iterator[Any]:
    if not parts:
        yield value
        return
    first, rest = parts[0], parts[1:]
    if isinstance(value, Mapping):
        if first == "*":
            yield from _inside_each(value.values(), rest)
        elif first in value:
            yield from _inside(value[first], rest)
    elif isinstance(value, list | tuple) and first == "*":
        yield from _inside_each(value, rest)


def _inside_each(values: Iterable[Any], rest: Sequence[str]) -> Iterator[Any]:
    for one in values:
        yield from list(_inside(one, rest)) or [None]


def numbers_at(arguments: Mapping[str, Any], path: str) -> float | None:
    """Return the sum of the numbers at ``path``; None if there is no number, another value, or a negative number."""
    found = [_as_number(one) for one in values_at(arguments, path)]
    if not found or any(one is None or one < 0 for one in found):
        return None
    try:
        total = float(sum(Decimal(str(one)) if isinstance(one, float) else Decimal(one) for one in found if one is not None))
    except ArithmeticError:  # an int may have any length, a float may not
        return None
    return total if math.isfinite(total) else None


def _agree(found: Sequence[Truth]) -> Truth:
    """Return the common result of all values; None if they differ."""
    return found[0] if found and all(one is found[0] for one in found) else None


def _compare(value: Any, operator: str, wanted: Any) -> Truth:
    if operator == "matches":
        return _fits(value, wanted) if isinstance(value, str) else None
    if isinstance(wanted, bool):
        equal = value is wanted if isinstance(value, bool) else None
    elif isinstance(wanted, str):
        equal = value == wanted if isinstance(value, str) else None
    else:
        return _compare_numbers(_as_number(value), operator, wanted)
    return equal if equal is None or operator == "==" else not equal


def _compare_numbers(value: float | Decimal | None, operator: str, wanted: float) -> Truth:
    if value is None:
        return None
    below, equal = value < wanted, value == wanted
    results = {"<": below, "<=": below or equal, ">": not (below or equal), ">=": not below, "==": equal, "!=": not equal}
    return bool(results[operator])


def _fits(value: str, pattern: str) -> Truth:
    value, pattern = value.casefold(), pattern.casefold()
    parts = [one for one in _SEPARATORS.split(value) if one]
    fits = fnmatchcase(value, pattern)
    if fits and len(parts) == 1 and parts[0] == value:
        return True
    return None if fits or any(fnmatchcase(one, pattern) for one in parts) else False


def _as_number(value: Any) -> float | Decimal | None:
    """Return a number, or a string that holds one: APIs write amounts both ways."""
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float | Decimal):
        return value if isinstance(value, int) or math.isfinite(value) else None
    return Decimal(value) if isinstance(value, str) and _NUMBER.fullmatch(value.strip()) else None


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _number(value: object) -> float:
    if not isinstance(value, int | float) or isinstance(value, bool) or not abs(value) < _TOO_LARGE:
        raise InvalidRequest(f"An argument is compared with a number, as in arg('amount') > 5000; got {spell_value(value)}.")
    return value


def spell_value(value: object) -> str:
    """Shorten a value for an error. Python refuses to write integers with more than 4,300 digits."""
    try:
        return f"{value!r:.60}"
    except ValueError:
        return "a number of thousands of digits"


def _scalar(value: object) -> Any:
    if isinstance(value, str | bool):
        return value
    if isinstance(value, int | float):
        return _number(value)
    raise InvalidRequest(f"An argument is compared with a string, a number, True or False; got {spell_value(value)}.")


def _spell(path: str) -> str:
    """Return ``path`` in the notation of conditions."""
    plain = _PLAIN_PATH.fullmatch(path) and not _KEYWORDS.intersection(path.split("."))
    return path if plain else f"arg({json.dumps(path)})"


def _literal(value: Any) -> str:
    return json.dumps(value)
