"""Forms made of JSON schemas: a field for each property, and its value read back. A schema may be anything: apps bring theirs."""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from composio.errors import InvalidRequest

__all__ = ["Input", "inputs_of", "read_entity", "read_values"]

_PREFIX = "value."
_LONGEST_ENTITY = 500  # characters; lists find what is as long
_MOST_CHOICES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A field: ``kind`` is how it is typed (``text``, ``lines``, ``choice``, ``json``), ``wrong`` what is wrong with its value."""

    name: str
    label: str
    hint: str
    kind: str
    value: str
    required: bool
    choices: Sequence[str] = ()
    wrong: str = ""

    @property
    def field(self) -> str:
        """Its name in the form."""
        return _PREFIX + self.name


def read_entity(form: Mapping[str, str]) -> str:
    """The entity that was typed; "" for none. Raises ``InvalidRequest`` for a value that is no id."""
    entity = form.get("entity", "").strip()
    if len(entity) > _LONGEST_ENTITY:
        raise InvalidRequest(
            f"Entity: your own id of a user, of at most {_LONGEST_ENTITY} characters; this one has {len(entity):,}."
        )
    if any(unicodedata.category(one) in {"Cc", "Cs"} for one in entity):
        raise InvalidRequest("Entity: your own id of a user, on one line and without control characters.")
    return entity


def inputs_of(schema: Mapping[str, Any], values: Mapping[str, Any], wrong: Mapping[str, str] | None = None) -> list[Input]:
    """A field for each property of an object's ``schema``, those that are needed first."""
    given = schema.get("required")
    required = [one for one in given if isinstance(one, str)] if isinstance(given, list | tuple) else []
    made = [
        Input(
            name=name,
            label=name,
            hint=str(one.get("description") or ""),
            kind=_kind_of(one),
            value=_written(values[name]) if name in values else "",
            required=name in required,
            choices=[_written(choice) for choice in _choices_of(one)],
            wrong=(wrong or {}).get(name, ""),
        )
        for name, one in _properties_of(schema).items()
    ]
    return sorted(made, key=lambda one: not one.required)


def read_values(schema: Mapping[str, Any], form: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The values that were typed, and by name what of them can't be read. A field that is empty has none."""
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name, one in _properties_of(schema).items():
        typed = form.get(_PREFIX + name, "").replace("\r\n", "\n")  # as browsers send the ends of lines
        if not typed.strip():
            continue
        if choices := _choices_of(one):
            values[name] = next((choice for choice in choices if _written(choice) == typed), typed)
            continue
        types = _types_of(one)
        if types == {"string"}:
            values[name] = typed
            continue
        try:
            values[name] = json.loads(typed, parse_constant=_refuse, parse_float=_read_float)
        except (ValueError, RecursionError):
            # The engine reads "5" and "yes" as what a schema asks for; nobody means a list or an object by other text.
            values[name] = typed
            if types and "string" not in types and types & {"object", "array"}:
                wrong[name] = f"This is not JSON. Expected {' or '.join(sorted(types))}."
    return values, wrong


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _read_float(text: str) -> float:
    if math.isinf(number := float(text)):
        _refuse(text[:40])
    return number


def _properties_of(schema: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    found = schema.get("properties")
    if not isinstance(found, Mapping):
        return {}
    return {str(name): one for name, one in found.items() if isinstance(one, Mapping)}


def _types_of(schema: Mapping[str, Any]) -> set[str]:
    found = schema.get("type")
    types = (
        {found}
        if isinstance(found, str)
        else {one for one in found if isinstance(one, str)}
        if isinstance(found, list)
        else set()
    )
    for keyword in ("anyOf", "oneOf"):
        branches = schema.get(keyword)
        for one in branches if isinstance(branches, list) else ():
            types |= _types_of(one) if isinstance(one, Mapping) else set()
    return types - {"null"}


def _kind_of(schema: Mapping[str, Any]) -> str:
    if _choices_of(schema):
        return "choice"
    types = _types_of(schema)
    if types & {"object", "array"} or not types:
        return "json"
    return "lines" if "string" in types else "text"


def _choices_of(schema: Mapping[str, Any]) -> Sequence[Any]:
    if schema.get("type") == "boolean":
        return (True, False)
    given = schema.get("enum")
    return [one for one in given if one is not None] if isinstance(given, list) and len(given) <= _MOST_CHOICES else ()


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2, default=str)
