"""v0.7's module of HTTP client errors: each name is the error with the same meaning here."""

from __future__ import annotations

from composio.errors import ComposioError as ComposioClientError
from composio.errors import InvalidRequest as InvalidParams
from composio.errors import NothingFound as NoItemsFound
from composio.errors import UpstreamError as HTTPError

__all__ = ["ComposioClientError", "HTTPError", "InvalidParams", "NoItemsFound"]
