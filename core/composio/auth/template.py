"""Signing by template: what an app's ``proxy`` section says, filled with the fields' values.

Templates are sandboxed Jinja and come from the app's definition; values never are templates.
Source: documentation page "Adding Your Own App".
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import httpx

from composio.errors import ConfigurationError, InvalidRequest
from composio.model.app import AuthScheme
from composio.process.forks import no_fork

__all__ = ["put", "render", "says_nothing", "sign"]

_NOT_IN_HEADERS = re.compile(r"[^\x20-\x7e\t]")
# "Bearer Bearer abc": people copy a token with the scheme's name in front of it. Neither tokens nor base64 hold a space.
_SAID_TWICE = re.compile(r"([A-Za-z][A-Za-z0-9-]*) +\1 +(?=\S)", re.IGNORECASE)


# A field and nothing else, and what Jinja leaves as it is: it changes line breaks.
_FIELD = re.compile(r"\{\{ *([A-Za-z][A-Za-z0-9_]*) *\}\}")
_LITERAL = re.compile(r"[^{}\r\n]*")
# Names that are none in Jinja.
_WORDS = frozenset(
    {
        *("true", "false", "none", "True", "False", "None", "not", "and", "or", "in", "is", "if", "else"),
        *("self", "loop", "super", "caller", "varargs", "kwargs"),
    }
)


@lru_cache(maxsize=512)
def _template(text: str) -> Any:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    # What is rendered is a header or a URL, never a page: HTML escapes would corrupt credentials.
    environment = ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False)
    environment.filters["b64encode"] = lambda value: base64.b64encode(str(value).encode()).decode()
    with no_fork:  # Jinja keeps its lexers under a lock of its own
        return environment.from_string(text)


@lru_cache(maxsize=512)
def _read_plain(template: str) -> tuple[tuple[str, str], ...] | None:
    """Each string and the field behind it, of a template that is nothing but those; None for any other.

    Most are; Jinja takes longer for one of them than the rest of signing.
    """
    parts: list[tuple[str, str]] = []
    at = 0
    for found in _FIELD.finditer(template):
        parts.append((template[at : found.start()], found[1]))
        at = found.end()
    parts.append((template[at:], ""))
    is_plain = all(_LITERAL.fullmatch(text) and name not in _WORDS for text, name in parts)
    return tuple(parts) if is_plain else None


def render(template: str, values: Mapping[str, str], where: str) -> str:
    """Fill one template. An undefined field is the definition's mistake and says where."""
    if "{" not in template:
        return template
    if (parts := _read_plain(template)) is not None and all(name in values for _, name in parts if name):
        return "".join([f"{text}{values[name]}" if name else text for text, name in parts])
    try:
        return str(_template(template).render(values))
    except Exception as error:
        # Jinja's message names the field or the syntax; values do not appear in it.
        raise ConfigurationError(f"{where}: the template can't be filled: {type(error).__name__}: {error}") from None


def sign(request: httpx.Request, scheme: AuthScheme, values: Mapping[str, str]) -> Iterator[str]:
    """Add what a scheme's ``proxy`` says to ``request``: headers and query; yields the names of the headers that were set."""
    for name, template in scheme.proxy.headers.items():
        where = f"{scheme.name}.proxy.headers.{name}"
        yield put(request, name, render(template, values, where), where)
    if scheme.proxy.query_params:
        added = {k: render(t, values, f"{scheme.name}.proxy.query_params.{k}") for k, t in scheme.proxy.query_params.items()}
        request.url = request.url.copy_merge_params(added)


def put(request: httpx.Request, name: str, value: str, where: str) -> str:
    """Set a header; gives its name. Raises ``InvalidRequest`` for a value that no header can carry, and does not show it."""
    if _NOT_IN_HEADERS.search(value):
        value = ""  # out of what a traceback could show of this frame
        raise InvalidRequest(
            f"{where}: a value for the header {name!r} holds a line break, a control character or one beyond ASCII; copy it again."
        )
    said_twice = _SAID_TWICE.match(value) if name.lower().endswith("authorization") else None
    request.headers[name] = f"{said_twice[1]} {value[said_twice.end() :]}" if said_twice else value
    return name


def says_nothing(scheme: AuthScheme) -> bool:
    """True where a scheme leaves it to its mode how credentials travel."""
    return not scheme.proxy.headers and not scheme.proxy.query_params
