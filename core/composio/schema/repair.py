"""Repair a model's mistakes that are evident. Guided by the validator's errors: valid values are never changed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from typing import TYPE_CHECKING, Any

from composio.schema.dates import as_epoch, format_dates, in_format
from composio.schema.explain import closest_branch, kind_of
from composio.schema.meanings import WRAPPERS, entries_in, fold, from_text, names_like, options_like
from composio.schema.restore import restore, restore_at
from composio.schema.tags import tag, values_for
from composio.schema.validate import Validator, compile_validator, endless, nests_deeper
from composio.schema.walk import applying, at, below, property_names

if TYPE_CHECKING:
    from jsonschema_rs import ValidationError

__all__ = ["repair"]

# Limits of one repair: rounds, errors per round, and validator calls. A call with more mistakes is explained rather than
# repaired.
_MAX_ROUNDS, _MAX_ERRORS, _MAX_CHECKS = 16, 200, 120
_MAX_WRAPPERS = 3
# Strings that mean nothing where no string is expected.
_NOTHINGS = frozenset(("", "null", "none", "undefined"))
# Characters of a string that is split at commas.
_LONGEST_LIST = 10_000
# Words in the description of a string that contains several values.
_IS_JSON, _HAS_COMMAS = re.compile(r"\bJSON\b"), re.compile(r"\bcommas?\b", re.IGNORECASE)
# Properties of one object whose names are compared with known ones.
_MAX_NAMES = 200

_Schema = Mapping[str, Any]
_Path = Sequence[str | int]


class _Remove:
    """A marker for a value to remove."""


_REMOVE = _Remove()


@dataclass(frozen=True, slots=True)
class _Edit:
    """A value for a place, or with ``name`` another name for the property there.

    If ``must_help``, it must leave fewer mistakes; another edit may uncover the next one.
    """

    path: _Path
    value: Any = None
    must_help: bool = False
    name: str | None = None

    @property
    def place(self) -> _Path:
        """The path of the value afterwards."""
        return self.path if self.name is None else [*self.path[:-1], self.name]


def repair(arguments: Mapping[str, Any], schema: _Schema, validator: Validator | None = None) -> dict[str, Any]:
    """Return ``arguments`` with evident mistakes repaired; a new dict, the input is unchanged.

    JSON text for an object or array, also fenced, encoded twice or as a Python literal; ``"5"`` for 5, ``"true"``, ``"yes"`` or
    1 for true, 5 for ``"5"``; null, and empty strings, for an absent optional; an enum value in another case or with other
    separators; one item, or comma-separated names, for an array, and an array for a string described as JSON or as a
    comma-separated list; a date in another format; a property's name in another case; arguments inside ``{"params": {...}}``; a
    missing required property with a single possible value or a default. A valid value is never changed, nor is an ambiguous
    one: those the validator explains. ``validator`` is ``schema`` compiled, for callers that have it.
    """
    check = validator or compile_validator(schema)
    current = dict(arguments)
    try:
        if nests_deeper(current) or endless(current) is not None or check.find_entangled(current) is not None:
            return current
        if not check.is_valid(current):
            current = _Repair(schema, check).run(_unwrap(current, schema, check))
        if check.has_dates and (in_form := format_dates(current, schema)) is not current:
            is_better = not check.is_in_form(current) and (check.is_valid(in_form) or not check.is_valid(current))
            current = in_form if is_better else current
    except ValueError:  # not JSON: the validator reports it
        pass
    return current


class _Repair:
    """One call's repair, with its remaining budget."""

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
        """Apply the likeliest edits for every error to ``value``; None if that does not fix all of them."""
        if len(errors) < 2 or self.checks <= 0:
            return None
        mended: list[ValidationError] = []
        together: list[_Edit] = []
        for error in errors:
            edits = next(_suggestions(error, self.schema), None)
            if edits and not any(_overlap(edit.path, other.path) for edit in edits for other in together):
                mended.append(error)
                together += edits
        return self._try(value, errors, mended, together) if len(mended) > 1 else None

    def _one(self, value: dict[str, Any], errors: list[ValidationError], *, ahead: bool = True) -> _Found | None:
        """Fix one mistake in ``value``, or bring it nearer to a fix; None if nothing is evident."""
        for error in errors:
            for edits in _suggestions(error, self.schema):
                if found := self._try(value, errors, [error], edits, ahead=ahead):
                    return found
        return None

    def _try(
        self,
        value: dict[str, Any],
        errors: list[ValidationError],
        mended: list[ValidationError],
        edits: list[_Edit],
        *,
        ahead: bool = False,
    ) -> _Found | None:
        """Apply ``edits`` to ``value`` and return the new errors; None if ``mended`` are not fixed, or something else broke.

        ``ahead`` looks one step further if edits that must help did not yet: an item may be wrong inside its new array.
        """
        candidate = self._edit(value, edits) if self.checks > 0 else None
        if candidate is None:
            return None
        left = self._errors(candidate)
        if same := [e for e in left if any(_is_same(one, e) for one in mended)]:
            # A union's error only says that no branch fits: a parsed value may be wrong inside one.
            is_read = ahead and all(_is_union(e) and any(edit.path == list(e.instance_path) for edit in edits) for e in same)
            further = self._one(candidate, same, ahead=False) if is_read else None
            return further if further is not None and len(further[1]) < len(errors) else None
        # Errors inside a newly parsed value are expected; elsewhere there must be no new ones.
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

    def _edit(self, value: dict[str, Any], edits: list[_Edit]) -> dict[str, Any] | None:
        candidate: dict[str, Any] | None = value
        for edit in edits:
            if candidate is None:
                return None
            meant = edit.value
            if isinstance(meant, dict | list):  # with names not restored yet, as its type was unknown
                meant = restore_at(meant, at(self.schema, edit.place), self.schema)
            candidate = _with(candidate, edit.path, meant, edit.name)
        return candidate


