"""Resolve an app's endpoints: relative to the base URL, or overridden by the operator.

An enterprise installation or a test double is set with
``COMPOSIO_OAUTH_<APP>_AUTHORIZATION_URL``, ``_TOKEN_URL``, ``_REFRESH_URL``, ``_REVOCATION_URL``,
``_DEVICE_AUTHORIZATION_URL``, ``_REQUEST_URL``, ``_REGISTRATION_URL`` and ``_ISSUER``. The API itself has
``COMPOSIO_<APP>_BASE_URL``.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from composio.accounts.fields import OAUTH
from composio.errors import ConfigurationError
from composio.model.action import Server
from composio.model.app import AppModel, AuthScheme
from composio.process.addresses import is_loopback

__all__ = ["locate", "relocate"]

_ENDPOINTS = (
    "authorization_url",
    "token_url",
    "refresh_url",
    "revocation_url",
    "device_authorization_url",
    "request_url",
    "registration_url",
    "issuer",
)


_VARIABLE = re.compile(r"\{([^{}]+)\}")


def locate(app: AppModel, environ: Mapping[str, str], servers: Callable[[], tuple[Server, ...]]) -> AppModel:
    """Return ``app`` with relative endpoints, such as ``/login``, resolved against its base URL.

    The base is the operator's ``COMPOSIO_<APP>_BASE_URL``, else the scheme's or the app's own, else that of ``servers``, the
    description's. Without any base URL, an endpoint is unchanged.
    """
    if not any(_relative(scheme) for scheme in app.auth_schemes):
        return app
    return replace(app, auth_schemes=tuple(_place(scheme, app, environ, servers) for scheme in app.auth_schemes))


def _relative(scheme: AuthScheme) -> dict[str, str]:
    return {name: url for name in _ENDPOINTS if isinstance(url := scheme.extra.get(name), str) and url.startswith("/")}


def _place(
    scheme: AuthScheme, app: AppModel, environ: Mapping[str, str], servers: Callable[[], tuple[Server, ...]]
) -> AuthScheme:
    relative = _relative(scheme)
    if not relative:
        return scheme
    base = environ.get(f"COMPOSIO_{app.key.upper()}_BASE_URL") or scheme.proxy.base_url or app.base_url
    base = base or _template(servers(), scheme)
    if not base:
        return scheme
    return replace(scheme, extra={**scheme.extra, **{name: base.rstrip("/") + path for name, path in relative.items()}})


def _template(servers: tuple[Server, ...], scheme: AuthScheme) -> str:
    """Return the first server's URL, with its variables filled in or, if a field has the name, left to the connection."""
    if not servers:
        return ""
    fields, server = {field.name for field in scheme.fields}, servers[0]

    def fill(found: re.Match[str]) -> str:
        name = found[1]
        return f"{{{{{name}}}}}" if name in fields else server.variables.get(name, found[0])

    return _VARIABLE.sub(fill, server.url)


def relocate(app: AppModel, environ: Mapping[str, str]) -> AppModel:
    """Return ``app`` with the endpoints from the environment.

    Other endpoints are then removed, because they belong to another provider: no token is revoked at a host that did not issue
    it. Raises ``ConfigurationError`` for an invalid URL.
    """
    prefix = f"COMPOSIO_OAUTH_{app.key.upper()}_"
    named = {one: value for one in _ENDPOINTS if (value := environ.get(prefix + one.upper(), "").strip())}
    if not named:
        return app
    for one, value in named.items():
        if not _is_address(value):
            raise ConfigurationError(
                f"{prefix}{one.upper()}: expected a URL that begins with https://, or http:// on this machine; got {value!r:.80}."
            )
    return replace(app, auth_schemes=tuple(_move(scheme, named) for scheme in app.auth_schemes))


def _move(scheme: AuthScheme, named: Mapping[str, str]) -> AuthScheme:
    if scheme.auth_mode not in OAUTH:
        return scheme
    kept = {name: value for name, value in scheme.extra.items() if name not in _ENDPOINTS}
    # Every flow needs the endpoints for consent and for tokens.
    needed = {name: scheme.extra[name] for name in ("authorization_url", "token_url", "request_url") if name in scheme.extra}
    return replace(scheme, extra={**kept, **needed, **named})


def _is_address(text: str) -> bool:
    try:
        parts = urlsplit(text)
    except ValueError:
        return False
    if "{" in text or not parts.hostname:
        return False
    return parts.scheme == "https" or (parts.scheme == "http" and is_loopback(parts.hostname))
