"""The operator's word on where an app's OAuth endpoints are: an enterprise installation, a double in a test.

``COMPOSIO_OAUTH_<APP>_AUTHORIZATION_URL``, ``_TOKEN_URL``, ``_REFRESH_URL``, ``_REVOCATION_URL``, ``_DEVICE_AUTHORIZATION_URL``,
``_REQUEST_URL`` and ``_ISSUER``. The API itself has ``COMPOSIO_<APP>_BASE_URL``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import urlsplit

from composio.accounts.fields import OAUTH
from composio.addresses import is_loopback
from composio.errors import ConfigurationError
from composio.model.app import AppModel, AuthScheme

__all__ = ["relocated"]

_ENDPOINTS = (
    "authorization_url",
    "token_url",
    "refresh_url",
    "revocation_url",
    "device_authorization_url",
    "request_url",
    "issuer",
)


def relocated(app: AppModel, environ: Mapping[str, str]) -> AppModel:
    """``app`` with the endpoints that the environment names; itself where it names none.

    What is not named is then left out, as it belongs to another provider: no token is revoked at a host that did not grant it.
    Raises ``ConfigurationError`` for what is no address.
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
    return replace(app, auth_schemes=tuple(_moved(scheme, named) for scheme in app.auth_schemes))


def _moved(scheme: AuthScheme, named: Mapping[str, str]) -> AuthScheme:
    if scheme.auth_mode not in OAUTH:
        return scheme
    kept = {name: value for name, value in scheme.extra.items() if name not in _ENDPOINTS}
    # Where to consent and where to get tokens is what no flow can do without.
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
