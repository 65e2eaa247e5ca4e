"""Example calls of an action in Python and in a shell, with valid arguments."""

from __future__ import annotations

import json
import shlex
from collections.abc import Mapping
from typing import Any

from composio.model.action import ActionModel, HttpBinding
from composio.schema.validate import Validator, compile_validator
from composio.testing.upstream.generate import generate

__all__ = ["arguments", "command", "python"]

_WIDTH = 52
_FEW = 3
_PLAIN = ("string", "integer", "number", "boolean")
_LONGEST = 4_000  # maximum characters of readable arguments


def arguments(action: ActionModel) -> dict[str, Any] | None:
    """Return valid arguments: the required ones if that is enough, else any valid ones. None if none were found."""
    schema: Mapping[str, Any] = action.validation or action.parameters
    validator = compile_validator(schema)
    if validator.is_valid({}):
        return _some(action, validator)
    for candidate in (_required_only(schema), _required_only(action.parameters), schema):
        made = generate(candidate, action.slug)
        if isinstance(made, dict) and validator.is_valid(made) and len(json.dumps(made, default=str)) <= _LONGEST:
            return made
    return None


def _some(action: ActionModel, validator: Validator) -> dict[str, Any]:
    """Return nothing for reads; a few plain values for writes, which do nothing without any."""
    if isinstance(action.binding, HttpBinding) and action.binding.method in ("GET", "DELETE", "HEAD"):
        return {}
    plain = [n for n, s in action.parameters.properties.items() if isinstance(s, Mapping) and s.get("type") in _PLAIN]
    for names in (plain[:_FEW], plain[:1]):
        properties = {name: action.parameters.properties[name] for name in names}
        made = generate({"type": "object", "properties": properties, "required": names}, action.slug)
        if isinstance(made, dict) and validator.is_valid(made) and len(json.dumps(made, default=str)) <= _LONGEST:
            return made
    return {}


def _required_only(schema: Any) -> Any:
    """Return the schema without optional properties, at any depth."""
    if isinstance(schema, list):
        return [_required_only(one) for one in schema]
    if not isinstance(schema, Mapping):
        return schema
    pruned = {key: _required_only(value) for key, value in schema.items() if key not in ("properties", "$defs")}
    required = schema.get("required")
    properties = schema.get("properties")
    if isinstance(properties, Mapping):
        names = set(required) if isinstance(required, list) else set()
        pruned["properties"] = {name: _required_only(child) for name, child in properties.items() if name in names}
    if isinstance(schema.get("$defs"), Mapping):
        pruned["$defs"] = {name: _required_only(child) for name, child in schema["$defs"].items()}
    for literal in ("enum", "const", "default", "examples", "example", "required"):
        if literal in schema:
            pruned[literal] = schema[literal]
    return pruned


def python(slug: str, values: Mapping[str, Any]) -> str:
    """Return a program that runs it."""
    written = _literal(dict(values), 4)
    call = f"result = toolset.execute_action(Action.{slug}, {written})"
    if "\n" in written or len(call) > _WIDTH:
        call = f"result = toolset.execute_action(\n    Action.{slug},\n    {written},\n)"
    return f'from composio import Action, ComposioToolSet\n\ntoolset = ComposioToolSet()\n{call}\nprint(result["data"])\n'


def command(slug: str, values: Mapping[str, Any]) -> str:
    """Return a command line for a POSIX shell."""
    if not values:
        return f"composio execute {slug}\n"
    flat = shlex.quote(json.dumps(values, ensure_ascii=False, default=str))
    if len(flat) > _WIDTH:
        flat = shlex.quote(json.dumps(values, ensure_ascii=False, default=str, indent=2))
    return f"composio execute {slug} \\\n  -p {flat}\n"


def _literal(value: Any, indent: int) -> str:
    """Return a Python literal, on one line if it is short enough."""
    flat = _flat(value)
    if len(flat) + indent <= _WIDTH - 4 or not isinstance(value, dict | list) or not value:
        return flat
    inner = " " * (indent + 4)
    if isinstance(value, dict):
        lines = [f"{inner}{_flat(key)}: {_literal(one, indent + 4)}," for key, one in value.items()]
        return "{\n" + "\n".join(lines) + "\n" + " " * indent + "}"
    return "[\n" + "\n".join(f"{inner}{_literal(one, indent + 4)}," for one in value) + "\n" + " " * indent + "]"


def _flat(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_flat(key)}: {_flat(one)}" for key, one in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_flat, value)) + "]"
    if isinstance(value, str):
        quoted = repr(value)
        return f'"{quoted[1:-1]}"' if quoted[0] == "'" and '"' not in value else quoted
    return repr(value)
