"""The id of each request, and the idempotency key that identifies a repeated one."""

from __future__ import annotations

import re
from typing import Any

from litestar.connection import ASGIConnection

from composio_server.services.ids import make_id

__all__ = ["STATE_KEY", "idempotency_key_of", "read_id", "request_id_of"]

STATE_KEY = "composio_request_id"
_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}\Z")
# The headers that v0.7's clients repeat with a retried request, and other names for them.
_REPEATED = ("x-request-id", "idempotency-key")


def read_id(text: str) -> str | None:
    """Return ``text`` if it is a valid id, else None."""
    return text if _ID.match(text) else None


def request_id_of(request: ASGIConnection[Any, Any, Any, Any]) -> str:
    """Return the id of a request, which is returned in ``x-request-id``."""
    return str(request.scope["state"].get(STATE_KEY) or make_id("req"))


def idempotency_key_of(request: ASGIConnection[Any, Any, Any, Any]) -> str | None:
    """Return the id that a client's request keeps when it is repeated; None if the client gave none."""
    given = (read_id(request.headers.get(name, "")) for name in _REPEATED)
    return next((one for one in given if one), None)
