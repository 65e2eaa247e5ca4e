"""Every error that Composio raises, grouped by who can fix it.

::

    ComposioError
    |-- UsageError                  the calling code must change
    |   |-- NotFoundError             an unknown name; suggests the nearest ones
    |   |   |-- ActionNotFound
    |   |   |-- AppNotFound
    |   |   |-- ApprovalNotFound
    |   |   |-- FrameworkNotFound
    |   |   |-- IntegrationNotFound
    |   |   |-- LoggedCallNotFound
    |   |   |-- TagNotFound
    |   |   |-- TriggerInstanceNotFound
    |   |   `-- TriggerNotFound
    |   |-- InvalidRequest            a call that contradicts itself
    |   |   `-- MissingFields           missing values of a connection, each with its description
    |   |-- NotAvailable              a name of v0.7 that this version lacks; says what to use instead
    |   |-- ActionNotAllowed          an action that the connection's integration does not allow
    |   |-- ActionDenied              a call that the policy denies
    |   |-- ApprovalRefused           an approval that can't be given or used: decided, expired, or another group's
    |   |-- ToolDefinitionError       an ``@action`` function without a usable signature
    |   `-- ProcessorError            a processor that raised
    |-- ConfigurationError          the operator must act
    |   |-- IntegrationFileError      an ``integration.yaml`` with a wrong field
    |   |-- PolicyFileError           a ``policy.toml`` that can't be read
    |   |-- SpecError                 an API description that can't be read
    |   |   `-- ServerMoved             the description names a new server, and connections exist for the old one
    |   |-- SourceUnavailable         a package, file or URL that can't be loaded
    |   |-- CatalogError              a catalog file that can't be used
    |   |-- StoreError                a database of connections that can't be used
    |   |-- ServerUnavailable         a Composio server that can't be reached, or is too old or too new for this version
    |   |-- KeyRefused                an API key that a Composio server does not take, or that does not allow what was asked
    |   |-- VaultError                secrets that can't be decrypted: wrong master key, or changed bytes
    |   `-- PluginError               a plugin that can't be loaded
    |-- NothingFound                the base of NotFoundError and ConnectionNotFound
    |-- ConnectionNotFound          someone must supply credentials; says how
    |   |-- ConnectedAccountNotFound  an unknown connection id
    |   `-- ConnectionNotUsable       the connection is expired, disabled or unfinished; says how to reconnect
    |-- AuthorizationError          a user could not connect: they declined, were too late, or sent a wrong answer
    |   |-- InvalidState              an answer that belongs to no waiting connection
    |   |-- ConnectionTimeout         nobody finished it in time; also a TimeoutError
    |   |-- TokenRequestFailed        the provider's endpoint refused, failed or sent an unreadable answer
    |   `-- GrantExpired              the provider no longer takes the connection's tokens
    |-- SignatureRefused            an incoming request with an invalid signature; gives the reason for logs
    |-- InvalidArguments            the model must correct its arguments
    `-- UpstreamError               the API answered with an error, or not at all
        |-- UpstreamUnreachable       no connection: refused, reset, no such host
        |-- UpstreamTimeout           no answer in time
        `-- UpstreamRefused           the egress guard blocked the request

A mistake in the calling code raises. A mistake of a model or an upstream API becomes an unsuccessful result, so that an agent
can react. No message contains a credential. ``UntestedFrameworkWarning``, ``NoCounterpartWarning`` and
``ForeignPackagesWarning`` are warnings: the program continues.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

__all__ = [
    "ActionDenied",
    "ActionNotAllowed",
    "ActionNotFound",
    "AppNotFound",
    "ApprovalNotFound",
    "ApprovalRefused",
    "AuthorizationError",
    "CatalogError",
    "ComposioError",
    "ConfigurationError",
    "ConnectedAccountNotFound",
    "ConnectionNotFound",
    "ConnectionNotUsable",
    "ConnectionTimeout",
    "ForeignPackagesWarning",
    "FrameworkNotFound",
    "GrantExpired",
    "IntegrationFileError",
    "IntegrationNotFound",
    "InvalidArguments",
    "InvalidRequest",
    "InvalidState",
    "KeyRefused",
    "LoggedCallNotFound",
    "MissingFields",
    "NoCounterpartWarning",
    "NotAvailable",
    "NotFoundError",
    "NothingFound",
    "PluginError",
    "PolicyFileError",
    "Problem",
    "ProcessorError",
    "ServerMoved",
    "ServerUnavailable",
    "SignatureRefused",
    "SourceUnavailable",
    "SpecError",
    "StoreError",
    "TagNotFound",
    "TokenRequestFailed",
    "ToolDefinitionError",
    "TriggerInstanceNotFound",
    "TriggerNotFound",
    "UntestedFrameworkWarning",
    "UpstreamError",
    "UpstreamRefused",
    "UpstreamTimeout",
    "UpstreamUnreachable",
    "UsageError",
    "VaultError",
    "nearest",
]


class ComposioError(Exception):
    """Base class of every error here. ``str()`` is one readable message that says what to do next."""

    @property
    def message(self) -> str:
        """The message, under v0.7's name."""
        return str(self)