_Found = tuple[dict[str, Any], "list[ValidationError]"]


def _is_union(error: ValidationError) -> bool:
    return kind_of(error) in ("AnyOf", "OneOfNotValid")


def _is_same(a: ValidationError, b: ValidationError) -> bool:
    if a.instance_path != b.instance_path or a.schema_path != b.schema_path:
        return False
    # Kinds with several errors at one place; other errors change with the value.
    return kind_of(a) not in ("Required", "AdditionalProperties", "UnevaluatedProperties") or a.message == b.message


def _overlap(a: _Path, b: _Path) -> bool:
    return _is_in(a, b) or _is_in(b, a)


def _is_in(path: _Path, place: _Path) -> bool:
    return len(path) >= len(place) and all(a == b for a, b in zip(path, place, strict=False))


def _outside(errors: list[ValidationError], places: list[_Path]) -> int:
    return sum(not any(_is_in(error.instance_path, place) for place in places) for error in errors)


def _suggestions(error: ValidationError, schema: _Schema, *, in_branch: bool = False) -> Iterator[list[_Edit]]:
    """Yield edits that may fix ``error``, the likeliest first.

    ``in_branch`` for an alternative's error, which may not be meant.
    """
    kind, path, value = kind_of(error), list(error.instance_path), error.instance
    about: Any = error.kind  # its attributes differ from kind to kind
    if kind == "Type":
        yield from ([_Edit(path, v, must)] for v, must in _as_type(value, set(about.types), at(schema, path)))
    elif kind in ("Enum", "Constant"):
        options = about.options if kind == "Enum" else [about.expected_value]
        yield from ([_Edit(path, option)] for option in options_like(value, options))
        yield from ([_Edit(path, meant)] for meant in _options_in(value, options))
    elif kind in ("AnyOf", "OneOfNotValid"):
        yield from ([_Edit(path, meant)] for meant in tag(value, path, schema))
        nearest = closest_branch(error)
        for branch in [nearest, *(b for b in about.context if b is not nearest)]:
            firsts = [next(_suggestions(inner, schema, in_branch=True), None) for inner in islice(branch, _MAX_ERRORS)]
            edits = [edit for first in firsts if first is not None for edit in first]
            if edits and None not in firsts:
                yield edits
    elif kind in ("AdditionalProperties", "UnevaluatedProperties"):
        yield from _rename_unknown(value, about.unexpected, path, property_names(at(schema, path)))
        if nothings := [
            name for name in about.unexpected[:_MAX_NAMES] if isinstance(value, dict) and value.get(name, 0) is None
        ]:
            yield [_Edit([*path, name], _REMOVE) for name in nothings]
    elif kind == "Required" and isinstance(value, dict) and len(value) <= _MAX_NAMES:
        known = property_names(at(schema, path))
        for sent in names_like(about.property, (name for name in value if name not in known)):
            yield [_Edit([*path, sent], value[sent], name=about.property)]
        if not in_branch:
            yield from ([_Edit(path, {**value, about.property: v})] for v in values_for(about.property, value, path, schema))
    if path and isinstance(path[-1], str) and _is_nothing(value, kind):
        yield [_Edit(path, _REMOVE, must_help=True)]


