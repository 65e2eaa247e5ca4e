"""Explain a JSON Schema validator's errors in an ``integration.yaml`` for people."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from composio.errors import nearest

__all__ = ["at", "explain_all", "first"]

_KINDS: dict[str, str] = {
    "string": "text",
    "object": "a mapping (name: value)",
    "array": "a list (- item)",
    "boolean": "true or false",
    "integer": "a whole number",
    "number": "a number",
}
# Which of several errors to report: a misspelt name first, as it often is the cause of a missing one.
_ORDER = (
    "additionalProperties",
    "enum",
    "type",
    "pattern",
    "minLength",
    "uniqueItems",
    "required",
    "dependentRequired",
    "anyOf",
)


def at(path: Iterable[str | int]) -> str:
    """Return ``auth_schemes[0].fields[1].type``; ``file`` for the whole."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}"
    return text.removeprefix(".") or "file"


def first(errors: Iterable[Any]) -> Any | None:
    """Return the error to report first, of a ``jsonschema_rs`` validator's errors."""

    def rank(error: Any) -> tuple[int, int]:
        keyword = _keyword(error)
        return (_ORDER.index(keyword) if keyword in _ORDER else len(_ORDER), -len(error.instance_path))

    return min(errors, key=rank, default=None)


def explain_all(error: Any, schema: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return ``(field path, problem)`` of one error; several if several names are unknown or forbidden."""
    path = list(error.instance_path)
    place = _place(schema, error.evaluation_path)
    keyword = _keyword(error)
    if keyword == "additionalProperties":
        return [_unknown(path, place, str(name)) for name in error.kind.unexpected]
    if keyword == "propertyNames":
        return _keys(path, place, error)
    teller = _TELLERS.get(keyword)
    return [teller(path, place, error) if teller else (at(path), str(error.message))]


def _keyword(error: Any) -> str:
    if "propertyNames" in error.schema_path:
        return "propertyNames"
    return str(error.schema_path[-1])


def _place(schema: Mapping[str, Any], path: Sequence[str | int]) -> Mapping[str, Any]:
    """Return the subschema that failed, with the description from the place that refers to it."""
    here: Any = schema
    description: str | None = None
    for part in path[:-1]:
        if part == "$ref":
            description = here.get("description", description)
            here = schema["$defs"][here["$ref"].rpartition("/")[2]]
        else:
            description = None
            here = here[part]
    return {**here, "description": here.get("description", description)} if isinstance(here, Mapping) else {}


def _show(value: Any) -> str:
    if isinstance(value, Mapping):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    text = repr(value) if isinstance(value, str) else str(value)
    return f"{text[:60]}..." if len(text) > 60 else text


def _unknown(path: list[str | int], place: Mapping[str, Any], name: str) -> tuple[str, str]:
    known = list(place["properties"])
    guess = nearest(name, known, 1)
    hint = f" Did you mean {guess[0]!r}?" if guess else ""
    return at([*path, name]), f"unknown field.{hint} Known here: {', '.join(known)}"


def _enum(path: list[str | int], place: Mapping[str, Any], error: Any) -> tuple[str, str]:
    allowed = [str(value) for value in place["enum"]]
    guess = nearest(str(error.instance), allowed, 1)
    hint = f"; did you mean {guess[0]}?" if guess else ""
    return at(path), f"{_show(error.instance)} is not one of {', '.join(allowed)}{hint}"


def _type(path: list[str | int], place: Mapping[str, Any], error: Any) -> tuple[str, str]:
    types = place["type"] if isinstance(place["type"], list) else [place["type"]]
    wanted = " or ".join(_KINDS[kind] for kind in types)
    quote = "; put it in quotes" if types == ["string"] and isinstance(error.instance, int | float) else ""
    return at(path), f"expected {wanted}, got {_show(error.instance)}{quote}"


def _pattern(path: list[str | int], place: Mapping[str, Any], error: Any) -> tuple[str, str]:
    return at(path), f"expected {place['description']}, got {_show(error.instance)}"


def _keys(path: list[str | int], place: Mapping[str, Any], error: Any) -> list[tuple[str, str]]:
    wrong = [str(key) for key in error.instance if re.search(place["pattern"], str(key)) is None]
    return [(at([*path, key]), f"expected {place['description']}") for key in wrong]


def _empty(path: list[str | int], place: Mapping[str, Any], _error: Any) -> tuple[str, str]:
    about = f": {place['description']}" if place.get("description") else ""
    return at(path), f"must not be empty{about}"


def _explain_missing(path: list[str | int], place: Mapping[str, Any], error: Any) -> tuple[str, str]:
    name = error.kind.property
    about = place.get("properties", {}).get(name, {}).get("description")
    return at([*path, name]), "is missing" + (f"; expected {about}" if about else "; it is required here")


def _dependent(path: list[str | int], place: Mapping[str, Any], error: Any) -> tuple[str, str]:
    cause, needs = next(
        (k, v) for k, v in place["dependentRequired"].items() if k in error.instance and set(v) - set(error.instance)
    )
    missing = next(name for name in needs if name not in error.instance)
    return at([*path, missing]), f"is missing; a spec with `{cause}` needs {' and '.join(f'`{n}`' for n in needs)}"


def _twice(path: list[str | int], _place: Mapping[str, Any], error: Any) -> tuple[str, str]:
    items = list(error.instance)
    index = next(i for i, item in enumerate(items) if item in items[:i])
    return at([*path, index]), f"{_show(items[index])} is already in the list"


def _any(path: list[str | int], place: Mapping[str, Any], _error: Any) -> tuple[str, str]:
    return at(path), f"needs one of {', '.join(choice['required'][0] for choice in place['anyOf'])}"


_TELLERS: dict[str, Callable[[list[str | int], Mapping[str, Any], Any], tuple[str, str]]] = {
    "enum": _enum,
    "type": _type,
    "pattern": _pattern,
    "minLength": _empty,
    "minItems": _empty,
    "required": _explain_missing,
    "dependentRequired": _dependent,
    "uniqueItems": _twice,
    "anyOf": _any,
}
