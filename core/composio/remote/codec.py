"""Convert the frozen values of :mod:`composio.model` to JSON and back: the format between a backend over HTTP and a server.

Both ends use this module, so that they cannot diverge. A value's fields keep their names, defaults are omitted, and what only
its own process can use stays there: functions, folders, most of a binding. Values of connections and credentials of a call are
included; no error message shows them.
"""

from __future__ import annotations

import functools
import json
import types
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints, is_typeddict

from composio.errors import InvalidRequest
from composio.model.action import ActionModel, Body, FunctionBinding, HttpBinding, JsonSchema, MediaUpload, Server
from composio.model.app import AppModel
from composio.model.auth import CustomAuth, CustomAuthParameter
from composio.model.call import CallOptions, Outcome, RawRequest, ToolCall, Who
from composio.model.connection import Integration, IntegrationChange, NewConnection, NewIntegration
from composio.model.secret import Secret, SecretValues, Veiled

__all__ = ["PROTOCOL", "PROTOCOL_HEADER", "decode", "encode", "from_json", "to_json"]

T = TypeVar("T")
# Increment when one end could no longer read the other's format.
PROTOCOL = 1
PROTOCOL_HEADER = "x-composio-protocol"

_Read = Callable[[Any, str, bool], Any]
_Write = Callable[[Any], Any]

# Fields that stay: they are valid in one process only, or are the operator's.
_STAYS: Mapping[type, frozenset[str]] = {
    ActionModel: frozenset({"validation"}),
    AppModel: frozenset(
        {"headers", "envelope", "expired_token_errors", "by_tenant", "idempotency_header", "idempotency_argument"}
    ),
    CallOptions: frozenset({"upload_folder", "output_folder", "max_retries", "output_in_file"}),
    Outcome: frozenset({"headers"}),
    RawRequest: frozenset({"check"}),
    ToolCall: frozenset({"spelling", "once"}),
    Who: frozenset({"recipients"}),
}
# Fields that are decoded as another type than their own.
_KINDS: Mapping[tuple[type, str], Any] = {
    (IntegrationChange, "config"): SecretValues,
    (NewConnection, "config"): SecretValues,
    (NewConnection, "values"): SecretValues,
    (NewIntegration, "config"): SecretValues,
}


# JSON text


def to_json(value: Any) -> bytes:
    """Return ``value`` as JSON text; unsupported types become strings. Raises ``InvalidRequest`` for excessive nesting."""
    import pydantic_core

    try:
        return pydantic_core.to_json(value, fallback=_plain, inf_nan_mode="constants", bytes_mode="base64")
    except (ValueError, RecursionError):  # cycles, by its own detection, and unpaired surrogates, which JSON can only escape
        pass
    try:
        return json.dumps(value, default=_plain).encode()
    except (ValueError, RecursionError):
        raise InvalidRequest("The values nest too deep, or contain themselves: they can't be sent to the server.") from None


def from_json(text: bytes) -> Any:
    """Parse JSON text. Raises ``ValueError`` if it is invalid."""
    import pydantic_core

    try:
        return pydantic_core.from_json(text)
    except ValueError:  # excessive nesting, or unpaired surrogates
        try:
            return json.loads(text)
        except RecursionError:
            raise ValueError("it nests too deep") from None


def _plain(value: Any) -> Any:
    if isinstance(value, Secret):
        return value.reveal()
    if isinstance(value, Veiled):
        return value.reveal()
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, set | frozenset) else str(value)


# Values


def encode(value: Any, kind: Any = None) -> Any:
    """Return ``value`` as dicts, lists and scalars; ``kind`` is its declared type, by default its own."""
    return _writer(cast("Hashable", kind if kind is not None else type(value)))(value)


def decode(kind: type[T], data: Any, at: str = "", *, strict: bool = False) -> T:
    """Return ``data`` as a ``kind``; raises ``InvalidRequest`` that says where it is invalid, without quoting it.

    ``strict`` refuses unknown names. Answers are read without it: a newer server may send more.
    """
    return cast("T", _reader(cast("Hashable", kind))(data, at, strict))


