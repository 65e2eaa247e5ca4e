"""Arguments as models get them wrong: each way takes some that fit, and gives some that mean the same and don't fit."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from composio.schema.walk import applying, below, property_names

__all__ = ["WAYS", "damages"]

_Schema = Mapping[str, Any]
_Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class _Place:
    """A value, where it is, and what the schema says of it."""

    path: _Path
    value: Any
    schemas: list[_Schema]

    def may_be(self, *kinds: str) -> bool:
        """Whether any schema of the place takes one of these types."""
        stated = [s.get("type") for s in self.schemas]
        return any(kind in (t if isinstance(t, list) else [t]) for t in stated for kind in kinds)

    @property
    def is_open(self) -> bool:
        """Whether nothing says what is wanted, so that nothing can be wrong."""
        return not any("type" in s or "enum" in s or "const" in s for s in self.schemas)


def damages(arguments: Mapping[str, Any], schema: _Schema) -> dict[str, list[Callable[[], dict[str, Any]]]]:
    """Each way that applies to ``arguments``, with what may be done in that way."""
    places = list(_places(arguments, applying([schema], schema), schema, ()))
    found: dict[str, list[Callable[[], dict[str, Any]]]] = {}
    for way, each in WAYS.items():
        options = [option for place in places for option in each(place)]
        if options:
            found[way] = [_put(arguments, place, value) for place, value in options]
    known = property_names(applying([schema], schema))
    whole = [*_wrap(arguments, known), *_rename(arguments, known), *_nulls(arguments, schema, known)]
    for way, damaged in whole:
        found.setdefault(way, []).append(partial(copy.deepcopy, damaged))
    return found


def _places(value: Any, schemas: list[_Schema], root: _Schema, path: _Path) -> Iterator[_Place]:
    if path:
        yield _Place(path, value, schemas)
    parts: Any = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for part, inner in parts:
        yield from _places(inner, applying(below(schemas, part), root), root, (*path, part))


def _put(arguments: Mapping[str, Any], path: _Path, value: Any) -> Callable[[], dict[str, Any]]:
    def damaged() -> dict[str, Any]:
        whole: Any = copy.deepcopy(dict(arguments))
        here = whole
        for part in path[:-1]:
            here = here[part]
        here[path[-1]] = value
        made: dict[str, Any] = whole
        return made

    return damaged


def _as_text(place: _Place) -> Iterator[tuple[_Path, Any]]:
    if isinstance(place.value, dict | list) and not place.is_open and not place.may_be("string"):
        text = json.dumps(place.value)
        yield from (
            (place.path, said) for said in (text, json.dumps(text), f"```json\n{text}\n```", json.dumps(place.value, indent=2))
        )


def _scalar_as_text(place: _Place) -> Iterator[tuple[_Path, Any]]:
    if isinstance(place.value, bool | int | float) and not place.is_open and not place.may_be("string"):
        yield place.path, json.dumps(place.value)
        if isinstance(place.value, bool):
            yield place.path, str(place.value)


def _item_alone(place: _Place) -> Iterator[tuple[_Path, Any]]:
    if isinstance(place.value, list) and len(place.value) == 1 and not place.may_be("string", "object", "integer", "boolean"):
        yield place.path, place.value[0]


def _other_case(place: _Place) -> Iterator[tuple[_Path, Any]]:
    if not isinstance(place.value, str) or not any(place.value in (s.get("enum") or ()) for s in place.schemas):
        return
    if any("enum" not in s and s.get("type") == "string" for s in place.schemas):
        return
    options = [o for s in place.schemas for o in s.get("enum") or () if isinstance(o, str)]
    if sum(re.sub(r"[\W_]", "", o).casefold() == re.sub(r"[\W_]", "", place.value).casefold() for o in set(options)) > 1:
        return
    for said in (place.value.upper(), place.value.title(), place.value.replace("_", " "), place.value.replace("_", "-")):
        if said != place.value:
            yield place.path, said


def _other_date(place: _Place) -> Iterator[tuple[_Path, Any]]:
    formats = {s.get("format") for s in place.schemas if s.get("type") == "string" or "format" in s}
    if not isinstance(place.value, str) or len(formats) != 1:
        return
    if formats == {"date-time"} and (found := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)T(\d\d:\d\d):00Z", place.value)):
        year, month, day, clock = found.groups()
        yield place.path, f"{year}-{month}-{day} {clock}:00"
        yield place.path, f"{year}/{month}/{day} {clock}"
    if formats == {"date"} and (found := re.fullmatch(r"(\d{4})-(\d\d)-(\d\d)", place.value)):
        yield place.path, "/".join(found.groups())
        yield place.path, f"{place.value}T00:00:00Z"


WAYS: dict[str, Callable[[_Place], Iterator[tuple[_Path, Any]]]] = {
    "an object or array as JSON text": _as_text,
    "a number or boolean as text": _scalar_as_text,
    "an item without its array": _item_alone,
    "an enum value in other letters": _other_case,
    "a date in another form": _other_date,
}


def _wrap(arguments: Mapping[str, Any], known: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    if arguments:
        for name in ("params", "arguments", "input", "parameters"):
            if name not in known:
                yield "arguments in a wrapper", {name: dict(arguments)}
                yield "arguments in a wrapper", {name: json.dumps(dict(arguments))}


def _rename(arguments: Mapping[str, Any], known: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    for name in arguments:
        words = re.split(r"[_-]", name)
        slips = (
            {"".join([words[0], *(word.title() for word in words[1:])]), "-".join(words)} if len(words) > 1 else {name.title()}
        )
        for slip in sorted(slips - set(known)):
            yield "a name in another case", {slip if key == name else key: value for key, value in arguments.items()}


def _nulls(arguments: Mapping[str, Any], schema: _Schema, known: list[str]) -> Iterator[tuple[str, dict[str, Any]]]:
    required = schema.get("required") or ()
    for name in known:
        schemas = applying(below(applying([schema], schema), name), schema)
        place = _Place((name,), None, schemas)
        if (
            name not in required
            and not place.is_open
            and not place.may_be("null")
            and not any(None in (s.get("enum") or ()) for s in schemas)
        ):
            yield "null for what is left out", {**arguments, name: None}
