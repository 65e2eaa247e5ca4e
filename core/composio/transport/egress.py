"""Which addresses a request may reach once it leaves the origin that the developer named.

A redirect is the upstream's word: from a public host it may lead to another public host, never into the machine or its network.
"""

from __future__ import annotations

import httpx

from composio.addresses import is_global

__all__ = ["MAX_REDIRECTS", "is_global", "origin", "same_origin"]

MAX_REDIRECTS = 5


def origin(url: httpx.URL) -> tuple[str, str, int]:
    """Scheme, host and port, the port filled in."""
    return url.scheme, url.host, url.port or {"http": 80, "https": 443}.get(url.scheme, 0)


def same_origin(one: httpx.URL, other: httpx.URL) -> bool:
    """True where credentials for the one may be sent to the other."""
    return origin(one) == origin(other)
