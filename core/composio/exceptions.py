"""v0.7's home of the errors; :mod:`composio.errors` has them all."""

from __future__ import annotations

from composio.client.exceptions import ComposioClientError, HTTPError, InvalidParams, NoItemsFound
from composio.errors import ComposioError as ComposioSDKError
from composio.errors import ConfigurationError
from composio.errors import ConnectionNotFound as ConnectedAccountNotFoundError
from composio.errors import ConnectionTimeout as SDKTimeoutError
from composio.errors import NotFoundError as InvalidEnum

__all__ = [
    "ApiKeyError",
    "ApiKeyNotProvidedError",
    "ComposioClientError",
    "ComposioSDKError",
    "ConnectedAccountNotFoundError",
    "EnumMetadataNotFound",
    "EnumStringNotFound",
    "HTTPError",
    "InvalidEnum",
    "InvalidParams",
    "NoItemsFound",
    "SDKTimeoutError",
]

EnumMetadataNotFound = EnumStringNotFound = InvalidEnum


class ApiKeyError(ConfigurationError):
    """v0.7's, for code that catches it: no key is needed here, so nothing raises it."""


class ApiKeyNotProvidedError(ApiKeyError):
    """As :class:`ApiKeyError`."""
