"""Build forms from JSON schemas, and read their values. A schema is untrusted: apps supply them."""

from __future__ import annotations

import json
import math
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from composio.errors import InvalidRequest

__all__ = ["Input", "inputs_of", "read_entity", "read_values"]

_PREFIX = "value."
_LONGEST_ENTITY = 500  # characters; lists find values up to this length
_MOST_CHOICES = 200
_FURTHER = "~"  # not used in any encoded property name
_MOST_INSIDE, _DEEPEST = 12, 2  # maximum properties and depth of an object with a field for each property
_SIMPLE = frozenset({"string", "integer", "number"})
_NOTHING: Any = object()


@dataclass(frozen=True, slots=True, kw_only=True)
class Input:
    """A form field. ``kind`` is its input (``text``, ``lines``, ``list``, ``choice``, ``json``), ``wrong`` its error."""

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
    """Return the entered entity; "" if empty. Raises ``InvalidRequest`` for an invalid id."""
    entity = form.get("entity", "").strip()
    if len(entity) > _LONGEST_ENTITY:
        raise InvalidRequest(
            f"Entity: your own id of a user, of at most {_LONGEST_ENTITY} characters; this one has {len(entity):,}."
        )
    if any(unicodedata.category(one) in {"Cc", "Cs"} for one in entity):
        raise InvalidRequest("Entity: your own id of a user, on one line and without control characters.")
    return entity


def inputs_of(schema: Mapping[str, Any], values: Mapping[str, Any], wrong: Mapping[str, str] | None = None) -> list[Input]:
    """Return a field for each property of an object's ``schema``, required ones first.

    A small nested object has a field for each of its own properties, and a list of simple values takes one per line.
    """
    made = [
        Input(
            name=name,
            label=".".join(one.path),
            hint=_hint_of(one.schema),
            kind=_kind_of(one.schema),
            value=_show(one.schema, one.value),
            required=one.required,
            choices=[_write(choice) for choice in _choices_of(one.schema)],
            wrong=(wrong or {}).get(name, ""),
        )
        for one in _leaves_of(schema, values)
        for name in (_name_of(one.path),)
    ]
    made.sort(key=lambda one: not one.required)
    if _takes_more(schema):
        known = _properties_of(schema)
        further = {name: value for name, value in values.items() if name not in known}
        said = (wrong or {}).get(_FURTHER, "")
        made.append(
            Input(
                name=_FURTHER,
                label="Further fields",
                hint="A JSON object of fields that have no place above.",
                kind="json",
                value=values[_FURTHER] if said else _write(further) if further else "",
                required=False,
                wrong=said,
            )
        )
    return made


def read_values(schema: Mapping[str, Any], form: Mapping[str, str]) -> tuple[dict[str, Any], dict[str, str]]:
    """Return the entered values, and the errors by field name. An empty field has no value."""
    wrong: dict[str, str] = {}
    values = _read(schema, form, (), wrong, required=True)
    typed = form.get(_PREFIX + _FURTHER, "")
    if typed.strip() and _takes_more(schema):
        further = _read_one({"type": "object"}, typed, _FURTHER, wrong)
        if isinstance(further, dict):
            values = {**further, **values}
        else:
            values[_FURTHER] = typed  # the form with the error shows it again
            wrong[_FURTHER] = 'This is not a JSON object, such as {"name": "value"}.'
    return values, wrong


@dataclass(frozen=True, slots=True)
class _Leaf:
    """A property with a field of its own, and its value, if it has one."""

    path: tuple[str, ...]
    schema: Mapping[str, Any]
    required: bool
    value: Any


def _leaves_of(
    schema: Mapping[str, Any], values: Mapping[str, Any], path: tuple[str, ...] = (), *, required: bool = True
) -> Iterator[_Leaf]:
    needed = _required_of(schema)
    for name, one in _properties_of(schema).items():
        here, must, value = (*path, name), required and name in needed, values.get(name, _NOTHING)
        inner = {} if value is _NOTHING else value
        # Nested values without a field of their own stay visible as JSON.
        if _is_open(one, here) and isinstance(inner, Mapping) and set(inner) <= set(_properties_of(one)):
            yield from _leaves_of(one, inner, here, required=must)
        else:
            yield _Leaf(here, one, must, value)


