"""v0.7's home of the errors; :mod:`composio.errors` has them all."""

from __future__ import annotations

from composio.client.exceptions import ComposioClientError, HTTPError, InvalidParams, NoItemsFound
from composio.errors import ComposioError as ComposioSDKError
from composio.errors import ConnectionNotFound as ConnectedAccountNotFoundError
from composio.errors import ConnectionTimeout as SDKTimeoutError
from composio.errors import NotFoundError as InvalidEnum

__all__ = [
    "ComposioClientError",
    "ComposioSDKError",
    "ConnectedAccountNotFoundError",
    "HTTPError",
    "InvalidEnum",
    "InvalidParams",
    "NoItemsFound",
    "SDKTimeoutError",
]
