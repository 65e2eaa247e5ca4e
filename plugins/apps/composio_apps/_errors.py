"""What actions of several requests say if a later one fails."""

from __future__ import annotations

from composio.errors import UpstreamError

__all__ = ["retell"]


def retell(error: UpstreamError, message: str) -> UpstreamError:
    """``error`` with another message, which says what the requests before it have done already."""
    return type(error)(message, status=error.status, retry_after=error.retry_after, data=error.data, sent=error.sent)