def _read(
    schema: Mapping[str, Any], form: Mapping[str, str], path: tuple[str, ...], wrong: dict[str, str], *, required: bool
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    needed = _required_of(schema)
    for name, one in _properties_of(schema).items():
        here, must = (*path, name), required and name in needed
        field = _name_of(here)
        typed = form.get(_PREFIX + field, "").replace("\r\n", "\n")  # browsers' line ends
        if typed.strip():
            values[name] = _read_one(one, typed, field, wrong)
        elif _is_open(one, here):
            inner = _read(one, form, here, wrong, required=must)
            if inner or must:
                values[name] = inner
    return values


def _read_one(schema: Mapping[str, Any], typed: str, field: str, wrong: dict[str, str]) -> Any:
    if choices := _choices_of(schema):
        return next((choice for choice in choices if _write(choice) == typed), typed)
    types = _types_of(schema)
    if types == {"string"}:
        return typed
    if _is_list(schema) and not typed.lstrip().startswith("["):
        lines = [line.strip() for line in typed.split("\n") if line.strip()]
        return [_read_one(schema["items"], line, field, {}) for line in lines]
    try:
        return json.loads(typed, parse_constant=_refuse, parse_float=_read_float)
    except (ValueError, RecursionError):
        # The engine converts "5" and "yes" to the schema's type; other strings are never meant as a list or an object.
        if types and "string" not in types and types & {"object", "array"}:
            wrong[field] = f"This is not JSON. Expected {' or '.join(sorted(types))}."
        return typed


def _name_of(path: tuple[str, ...]) -> str:
    """Return the name of a property's field. Source: RFC 6901, the escapes of / and ~ in a JSON pointer."""
    return "/".join(one.replace("~", "~0").replace("/", "~1") for one in path)


def _required_of(schema: Mapping[str, Any]) -> set[str]:
    given = schema.get("required")
    return {one for one in given if isinstance(one, str)} if isinstance(given, list | tuple) else set()


def _takes_more(schema: Mapping[str, Any]) -> bool:
    """Return whether an object accepts undeclared properties."""
    return schema.get("additionalProperties") is True or isinstance(schema.get("additionalProperties"), Mapping)


def _is_open(schema: Mapping[str, Any], path: tuple[str, ...]) -> bool:
    """Return whether the object at ``path`` has a field for each of its properties, rather than one of JSON."""
    few = 0 < len(_properties_of(schema)) <= _MOST_INSIDE
    return schema.get("type") == "object" and few and len(path) <= _DEEPEST and not _takes_more(schema)


def _is_list(schema: Mapping[str, Any]) -> bool:
    """Return whether it is a list of values that each fit a line."""
    items = schema.get("items")
    return (
        _types_of(schema) == {"array"} and isinstance(items, Mapping) and bool(types := _types_of(items)) and types <= _SIMPLE
    )


def _hint_of(schema: Mapping[str, Any]) -> str:
    said = str(schema.get("description") or "")
    return f"{said} One value a line.".strip() if _kind_of(schema) == "list" else said


def _show(schema: Mapping[str, Any], value: Any) -> str:
    """Return a value as input text; "" if None."""
    if value is _NOTHING:
        return ""
    if _kind_of(schema) == "list" and isinstance(value, list) and value:
        lines = [_write(one) for one in value if not isinstance(one, list | Mapping)]
        text = "\n".join(lines)
        wrong: dict[str, str] = {}
        if _read_one(schema, text, "", wrong) == value and text.strip() and not wrong:
            return text
    return _write(value)


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
    if _is_list(schema):
        return "list"
    if types & {"object", "array"} or not types:
        return "json"
    return "lines" if "string" in types else "text"


def _choices_of(schema: Mapping[str, Any]) -> Sequence[Any]:
    if schema.get("type") == "boolean":
        return (True, False)
    given = schema.get("enum")
    return [one for one in given if one is not None] if isinstance(given, list) and len(given) <= _MOST_CHOICES else ()


def _write(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, indent=2, default=str)
