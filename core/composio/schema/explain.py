"""Explain the validator's errors: location, what was expected and given, and what was probably meant."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from composio.errors import Problem, nearest
from composio.schema.walk import at, property_names

if TYPE_CHECKING:
    from jsonschema_rs import ValidationError

__all__ = ["closest_branch", "explain", "kind_of", "misspelt", "path_text", "show"]

_SHOWN = 60
# Unknown properties of one object that are explained: each is compared with all known ones.
_NAMES = 8
_OPTIONS = 12
# Letters of a name that are compared.
_LONG = 64
_TYPE_WORDS = {
    "array": "an array",
    "boolean": "true or false",
    "integer": "an integer",
    "null": "null",
    "number": "a number",
    "object": "an object",
    "string": "a string",
}
# A value under such a name is never repeated: messages end up in logs.
_SECRET = re.compile(r"pass(word|phrase|wd)|secret|token|api_?key|credential|authorization|private_?key", re.IGNORECASE)


def kind_of(error: ValidationError) -> str:
    """Return ``Type``, ``Required`` ...: the error's kind under a name shared by all releases of the validator."""
    return type(error.kind).__name__.removeprefix("ValidationErrorKind_")


def explain(error: ValidationError, schema: Mapping[str, Any]) -> list[Problem]:
    """Return ``error`` as problems: one, unless it names several properties or a branch explains it better.

    ``schema`` is the root, for the names that could have been meant.
    """
    kind = kind_of(error)
    path: Sequence[str | int] = error.instance_path
    if kind == "Required":
        return [_explain_missing(error, property_names(at(schema, path)))]
    if kind in ("AdditionalProperties", "UnevaluatedProperties"):
        schemas = at(schema, path)
        known, needed = property_names(schemas), [name for s in schemas for name in s.get("required") or ()]
        return [_unknown(error, name, known, needed) for name in _attribute(error, "unexpected")[:_NAMES]]
    if kind in ("AnyOf", "OneOfNotValid"):
        return _no_branch(error, schema)
    if kind == "PropertyNames":
        return [Problem(path_text(path), "allowed property names", str(_attribute(error, "error").message)[:_SHOWN])]
    expected = _describe_expected(error, kind)
    hint = ""
    if kind == "Enum" and isinstance(error.instance, str):
        options = [option for option in _attribute(error, "options") if isinstance(option, str)]
        hint = f"did you mean {json.dumps(near[0])}?" if (near := nearest(error.instance, options, 1)) else ""
    if kind == "Type" and isinstance(error.instance, str) and "array" in _attribute(error, "types"):
        hint = 'pass each item separately, as in ["a", "b"]'
    return [Problem(path_text(path), expected, show(error.instance, path), hint)]


def path_text(path: Sequence[str | int]) -> str:
    """Return ``labels[0].name``; "" for the root."""
    text = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def show(value: Any, path: Sequence[str | int] = ()) -> str:
    """Return ``value`` with its type, in at most about 60 characters, and without apparent secrets."""
    if value is None:
        return "null"
    if isinstance(value, Mapping):
        return _cut(f"an object with {', '.join(map(str, value)) or 'nothing'}")
    if isinstance(value, list | tuple):
        return f"an array of {len(value)} item{'' if len(value) == 1 else 's'}"
    name = next((part for part in reversed(path) if isinstance(part, str)), "")
    kind = {bool: "the boolean", int: "the integer", float: "the number", str: "the string"}.get(type(value), "")
    if not kind:
        return f"a {type(value).__name__}"
    return kind.replace("the ", "a secret ") if _SECRET.search(name) else _cut(f"{kind} {_json(value)}")


