"""What models get wrong and what they evidently meant. Led by the validator's errors: what fits is never touched."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any

from composio.schema.dates import as_epoch, dated, in_format
from composio.schema.explain import closest_branch, kind_of
from composio.schema.meanings import WRAPPERS, from_text, names_like, options_like
from composio.schema.restore import restore, restore_at
from composio.schema.validate import Validator, compile_validator, nests_deeper
from composio.schema.walk import applying, at, property_names

if TYPE_CHECKING:
    from jsonschema_rs import ValidationError

__all__ = ["repair"]

# What one call may cost: rounds, errors that a round looks at, and how often it asks the validator. A call with more mistakes
# than that is better explained than mended.
_MAX_ROUNDS, _MAX_ERRORS, _MAX_CHECKS = 16, 200, 120
_MAX_WRAPPERS = 3
# Properties of one object whose names are compared with those that are known.
_MAX_NAMES = 200

_Schema = Mapping[str, Any]
_Path = Sequence[str | int]


class _Remove:
    """Stands for a value that should go."""


_REMOVE = _Remove()


@dataclass(frozen=True, slots=True)
class _Edit:
    """A value for a place, or with ``name`` another name for the property there.

    One that ``must_help`` has to leave fewer mistakes; another may uncover the next one.
    """

    path: _Path
    value: Any = None
    must_help: bool = False
    name: str | None = None

    @property
    def place(self) -> _Path:
        """Where the value is afterwards."""
        return self.path if self.name is None else [*self.path[:-1], self.name]


def repair(arguments: Mapping[str, Any], schema: _Schema, validator: Validator | None = None) -> dict[str, Any]:
    """``arguments`` with what evidently was meant in place of what does not fit; a new dict, the input stays as it is.

    JSON text where an object or array is wanted, also fenced or encoded twice; ``"5"`` for 5, ``"true"`` for true, 5 for
    ``"5"``; null for an absent optional; an enum value in other letters or with other separators; one item where an array is
    wanted; a date in another form than the declared one; a property's name in another case; arguments inside
    ``{"params": {...}}``. A value that fits is never changed, nor is one whose meaning is open: those the validator explains.
    ``validator`` is ``schema`` compiled, for callers that have it.
    """
    check = validator or compile_validator(schema)
    current = dict(arguments)
    try:
        if nests_deeper(current):
            return current
        if not check.is_valid(current):
            current = _Repair(schema, check).run(_unwrapped(current, schema))
        if check.has_dates and (in_form := dated(current, schema)) is not current:
            is_better = not check.is_in_form(current) and (check.is_valid(in_form) or not check.is_valid(current))
            current = in_form if is_better else current
    except ValueError:  # what JSON can't hold: the validator says it
        pass
    return current


class _Repair:
    """One call's repair, with what it may still cost."""

    def __init__(self, schema: _Schema, check: Validator) -> None:
        self.schema, self.check = schema, check
        self.checks = _MAX_CHECKS

    def run(self, value: dict[str, Any]) -> dict[str, Any]:
        errors = self._errors(value)
        for _ in range(_MAX_ROUNDS):
            found = self._all_at_once(value, errors) or self._one(value, errors)
            if found is None:
                break
            value, errors = found
            if not errors:
                break
        return value

    def _errors(self, value: Any) -> list[ValidationError]:
        self.checks -= 1
        return list(islice(self.check.errors(value), _MAX_ERRORS))

    def _all_at_once(self, value: dict[str, Any], errors: list[ValidationError]) -> _Found | None:
        """``value`` with the likeliest edits for every error; None where that does not mend all that they are for."""
        if len(errors) < 2 or self.checks <= 0:
            return None
        mended: list[ValidationError] = []
        together: list[_Edit] = []
        for error in errors:
            edits = next(_suggestions(error, self.schema), None)
            if edits and not any(_overlap(edit.path, other.path) for edit in edits for other in together):
                mended.append(error)
                together += edits
        return self._tried(value, errors, mended, together) if len(mended) > 1 else None

    def _one(self, value: dict[str, Any], errors: list[ValidationError], *, ahead: bool = True) -> _Found | None:
        """``value`` with one mistake less, or a mistake that is nearer to the truth; None where nothing is evident."""
        for error in errors:
            for edits in _suggestions(error, self.schema):
                if found := self._tried(value, errors, [error], edits, ahead=ahead):
                    return found
        return None

    def _tried(
        self,
        value: dict[str, Any],
        errors: list[ValidationError],
        mended: list[ValidationError],
        edits: list[_Edit],
        *,
        ahead: bool = False,
    ) -> _Found | None:
        """``value`` after ``edits`` and what is wrong with it; None where ``mended`` are not, or something else broke.

        ``ahead`` looks one step further where edits that must help did not yet: an item may be wrong inside its new array.
        """
        candidate = self._edited(value, edits) if self.checks > 0 else None
        if candidate is None:
            return None
        left = self._errors(candidate)
        if any(_is_same(one, e) for one in mended for e in left):
            return None
        # What is wrong inside of what was just read may well be news; elsewhere nothing may be.
        places = [edit.place for edit in edits]
        are_all = len(errors) < _MAX_ERRORS
        if are_all and _outside(left, places) > _outside(errors, [*places, *(edit.path for edit in edits)]):
            return None
        if len(left) < len(errors) or not any(edit.must_help for edit in edits):
            return candidate, left
        inside = [e for e in left if any(_is_in(e.instance_path, place) for place in places)]
        further = self._one(candidate, inside, ahead=False) if ahead else None
        if further is None:
            return None
        left = self._errors(further[0])
        return (further[0], left) if len(left) < len(errors) else None

    def _edited(self, value: dict[str, Any], edits: list[_Edit]) -> dict[str, Any] | None:
        candidate: dict[str, Any] | None = value
        for edit in edits:
            if candidate is None:
                return None
            meant = edit.value
            if isinstance(meant, dict | list):  # whose names were not restored yet, as nobody knew what it is
                meant = restore_at(meant, at(self.schema, edit.place), self.schema)
            candidate = _with(candidate, edit.path, meant, edit.name)
        return candidate