def _wrong(at: str, expected: str, data: Any) -> InvalidRequest:
    got = {dict: "an object", list: "a list", str: "a string", bool: "true or false", type(None): "null"}.get(type(data))
    return InvalidRequest(f"{at or 'the body'}: expected {expected}, got {got or 'a number'}.")


@functools.cache
def _travelling(cls: type) -> tuple[tuple[Field[Any], Any], ...]:
    hints, stays = get_type_hints(cls), _STAYS.get(cls, frozenset())
    return tuple((one, _KINDS.get((cls, one.name), hints[one.name])) for one in fields(cls) if one.name not in stays)


def _default(one: Field[Any]) -> Any:
    return one.default_factory() if one.default_factory is not MISSING else one.default


@functools.cache
def _writer(kind: Any) -> _Write:
    if kind in _OWN:
        return _OWN[kind][0]
    if is_dataclass(kind):
        return _dataclass_writer(cast("type", kind))
    origin, args = get_origin(kind), get_args(kind)
    if origin in {Union, types.UnionType}:
        inner = [arg for arg in args if arg is not type(None)]
        if len(inner) == 1:
            write = _writer(inner[0])
            return lambda value: None if value is None else write(value)
        return _same
    if origin is tuple or (isinstance(origin, type) and issubclass(origin, Sequence)):
        return functools.partial(_write_list, _writer(args[0])) if _is_deep(args[0]) else list
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return functools.partial(_write_dict, _writer(args[1])) if _is_deep(args[1]) else dict
    return str if isinstance(kind, type) and issubclass(kind, Enum) else _same


def _same(value: Any) -> Any:
    return value


def _write_list(write: _Write, value: Any) -> list[Any]:
    return [write(one) for one in value]


def _write_dict(write: _Write, value: Any) -> dict[str, Any]:
    return {name: write(one) for name, one in value.items()}


def _is_deep(kind: Any) -> bool:
    """Return whether values of ``kind`` must be converted one by one."""
    return is_dataclass(kind) or kind in _OWN or (get_origin(kind) is not None and get_origin(kind) is not Literal)


def _dataclass_writer(cls: type) -> _Write:
    parts = tuple((one.name, _default(one), _writer(kind)) for one, kind in _travelling(cls))

    def write(value: Any) -> dict[str, Any]:
        found = {}
        for name, default, write_part in parts:
            part = getattr(value, name)
            if part is not default and part != default:
                found[name] = write_part(part)
        return found

    return write


@functools.cache
def _reader(kind: Any) -> _Read:
    if kind in _OWN:
        return _OWN[kind][1]
    if is_typeddict(kind):
        return _typeddict_reader(kind)
    if is_dataclass(kind):
        return _dataclass_reader(cast("type", kind))
    origin, args = get_origin(kind), get_args(kind)
    if origin in {Union, types.UnionType}:
        return _union_reader(args)
    if origin is Literal:
        return functools.partial(_read_choice, args)
    if origin is tuple or (isinstance(origin, type) and issubclass(origin, Sequence)):
        return functools.partial(_read_list, _reader(args[0]))
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return functools.partial(_read_dict, _reader(args[1]))
    if isinstance(kind, type) and issubclass(kind, Enum):
        return functools.partial(_read_enum, kind)
    return _SCALARS.get(kind, _read_any)


def _read_any(data: Any, _at: str, _strict: bool) -> Any:
    return data


def _read_str(data: Any, at: str, _strict: bool) -> str:
    if not isinstance(data, str):
        raise _wrong(at, "a string", data)
    return data


def _read_bool(data: Any, at: str, _strict: bool) -> bool:
    if not isinstance(data, bool):
        raise _wrong(at, "true or false", data)
    return data


def _read_int(data: Any, at: str, _strict: bool) -> int:
    if not isinstance(data, int) or isinstance(data, bool):
        raise _wrong(at, "a whole number", data)
    return data


