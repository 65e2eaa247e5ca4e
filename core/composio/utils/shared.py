"""v0.7's home of what turns JSON Schemas into pydantic models and signatures, for adapters of one's own."""

from __future__ import annotations

import keyword
import re
import uuid
from collections.abc import Mapping, Sequence
from functools import reduce
from inspect import Parameter
from operator import or_
from types import GenericAlias
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, create_model
from pydantic.fields import FieldInfo

from composio.utils.logging import get_logger

__all__ = [
    "generate_request_id",
    "get_enum_key",
    "get_pydantic_signature_format_from_schema_params",
    "get_signature_format_from_schema_params",
    "json_schema_to_fields_dict",
    "json_schema_to_model",
    "json_schema_to_pydantic_field",
    "json_schema_to_pydantic_type",
    "pydantic_model_from_param_schema",
]

CONTAINER_TYPE = ("array", "object")
PYDANTIC_TYPE_TO_PYTHON_TYPE: Mapping[str, Any] = {
    "string": str,
    "integer": int,
    "number": float,
    "boolean": bool,
    "array": list,
    "object": dict,
    "null": None,
}
# What pydantic keeps for itself: such a property gets a field of another name, and its own as the alias.
reserved_names = [name for name in dir(BaseModel) if not name.startswith("_")]


def __getattr__(name: str) -> object:
    if name == "logger":
        return get_logger(__name__)
    if name == "FALLBACK_VALUES":
        return {"string": "", "number": 0.0, "integer": 0, "boolean": False, "object": {}, "array": [], "null": None}
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def json_schema_to_pydantic_type(json_schema: Mapping[str, Any] | bool) -> Any:
    """The type that ``json_schema`` describes: a model for an object with properties, ``Any`` where it says nothing."""
    if isinstance(json_schema, bool):
        return Any
    made = _type_of(json_schema)
    return made | None if json_schema.get("nullable") is True and made is not Any else made


def _type_of(schema: Mapping[str, Any]) -> Any:
    if "const" in schema or "enum" in schema:
        values = tuple(schema["enum"]) if "enum" in schema else (schema["const"],)
        return Literal[values] if values and all(isinstance(one, str | int | bool | None) for one in values) else Any
    for key in ("anyOf", "oneOf"):
        if schema.get(key):
            return _any_of([json_schema_to_pydantic_type(one) for one in schema[key]])
    if schema.get("allOf"):
        merged: dict[str, Any] = reduce(lambda known, one: {**known, **one}, schema["allOf"], {})
        return json_schema_to_pydantic_type({**merged, **{key: one for key, one in schema.items() if key != "allOf"}})
    kind = schema.get("type")
    if isinstance(kind, list):
        return _any_of([json_schema_to_pydantic_type({**schema, "type": one}) for one in kind])
    if kind == "array":
        return GenericAlias(list, (json_schema_to_pydantic_type(schema.get("items", True)),))
    if schema.get("properties"):
        return json_schema_to_model(schema)
    if kind == "object":
        return GenericAlias(dict, (str, json_schema_to_pydantic_type(schema.get("additionalProperties", True))))
    if kind is None:
        return Any
    if kind not in PYDANTIC_TYPE_TO_PYTHON_TYPE:
        raise ValueError(f"{kind!r} is no type of JSON Schema; known are {', '.join(PYDANTIC_TYPE_TO_PYTHON_TYPE)}.")
    return PYDANTIC_TYPE_TO_PYTHON_TYPE[kind]


def _any_of(types: Sequence[Any]) -> Any:
    if any(one is Any for one in types):
        return Any
    # `None | None` is no type.
    named = [one for one in types if one is not None]
    if not named:
        return None
    joined: Any = reduce(or_, named)
    return joined if len(named) == len(types) else joined | None