_Found = tuple[dict[str, Any], "list[ValidationError]"]


def _is_same(a: ValidationError, b: ValidationError) -> bool:
    if a.instance_path != b.instance_path or a.schema_path != b.schema_path:
        return False
    # Of these, one place has several; what others say of a value changes with the value.
    return kind_of(a) not in ("Required", "AdditionalProperties", "UnevaluatedProperties") or a.message == b.message


def _overlap(a: _Path, b: _Path) -> bool:
    return _is_in(a, b) or _is_in(b, a)


def _is_in(path: _Path, place: _Path) -> bool:
    return len(path) >= len(place) and all(a == b for a, b in zip(path, place, strict=False))


def _outside(errors: list[ValidationError], places: list[_Path]) -> int:
    return sum(not any(_is_in(error.instance_path, place) for place in places) for error in errors)


def _suggestions(error: ValidationError, schema: _Schema) -> Iterator[list[_Edit]]:
    """Edits that may mend ``error``, the likeliest first."""
    kind, path, value = kind_of(error), list(error.instance_path), error.instance
    about: Any = error.kind  # its attributes differ from kind to kind
    if kind == "Type":
        yield from ([_Edit(path, v, must)] for v, must in _as_type(value, set(about.types), at(schema, path)))
    elif kind in ("Enum", "Constant"):
        options = about.options if kind == "Enum" else [about.expected_value]
        yield from ([_Edit(path, option)] for option in options_like(value, options))
        yield from ([_Edit(path, meant)] for meant in _options_in(value, options))
    elif kind in ("AnyOf", "OneOfNotValid"):
        nearest = closest_branch(error)
        for branch in [nearest, *(b for b in about.context if b is not nearest)]:
            firsts = [next(_suggestions(inner, schema), None) for inner in islice(branch, _MAX_ERRORS)]
            edits = [edit for first in firsts if first is not None for edit in first]
            if edits and None not in firsts:
                yield edits
    elif kind in ("AdditionalProperties", "UnevaluatedProperties"):
        yield from _known_names(value, about.unexpected, path, property_names(at(schema, path)))
    elif kind == "Required" and isinstance(value, dict) and len(value) <= _MAX_NAMES:
        known = property_names(at(schema, path))
        for sent in names_like(about.property, (name for name in value if name not in known)):
            yield [_Edit([*path, sent], value[sent], name=about.property)]
    if value is None and path and isinstance(path[-1], str):
        yield [_Edit(path, _REMOVE, must_help=True)]


