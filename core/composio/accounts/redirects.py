"""Choose the redirect URI.

In order: the call's, the integration's, the app's ``callback_url``, ``COMPOSIO_REDIRECT_URI``, else a listener on
this machine (RFC 8252, section 7.3).
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from urllib.parse import parse_qsl, urlsplit

from composio.errors import ConfigurationError, InvalidRequest, InvalidState
from composio.model.app import AuthScheme
from composio.model.connection import Integration
from composio.model.secret import Secret, SecretValues
from composio.process.addresses import is_loopback

__all__ = ["VARIABLE", "callback_parameters", "check_destination", "check_redirect", "find_redirect", "hash_state"]

VARIABLE = "COMPOSIO_REDIRECT_URI"


def find_redirect(
    asked: str | None, integration: Integration | None, scheme: AuthScheme, environ: Mapping[str, str]
) -> str | None:
    """Return the configured redirect URI; None to use the listener on this machine."""
    own = integration.redirect_uri if integration else None
    found = asked or own or scheme.extra.get("callback_url")
    if found:
        return str(found)
    if named := environ.get(VARIABLE, "").strip():
        try:
            return check_redirect(VARIABLE, named)
        except InvalidRequest as error:
            raise ConfigurationError(str(error)) from None
    return None


def check_redirect(whose: str, uri: object, field: str = "redirect_uri") -> str:
    """Check a redirect URI for registration: absolute, without fragment, https unless on this machine. RFC 9700, 2.1."""
    text = _absolute(uri, f"{whose}: {field}")
    parts = urlsplit(text)
    if parts.fragment:
        raise InvalidRequest(f"{whose}: {field} has a fragment (#...), which providers refuse.")
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise InvalidRequest(f"{whose}: {field} must begin with https://; http:// is for 127.0.0.1 and localhost only.")
    return text


def check_destination(uri: object) -> str:
    """Return the developer's page for the user afterwards."""
    return _absolute(uri, "redirect_url")


def _absolute(uri: object, what: str) -> str:
    text = uri.strip() if isinstance(uri, str) else ""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    del port
    if parts.scheme not in {"http", "https"} or not parts.hostname or any(ord(c) <= 32 for c in text):
        raise InvalidRequest(f"{what} takes a URL such as https://yourapp.com/callback, not {uri!r:.80}.")
    return text


def callback_parameters(callback: Secret) -> SecretValues:
    """Parse a callback's parameters. A repeated one is rejected. Source: RFC 6749, 3.1."""
    try:
        found, twice = _read(callback)
    except ValueError:
        raise InvalidState("The callback URL can't be read.") from None
    if twice is not None:
        raise InvalidState(f"The callback URL has the parameter {twice!r} twice.")
    return found


def hash_state(state: str) -> str:
    """Hash a ``state`` for storage: reading the database does not allow finishing a user's connection."""
    return hashlib.sha256(state.encode("utf-8", "surrogatepass")).hexdigest()


def _read(callback: Secret) -> tuple[SecretValues, str | None]:
    """Return the parameters, and the name of a repeated one."""
    found: dict[str, str] = {}
    for name, value in parse_qsl(urlsplit(callback.reveal().strip()).query, keep_blank_values=True, max_num_fields=100):
        if found.setdefault(name, value) != value:
            return SecretValues(), name
    return SecretValues(found), None
