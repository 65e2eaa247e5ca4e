"""Errors from a server: the same classes, with their fields, as a call in this process raises."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from composio import errors
from composio.errors import ComposioError, Problem

__all__ = ["read_error", "write_error"]


def _problems(value: Any) -> list[dict[str, str]]:
    return [{"path": one.path, "expected": one.expected, "got": one.got, "hint": one.hint} for one in value]


def _read_problems(data: Any) -> tuple[Problem, ...]:
    return tuple(Problem(**{name: str(one.get(name, "")) for name in ("path", "expected", "got", "hint")}) for one in data)


# The fields of each class that are sent, besides its message.
_FIELDS: Mapping[type[ComposioError], tuple[str, ...]] = {
    errors.NotFoundError: ("name", "suggestions", "hint", "why"),
    errors.MissingFields: ("app", "fields"),
    errors.ConnectionNotFound: ("app",),
    errors.ConnectedAccountNotFound: ("connection_id",),
    errors.ConnectionNotUsable: ("connection_id",),
    errors.AuthorizationError: ("code", "redirect_url", "connection_id", "app"),
    errors.TokenRequestFailed: ("status", "later", "lost", "wrong_client", "hint"),
    errors.InvalidArguments: ("action", "problems"),
    errors.UpstreamError: ("status", "retry_after", "data", "sent"),
}
_WRITE: Mapping[str, Callable[[Any], Any]] = {"suggestions": list, "problems": _problems, "fields": dict}
_READ: Mapping[str, Callable[[Any], Any]] = {"suggestions": tuple, "problems": _read_problems, "fields": dict}
_CLASSES: Mapping[str, type[ComposioError]] = {
    name: found
    for name in errors.__all__
    if isinstance(found := getattr(errors, name), type) and issubclass(found, ComposioError)
}


def _names(cls: type) -> list[str]:
    return [name for base in cls.__mro__ for name in _FIELDS.get(base, ())]


def write_error(error: ComposioError) -> dict[str, Any]:
    """Return ``{"type", "message", "fields"}``; the type is the nearest that callers know."""
    public = next(base for base in type(error).__mro__ if _CLASSES.get(base.__name__) is base)
    found = {name: getattr(error, name) for name in _names(public) if getattr(error, name, None) is not None}
    written = {name: _WRITE[name](value) if name in _WRITE else value for name, value in found.items()}
    return {"type": public.__name__, "message": str(error), "fields": written}


def read_error(data: Any) -> ComposioError | None:
    """Return the error from :func:`write_error`, a ``ComposioError`` if its class is unknown here; None for anything else."""
    if not isinstance(data, Mapping) or not isinstance(data.get("message"), str):
        return None
    cls = _CLASSES.get(str(data.get("type")), ComposioError)
    error = cls.__new__(cls, data["message"])
    Exception.__init__(error, data["message"])
    fields = data.get("fields")
    given = fields if isinstance(fields, Mapping) else {}
    for name in _names(cls):
        value = given.get(name)
        try:
            setattr(error, name, _READ[name](value if value is not None else ()) if name in _READ else value)
        except (AttributeError, TypeError, ValueError):  # in a form unknown to this version: the message is still useful
            setattr(error, name, None)
    return error