def _read_float(data: Any, at: str, _strict: bool) -> float:
    if not isinstance(data, int | float) or isinstance(data, bool):
        raise _wrong(at, "a number", data)
    return float(data)


def _read_object(data: Any, at: str, _strict: bool) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise _wrong(at, "an object", data)
    return data


_SCALARS: Mapping[Any, _Read] = {str: _read_str, bool: _read_bool, int: _read_int, float: _read_float, dict: _read_object}


def _read_choice(choices: tuple[Any, ...], data: Any, at: str, _strict: bool) -> Any:
    if data not in choices:
        raise _wrong(at, f"one of {', '.join(map(str, choices))}", data)
    return data


def _read_enum(kind: type[Enum], data: Any, at: str, _strict: bool) -> Any:
    try:
        return kind(data)
    except ValueError:
        raise _wrong(at, f"one of {', '.join(str(one.value) for one in kind)}", data) from None


def _read_list(read: _Read, data: Any, at: str, strict: bool) -> tuple[Any, ...]:
    if not isinstance(data, list | tuple):
        raise _wrong(at, "a list", data)
    return tuple(read(one, f"{at}[{place}]", strict) for place, one in enumerate(data))


def _read_dict(read: _Read, data: Any, at: str, strict: bool) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise _wrong(at, "an object", data)
    return data if read is _read_any else {name: read(one, _below(at, name), strict) for name, one in data.items()}


def _union_reader(args: tuple[Any, ...]) -> _Read:
    inner = [_reader(arg) for arg in args if arg is not type(None)]
    optional = len(inner) < len(args)

    def read(data: Any, at: str, strict: bool) -> Any:
        if data is None and optional:
            return None
        for one in inner[:-1]:
            try:
                return one(data, at, strict)
            except InvalidRequest:
                continue
        return inner[-1](data, at, strict)

    return read


def _below(at: str, name: str) -> str:
    return f"{at}.{name}" if at else name


def _read_parts(
    data: Any, at: str, strict: bool, parts: Mapping[str, _Read], required: frozenset[str] | None = None
) -> dict[str, Any]:
    if not isinstance(data, dict):
        raise _wrong(at, "an object", data)
    if strict and (unknown := data.keys() - parts.keys()):
        raise InvalidRequest(f"{at or 'the body'}: unknown field {min(unknown)!r:.80}; known are {', '.join(parts)}.")
    if required and (missing := required - data.keys()):
        raise InvalidRequest(f"{_below(at, min(missing))}: it is missing.")
    return {name: parts[name](one, _below(at, name), strict) for name, one in data.items() if name in parts}


def _dataclass_reader(cls: type) -> _Read:
    travelling = _travelling(cls)
    parts = {one.name: _reader(kind) for one, kind in travelling}
    required = frozenset(one.name for one, _ in travelling if _default(one) is MISSING)
    return lambda data, at, strict: cls(**_read_parts(data, at, strict, parts, required))


def _typeddict_reader(kind: Any) -> _Read:
    parts = {name: _reader(hint) for name, hint in get_type_hints(kind).items()}
    return lambda data, at, strict: _read_parts(data, at, strict, parts)


# Types with a format of their own


def _write_values(value: Any) -> dict[str, str]:
    return dict(SecretValues.of(value))


def _read_values(data: Any, at: str, strict: bool) -> SecretValues:
    return SecretValues(_read_dict(_read_str, data, at, strict))


def _read_secret(data: Any, at: str, strict: bool) -> Secret:
    return Secret(_read_str(data, at, strict))


def _write_schema(value: JsonSchema) -> dict[str, Any]:
    return dict(value)


def _read_schema(data: Any, at: str, strict: bool) -> JsonSchema:
    return JsonSchema(_read_object(data, at, strict))


def _write_parameter(value: CustomAuthParameter) -> dict[str, str]:
    return {"name": value.name, "in": str(value.in_), "value": value.value}