def closest_branch(error: ValidationError) -> list[ValidationError]:
    """Return the errors of the closest ``anyOf`` or ``oneOf`` branch: right in type first, then with the fewest errors."""
    here = len(error.instance_path)

    def distance(branch: list[ValidationError]) -> tuple[bool, bool, int]:
        is_other_type = any(kind_of(e) == "Type" and len(e.instance_path) == here for e in branch)
        # A single-valued property that distinguishes the branches: another branch was meant.
        is_other_tag = any(kind_of(e) in ("Constant", "Enum") and len(e.instance_path) == here + 1 for e in branch)
        return is_other_type, is_other_tag, len(branch)

    return min(_attribute(error, "context"), key=distance, default=[])


def _no_branch(error: ValidationError, schema: Mapping[str, Any]) -> list[Problem]:
    branches: list[list[ValidationError]] = _attribute(error, "context")
    whole = [e for branch in branches for e in branch if len(e.instance_path) == len(error.instance_path)]
    simple = [e for e in whole if kind_of(e) in ("Type", "Enum", "Constant")]
    if simple and all(len(branch) == 1 for branch in branches) and len(simple) == len(branches):
        expected = " or ".join(dict.fromkeys(_describe_expected(e, kind_of(e)) for e in simple))
        return [Problem(path_text(error.instance_path), _cut(expected, 200), show(error.instance, error.instance_path))]
    closest = closest_branch(error)
    if not closest:
        return [Problem(path_text(error.instance_path), "one of the allowed forms", show(error.instance, error.instance_path))]
    return [problem for each in closest for problem in explain(each, schema)]


def _explain_missing(error: ValidationError, known: list[str]) -> Problem:
    name = str(_attribute(error, "property"))
    sent = [key for key in error.instance if key not in known] if isinstance(error.instance, dict) else []
    near = [key for key in nearest(name, sent, 1) if _alike(key, name)] or [
        key for key in sent[:_NAMES] if _is_longer(key, name)
    ]
    hint = f"you sent {json.dumps(near[0])}" if near else ""
    return Problem(path_text([*error.instance_path, name]), "a required property", "nothing", hint)


# Number of property names in an explanation: enough to help, few enough to read.
_KNOWN = 6


def _alike(a: str, b: str) -> bool:
    """Return whether two names differ by a typo, unlike names that merely share letters."""
    from difflib import SequenceMatcher

    return SequenceMatcher(None, a.casefold(), b.casefold()).ratio() >= 0.7


def misspelt(value: Mapping[str, Any], known: Iterable[str]) -> list[Problem]:
    """Return the names in ``value`` that are probably misspelt missing ones; for an object that accepts further ones."""
    known = list(known)
    missing = [name for name in known if name not in value]
    found = []
    for name in [one for one in value if one not in known][:_NAMES]:
        meant = next((other for other in nearest(name, missing, 3) if _is_slip(name, other)), None)
        if meant is not None:
            found.append(Problem(name, "no such property", show(value[name], [name]), f"did you mean {json.dumps(meant)}?"))
    return found


def _is_slip(name: str, meant: str) -> bool:
    """Return whether the two differ by a typo: one letter, or two of a long name; a digit is not a typo."""
    one, other = name.casefold(), meant.casefold()
    most = 1 if len(other) < 8 else 2
    if min(len(one), len(other)) < 4 or abs(len(one) - len(other)) > most:
        return False
    if [c for c in one if c.isdigit()] != [c for c in other if c.isdigit()]:
        return False
    return _distance(one[:_LONG], other[:_LONG]) <= most


def _distance(one: str, other: str) -> int:
    """Return how many letters are missing, added, wrong or swapped with the next."""
    rows = [list(range(len(other) + 1))]
    for i, letter in enumerate(one, 1):
        row = [i]
        for j, wanted in enumerate(other, 1):
            cost = min(rows[-1][j] + 1, row[-1] + 1, rows[-1][j - 1] + (letter != wanted))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == wanted:
                cost = min(cost, rows[-2][j - 2] + 1)
            row.append(cost)
        rows.append(row)
    return rows[-1][-1]


