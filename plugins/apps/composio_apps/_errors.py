"""Errors of actions with several requests if a later one fails."""

from __future__ import annotations

from composio.errors import UpstreamError

__all__ = ["retell"]


def retell(error: UpstreamError, message: str) -> UpstreamError:
    """Return ``error`` with another message, which lists what the earlier requests have already done."""
    return type(error)(message, status=error.status, retry_after=error.retry_after, data=error.data, sent=error.sent)