def _is_nothing(value: Any, kind: str) -> bool:
    """Return whether ``value``, which has this error, only means that there is none."""
    if not isinstance(value, str):
        return value is None
    if kind == "Type":
        return value.strip().casefold() in _NOTHINGS
    return kind in ("Enum", "Constant", "AnyOf", "OneOfNotValid") and not value.strip()


def _rename_unknown(value: Any, unknown: Sequence[str], path: list[str | int], known: list[str]) -> Iterator[list[_Edit]]:
    if len(unknown) > _MAX_NAMES:
        return
    free = [name for name in known if name not in value]
    meant = {sent: found[0] for sent in unknown if sent in value and (found := names_like(sent, free))}
    if len(set(meant.values())) == len(meant):
        if len(meant) > 1:
            yield [_Edit([*path, sent], value[sent], name=name) for sent, name in meant.items()]
        yield from ([_Edit([*path, sent], value[sent], name=name)] for sent, name in meant.items())


def _as_type(value: Any, wanted: set[str], schemas: list[_Schema]) -> Iterator[tuple[Any, bool]]:
    """Yield interpretations of ``value`` as one of the ``wanted`` types, and whether each must help at once."""
    if isinstance(value, str):
        yield from ((meant, False) for meant in from_text(value, wanted))
        if wanted & {"integer", "number"} and (moment := as_epoch(value, schemas)) is not None:
            yield moment, False
    elif "string" in wanted and isinstance(value, bool | int | float):
        formats = [declared for declared in ("date-time", "date") if any(s.get("format") == declared for s in schemas)]
        yield from ((text, False) for declared in formats if (text := in_format(value, declared)) is not None)
        yield json.dumps(value), False
    elif isinstance(value, int | float) and "boolean" in wanted and value in (0, 1):
        yield bool(value), False
    elif isinstance(value, list | dict) and "array" not in wanted:
        if "string" in wanted and (text := _as_described(value, schemas)) is not None:
            yield text, False
        if isinstance(value, list) and len(value) == 1:
            inner = from_text(value[0], wanted) if isinstance(value[0], str) else ()
            yield from ((meant, True) for meant in [value[0], *inner])
    if "array" in wanted and value is not None and not isinstance(value, list):
        yield from ((items, True) for items in _as_items(value, schemas))


def _as_described(value: list[Any] | dict[str, Any], schemas: list[_Schema]) -> str | None:
    """Return ``value`` as the string that a description asks for: JSON, or a comma-separated list.

    None if it asks for neither.
    """
    about = " ".join(str(s.get("description") or "") for s in schemas)
    if isinstance(value, dict) or any(isinstance(item, dict | list) for item in value):
        return json.dumps(value, ensure_ascii=False) if _IS_JSON.search(about) else None
    are_names = value and all(isinstance(item, str | int) and not isinstance(item, bool) for item in value)
    texts = [str(item) for item in value]
    return ",".join(texts) if are_names and _HAS_COMMAS.search(about) and not any("," in text for text in texts) else None


