"""Filling URL templates with values that a tenant or a provider supplied, and that may be hostile.

What the definition's author wrote is trusted, what comes out of an expression is not: it is judged by where it stands. In the
host it must be a name or a part of one, in the path it is percent-encoded and stays in its segment, and where it is the whole
base it must be the URL of a web server. Source: RFC 3986, sections 3.2 to 3.4.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Set
from functools import lru_cache
from typing import Any
from urllib.parse import quote, unquote

import httpx

from composio.errors import ConfigurationError, InvalidRequest
from composio.model.kept import before_path
from composio.model.secret import Secret
from composio.process.forks import no_fork

__all__ = ["fields_of", "foreign_host", "host_fields", "is_base", "render_url"]

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9_-]*[A-Za-z0-9])?"
_HOST = rf"{_LABEL}(?:\.{_LABEL})*"
_PORT = r"(?:[1-9][0-9]{0,3}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5])"
_PATH = r"(?:/(?:[A-Za-z0-9._~!$&'()*+,;=:@-]|%[0-9A-Fa-f]{2})*)*"
_NAME = re.compile(_HOST)
_NAME_AND_PORT = re.compile(rf"{_HOST}(?::{_PORT})?")
_BASE = re.compile(rf"(?P<scheme>[A-Za-z]+://)?(?:{_HOST}|\[[0-9A-Fa-f:.]+\])(?::{_PORT})?{_PATH}")
_LITERAL_HOST = re.compile(r"https?://[^{}/?#\\]+(?:[/?#]|$)", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_LONGEST = 2048
# Around what an expression gives; control characters can't be in it.
_OPEN, _CLOSE = "\x02", "\x03"
_SPAN = re.compile(f"{_OPEN}([^{_OPEN}{_CLOSE}]*){_CLOSE}")


class _Refused(Exception):
    """``expected`` is what the text of a span should have been; the text itself may be a secret."""

    def __init__(self, text: str, expected: str) -> None:
        super().__init__(expected)
        self.text, self.expected = Secret(text), expected


def render_url(template: str, values: Mapping[str, str], where: str) -> str:
    """Fill a URL's template.

    Raises ``InvalidRequest`` that names the field whose value can't stand where the template puts it, and
    ``ConfigurationError`` for a template that is no URL's. ``where`` says which template it is.
    """
    if "{" not in template:
        return template
    try:
        url = _join(_render(template, values, where), where)
    except _Refused as refused:
        names = sorted(fields_of(template))
        named = [name for name in names if values.get(name) and values[name] == refused.text.reveal()] or names
        raise InvalidRequest(f"{where}: {' or '.join(map(repr, named))} must be {refused.expected}.") from None
    has_user = _has_user(url)
    if has_user is None:
        raise InvalidRequest(f"{where}: with the values of {_list(template)} this is no URL.")
    if has_user:
        raise ConfigurationError(f"{where}: the template puts a user name into the URL; put credentials into headers.")
    return url


@lru_cache(maxsize=1024)
def _has_user(url: str) -> bool | None:
    """Whether a URL has a user name in it; None for one that can't be read. Parsing costs as much as all the rest."""
    try:
        return bool(httpx.URL(url).userinfo)
    except httpx.InvalidURL:
        return None


def fields_of(template: str) -> frozenset[str]:
    """The names of the fields that a template uses; none of one that can't be read."""
    return _fields(template) if "{" in template else frozenset()


def host_fields(template: str) -> frozenset[str]:
    """The names of the fields that stand before the path, and so decide where a request goes."""
    return fields_of(before_path(template))


def foreign_host(template: str, foreign: Set[str]) -> bool:
    """True where one of the fields in ``foreign``, which a tenant or a provider supplied, may decide the host."""
    return _LITERAL_HOST.match(template) is None and bool(fields_of(template) & foreign)


def is_base(text: str) -> bool:
    """True for the URL of a web server that paths can be put behind."""
    found = _BASE.fullmatch(text)
    return found is not None and (found["scheme"] or "").lower() in {"http://", "https://"} and not _climbs(text)


def _list(template: str) -> str:
    return " and ".join(map(repr, sorted(fields_of(template))))


def _mark(value: Any) -> str:
    text = str(value)
    if _CONTROL.search(text):
        raise _Refused(text, "without line breaks and control characters")
    if len(text) > _LONGEST:
        raise _Refused(text, f"at most {_LONGEST} characters long")
    return f"{_OPEN}{text}{_CLOSE}"


