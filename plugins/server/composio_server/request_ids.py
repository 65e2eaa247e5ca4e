"""The id of each request, and the idempotency key under which a repeat is the same request."""

from __future__ import annotations

import re
from typing import Any

from litestar.connection import ASGIConnection

from composio_server.services.ids import make_id

__all__ = ["STATE_KEY", "idempotency_key_of", "read_id", "request_id_of"]

STATE_KEY = "composio_request_id"
_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}\Z")
# What the clients of v0.7 send anew with a request that they repeat, and what others call the same.
_REPEATED = ("x-request-id", "idempotency-key")


def read_id(text: str) -> str | None:
    """``text`` if it can be an id; None for what could be anything."""
    return text if _ID.match(text) else None


def request_id_of(request: ASGIConnection[Any, Any, Any, Any]) -> str:
    """The id of a request; it is sent back in ``x-request-id``."""
    return str(request.scope["state"].get(STATE_KEY) or make_id("req"))


def idempotency_key_of(request: ASGIConnection[Any, Any, Any, Any]) -> str | None:
    """The id under which a client's request is the same one if it comes again; None where the client gave none."""
    given = (read_id(request.headers.get(name, "")) for name in _REPEATED)
    return next((one for one in given if one), None)