def _known_names(value: Any, unknown: Sequence[str], path: list[str | int], known: list[str]) -> Iterator[list[_Edit]]:
    if len(unknown) > _MAX_NAMES:
        return
    free = [name for name in known if name not in value]
    meant = {sent: found[0] for sent in unknown if sent in value and (found := names_like(sent, free))}
    if len(set(meant.values())) == len(meant):
        if len(meant) > 1:
            yield [_Edit([*path, sent], value[sent], name=name) for sent, name in meant.items()]
        yield from ([_Edit([*path, sent], value[sent], name=name)] for sent, name in meant.items())


def _as_type(value: Any, wanted: set[str], schemas: list[_Schema]) -> Iterator[tuple[Any, bool]]:
    """What ``value`` may mean as one of the ``wanted`` types, and whether that must help at once."""
    if isinstance(value, str):
        yield from ((meant, False) for meant in from_text(value, wanted))
        if wanted & {"integer", "number"} and (moment := as_epoch(value, schemas)) is not None:
            yield moment, False
    elif "string" in wanted and isinstance(value, bool | int | float):
        formats = [declared for declared in ("date-time", "date") if any(s.get("format") == declared for s in schemas)]
        yield from ((text, False) for declared in formats if (text := in_format(value, declared)) is not None)
        yield json.dumps(value), False
    elif isinstance(value, list) and len(value) == 1 and "array" not in wanted:
        yield from ((meant, True) for meant in [value[0], *(from_text(value[0], wanted) if isinstance(value[0], str) else ())])
    if "array" not in wanted or value is None or isinstance(value, list):
        return
    if isinstance(value, str):
        if value.lstrip()[:1] in ("[", "{"):  # an array that is cut off, not an item
            return
        yield from (([meant], True) for meant in [value, *from_text(value, {"number", "boolean"})])
    else:
        yield [value], True
        if not isinstance(value, dict):
            yield [json.dumps(value)], True


def _options_in(value: Any, options: Sequence[Any]) -> Iterator[Any]:
    """The one of ``options`` that ``value`` is in another type, as ``5`` is in ``"5"``."""
    if isinstance(value, str):
        yield from (meant for meant in from_text(value, {"number", "boolean"}) if meant in options)


def _with(root: dict[str, Any], path: _Path, value: Any, name: str | None = None) -> dict[str, Any] | None:
    """A copy of ``root`` with ``value`` at ``path``, under ``name`` if there is one, sharing the rest; None for no such path."""
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
    if value is _REMOVE or name is not None:
        del here[last]
    if value is not _REMOVE:
        here[last if name is None else name] = value
    return copy


def _has(holder: Any, part: str | int) -> bool:
    return part in holder if isinstance(holder, dict) else isinstance(part, int) and part < len(holder)


def _unwrapped(arguments: dict[str, Any], schema: _Schema) -> dict[str, Any]:
    """``arguments`` with what stands inside a wrapper beside the rest, as far as all of it is known to the schema."""
    known = property_names(applying([schema], schema))
    for _ in range(_MAX_WRAPPERS):
        wrappers = [name for name in arguments if name.casefold() in WRAPPERS and name not in known]
        if len(wrappers) != 1 or names_like(wrappers[0], known):
            break
        (name,) = wrappers
        inner = arguments[name]
        if isinstance(inner, str):
            inner = next(from_text(inner, {"object"}), None)
        if not isinstance(inner, Mapping) or len(inner) > _MAX_NAMES or not all(isinstance(key, str) for key in inner):
            break
        restored = restore(inner, schema)
        rest = {key: value for key, value in arguments.items() if key != name}
        # Some of it has to be known, beside other arguments all of it: otherwise nothing tells that this is a wrapper.
        is_known = [key in known or bool(names_like(key, known)) for key in restored]
        is_wrapper = len(restored) == 1 and next(iter(restored)).casefold() in WRAPPERS and not rest
        if not is_wrapper and (not any(is_known) or (rest and not all(is_known)) or rest.keys() & restored.keys()):
            break
        arguments = {**rest, **restored}
    return arguments