def _read_parameter(data: Any, at: str, strict: bool) -> CustomAuthParameter:
    known: dict[str, _Read] = {"name": _read_str, "in": _read_str, "value": _read_str}
    found = _read_parts(data, at, strict, known, frozenset({"name", "value"}))
    return CustomAuthParameter(found["name"], Secret(found["value"]), found.get("in", "header"))


def _read_auth(data: Any, at: str, strict: bool) -> CustomAuth:
    found: CustomAuth = _AUTH(data, at, strict)
    if found.base_url is not None and not found.base_url.startswith(("http://", "https://")):
        raise InvalidRequest(f"{_below(at, 'base_url')}: it must start with http:// or https://.")
    return found


def _write_integration(value: Integration) -> dict[str, Any]:
    """Include the names of the developer's values, not the values."""
    written: dict[str, Any] = _INTEGRATION(value)
    if value.config:
        written["config"] = dict.fromkeys(value.config, "")
    return written


def _write_binding(value: Any) -> dict[str, Any]:
    """Return what callers need of a binding.

    That is the kind of request, its destination, whether it is public, and its file arguments.
    """
    if isinstance(value, FunctionBinding):
        return {"injected": list(value.injected)}
    server = value.servers[0].url if value.servers else None
    found: dict[str, Any] = {"method": value.method, "path": value.path, "public": value.public, "server": server}
    body, upload = value.body, value.upload
    if body is not None and (body.files or body.loose_files):
        found["files"] = {"kind": body.kind, "files": list(body.files), "loose_files": list(body.loose_files)}
    if upload is not None:
        found["upload"] = {"argument": upload.argument, "binding": _write_binding(upload.binding)}
    return found


def _read_binding(data: Any, at: str, strict: bool) -> HttpBinding | FunctionBinding:
    found = _read_object(data, at, strict)
    if "injected" in found:
        return FunctionBinding("", injected=_read_list(_read_str, found["injected"], _below(at, "injected"), strict))
    parts = _read_parts(found, at, strict, _BINDING, frozenset({"method", "path"}))
    server = parts.get("server")
    return HttpBinding(
        method=parts["method"],
        path=parts["path"],
        servers=(Server(server),) if server else (),
        body=parts.get("files"),
        public=parts.get("public", False),
        upload=parts.get("upload"),
    )


def _read_files(data: Any, at: str, strict: bool) -> Body:
    names = functools.partial(_read_list, _read_str)
    parts = _read_parts(data, at, strict, {"kind": _read_str, "files": names, "loose_files": names}, frozenset({"kind"}))
    return Body("", parts["kind"], files=parts.get("files", ()), loose_files=parts.get("loose_files", ()))


def _read_upload(data: Any, at: str, strict: bool) -> MediaUpload:
    known: dict[str, _Read] = {"argument": _read_str, "binding": _read_binding}
    parts = _read_parts(data, at, strict, known, frozenset({"argument", "binding"}))
    return MediaUpload(parts["argument"], parts["binding"])


def _read_optional_str(data: Any, at: str, strict: bool) -> str | None:
    return None if data is None else _read_str(data, at, strict)


_BINDING: Mapping[str, _Read] = {
    "method": _read_str,
    "path": _read_str,
    "public": _read_bool,
    "server": _read_optional_str,
    "files": _read_files,
    "upload": _read_upload,
}
_OWN: dict[Any, tuple[_Write, _Read]] = {
    SecretValues: (_write_values, _read_values),
    Secret: (Secret.reveal, _read_secret),
    JsonSchema: (_write_schema, _read_schema),
    CustomAuthParameter: (_write_parameter, _read_parameter),
    HttpBinding | FunctionBinding: (_write_binding, _read_binding),
}
_INTEGRATION: _Write = _dataclass_writer(Integration)
_AUTH: _Read = _dataclass_reader(CustomAuth)
_OWN[CustomAuth] = (_dataclass_writer(CustomAuth), _read_auth)
_OWN[Integration] = (_write_integration, _dataclass_reader(Integration))