@lru_cache(maxsize=1)
def _environment() -> Any:
    from jinja2 import StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    return ImmutableSandboxedEnvironment(undefined=StrictUndefined, autoescape=False, finalize=_mark)


@lru_cache(maxsize=512)
def _template(text: str) -> Any:
    with no_fork:  # Jinja keeps its lexers under a lock of its own
        return _environment().from_string(text)


@lru_cache(maxsize=512)
def _fields(text: str) -> frozenset[str]:
    from jinja2 import TemplateSyntaxError, meta

    try:
        with no_fork:
            return frozenset(meta.find_undeclared_variables(_environment().parse(text)))
    except TemplateSyntaxError:
        return frozenset()


def _render(template: str, values: Mapping[str, str], where: str) -> list[tuple[bool, str]]:
    """The pieces of a filled template: whether each comes out of an expression, and its text."""
    try:
        text = _template(template).render(values)
    except _Refused:
        raise
    except Exception as error:
        # Jinja's message names the field or the syntax; values do not appear in it.
        raise ConfigurationError(f"{where}: the template can't be filled: {type(error).__name__}: {error}") from None
    pieces = [(bool(n % 2), piece) for n, piece in enumerate(_SPAN.split(text)) if piece or n % 2]
    if any(_CONTROL.search(piece) for _, piece in pieces):
        raise ConfigurationError(f"{where}: the template holds a line break or control character, or macros around its fields.")
    return pieces


def _join(pieces: list[tuple[bool, str]], where: str) -> str:
    """The URL, each piece judged by the part of it that it stands in."""
    out, rest = _begin(pieces, where)
    for index, (foreign, text) in enumerate(rest):
        part = _part(out)
        if not foreign:
            out += text
        elif part == "host":
            after = rest[index + 1][1] if index + 1 < len(rest) else "/"
            out += _of_host(text, out, last=after[:1] in {"/", "?", "#"})
        else:
            if part == "path" and not text:
                raise _Refused(text, "a value that fits into a path segment, not an empty one")
            out += quote(text, safe="")
    if _climbs(out):
        raise _Refused("", "without '.' and '..' between slashes")
    return out


def _climbs(url: str) -> bool:
    """True where a segment of the path leads elsewhere once somebody on the way has decoded it."""
    path = url.partition("://")[2].partition("?")[0].partition("#")[0].partition("/")[2]
    return not {".", ".."}.isdisjoint(re.split(r"[/\\]", unquote(unquote(path))))


def _begin(pieces: list[tuple[bool, str]], where: str) -> tuple[str, list[tuple[bool, str]]]:
    """The scheme, or the base that a value gives as a whole; and the pieces that follow."""
    foreign, first = pieces[0] if pieces else (False, "")
    after = next((text for _, text in pieces[1:]), "")
    if foreign and after.startswith("://"):
        if first.lower() not in {"http", "https"}:
            raise _Refused(first, "http or https")
        return f"{first.lower()}://", [(False, after[3:]), *pieces[2:]]
    if foreign:
        if after and (pieces[1][0] or after[0] not in "/?#"):
            raise ConfigurationError(f"{where}: the template must start with https:// or with a field that is the whole base.")
        return _base(first), pieces[1:]
    if not re.match(r"https?://", first, re.IGNORECASE):
        raise ConfigurationError(
            f"{where}: the template must start with https:// or http://, or with a field that is the base."
        )
    return "", pieces


def _base(text: str) -> str:
    """A whole base: what people type for it is often the bare host."""
    expected = "an address such as https://acme.example.com, without user name, query or fragment"
    found = _BASE.fullmatch(text.strip(" "))
    if found is None or (found["scheme"] or "https://").lower() not in {"http://", "https://"}:
        raise _Refused(text, expected)
    url = found[0] if found["scheme"] else f"https://{found[0]}"
    return url.rstrip("/")


def _part(url: str) -> str:
    """Which part of a URL continues behind ``url``."""
    behind = url.partition("://")[2]
    if "?" in behind or "#" in behind:
        return "query"
    return "path" if "/" in behind else "host"


def _of_host(text: str, before: str, *, last: bool) -> str:
    if re.search(r":[0-9]*$", before.partition("://")[2]):
        if not re.fullmatch(_PORT, text):
            raise _Refused(text, "a port number")
    elif not (_NAME_AND_PORT if last else _NAME).fullmatch(text) or len(text) > 253:
        raise _Refused(text, "a host name or a part of one: letters, digits, hyphens and single dots")
    return text