class UsageError(ComposioError):
    """The calling code must change."""


class ConfigurationError(ComposioError):
    """The operator must act: whoever installs or runs the program."""


def nearest(name: str, known: Iterable[str], count: int = 3, *, cutoff: float = 0.3) -> list[str]:
    """Return up to ``count`` entries of ``known`` closest to ``name``, ignoring case, best first. ``cutoff`` 1 is equal."""
    by_fold = {k.casefold(): k for k in known}
    return [by_fold[m] for m in get_close_matches(name.casefold(), by_fold, n=count, cutoff=cutoff)]


class NotAvailable(UsageError, AttributeError):
    """An attribute of v0.7 that this version lacks. The message says what to use instead."""


class NothingFound(ComposioError):
    """The requested name or credential does not exist."""


class NotFoundError(UsageError, NothingFound):
    """An unknown name.

    ``name`` is the requested name, ``suggestions`` holds up to three known names, nearest first. ``hint`` says what to do
    instead. ``why`` says why a former name no longer exists.
    """

    kind = "name"
    how_to_list = ""

    def __init__(self, name: str, suggestions: Sequence[str] = (), *, hint: str = "", why: str = "") -> None:
        self.name = name
        self.suggestions = tuple(suggestions)
        self.hint, self.why = hint, why
        message = f"Unknown {self.kind} {name!r}{f': {why}' if why else ''}."
        if suggestions:
            message += f" Did you mean {', '.join(suggestions)}?"
        super().__init__(" ".join(part for part in (message, hint or self.how_to_list) if part))


class ActionNotFound(NotFoundError):
    kind = "action"
    how_to_list = "`composio actions --app APP` lists what an app can do."


class LoggedCallNotFound(NotFoundError):
    kind = "logged call"
    how_to_list = "`composio calls` lists them."


class AppNotFound(NotFoundError):
    kind = "app"
    how_to_list = "`composio apps` lists the known apps; `composio apps add NAME --spec FILE` adds one."


class ApprovalNotFound(NotFoundError):
    kind = "approval"
    how_to_list = "`composio approvals` lists them."


class FrameworkNotFound(NotFoundError):
    kind = "framework"
    how_to_list = "`composio plugins` lists the installed ones; another comes with `pip install opencomposio-NAME`."


class TagNotFound(NotFoundError):
    kind = "tag"
    how_to_list = "Tag names are case-sensitive; `composio actions --app APP --json` shows the tags of each action."


class TriggerNotFound(NotFoundError):
    kind = "trigger"
    how_to_list = "`composio triggers --app APP` lists those of an app."


class TriggerInstanceNotFound(NotFoundError):
    kind = "trigger id"
    how_to_list = "`composio triggers --active` lists the enabled triggers."


class IntegrationNotFound(NotFoundError):
    kind = "integration"
    how_to_list = "`composio integrations` lists them; `toolset.create_integration(app=...)` makes one."


class InvalidRequest(UsageError):
    """A call that contradicts itself or lacks a value."""


class MissingFields(InvalidRequest):
    """A connection or an integration lacks values. ``fields`` maps each missing name to its description."""

    def __init__(self, app: str, whose: str, fields: Mapping[str, str], *, hint: str = "") -> None:
        self.app, self.fields = app, dict(fields)
        listed = "; ".join(f"{name} ({what})" if what else name for name, what in self.fields.items())
        super().__init__(f"{app}: {whose} needs {listed}.{f' {hint}' if hint else ''}")


