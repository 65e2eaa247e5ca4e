"""v0.7's home of the errors: each name is the error that means the same here; :mod:`composio.errors` has them all.

Where an ``except`` clause of v0.7 would have caught several kinds, the name is their common base.
"""

from __future__ import annotations

from composio.client.exceptions import ComposioClientError, HTTPError, InvalidParams, NoItemsFound
from composio.errors import (
    ComposioError,
    ConfigurationError,
    ConnectionNotFound,
    ConnectionNotUsable,
    ConnectionTimeout,
    IntegrationNotFound,
    InvalidRequest,
    NotFoundError,
    NothingFound,
    PluginError,
    ProcessorError,
    SourceUnavailable,
    TokenRequestFailed,
    ToolDefinitionError,
    UsageError,
)

__all__ = [
    "ActionError",
    "ApiKeyError",
    "ApiKeyNotProvidedError",
    "ComposioClientError",
    "ComposioSDKError",
    "ConnectedAccountError",
    "ConnectedAccountNotFoundError",
    "DescopeAuthError",
    "DescopeConfigError",
    "EntityIDError",
    "EnumError",
    "EnumMetadataNotFound",
    "EnumStringNotFound",
    "ErrorDownloadingFile",
    "ErrorFetchingResource",
    "ErrorProcessingToolExecutionRequest",
    "ErrorUploadingFile",
    "FileError",
    "HTTPError",
    "IntegrationError",
    "InvalidConnectedAccount",
    "InvalidEntityIdError",
    "InvalidEnum",
    "InvalidLockFile",
    "InvalidParams",
    "InvalidSchemaError",
    "InvalidTriggerFilters",
    "InvalidVersionString",
    "LockFileError",
    "NoItemsFound",
    "NotFoundError",
    "PluginError",
    "ProcessorError",
    "ResourceError",
    "SDKFileNotFoundError",
    "SDKTimeoutError",
    "SchemaError",
    "ToolError",
    "ToolsetError",
    "TriggerError",
    "TriggerSubscriptionError",
    "ValidationError",
    "VersionError",
    "VersionSelectionError",
]

ComposioSDKError = ToolsetError = ToolError = ComposioError
EnumError = EnumMetadataNotFound = EnumStringNotFound = InvalidEnum = NotFoundError
ValidationError = EntityIDError = InvalidEntityIdError = ErrorProcessingToolExecutionRequest = InvalidRequest
ResourceError = NothingFound
ErrorFetchingResource = SourceUnavailable
IntegrationError = IntegrationNotFound
ConnectedAccountError = ConnectedAccountNotFoundError = ConnectionNotFound
InvalidConnectedAccount = ConnectionNotUsable
SchemaError = InvalidSchemaError = ToolDefinitionError
SDKTimeoutError = ConnectionTimeout
DescopeAuthError = TokenRequestFailed
DescopeConfigError = ConfigurationError


class ApiKeyError(ConfigurationError):
    """v0.7's, for code that catches it: no key is needed here, so nothing raises it."""


class ApiKeyNotProvidedError(ApiKeyError):
    """As :class:`ApiKeyError`."""


class FileError(UsageError):
    """v0.7's, for code that catches it: what is wrong with a file is an unsuccessful result here."""


class ErrorUploadingFile(FileError):
    """As :class:`FileError`."""


class ErrorDownloadingFile(FileError):
    """As :class:`FileError`."""


class SDKFileNotFoundError(FileError, FileNotFoundError):
    """As :class:`FileError`."""


class VersionError(UsageError):
    """v0.7's, for code that catches it: actions have no lock file here, so nothing raises it."""


class LockFileError(UsageError):
    """As :class:`VersionError`."""


class InvalidLockFile(LockFileError):
    """As :class:`VersionError`."""


class InvalidVersionString(VersionError):
    """As :class:`VersionError`."""


class VersionSelectionError(LockFileError, VersionError):
    """As :class:`VersionError`."""


class ActionError(UsageError):
    """v0.7's, for code that catches it: what goes wrong in an action is an unsuccessful result here."""


class TriggerError(UsageError):
    """v0.7's, for code that catches it: there are no triggers in this version."""


class TriggerSubscriptionError(TriggerError):
    """As :class:`TriggerError`."""


class InvalidTriggerFilters(TriggerSubscriptionError):
    """As :class:`TriggerError`."""
