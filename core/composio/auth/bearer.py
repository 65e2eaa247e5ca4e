"""Bearer tokens. Source: RFC 6750, 2.1."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import httpx

from composio.auth import template
from composio.errors import ConfigurationError
from composio.model.app import AuthScheme

__all__ = ["sign"]

_TOKEN_FIELDS = ("access_token", "token", "bearer_token", "api_key", "api_token")


def sign(request: httpx.Request, scheme: AuthScheme, values: Mapping[str, str]) -> Iterator[str]:
    """Sign as the scheme's ``proxy`` defines; the default is ``Authorization: Bearer`` with the token."""
    yield from template.sign(request, scheme, values)
    if not template.says_nothing(scheme):
        return
    token = next((name for name in _TOKEN_FIELDS if name in values), None)
    if token is None:
        raise ConfigurationError(
            f"{scheme.name}: a bearer scheme needs a field named {', '.join(_TOKEN_FIELDS[:2])} or a proxy."
        )
    yield template.put(request, "Authorization", f"Bearer {values[token]}", f"{scheme.name}: {token}")