class ActionNotAllowed(UsageError):
    """The connection's integration does not allow the action."""


class ActionDenied(UsageError):
    """The policy denies the call. ``rules`` are the rules that decided."""

    def __init__(self, action: str, message: str, rules: Sequence[str] = ()) -> None:
        self.action, self.rules = action, tuple(rules)
        super().__init__(message)


class ApprovalRefused(UsageError):
    """An approval can't be given, denied or used: it is decided, has expired, or belongs to another group."""


class ToolDefinitionError(UsageError):
    """A function under ``@action`` can't be described to a model."""


class ProcessorError(UsageError):
    """A processor of the caller raised; the original error is the ``__cause__``."""


class IntegrationFileError(ConfigurationError):
    """An ``integration.yaml`` is invalid. The message gives the file, the field and the expected value."""

    def __init__(self, file: str, field: str, problem: str) -> None:
        self.file, self.field, self.problem = file, field, problem
        super().__init__(f"{file}: {field}: {problem}")


class PolicyFileError(ConfigurationError):
    """A ``policy.toml`` is invalid. The message gives the file, the rule and the expected value."""

    def __init__(self, file: str, where: str, problem: str) -> None:
        self.file, self.where, self.problem = file, where, problem
        super().__init__(": ".join(part for part in (file, where, f"{problem}.") if part))


class SpecError(ConfigurationError):
    """An API description can't be read. The message says which one, where and why."""


class ServerMoved(SpecError):
    """An API description names a new server, while stored connections belong to the old one.

    ``old`` and ``new`` are origins such as ``https://api.example.com``, ``connections`` is the number of stored connections.
    """

    def __init__(self, app: str, old: Sequence[str], new: Sequence[str], connections: int) -> None:
        self.app, self.old, self.new, self.connections = app, tuple(old), tuple(new), connections
        many = f"{connections} connections were" if connections != 1 else "1 connection was"
        super().__init__(
            f"{app}: its description names {_few(new)}, and {many} made for {_few(old)}: their credentials would be sent to another"
            f" server. Nothing was changed. To accept the new server, pass --accept-server: composio apps update {app} --accept-server"
        )


