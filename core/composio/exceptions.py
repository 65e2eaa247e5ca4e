"""v0.7's module of errors. Each name is the error with the same meaning here; :mod:`composio.errors` has them all.

If an ``except`` clause of v0.7 caught several kinds, the name is their common base class.
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
    """Kept for code that catches it. No key is needed here, so nothing raises it."""


class ApiKeyNotProvidedError(ApiKeyError):
    """See :class:`ApiKeyError`."""


class FileError(UsageError):
    """Kept for code that catches it. A bad file is an unsuccessful result here."""


class ErrorUploadingFile(FileError):
    """See :class:`FileError`."""


class ErrorDownloadingFile(FileError):
    """See :class:`FileError`."""


class SDKFileNotFoundError(FileError, FileNotFoundError):
    """See :class:`FileError`."""


class VersionError(UsageError):
    """Kept for code that catches it. Actions have no lock file here, so nothing raises it."""


class LockFileError(UsageError):
    """See :class:`VersionError`."""


class InvalidLockFile(LockFileError):
    """See :class:`VersionError`."""


class InvalidVersionString(VersionError):
    """See :class:`VersionError`."""


class VersionSelectionError(LockFileError, VersionError):
    """See :class:`VersionError`."""


class ActionError(UsageError):
    """Kept for code that catches it. A failed action is an unsuccessful result here."""


class TriggerError(UsageError):
    """Kept for code that catches it. Nothing raises it; see :mod:`composio.errors` for the errors of triggers."""


class TriggerSubscriptionError(TriggerError):
    """See :class:`TriggerError`."""


class InvalidTriggerFilters(TriggerSubscriptionError):
    """See :class:`TriggerError`."""
