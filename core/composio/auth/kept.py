"""What a connection keeps of a callback and of token answers: values that the app's file declares, checked before they count.

Whoever comes back with a callback may have written it, so a value of it that could lead a request elsewhere must fit what the file
allows. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from urllib.parse import urlsplit

from composio.addresses import is_loopback
from composio.auth.flow import FlowContext
from composio.auth.urls import host_fields, is_base
from composio.errors import AuthorizationError
from composio.model.app import AuthScheme
from composio.model.secret import Secret, SecretValues

__all__ = [
    "CALLBACK",
    "METADATA",
    "Kept",
    "calls_templates",
    "deciding_host",
    "declared",
    "defaults",
    "of_callback",
    "trusted",
]

CALLBACK: Final = "callback_parameters"
METADATA: Final = "token_response_metadata"
_LONGEST: Final = 512
_WORD: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")
_VISIBLE: Final = re.compile(r"[^\x00-\x20\x7f-\xa0]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """One declared value: ``source`` is the callback's parameter or the answer's path, ``name`` what templates call it.

    ``pattern`` must match all of it (its group ``value``, where it has one, is what is kept), ``allowed`` lists whole values and
    ``hosts`` host names or ``*.example.com``, of a bare host or an https URL without a path.
    """

    source: str
    name: str
    pattern: str | None = None
    allowed: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    required: bool = False
    default: str | None = None

    @property
    def is_checked(self) -> bool:
        """True where the file says which values it takes."""
        return bool(self.pattern or self.allowed or self.hosts)

    @property
    def expected(self) -> str:
        """What a value must be, for error messages."""
        if self.allowed:
            return f"one of {', '.join(self.allowed)}"
        if self.hosts:
            return f"a host, or an https URL of one, among {', '.join(self.hosts)}"
        return f"text that fits {self.pattern}" if self.pattern else "letters, digits, '_' and '-'"

    def fitting(self, value: Secret, *, from_answer: bool = False) -> Secret | None:
        """What to keep of a value; None where it does not fit. Unchecked values of a callback are plain words."""
        text = value.reveal()
        if not self.is_checked:
            return value if from_answer or _WORD.fullmatch(text) else None
        if text in self.allowed:
            return value
        if len(text) > _LONGEST or not _VISIBLE.fullmatch(text):
            return None
        host = _host(text)
        if self.hosts:
            return value if host is not None and any(_is_among(host, one) for one in self.hosts) else None
        # A pattern is easily too generous with a URL: https://evil.example/?.example.com
        if self.pattern is None or ("://" in text and host is None):
            return None
        found = re.fullmatch(self.pattern, text)
        if found is None:
            return None
        return Secret(found.groupdict().get("value") or text)


def _host(text: str) -> str | None:
    """The host of an https URL without a path, or of a bare host; None for anything else."""
    if "://" not in text:
        return text.lower() if is_base(f"https://{text}") and "/" not in text else None
    base = text.removesuffix("/")
    parts = urlsplit(base)
    if not is_base(base) or parts.path or not (parts.scheme == "https" or is_loopback(parts.hostname or "")):
        return None
    return parts.netloc.lower()


def _is_among(host: str, allowed: str) -> bool:
    """``allowed`` may have a port; without one the host must have none either."""
    wanted = allowed.lower()
    return host.endswith(wanted[1:]) and len(host) > len(wanted) - 1 if wanted.startswith("*.") else host == wanted


@lru_cache(maxsize=1024)
def _made(where: str, source: str, extra: tuple[tuple[str, Any], ...]) -> Kept:
    more = dict(extra)
    name = more.pop("as", None) or re.sub(r"\W", "_", source)
    more.setdefault("required", where == CALLBACK and "default" not in more)
    return Kept(source=source, name=name, **more)


def declared(extra: Mapping[str, Any], where: str) -> tuple[Kept, ...]:
    """What a scheme keeps of callbacks (``CALLBACK``) or of token answers (``METADATA``)."""
    found: list[Kept] = []
    for item in extra.get(where, ()):
        given = {"name": item} if isinstance(item, str) else dict(item)
        source = str(given.pop("name", None) or given.pop("path"))
        more = {k: tuple(map(str, v)) if isinstance(v, list | tuple) else v for k, v in given.items()}
        found.append(_made(where, source, tuple(sorted(more.items()))))
    return tuple(found)


def defaults(extra: Mapping[str, Any]) -> dict[str, str]:
    """The values of what nobody sent yet."""
    return {
        one.name: one.default for where in (CALLBACK, METADATA) for one in declared(extra, where) if one.default is not None
    }


def trusted(extra: Mapping[str, Any], values: Mapping[str, str]) -> frozenset[str]:
    """The names of kept values that the app's file itself lists: those lead nowhere that its author did not name."""
    return frozenset(
        one.name
        for where in (CALLBACK, METADATA)
        for one in declared(extra, where)
        if one.name in values and (values[one.name] in one.allowed or values[one.name] == one.default)
    )


def deciding_host(scheme: AuthScheme) -> frozenset[str]:
    """The fields that decide the host of one of the scheme's URLs."""
    return frozenset(name for template in _urls(scheme) for name in host_fields(template))


def _urls(scheme: AuthScheme) -> Iterator[str]:
    yield from (str(text) for name, text in scheme.extra.items() if name.endswith("_url") and isinstance(text, str))
    if scheme.proxy.base_url:
        yield scheme.proxy.base_url


def calls_templates(scheme: AuthScheme) -> Iterator[tuple[str, str]]:
    """The places and templates that every call fills: of the base URL and of what signs."""
    proxy = scheme.proxy
    if proxy.base_url:
        yield "base_url", proxy.base_url
    for place, templates in (
        ("headers", proxy.headers),
        ("query_params", proxy.query_params),
        ("path_params", proxy.path_params),
    ):
        yield from ((f"{place}.{name}", template) for name, template in templates.items())


def of_callback(context: FlowContext, callback: Mapping[str, str]) -> SecretValues:
    """The callback's declared values. Raises ``AuthorizationError`` for what is missing, or is not what the file allows.

    A parameter that is called like a field which has a value already must agree with it.
    """
    scheme, given, kept = context.scheme, context.all_values, SecretValues()
    fields = {field.name for field in scheme.fields}
    for one in declared(scheme.extra, CALLBACK):
        value = Secret(callback.get(one.source, ""))
        if not value and one.required:
            raise _wrong(context, f"without {one.source!r}, which this connection needs. Pass the whole callback URL")
        if not value:
            continue
        if (fitting := one.fitting(value)) is None:
            raise _wrong(context, f"with a {one.source!r} that is not {one.expected}. Nothing was connected")
        if one.name not in fields or not given.get(one.name):
            kept = kept | {one.name: fitting.reveal()}
        elif given[one.name].casefold() != fitting.reveal().casefold():
            raise _wrong(context, f"for another {one.name!r} than the one that was to be connected. Nothing was connected")
    risky = deciding_host(scheme)
    for one in declared(scheme.extra, METADATA):  # QuickBooks' realmId comes beside the code, not with the tokens
        value = Secret(callback.get(one.source, ""))
        if value and (one.is_checked or one.name not in risky) and (fitting := one.fitting(value)) is not None:
            kept = kept | {one.name: fitting.reveal()}
    return kept


def _wrong(context: FlowContext, how: str) -> AuthorizationError:
    return AuthorizationError(f"{context.app.name} sent the user back {how}.", code="invalid_callback")