def _few(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 3 else f"{', '.join(names[:3])} and {len(names) - 3} more"


class SourceUnavailable(ConfigurationError):
    """The package, file or URL of an API description can't be loaded. The message says what was tried and what else works.

    ``tried`` lists each attempt with the reason why it failed.
    """

    def __init__(self, message: str, tried: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.tried = tuple(tried)


class CatalogError(ConfigurationError):
    """A catalog file can't be used."""


class StoreError(ConfigurationError):
    """A database of connections can't be used. The message says which one, and why.

    ``reason`` is ``away`` (no answer), ``full``, ``read-only``, ``newer`` (written by a later version), ``damaged``, ``value``
    (a value that it can't store), or "" if unknown.
    """

    def __init__(self, message: str = "", *, reason: str = "") -> None:
        self.reason = reason
        super().__init__(message)


class ServerUnavailable(ConfigurationError):
    """A Composio server can't be reached, fails, or speaks another version. The request may or may not have been processed.

    ``sent`` is False if the request certainly never reached the server.
    """

    def __init__(self, message: str, *, sent: bool = True) -> None:
        self.sent = sent
        super().__init__(message)


class KeyRefused(ConfigurationError):
    """A Composio server rejects the API key, or the key does not permit the request."""


class VaultError(ConfigurationError):
    """Secrets can't be decrypted: the master key differs, or the stored bytes were changed or moved."""


class PluginError(ConfigurationError):
    """A plugin can't be loaded or is incompatible."""


class UntestedFrameworkWarning(UserWarning):
    """The installed version of a framework was not tested with its plugin. The plugin uses it anyway."""


class NoCounterpartWarning(UserWarning):
    """An option of v0.7 has no effect here; the call continues without it."""


class ForeignPackagesWarning(UserWarning):
    """Packages of another company use the same import names. Python loads one of the two, and which one is left to chance."""


class ConnectionNotFound(NothingFound):
    """No credentials for an app. ``app`` is its key. The message names the variable, call or command that supplies them."""

    def __init__(self, app: str, message: str) -> None:
        self.app = app
        super().__init__(message)


class ConnectedAccountNotFound(ConnectionNotFound):
    """A connection id is unknown, or belongs to another entity."""

    def __init__(self, connection_id: str, message: str = "", *, app: str = "") -> None:
        self.connection_id = connection_id
        super().__init__(app, message or f"Unknown connected account {connection_id!r}. `composio connections` lists them.")


class ConnectionNotUsable(ConnectionNotFound):
    """A connection exists but is expired, disabled or unfinished. The message says how to reconnect."""

    def __init__(self, app: str, connection_id: str, message: str) -> None:
        self.connection_id = connection_id
        super().__init__(app, message)


class AuthorizationError(ComposioError):
    """A user could not connect. ``code`` is the protocol's error code, such as ``access_denied``.

    ``redirect_url`` is the developer's page for the user afterwards; ``connection_id`` and ``app`` identify the connection.
    Each is empty if unknown.
    """

    redirect_url: str | None = None
    connection_id: str | None = None
    app: str | None = None

    def __init__(self, message: str, *, code: str = "") -> None:
        self.code = code
        super().__init__(message)


class InvalidState(AuthorizationError):
    """An authorization answer matches no waiting connection: its ``state`` is wrong, used, too old or another user's."""


class ConnectionTimeout(AuthorizationError, TimeoutError):
    """Nobody finished a connection within the timeout. The message says what is still missing."""


class TokenRequestFailed(AuthorizationError):
    """A provider's endpoint refused, failed or sent an unreadable answer.

    ``status`` is the HTTP status if there was an answer. ``later`` is True if a retry may succeed: the provider was busy or
    down. ``lost`` is True if the request may have reached the provider and its answer never came. ``wrong_client`` is True if
    the integration's client id or secret was refused. ``hint`` is the last sentence of the message: it says how to fix it.
    """

    def __init__(
        self,
        message: str,
        *,
        code: str = "",
        status: int | None = None,
        later: bool = False,
        lost: bool = False,
        wrong_client: bool = False,
        hint: str = "",
    ) -> None:
        self.status, self.later, self.lost = status, later, lost
        self.wrong_client, self.hint = wrong_client, hint
        super().__init__(message, code=code)


class GrantExpired(AuthorizationError):
    """The provider no longer accepts the connection's tokens. Only reconnecting helps."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a tool's arguments.

    ``path`` locates it (``labels[0].name``; empty for the arguments as a whole). ``expected`` is what the schema requires and
    ``got`` what came, both short enough to show a model.
    """

    path: str
    expected: str
    got: str
    hint: str = ""

    def __str__(self) -> str:
        text = f"{self.path or 'arguments'}: expected {self.expected}, got {self.got}"
        return f"{text} ({self.hint})" if self.hint else text


class SignatureRefused(ComposioError):
    """An incoming request has no valid signature: forged, modified on its way, late, or malformed.

    ``reason`` is for logs: it names the failed check. It contains no secret, and only names from the request.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"The request was refused: {reason}.")


class InvalidArguments(ComposioError):
    """The arguments don't fit an action's schema. ``problems`` has one entry per mistake."""

    def __init__(self, action: str, problems: Sequence[Problem]) -> None:
        self.action = action
        self.problems = tuple(problems)
        listed = "; ".join(str(p) for p in self.problems)
        super().__init__(f"Invalid arguments for {action}: {listed}")


class UpstreamError(ComposioError):
    """The API answered with an error or with an unreadable response.

    ``status`` is the HTTP status if there was an answer, ``retry_after`` the delay in seconds if the API asked for one.
    ``sent`` is False if the request certainly never reached the API.
    """

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        retry_after: float | None = None,
        data: object = None,
        sent: bool = True,
    ) -> None:
        self.status, self.retry_after, self.data, self.sent = status, retry_after, data, sent
        super().__init__(message)


class UpstreamUnreachable(UpstreamError):
    """No connection: refused, reset, or no such host."""


class UpstreamTimeout(UpstreamError):
    """The API did not answer in time."""


class UpstreamRefused(UpstreamError):
    """The egress guard blocked the request: this call may not reach that address."""
