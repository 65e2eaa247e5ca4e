"""The credentials that sign a request."""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape
from urllib.parse import quote

from composio.model.app import AuthScheme
from composio.model.auth import CustomAuth
from composio.model.connection import Connection
from composio.model.secret import NO_VALUES

__all__ = ["Credentials"]

# Words in token responses that API messages may contain too: without "Bearer", few messages are readable.
_TOLD = frozenset({"token_type", "scope"})


@dataclass(frozen=True, slots=True)
class Credentials:
    """What signs a request: a scheme with the values of its fields, or the caller's own credentials.

    ``connection`` is the stored one that the values come from. ``foreign`` names the values from a tenant or a provider: if
    they decide a request's host, that host must be on the public internet. ``limited_actions`` are the only ones, in upper
    case, that may be run; None allows all.
    """

    origin: str
    scheme: AuthScheme | None = None
    values: Mapping[str, str] = field(default=NO_VALUES, repr=False)
    custom: CustomAuth | None = None
    connection: Connection | None = field(default=None, repr=False)
    foreign: frozenset[str] = frozenset()
    limited_actions: frozenset[str] | None = None

    def secrets(self, within: str | None = None) -> list[str]:
        """Return all strings to redact, longest first: in original and encoded forms.

        Encodings that ``within`` cannot contain are omitted if it is given.
        """
        values = {value for name, value in self.values.items() if name not in _TOLD}
        texts = values | {p.value for p in (self.custom.parameters if self.custom else ())}
        texts |= {value for value in (self.custom.body.values() if self.custom else ()) if isinstance(value, str)}
        texts |= {text.split(" ", 1)[1] for text in texts if " " in text}
        texts |= {
            b64encode(f"{user}:{password}".encode(errors="replace")).decode() for user in values for password in (*values, "")
        }
        texts |= {_password(text) for text in texts}
        long = {text for text in texts if len(text) >= 6}
        if within is None or not _SPELLED.isdisjoint(within):
            long.update(*map(_spell, long))
        return sorted(long, key=len, reverse=True)


_PLAIN = re.compile(r"[A-Za-z0-9_.~-]*")
_SPELLED = frozenset("%+&")
"""Every encoded form contains one of these."""


def _spell(text: str) -> set[str]:
    """Return it encoded for URLs, forms and pages."""
    if _PLAIN.fullmatch(text):
        return set()
    quoted = quote(text, safe="", errors="replace")
    return {quoted, quoted.replace("%20", "+"), quote(text, errors="replace"), escape(text), escape(text, quote=False)}


def _password(text: str) -> str:
    """Return the password after ``Basic``; empty if there is none. Source: RFC 7617."""
    try:
        return b64decode(text, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""
