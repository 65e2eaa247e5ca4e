"""What models get wrong and what they evidently meant. Led by the validator's errors: what fits is never touched."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from composio.schema.explain import closest_branch, kind_of
from composio.schema.restore import restore, restore_at
from composio.schema.validate import Validator, compile_validator
from composio.schema.walk import applying, at, property_names

if TYPE_CHECKING:
    from jsonschema_rs import ValidationError

__all__ = ["repair"]

# Models put the arguments one level down under these names.
_WRAPPERS = frozenset({"args", "arguments", "input", "parameters", "params"})
# Each is one mistake; a call with more of them is better explained than mended.
_MAX_REPAIRS = 32
# JSON's numbers, without those whose leading zero tells that they are names, and those that Python refuses for their length.
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,30})(\.\d{1,30})?([eE][+-]?\d{1,2})?")

_Path = Sequence[str | int]


class _Remove:
    """Stands for a value that should go."""


_REMOVE = _Remove()


@dataclass(frozen=True, slots=True)
class _Edit:
    """A value for a place. One that ``must_help`` has to leave fewer mistakes; another may uncover the next one."""

    path: _Path
    value: Any
    must_help: bool = False


def repair(arguments: Mapping[str, Any], schema: Mapping[str, Any], validator: Validator | None = None) -> dict[str, Any]:
    """``arguments`` with what evidently was meant in place of what does not fit; a new dict, the input stays as it is.

    JSON text where an object or array is wanted, ``"5"`` for 5, ``"true"`` for true, 5 for ``"5"``, null for an absent optional,
    an enum value in the wrong case, one item where an array is wanted, everything inside ``{"params": {...}}``. A value that
    fits is never changed, nor is one whose meaning is open: those the validator explains.
    ``validator`` is ``schema`` compiled, for callers that have it.
    """
    check = validator or compile_validator(schema)
    current = dict(arguments)
    try:
        if check.is_valid(current):
            return current
        current = _unwrapped(current, schema)
        for _ in range(_MAX_REPAIRS):
            better = _better(current, check, schema)
            if better is None:
                break
            current = better
    except ValueError:  # what JSON can't hold: the validator says it
        pass
    return current


def _better(value: dict[str, Any], check: Validator, schema: Mapping[str, Any]) -> dict[str, Any] | None:
    """``value`` with one mistake less, or a mistake that is nearer to the truth; None where nothing is evident."""
    errors = list(check.errors(value))
    for error in errors:
        for edits in _suggestions(error):
            candidate: dict[str, Any] | None = value
            for edit in edits:
                meant = edit.value
                if isinstance(meant, dict | list):  # read out of a text, where no name was restored yet
                    meant = restore_at(meant, at(schema, edit.path), schema)
                candidate = None if candidate is None else _with(candidate, edit.path, meant)
            if candidate is None:
                continue
            left = list(check.errors(candidate))
            allowed = len(errors) - any(edit.must_help for edit in edits)
            if len(left) <= allowed and not any(_is_same(error, e) for e in left):
                return candidate
    return None


def _is_same(a: ValidationError, b: ValidationError) -> bool:
    return a.instance_path == b.instance_path and a.schema_path == b.schema_path


def _suggestions(error: ValidationError) -> Iterator[list[_Edit]]:
    """Edits that may mend ``error``, the likeliest first."""
    kind, path, value = kind_of(error), list(error.instance_path), error.instance
    about: Any = error.kind  # its attributes differ from kind to kind
    if kind == "Type":
        yield from ([_Edit(path, v, must)] for v, must in _as_type(value, set(about.types)))
    elif kind in ("Enum", "Constant"):
        options = about.options if kind == "Enum" else [about.expected_value]
        yield from ([_Edit(path, option)] for option in _options_like(value, options))
    elif kind in ("AnyOf", "OneOfNotValid"):
        nearest = closest_branch(error)
        for branch in [nearest, *(b for b in about.context if b is not nearest)]:
            firsts = [next(_suggestions(inner), None) for inner in branch]
            edits = [edit for first in firsts if first is not None for edit in first]
            if edits and None not in firsts:
                yield edits
    if value is None and path and isinstance(path[-1], str):
        yield [_Edit(path, _REMOVE, must_help=True)]


def _as_type(value: Any, wanted: set[str]) -> Iterator[tuple[Any, bool]]:
    """What ``value`` may mean as one of the ``wanted`` types, and whether that must help at once."""
    if isinstance(value, str):
        yield from ((meant, False) for meant in _from_text(value, wanted))
    elif "string" in wanted and isinstance(value, bool | int | float):
        yield json.dumps(value), False
    if "array" not in wanted or value is None or isinstance(value, list):
        return
    if isinstance(value, str):
        if value.lstrip()[:1] in ("[", "{"):  # an array that is cut off, not an item
            return
        yield from (([meant], True) for meant in [value, *_from_text(value, {"number", "boolean"})])
    else:
        yield [value], True
        if not isinstance(value, dict):
            yield [json.dumps(value)], True


def _from_text(text: str, wanted: set[str]) -> Iterator[Any]:
    plain = text.strip()
    if wanted & {"integer", "number"} and _NUMBER.fullmatch(plain):
        number = json.loads(plain)
        if isinstance(number, int) or "number" in wanted:
            yield number
        elif number.is_integer():
            yield int(number)
    if "boolean" in wanted and plain.casefold() in ("true", "false"):
        yield plain.casefold() == "true"
    if "null" in wanted and plain.casefold() in ("null", "none"):
        yield None
    if wanted & {"object", "array"} and plain[:1] in ("{", "["):
        try:
            found = json.loads(plain, strict=False)
        except (ValueError, RecursionError):
            return
        if ("object" if isinstance(found, dict) else "array") in wanted:
            yield found


def _options_like(value: Any, options: Sequence[Any]) -> list[Any]:
    """The one option that ``value`` spells otherwise; none where several could be meant."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return []
    folded = str(value).strip().casefold()
    found = [option for option in options if isinstance(option, str | int | float) and str(option).casefold() == folded]
    return found if len(found) == 1 else []


def _with(root: dict[str, Any], path: _Path, value: Any) -> dict[str, Any] | None:
    """A copy of ``root`` with ``value`` at ``path``, sharing the rest; None where the path is not there."""
    copy = dict(root)
    if not path:
        return dict(value) if isinstance(value, dict) else None
    here: Any = copy
    for part, after in pairwise(path):
        if not _has(here, part):
            return None
        inner = here[part]
        here[part] = list(inner) if isinstance(after, int) else dict(inner)
        here = here[part]
    last = path[-1]
    if not _has(here, last):
        return None
    if value is _REMOVE:
        del here[last]
    else:
        here[last] = value
    return copy


def _has(holder: Any, part: str | int) -> bool:
    return part in holder if isinstance(holder, dict) else isinstance(part, int) and part < len(holder)


def _unwrapped(arguments: dict[str, Any], schema: Mapping[str, Any]) -> dict[str, Any]:
    if len(arguments) != 1:
        return arguments
    (name, inner), known = next(iter(arguments.items())), property_names(applying([schema], schema))
    if name not in _WRAPPERS or name in known:
        return arguments
    if isinstance(inner, str):
        inner = next(_from_text(inner, {"object"}), None)
    # At least one name has to be known: otherwise nothing tells that this is a wrapper.
    if not isinstance(inner, Mapping):
        return arguments
    restored = restore(inner, schema)
    return restored if any(key in known for key in restored) else arguments
