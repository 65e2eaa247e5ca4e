"""A user name and a password. Source: RFC 7617."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping

import httpx

from composio.auth import template
from composio.model.app import AuthScheme

__all__ = ["sign"]


def sign(request: httpx.Request, scheme: AuthScheme, values: Mapping[str, str]) -> Iterator[str]:
    """Sign as the scheme's ``proxy`` defines; the default is ``Authorization: Basic``."""
    yield from template.sign(request, scheme, values)
    if template.says_nothing(scheme):
        pair = f"{values.get('username', '')}:{values.get('password', '')}"
        request.headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
        yield "Authorization"
