"""What signs a request."""

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

# What a provider says of its tokens and an API's own words may hold: with "Bearer" gone, few messages can be read.
_TOLD = frozenset({"token_type", "scope"})


@dataclass(frozen=True, slots=True)
class Credentials:
    """What signs a request: a scheme with the values of its fields, or what the caller handed over.

    ``connection`` is the stored one that the values come from. ``foreign`` names the values that a tenant or a provider
    supplied: where they decide which host a request goes to, that host must be on the public internet. ``limited_actions`` are
    the only ones, in upper case, that may be run; None allows all.
    """

    origin: str
    scheme: AuthScheme | None = None
    values: Mapping[str, str] = field(default=NO_VALUES, repr=False)
    custom: CustomAuth | None = None
    connection: Connection | None = field(default=None, repr=False)
    foreign: frozenset[str] = frozenset()
    limited_actions: frozenset[str] | None = None

    def secrets(self, within: str | None = None) -> list[str]:
        """Every text that must not come back out, longest first: as it was given, and as whatever carries it writes it.

        Where they are looked for in ``within`` alone, spellings that it can't hold are left out.
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
"""Of these, each spelling that is not the text itself has one."""


def _spell(text: str) -> set[str]:
    """As URLs, forms and pages write it."""
    if _PLAIN.fullmatch(text):
        return set()
    quoted = quote(text, safe="", errors="replace")
    return {quoted, quoted.replace("%20", "+"), quote(text, errors="replace"), escape(text), escape(text, quote=False)}


def _password(text: str) -> str:
    """The password in what follows ``Basic``; empty where ``text`` is none such. Source: RFC 7617."""
    try:
        return b64decode(text, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""
