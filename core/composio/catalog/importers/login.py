"""Convert a description's OAuth2 password flow to a login: user name and password are exchanged for the calls' token. Pure.

Sources: OpenAPI 3.1, "OAuth Flow Object"; RFC 6749, 4.3 (what is sent and how).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urljoin, urlsplit

from composio.catalog.importers.prefix import prefix_of
from composio.process.addresses import is_loopback

__all__ = ["login", "token_url"]

_FIELDS = (
    {"name": "username", "display_name": "User name", "description": "The name or email address that you sign in with."},
    {"name": "password", "display_name": "Password", "description": "The password of that account."},
    {
        "name": "client_id",
        "display_name": "Client ID",
        "description": "The id of your OAuth client, where the API wants one.",
        "required": False,
        "expected_from_customer": False,
    },
    {
        "name": "client_secret",
        "display_name": "Client secret",
        "description": "Its secret, where the API wants one.",
        "required": False,
        "expected_from_customer": False,
    },
)


def login(node: Mapping[str, Any], base: str | None, scopes: Sequence[str] | None = None) -> dict[str, Any] | None:
    """Return a scheme with a password flow in the form of ``integration.yaml``; None without the flow or a login URL.

    ``base`` is the API's base URL. ``scopes`` are those to request, all of the flow's if None.
    """
    flows = node.get("flows")
    flow = flows.get("password") if isinstance(flows, dict) else None
    if not isinstance(flow, dict) or (url := token_url(flow.get("tokenUrl"), base)) is None:
        return None
    declared = flow.get("scopes")
    asked = list(declared if isinstance(declared, dict) else ()) if scopes is None else list(scopes)
    given = {name: f"{{{{ {name} }}}}" for name in ("username", "password")}
    optional = {name: f"{{{{ {name} | default('') }}}}" for name in ("client_id", "client_secret")}
    return {
        "auth_mode": "BASIC_WITH_JWT",
        "fields": [dict(one) for one in _FIELDS],
        "token_url": url,
        "token_request_body": "form",
        "token_params": {
            "grant_type": "password",
            **given,
            **optional,
            **({"scope": " ".join(map(str, asked))} if asked else {}),
        },
        "proxy": {"headers": {"Authorization": f"{prefix_of(node.get('description')) or 'Bearer '}{{{{ access_token }}}}"}},
    }


def token_url(given: Any, base: str | None) -> str | None:
    """Return the login URL: a path below ``base`` if possible, else an absolute URL; None if it is neither, or unsafe.

    Relative ones are relative to the base URL: without a leading slash they are below it (RFC 3986, 5.2).
    """
    text = given.strip() if isinstance(given, str) else ""
    if not text or any(ord(c) <= 32 for c in text) or "{" in text or "\\" in text:
        return None
    below = f"{base.rstrip('/')}/" if base else ""
    try:
        whole = urljoin(below or "https://api.invalid/", text)
        parts, own = urlsplit(whole), urlsplit(below)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return None
    if not host or parts.username is not None or parts.fragment or parts.scheme not in {"http", "https"}:
        return None
    if below and whole.startswith(below):
        return f"/{whole[len(below) :]}"
    if not below and host == "api.invalid":
        return f"{parts.path}?{parts.query}" if parts.query else parts.path
    is_safe = parts.scheme == "https" or is_loopback(host) or (parts.scheme, parts.netloc) == (own.scheme, own.netloc)
    return whole if is_safe else None
