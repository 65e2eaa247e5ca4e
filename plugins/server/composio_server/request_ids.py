"""The id that every request has: its client's own where it sent one."""

from __future__ import annotations

from typing import Any

from litestar.connection import ASGIConnection

from composio_server.services.ids import make_id

__all__ = ["STATE_KEY", "request_id_of"]

STATE_KEY = "composio_request_id"


def request_id_of(request: ASGIConnection[Any, Any, Any, Any]) -> str:
    """The id of a request; it is sent back in ``x-request-id``."""
    return str(request.scope["state"].get(STATE_KEY) or make_id("req"))
