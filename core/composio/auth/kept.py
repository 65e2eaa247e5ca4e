"""Values that a connection stores from callbacks and token responses: declared in the app's file, checked before use.

Whoever comes back with a callback may have written it, so a value of it that could lead a request elsewhere must fit what the
file allows. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

from composio.auth.flow import FlowContext
from composio.auth.urls import host_fields, is_base
from composio.errors import AuthorizationError
from composio.model.app import AuthScheme
from composio.model.kept import CALLBACK, METADATA, PROTOCOL, Kept, read_declared
from composio.model.secret import Secret, SecretValues
from composio.process.addresses import is_loopback

__all__ = ["calls_templates", "deciding_host", "fitting", "of_callback"]

_LONGEST: Final = 512
_WORD: Final = re.compile(r"[A-Za-z0-9_-]{1,128}")
_VISIBLE: Final = re.compile(r"[^\x00-\x20\x7f-\xa0]+")


def fitting(one: Kept, value: Secret, *, from_answer: bool = False) -> Secret | None:
    """What to keep of a value; None where it does not fit. Unchecked values of a callback are plain words."""
    text = value.reveal()
    if not one.is_checked:
        return value if from_answer or _WORD.fullmatch(text) else None
    if text in one.allowed:
        return value
    if len(text) > _LONGEST or not _VISIBLE.fullmatch(text) or not (one.hosts or one.pattern):
        return None
    host = _host(text)
    if one.hosts and (host is None or not any(_is_among(host, allowed) for allowed in one.hosts)):
        return None
    # A pattern is easily too generous with a URL: https://evil.example/?.example.com
    if one.pattern is None or ("://" in text and host is None):
        return value if one.hosts else None
    found = re.fullmatch(one.pattern, text)
    return None if found is None else Secret(found.groupdict().get("value") or text)


def _host(text: str) -> str | None:
    """The host of an https URL without a path, or of a bare host; None for anything else."""
    if "://" not in text:
        return text.lower() if is_base(f"https://{text}") and "/" not in text else None
    base = text.removesuffix("/")
    if not is_base(base):
        return None
    parts = urlsplit(base)
    is_safe = parts.scheme.lower() == "https" or is_loopback(parts.hostname or "")
    return parts.netloc.lower() if is_safe and not parts.path else None


def _is_among(host: str, allowed: str) -> bool:
    """``allowed`` may have a port; without one the host must have none either."""
    wanted = allowed.lower()
    return host.endswith(wanted[1:]) and len(host) > len(wanted) - 1 if wanted.startswith("*.") else host == wanted


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
    for one in read_declared(scheme.extra, CALLBACK):
        value = Secret(callback.get(one.source, ""))
        if not value and one.required:
            raise _wrong(context, f"without {one.source!r}, which this connection needs. Pass the whole callback URL")
        if not value:
            continue
        if (taken := fitting(one, value)) is None:
            raise _wrong(context, f"with a {one.source!r} that is not {one.expected}. Nothing was connected")
        if one.name not in fields or not given.get(one.name):
            kept = kept | {one.name: taken.reveal()}
        elif given[one.name].casefold() != taken.reveal().casefold():
            raise _wrong(context, f"for another {one.name!r} than the one that was to be connected. Nothing was connected")
    risky = deciding_host(scheme)
    for one in read_declared(scheme.extra, METADATA):  # QuickBooks' realmId comes beside the code, not with the tokens
        value = Secret("" if one.source in PROTOCOL else callback.get(one.source, ""))
        if value and (one.is_checked or one.name not in risky) and (taken := fitting(one, value)) is not None:
            kept = kept | {one.name: taken.reveal()}
    return kept


def _wrong(context: FlowContext, how: str) -> AuthorizationError:
    return AuthorizationError(f"{context.app.name} sent the user back {how}.", code="invalid_callback")
