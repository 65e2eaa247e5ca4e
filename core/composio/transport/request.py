"""A request with a repr that shows its server only: a URL's path and query may hold a credential.

This module also builds requests from parts that are known to be valid. httpx parses each URL in full and determines the kind of
body; for a call without a body that takes as long as the rest of creating the request.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import httpx

__all__ = ["Request", "put_behind"]

_NOTHING = httpx.ByteStream(b"")
# Methods for which httpx sends a length, even 0.
_WITH_LENGTH = frozenset({"POST", "PUT", "PATCH"})
_LONGEST = 8192
# Characters and segments that httpx leaves unchanged. RFC 3986, 3.3 and 3.4, without quotes.
_LETTER = r"A-Za-z0-9_~!$&()*+,;=:@.-"
_PATH = re.compile(rf"(?:/(?!\.)(?:[{_LETTER}]|%[0-9A-Fa-f]{{2}})*)+")
_QUERY = re.compile(rf"(?:[{_LETTER}/?]|%[0-9A-Fa-f]{{2}})*")


class Request(httpx.Request):
    """An ``httpx.Request`` that shows method and server only, also in tracebacks that print local variables."""

    def __repr__(self) -> str:
        return f"<Request({self.method!r}, '{self.url.scheme}://{self.url.netloc.decode('ascii').rpartition('@')[2]}/***')>"

    @classmethod
    def without_body(cls, method: str, url: httpx.URL, headers: Mapping[str, Any]) -> Request:
        """Return the same as ``Request(method, url, headers=headers)``. Names in ``headers`` must be lower case."""
        if method.upper() in _WITH_LENGTH:
            return cls(method, url, headers=headers)
        own = headers if "host" in headers else {"Host": url.netloc, **headers}
        made = cls(method, url, headers=own, stream=_NOTHING)
        made.read()
        return made


def put_behind(base: httpx.URL, rest: str) -> httpx.URL:
    """Append ``rest``, a path and an optional query after ``?``, to ``base``, which has no query.

    Raises ``httpx.InvalidURL``.
    """
    path, mark, query = rest.partition("?")
    path = base.raw_path.decode("ascii").rstrip("/") + path
    is_plain = len(rest) < _LONGEST and _PATH.fullmatch(path) is not None and _QUERY.fullmatch(query) is not None
    if _CAN_SPLICE and is_plain:
        return _splice(base, path, query if mark else None)
    return httpx.URL(str(base).rstrip("/") + rest)


def _splice(base: httpx.URL, path: str, query: str | None) -> httpx.URL:
    made = httpx.URL.__new__(httpx.URL)
    known: Any = base
    made._uri_reference = known._uri_reference._replace(path=path, query=query)  # noqa: SLF001 - `copy_with` parses it again
    return made


def _can_splice() -> bool:
    """Return whether this version of httpx stores URLs in the way that this module expects."""
    try:
        made = _splice(httpx.URL("https://a.example:8443/v1"), "/v1/x%20y", "q=1")
    except (AttributeError, TypeError, ValueError):
        return False
    known = httpx.URL("https://a.example:8443/v1/x%20y?q=1")
    return made == known and made.raw_path == known.raw_path and made.netloc == known.netloc and made.params == known.params


_CAN_SPLICE = _can_splice()
