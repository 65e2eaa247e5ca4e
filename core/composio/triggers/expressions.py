"""Expressions of a ``triggers.yaml``: Jinja's, over plain values and without access to anything else.

A name after a dot is always a key of a mapping: ``body.items`` is never a method. A missing value is None at any depth. There
is no clock and no randomness, so the same event always gives the same payload.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from functools import lru_cache
from typing import Any

__all__ = ["ExpressionError", "evaluate", "fill", "names_in", "names_in_template", "seconds_of"]

_FILTERS = frozenset(
    [
        "abs",
        "default",
        "first",
        "float",
        "int",
        "items",
        "join",
        "last",
        "length",
        "list",
        "lower",
        "map",
        "max",
        "min",
        "reject",
        "rejectattr",
        "replace",
        "round",
        "select",
        "selectattr",
        "sort",
        "string",
        "sum",
        "tojson",
        "trim",
        "unique",
        "upper",
    ]
)
_PART = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
# One expression only: two expressions with text between them are text.
_WHOLE = re.compile(r"\{\{((?:(?!\{\{|\}\}).)*)\}\}", re.DOTALL)


class ExpressionError(ValueError):
    """An expression is invalid or can't be evaluated with these values. Contains no values."""


def evaluate(expression: str, values: Mapping[str, Any]) -> Any:
    """Evaluate the expression; None for a missing value. Raises ExpressionError."""
    try:
        return _plain(_compile(expression)(**values))
    except ExpressionError:
        raise
    except Exception as error:  # a filter may raise anything for a provider's values
        raise ExpressionError(f"{expression!r} failed: {type(error).__name__}") from None


def fill(template: Any, values: Mapping[str, Any]) -> Any:
    """Return ``template`` with every ``{{ expression }}`` replaced, in mappings and lists too.

    A string that is one expression becomes its value, so that numbers stay numbers; an entry of a mapping whose value is None
    is omitted. Raises ExpressionError.
    """
    if isinstance(template, Mapping):
        filled = {name: (value, fill(value, values)) for name, value in template.items()}
        return {name: now for name, (before, now) in filled.items() if now is not None or before is None}
    if isinstance(template, list | tuple):
        return [fill(value, values) for value in template]
    if not isinstance(template, str) or "{{" not in template:
        return template
    if (whole := _WHOLE.fullmatch(template.strip())) is not None:
        return evaluate(whole[1].strip(), values)
    return _PART.sub(lambda match: _text(evaluate(match[1].strip(), values)), template)


@lru_cache(maxsize=4096)
def names_in(expression: str) -> frozenset[str]:
    """Return the top-level names that the expression reads. Raises ExpressionError if it is invalid."""
    from jinja2 import TemplateError, meta

    try:
        _compile(expression)
        return frozenset(meta.find_undeclared_variables(_environment().parse(f"{{{{ {expression} }}}}")))
    except TemplateError as error:
        raise ExpressionError(f"is not an expression: {error}") from None


def names_in_template(template: Any) -> frozenset[str]:
    """Return the names that a template's expressions read, in mappings and lists too. Raises ExpressionError."""
    if isinstance(template, Mapping):
        return frozenset().union(*(names_in_template(value) for value in template.values()))
    if isinstance(template, list | tuple):
        return frozenset().union(*(names_in_template(value) for value in template))
    if not isinstance(template, str):
        return frozenset()
    rest = _PART.sub("", template)
    if "{{" in rest or "}}" in rest:
        raise ExpressionError("has a {{ or }} without its other half")
    return frozenset().union(*(names_in(match[1].strip()) for match in _PART.finditer(template)))


@lru_cache(maxsize=4096)
def _compile(expression: str) -> Any:
    from jinja2 import TemplateError

    from composio.process.forks import no_fork

    try:
        with no_fork:  # Jinja keeps its lexers under a lock of its own
            return _environment().compile_expression(expression, undefined_to_none=True)
    except TemplateError as error:
        raise ExpressionError(f"is not an expression: {error}") from None


@lru_cache(maxsize=1)
def _environment() -> Any:
    from jinja2 import ChainableUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    class Values(ImmutableSandboxedEnvironment):
        def getattr(self, obj: Any, attribute: str) -> Any:
            return self.getitem(obj, attribute)

        def getitem(self, obj: Any, argument: Any) -> Any:
            try:
                if isinstance(obj, Mapping) or (isinstance(obj, list | tuple | str) and isinstance(argument, int | slice)):
                    return obj[argument]
            except (LookupError, TypeError):
                pass
            return self.undefined(obj=obj, name=argument)

    environment = Values(autoescape=False, undefined=ChainableUndefined)
    environment.globals.clear()
    environment.filters = {name: made for name, made in environment.filters.items() if name in _FILTERS} | {
        "b64decode": _b64decode,
        "iso": _iso,
        "keys": lambda value: list(value) if isinstance(value, Mapping) else [],
        "seconds": seconds_of,
        "split": lambda value, by: value.split(by) if isinstance(value, str) else [],
        "zip": lambda names, values: dict(zip(_list(names), _list(values), strict=False)),
    }
    return environment


def _plain(value: Any) -> Any:
    from jinja2 import Undefined

    if isinstance(value, Undefined):
        return None
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, str | bytes | int | float) or value is None:
        return value
    if isinstance(value, Sequence) or hasattr(value, "__iter__"):
        return [_plain(one) for one in value]
    raise ExpressionError("gives a value that JSON can't represent")


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "" if value is None else str(value)


def _list(value: Any) -> list[Any]:
    return list(value) if hasattr(value, "__iter__") and not isinstance(value, str | bytes | Mapping) else []


def _b64decode(value: Any) -> str:
    """Decode base64 text of either alphabet; empty if it is invalid."""
    if not isinstance(value, str):
        return ""
    try:
        padded = value + "=" * (-len(value) % 4)
        return base64.urlsafe_b64decode(padded.replace("+", "-").replace("/", "_")).decode("utf-8", "replace")
    except (TypeError, ValueError, binascii.Error):
        return ""


def _iso(value: Any) -> str | None:
    """Convert seconds since 1970 (or milliseconds, microseconds: by size) to ISO 8601 in UTC."""
    if not isinstance(value, int | float | str):
        return None
    try:
        seconds = float(value)
        while abs(seconds) > 1e11:
            seconds /= 1000
        return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
    except (TypeError, ValueError, OverflowError, OSError):
        return None


def seconds_of(value: Any) -> float | None:
    """Convert a time (ISO 8601, a mail header's form, or a number) to seconds since 1970."""
    if isinstance(value, int | float) or (isinstance(value, str) and re.fullmatch(r"\d+(\.\d+)?", value)):
        seconds = float(value)
        while seconds > 1e11:
            seconds /= 1000
        return seconds
    if not isinstance(value, str):
        return None
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        try:
            moment = read(value)
        except (TypeError, ValueError, OverflowError):
            continue
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    return None