def _is_longer(name: str, short: str) -> bool:
    """Return whether ``name`` is a longer form of ``short``, as ``repository`` of ``repo`` and ``message_id`` of ``id``."""
    words = re.findall(r"[A-Z]?[a-z0-9]+|[A-Z]+(?![a-z])", name)
    return (len(short) > 2 and name.casefold().startswith(short.casefold())) or (
        len(words) > 1 and words[-1].casefold() == short.casefold()
    )


def _unknown(error: ValidationError, name: str, known: list[str], needed: list[str]) -> Problem:
    path = [*error.instance_path, name]
    near = nearest(name, known, 1)
    sent = error.instance if isinstance(error.instance, Mapping) else {}
    missing = [one for one in needed if one not in sent and _is_longer(name, one)]
    if missing:
        hint = f"did you mean {json.dumps(missing[0])}?"
    elif near and _alike(near[0], name):
        hint = f"did you mean {json.dumps(near[0])}?"
    else:
        few = ", ".join(known[:_KNOWN])
        hint = f"remove it; known are {few}{', ...' if len(known) > _KNOWN else ''}" if known else "remove it"
    return Problem(path_text(path), "no such property", show(sent.get(name), path), hint)


def _describe_expected(error: ValidationError, kind: str) -> str:
    words = _WORDS.get(kind)
    if kind == "Type":
        names = sorted(_attribute(error, "types"), key=lambda name: (name == "null", name))
        return " or ".join(_TYPE_WORDS.get(name, name) for name in names)
    if words is None:
        return _cut(error.message, 120)
    return words(error)


def _options(error: ValidationError) -> str:
    options = [_cut(_json(option), 40) for option in _attribute(error, "options")]
    more = f" and {len(options) - _OPTIONS} more" if len(options) > _OPTIONS else ""
    return f"one of {', '.join(options[:_OPTIONS])}{more}" if len(options) > 1 else "".join(options)


def _count(error: ValidationError, least: bool, noun: str) -> str:
    limit = _attribute(error, "limit")
    return f"{'at least' if least else 'at most'} {limit} {noun}{'' if limit == 1 else 's'}"


# The message for each kind; other kinds get the validator's own.
_WORDS: dict[str, Callable[[ValidationError], str]] = {
    "Constant": lambda e: _cut(_json(_attribute(e, "expected_value"))),
    "Contains": lambda _: "an array with a matching item",
    "Enum": _options,
    "ExclusiveMaximum": lambda e: f"less than {_attribute(e, 'limit')}",
    "ExclusiveMinimum": lambda e: f"more than {_attribute(e, 'limit')}",
    "FalseSchema": lambda _: "nothing here",
    "AdditionalItems": lambda e: _count(e, False, "item"),
    "Maximum": lambda e: f"at most {_attribute(e, 'limit')}",
    "MaxItems": lambda e: _count(e, False, "item"),
    "MaxLength": lambda e: _count(e, False, "character"),
    "MaxProperties": lambda e: f"at most {_attribute(e, 'limit')} properties",
    "Minimum": lambda e: f"at least {_attribute(e, 'limit')}",
    "MinItems": lambda e: _count(e, True, "item"),
    "MinLength": lambda e: _count(e, True, "character"),
    "MinProperties": lambda e: f"at least {_attribute(e, 'limit')} properties",
    "MultipleOf": lambda e: f"a multiple of {_number(_attribute(e, 'multiple_of'))}",
    "Not": lambda _: "something that the schema does not exclude",
    "OneOfMultipleValid": lambda _: "exactly one of the allowed forms; it fits several",
    "Pattern": lambda e: _cut(f"text matching {_attribute(e, 'pattern')}", 120),
    "UniqueItems": lambda _: "items that all differ",
}


def _attribute(error: ValidationError, name: str) -> Any:
    """Return an attribute of an error's kind, which differ from kind to kind."""
    return getattr(error.kind, name)


def _number(value: Any) -> Any:
    """Return ``value`` without the ``.0`` that some releases of the validator add."""
    return int(value) if value == int(value) else value


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, default=str)


def _cut(text: str, limit: int = _SHOWN) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
