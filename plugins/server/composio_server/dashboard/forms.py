"""Forms made of JSON schemas: a field for each property, and its value read back."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

__all__ = ["Input", "inputs_of", "read_values"]

_PREFIX = "value."


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


def inputs_of(schema: Mapping[str, Any], values: Mapping[str, Any], wrong: Mapping[str, str] | None = None) -> list[Input]:
    """A field for each property of an object's ``schema``, those that are needed first."""
    required = set(schema.get("required", ()))
    made = [
        Input(
            name=name,
            label=name,
            hint=str(one.get("description", "")),
            kind=_kind_of(one),
            value=_written(values[name]) if name in values else "",
            required=name in required,
            choices=_choices_of(one),
            wrong=(wrong or {}).get(name, ""),
        )
        for name, one in schema.get("properties", {}).items()
        if isinstance(one, Mapping)
    ]
    return sorted(made, key=lambda one: not one.required)


def read_values(schema: Mapping[str, Any], form: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """The values that were typed, and by name what of them can't be read. A field that is empty has none."""
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    for name, one in schema.get("properties", {}).items():
        typed = form.get(_PREFIX + name, "")
        if not typed.strip() or not isinstance(one, Mapping):
            continue
        if _kind_of(one) in {"text", "choice"} and "string" in _types_of(one):
            values[name] = typed
            continue
        try:
            values[name] = json.loads(typed)
        except ValueError:
            # The engine reads "5" and "yes" as what a schema asks for; nobody means a list or an object by other text.
            values[name] = typed
            if _kind_of(one) == "json":
                wrong[name] = f"This is no JSON. It takes {' or '.join(sorted(_types_of(one))) or 'any value'}."
    return values, wrong


def _types_of(schema: Mapping[str, Any]) -> set[str]:
    found = schema.get("type", ())
    types = {found} if isinstance(found, str) else set(found)
    for one in (*schema.get("anyOf", ()), *schema.get("oneOf", ())):
        types |= _types_of(one) if isinstance(one, Mapping) else set()
    if not types and _choices_of(schema):
        types = {"string"}
    return types


def _kind_of(schema: Mapping[str, Any]) -> str:
    if _choices_of(schema):
        return "choice"
    types = _types_of(schema)
    if types & {"object", "array"} or not types:
        return "json"
    return "text"


def _choices_of(schema: Mapping[str, Any]) -> Sequence[str]:
    if schema.get("type") == "boolean":
        return ("true", "false")
    given = schema.get("enum", ())
    return [_written(one) for one in given if one is not None] if isinstance(given, Sequence) and len(given) <= 200 else ()


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2)