def json_schema_to_pydantic_field(
    name: str, json_schema: Mapping[str, Any], required: Sequence[str], skip_default: bool = False
) -> tuple[str, Any, FieldInfo]:
    """``(name, type, field)`` for ``pydantic.create_model``.

    A property that can't be a field's name gets another, with its own as the alias. One that is not required may be None.
    With ``skip_default`` every field is required.
    """
    wanted = name in required or json_schema.get("required") is True
    made = json_schema_to_pydantic_type(json_schema)
    safe = _field_name(name)
    about: dict[str, Any] = {
        "description": json_schema.get("description"),
        "examples": json_schema.get("examples"),
        "alias": None if safe == name else name,
    }
    if wanted or skip_default:
        return safe, made, Field(..., **about)
    default = json_schema.get("default")
    if default is None and made not in (Any, None):
        made = made | None
    return safe, made, Field(default, **about)


def _field_name(name: str) -> str:
    safe = re.sub(r"\W", "_", name).lstrip("_") or "field"
    if safe[0].isdigit():
        safe = f"field_{safe}"
    return f"{safe}_" if keyword.iskeyword(safe) or safe in reserved_names else safe


def json_schema_to_fields_dict(json_schema: Mapping[str, Any], skip_default: bool = False) -> dict[str, Any]:
    """The properties of ``json_schema`` as ``{name: (type, field)}``."""
    required = json_schema.get("required")
    names = required if isinstance(required, list) else []
    made = (
        json_schema_to_pydantic_field(name, one, names, skip_default)
        for name, one in (json_schema.get("properties") or {}).items()
    )
    return {name: (kind, field) for name, kind, field in made}


def json_schema_to_model(json_schema: Mapping[str, Any], skip_default: bool = False) -> type[BaseModel]:
    """A pydantic model with the properties of ``json_schema``, named by its title.

    Properties are read by their own names and by those of the fields; ``model_dump(by_alias=True)`` gives the own ones.
    """
    title = re.sub(r"\W", "", str(json_schema.get("title") or "")) or "Model"
    config = ConfigDict(populate_by_name=True, protected_namespaces=())
    fields: Any = json_schema_to_fields_dict(json_schema, skip_default)
    return create_model(title, __config__=config, **fields)


def pydantic_model_from_param_schema(param_schema: Mapping[str, Any]) -> Any:
    """As :func:`json_schema_to_pydantic_type`."""
    return json_schema_to_pydantic_type(param_schema)


def get_signature_format_from_schema_params(schema_params: Mapping[str, Any], skip_default: bool = False) -> list[Parameter]:
    """The properties of ``schema_params`` as a function's parameters, the required ones first.

    An optional one has its default, or None; with ``skip_default`` none has any.
    """
    made = json_schema_to_fields_dict(schema_params)
    parameters = [
        Parameter(
            name,
            Parameter.POSITIONAL_OR_KEYWORD,
            annotation=kind,
            default=Parameter.empty if skip_default or field.is_required() else field.default,
        )
        for name, (kind, field) in made.items()
    ]
    return sorted(parameters, key=lambda one: one.default is not Parameter.empty)


def get_pydantic_signature_format_from_schema_params(
    schema_params: Mapping[str, Any], skip_default: bool = False
) -> list[Parameter]:
    """As :func:`get_signature_format_from_schema_params`, whose defaults are pydantic's fields, with their descriptions."""
    fields = {name: field for name, (_, field) in json_schema_to_fields_dict(schema_params).items()}
    return [
        one if skip_default else one.replace(default=fields[one.name])
        for one in get_signature_format_from_schema_params(schema_params, skip_default)
    ]


def get_enum_key(name: str) -> str:
    """``name`` as v0.7 spelt it in ``Action`` and ``Tag``: upper case, one underscore for whatever is no letter or digit."""
    return re.sub(r"_+", "_", re.sub(r"[^\w]", "_", name)).upper()


def generate_request_id() -> str:
    """A new id."""
    return str(uuid.uuid4())