def _as_items(value: Any, schemas: list[_Schema]) -> Iterator[list[Any]]:
    """Yield the arrays that ``value``, which is not one, may mean."""
    if not isinstance(value, str):
        yield [value]
        if not isinstance(value, dict):
            yield [json.dumps(value)]
        return
    text = value.strip()
    # Neither an empty string nor a truncated array is an item.
    if not text or text[0] in "[{":
        return
    if "," not in text:
        yield from ([meant] for meant in [value, *from_text(value, {"number", "boolean"})])
        return
    if len(text) > _LONGEST_LIST:
        return
    # As a single item it would be accepted silently although it is wrong: a string that cannot be split is explained.
    options = [option for s in below(schemas, 0) if isinstance(s, Mapping) for option in s.get("enum") or ()]
    listed = [options_like(entry, options) for entry in text.split(",")]
    if options and all(listed):
        yield [found[0] for found in listed]
    elif entries := entries_in(text):
        yield list(entries)
        numbers = [next(from_text(entry, {"number"}), None) for entry in entries]
        if None not in numbers:
            yield numbers


def _options_in(value: Any, options: Sequence[Any]) -> Iterator[Any]:
    """Return the one of ``options`` that ``value`` is in another type, as ``5`` is in ``"5"``."""
    if isinstance(value, str):
        yield from (meant for meant in from_text(value, {"number", "boolean"}) if meant in options)


def _with(root: dict[str, Any], path: _Path, value: Any, name: str | None = None) -> dict[str, Any] | None:
    """Return a copy of ``root`` with ``value`` at ``path``, under ``name`` if given, sharing the rest.

    None if there is no such path.
    """
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


def _unwrap(arguments: dict[str, Any], schema: _Schema, validator: Validator) -> dict[str, Any]:
    """Move the content of wrappers in ``arguments`` to the top, if the schema knows all of it."""
    known = property_names(applying([schema], schema))
    for _ in range(_MAX_WRAPPERS):
        named = (name for name in arguments if fold(name) in WRAPPERS)
        found = (_without(arguments, name, schema, known, validator) for name in named)
        if (without := next((one for one in found if one is not None), None)) is None:
            break
        arguments = without
    return arguments


def _without(
    arguments: dict[str, Any], name: str, schema: _Schema, known: list[str], validator: Validator
) -> dict[str, Any] | None:
    """Replace the wrapper ``name`` in ``arguments`` by its content; None if it is not a wrapper."""
    inner = arguments[name]
    rest = {key: value for key, value in arguments.items() if key != name}
    # A property with that name is not a wrapper if its value fits; an object for a string does not.
    if is_property := name in known:
        if not isinstance(inner, Mapping) or not _is_other_type(name, inner, validator):
            return None
    elif names_like(name, known):
        return None
    if isinstance(inner, str):
        inner = next(from_text(inner, {"object"}), None)
    if isinstance(inner, list) and len(inner) == 1:
        inner = inner[0]
    if not isinstance(inner, Mapping) or len(inner) > _MAX_NAMES or not all(isinstance(key, str) for key in inner):
        return None
    restored = restore(inner, schema)
    # Some of its names must be known, or all of them beside other arguments: otherwise it may not be a wrapper.
    is_known = [key in known or bool(names_like(key, known)) for key in restored]
    is_wrapper = len(restored) == 1 and fold(next(iter(restored))) in WRAPPERS and not rest
    if rest.keys() & restored.keys() or (is_property and not all(is_known)):
        return None
    if not is_wrapper and (not any(is_known) or (rest and not all(is_known))):
        return None
    return {**rest, **restored}


def _is_other_type(name: str, value: Any, validator: Validator) -> bool:
    """Return whether the property ``name`` does not accept the type of ``value``."""
    errors = islice(validator.errors({name: value}), _MAX_ERRORS)
    return any(list(error.instance_path) == [name] and kind_of(error) == "Type" for error in errors)
