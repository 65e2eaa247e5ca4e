"""Step 3: turn arguments as a model wrote them into arguments that fit the schema, or explain why they do not fit."""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from composio.engine.files import is_raw, placeholders
from composio.errors import InvalidArguments, Problem
from composio.model.action import ActionModel, HttpBinding
from composio.process.forks import lock
from composio.schema.encoded import with_bytes
from composio.schema.explain import misspelt
from composio.schema.meanings import json_in
from composio.schema.repair import repair
from composio.schema.restore import restore
from composio.schema.validate import Validator, compile_validator

__all__ = ["Checker", "parse", "route"]

_CACHED = 1024
_Key = tuple[int, frozenset[str], bool]

# Values without property names, which need no repair.
_SCALARS = (str, int, float, type(None))


def parse(arguments: Mapping[str, Any] | str | None, *, action: str = "the tool") -> dict[str, Any]:
    """Return arguments as a new dict. JSON is parsed; an empty string, ``null`` and None mean no arguments.

    The JSON may be in a code fence, or be a JSON string itself. Raises ``InvalidArguments`` if the value is not a JSON object,
    with the position of the mistake. ``action`` is the tool that the error names.
    """
    if arguments is None:
        return {}
    if isinstance(arguments, Mapping):
        return dict(arguments)
    if not isinstance(arguments, str):
        raise InvalidArguments(action, [Problem("", "a JSON object", f"a {type(arguments).__name__}")])
    if not arguments.strip():
        return {}
    try:
        found = json.loads(arguments, strict=False)  # raw line breaks inside strings are unambiguous
    except json.JSONDecodeError as error:
        if isinstance(fenced := json_in(arguments), dict):
            return fenced
        where = f"text that is no JSON at line {error.lineno}, column {error.colno}"
        raise InvalidArguments(action, [Problem("", "a JSON object", where, error.msg)]) from None
    except RecursionError:
        raise InvalidArguments(action, [Problem("", "a JSON object", "one that nests too deep")]) from None
    if isinstance(found, str):
        inner = json_in(found) if found.strip() else {}
        found = found if inner is None else inner
    if found is None:
        return {}
    if not isinstance(found, dict):
        kind = "array" if isinstance(found, list) else type(found).__name__
        raise InvalidArguments(action, [Problem("", "a JSON object", f"a JSON {kind}", "give the arguments by name")])
    return found


class Checker:
    """Restore property names, repair, validate. Caches the compiled validators of recent actions."""

    def __init__(self) -> None:
        self._lock = lock()
        self._validators: OrderedDict[_Key, tuple[Mapping[str, Any], Validator]] = OrderedDict()

    def check(self, action: ActionModel, arguments: dict[str, Any], *, filled: frozenset[str] = frozenset()) -> dict[str, Any]:
        """Return valid arguments. Raises ``InvalidArguments`` with path, expected and got.

        ``filled`` names those that the credentials supply: the caller need not pass them.
        """
        schema = action.validation or action.parameters
        validator = self._validator(schema, filled)
        known = schema.get("properties") or {}
        plain = known.keys() >= arguments.keys() and all(isinstance(value, _SCALARS) for value in arguments.values())
        restored = dict(arguments) if plain else restore(arguments, schema)
        held = _find_held(action, restored)
        if held:
            restored = {**restored, **{name: placeholders(value) for name, value in held.items()}}
        if validator.has_bytes:
            restored = with_bytes(restored, schema, _file_names(action))
        are_known = not _takes_more(action, schema) or restored.keys() <= known.keys()
        is_flat = plain and not (held or validator.has_bytes or any(isinstance(value, float) for value in restored.values()))
        if are_known and not validator.has_dates and validator.is_valid(restored, is_flat=is_flat):
            return {**restored, **held} if held else restored
        # A body that does not say so accepts unnamed properties. A misspelled name, or an argument nested inside
        # another, is no such property: both are repaired as if the schema were closed.
        led = validator if are_known else self._validator(schema, filled, closed=True)
        repaired = repair(restored, schema, led)
        problems = validator.problems(repaired)
        if not are_known:
            problems += misspelt(repaired, known)
        if problems:
            raise InvalidArguments(action.slug, problems)
        return {**repaired, **held} if held else repaired

    def _validator(self, schema: Mapping[str, Any], filled: frozenset[str], *, closed: bool = False) -> Validator:
        # Keyed by identity, which is safe as the entry keeps the schema alive; hashing a schema would cost more than the call.
        key = (id(schema), filled, closed)
        with self._lock:
            known = self._validators.get(key)
            if known is not None:
                self._validators.move_to_end(key)
                return known[1]
        required = [name for name in schema.get("required") or () if name not in filled]
        whole = {**schema, "required": required} if filled else schema
        validator = compile_validator({**whole, "additionalProperties": False} if closed else whole, any_branch=True)
        with self._lock:
            self._validators[key] = (schema, validator)
            if len(self._validators) > _CACHED:
                self._validators.popitem(last=False)
        return validator


def _takes_more(action: ActionModel, schema: Mapping[str, Any]) -> bool:
    """Return whether unnamed arguments are properties of a body that does not declare ``additionalProperties``."""
    binding = action.binding
    body = binding.body if isinstance(binding, HttpBinding) else None
    is_flat = body is not None and body.whole is None and body.graphql is None
    return is_flat and not {"additionalProperties", "patternProperties"} & schema.keys()


def _file_names(action: ActionModel) -> list[str]:
    """Return the arguments that may be files."""
    if not isinstance(action.binding, HttpBinding):
        return []
    upload = action.binding.upload
    bodies = (action.binding.body, upload.binding.body if upload is not None else None)
    return [name for body in bodies if body is not None for name in (*body.files, *body.loose_files)]


def _find_held(action: ActionModel, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return files that were passed as bytes, which a schema cannot validate."""
    return {name: arguments[name] for name in _file_names(action) if is_raw(arguments.get(name))}


def route(action: ActionModel, arguments: Mapping[str, Any]) -> ActionModel:
    """Return ``action`` with the binding of this call: an upload method uses another path for calls with a file."""
    binding = action.binding
    upload = binding.upload if isinstance(binding, HttpBinding) else None
    if upload is None:
        return action
    body = upload.binding.body
    files = (upload.argument, *body.files, *body.loose_files) if body is not None else (upload.argument,)
    is_file = any(arguments.get(name) is not None for name in files)
    return replace(action, binding=upload.binding) if is_file else action
