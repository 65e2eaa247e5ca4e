"""Every error that Composio raises, named by who must act.

::

    ComposioError
    |-- UsageError                  the calling code must change
    |   |-- NotFoundError             a name that is not known; names the nearest ones
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
    |   |   `-- MissingFields           values that a connection needs; says which, with their descriptions
    |   |-- NotAvailable              a name of v0.7's that this version does not have; says what to use instead
    |   |-- ActionNotAllowed          an action that the connection's integration leaves out
    |   |-- ActionDenied              a call that the policy does not let through
    |   |-- ApprovalRefused           an approval that can't be given or used: decided on, expired, or somebody else's to give
    |   |-- ToolDefinitionError       an ``@action`` function that can't be described
    |   `-- ProcessorError            a processor that raised
    |-- ConfigurationError          whoever installs or operates must act
    |   |-- IntegrationFileError      an ``integration.yaml`` with a wrong field
    |   |-- PolicyFileError           a ``policy.toml`` that can't be read
    |   |-- SpecError                 an API description that can't be read
    |   |   `-- ServerMoved             one that names another server than the app's connections were made for
    |   |-- SourceUnavailable         a package, file or URL that can't be had
    |   |-- CatalogError              a catalog file that can't be used
    |   |-- StoreError                a database of connections that can't be used
    |   |-- ServerUnavailable         a Composio server that can't be reached, or is too old or too new for this version
    |   |-- KeyRefused                an API key that a Composio server does not take, or that does not allow what was asked
    |   |-- VaultError                secrets that can't be read: another master key, or bytes that were changed
    |   `-- PluginError               a plugin that can't be loaded
    |-- NothingFound                what was asked for is not there: the base of NotFoundError and ConnectionNotFound
    |-- ConnectionNotFound          someone must supply credentials; says how
    |   |-- ConnectedAccountNotFound  a connection's id that is not known
    |   `-- ConnectionNotUsable       it is there, but expired, disabled or not finished; says how to reconnect
    |-- AuthorizationError          a user could not be connected: said no, came back too late, or with another's answer
    |   |-- InvalidState              an answer that belongs to no waiting connection
    |   |-- ConnectionTimeout         nobody finished it in the time that was waited; also a TimeoutError
    |   |-- TokenRequestFailed        the provider's endpoint refused, failed or made no sense
    |   `-- GrantExpired              the provider no longer takes the connection's tokens
    |-- SignatureRefused            an incoming request that doesn't prove who sent it; says why, for logs
    |-- InvalidArguments            the model must correct its arguments
    `-- UpstreamError               the API answered, or failed to
        |-- UpstreamUnreachable       nobody answered: refused, reset, no such host
        |-- UpstreamTimeout           no answer in time
        `-- UpstreamRefused           the egress guard did not let the request out

A mistake of the calling code raises. What a model or an upstream did wrong comes back as an unsuccessful result, so that an
agent can react. No message ever holds a credential. ``UntestedFrameworkWarning``, ``NoCounterpartWarning`` and
``ForeignPackagesWarning`` are no errors: work goes on.
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
    """Root of everything raised on purpose. ``str()`` is one readable message that says what to do next."""

    @property
    def message(self) -> str:
        """The same as ``str()``, under v0.7's name."""
        return str(self)


class UsageError(ComposioError):
    """The calling code must change."""


class ConfigurationError(ComposioError):
    """Whoever installs or operates must act."""


def nearest(name: str, known: Iterable[str], count: int = 3, *, cutoff: float = 0.3) -> list[str]:
    """Up to ``count`` of ``known`` most like ``name``, best first, compared without case; 1 is the same, below ``cutoff`` is none."""
    by_fold = {k.casefold(): k for k in known}
    return [by_fold[m] for m in get_close_matches(name.casefold(), by_fold, n=count, cutoff=cutoff)]


class NotAvailable(UsageError, AttributeError):
    """A method or attribute of v0.7 that this version does not have. The message says what to use instead."""


class NothingFound(ComposioError):
    """What was asked for is not there: a name that is not known, or credentials."""


class NotFoundError(UsageError, NothingFound):
    """A name that is not known.

    ``name`` is what was asked for, ``suggestions`` up to three known names, nearest first. ``hint`` says what to do instead,
    ``why`` why a name that was known is not any more.
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
    how_to_list = "`composio triggers --active` lists what is enabled."


class IntegrationNotFound(NotFoundError):
    kind = "integration"
    how_to_list = "`composio integrations` lists them; `toolset.create_integration(app=...)` makes one."


class InvalidRequest(UsageError):
    """A call that contradicts itself, or lacks what it needs."""


class MissingFields(InvalidRequest):
    """Values that a connection or an integration needs. ``fields`` maps each missing name to what it is."""

    def __init__(self, app: str, whose: str, fields: Mapping[str, str], *, hint: str = "") -> None:
        self.app, self.fields = app, dict(fields)
        listed = "; ".join(f"{name} ({what})" if what else name for name, what in self.fields.items())
        super().__init__(f"{app}: {whose} needs {listed}.{f' {hint}' if hint else ''}")


class ActionNotAllowed(UsageError):
    """An action that the connection's integration was not made for."""


class ActionDenied(UsageError):
    """A call that the policy does not let through. ``rules`` are those that decided."""

    def __init__(self, action: str, message: str, rules: Sequence[str] = ()) -> None:
        self.action, self.rules = action, tuple(rules)
        super().__init__(message)


class ApprovalRefused(UsageError):
    """An approval that can't be given, denied or used: it was decided on, has expired, or is another group's to give."""


class ToolDefinitionError(UsageError):
    """A function under ``@action`` that can't be described to a model."""


class ProcessorError(UsageError):
    """A processor of the caller's that raised; the original is its ``__cause__``."""


class IntegrationFileError(ConfigurationError):
    """A mistake in an ``integration.yaml``: which file, which field, what was expected."""

    def __init__(self, file: str, field: str, problem: str) -> None:
        self.file, self.field, self.problem = file, field, problem
        super().__init__(f"{file}: {field}: {problem}")


class PolicyFileError(ConfigurationError):
    """A mistake in a ``policy.toml``: which file, which rule, what was expected."""

    def __init__(self, file: str, where: str, problem: str) -> None:
        self.file, self.where, self.problem = file, where, problem
        super().__init__(": ".join(part for part in (file, where, f"{problem}.") if part))


class SpecError(ConfigurationError):
    """An API description that can't be read: which one, where, why."""


class ServerMoved(SpecError):
    """A description that names another server than the app's stored connections were made for.

    ``old`` and ``new`` are origins such as ``https://api.example.com``, ``connections`` is how many are stored.
    """

    def __init__(self, app: str, old: Sequence[str], new: Sequence[str], connections: int) -> None:
        self.app, self.old, self.new, self.connections = app, tuple(old), tuple(new), connections
        many = f"{connections} connections were" if connections != 1 else "1 connection was"
        super().__init__(
            f"{app}: its description names {_few(new)}, and {many} made for {_few(old)}: their credentials would be sent to another"
            f" server. Nothing was changed. If it is meant, pass --accept-server: composio apps update {app} --accept-server"
        )


def _few(names: Sequence[str]) -> str:
    return ", ".join(names) if len(names) <= 3 else f"{', '.join(names[:3])} and {len(names) - 3} more"


class SourceUnavailable(ConfigurationError):
    """A description's package, file or URL that can't be had; says what was tried and what else works.

    ``tried`` has each way that was tried, with why it failed.
    """

    def __init__(self, message: str, tried: Iterable[str] = ()) -> None:
        super().__init__(message)
        self.tried = tuple(tried)


class CatalogError(ConfigurationError):
    """A catalog file that can't be used."""


class StoreError(ConfigurationError):
    """A database of connections that can't be used: which one, and why.

    ``reason`` is ``away`` where it does not answer, ``full``, ``read-only``, ``newer`` where a later version wrote it, ``damaged``,
    ``value`` for something that it can't store, and "" where none of these is known.
    """

    def __init__(self, message: str = "", *, reason: str = "") -> None:
        self.reason = reason
        super().__init__(message)


class ServerUnavailable(ConfigurationError):
    """A Composio server that can't be reached, fails, or speaks another version; nothing says that it did what was asked.

    ``sent`` is False if the request certainly never reached it.
    """

    def __init__(self, message: str, *, sent: bool = True) -> None:
        self.sent = sent
        super().__init__(message)


class KeyRefused(ConfigurationError):
    """An API key that a Composio server does not take, or that does not allow what was asked."""


class VaultError(ConfigurationError):
    """Secrets that can't be read: the master key is another one, or the stored bytes were changed or moved."""


class PluginError(ConfigurationError):
    """A plugin that can't be loaded or does not fit."""


class UntestedFrameworkWarning(UserWarning):
    """A plugin's framework is installed in a version that the plugin was not tested with; it is used all the same."""


class NoCounterpartWarning(UserWarning):
    """An option of v0.7 that asks for nothing here; work goes on without it."""


class ForeignPackagesWarning(UserWarning):
    """Another company's packages are installed under the same import names; which of the two runs is left to chance."""


class ConnectionNotFound(NothingFound):
    """No credentials for an app. ``app`` is its key; the message names the variable, call or command that supplies them."""

    def __init__(self, app: str, message: str) -> None:
        self.app = app
        super().__init__(message)


class ConnectedAccountNotFound(ConnectionNotFound):
    """A connection's id that is not known, or is not this entity's."""

    def __init__(self, connection_id: str, message: str = "", *, app: str = "") -> None:
        self.connection_id = connection_id
        super().__init__(app, message or f"Unknown connected account {connection_id!r}. `composio connections` lists them.")


class ConnectionNotUsable(ConnectionNotFound):
    """A connection that is there but expired, disabled or not finished; the message says how to reconnect."""

    def __init__(self, app: str, connection_id: str, message: str) -> None:
        self.connection_id = connection_id
        super().__init__(app, message)


class AuthorizationError(ComposioError):
    """A user could not be connected. ``code`` is the protocol's own word for it, such as ``access_denied``.

    ``redirect_url`` is where the developer wanted the user in the end, ``connection_id`` and ``app`` what was to be connected,
    where that is known.
    """

    redirect_url: str | None = None
    connection_id: str | None = None
    app: str | None = None

    def __init__(self, message: str, *, code: str = "") -> None:
        self.code = code
        super().__init__(message)


class InvalidState(AuthorizationError):
    """An answer that belongs to no waiting connection: a ``state`` that is wrong, was used, is too old or somebody else's."""


class ConnectionTimeout(AuthorizationError, TimeoutError):
    """A connection that was not finished in the time that was waited; the message says what is still missing."""


class TokenRequestFailed(AuthorizationError):
    """A provider's endpoint refused, failed or made no sense.

    ``status`` is the HTTP status where there was an answer; ``later`` says that it asked for patience, or could not answer now.
    ``lost`` is True if the request may have reached the provider and its answer never came. ``wrong_client`` is True if the
    integration's client id or secret was refused. ``hint`` is the sentence at the end of the message that says what helps.
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
    """The provider no longer takes the connection's tokens: only connecting again helps."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One mistake in a tool's arguments.

    ``path`` is where (``labels[0].name``; empty for the whole), ``expected`` what the schema asks for and ``got`` what came,
    both short enough to show a model.
    """

    path: str
    expected: str
    got: str
    hint: str = ""

    def __str__(self) -> str:
        text = f"{self.path or 'arguments'}: expected {self.expected}, got {self.got}"
        return f"{text} ({self.hint})" if self.hint else text


class SignatureRefused(ComposioError):
    """An incoming request that doesn't prove who sent it: forged, changed on its way, late, or malformed.

    ``reason`` is for logs: it names the check that failed and holds no secret and nothing of the request but names.
    """

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"The request was refused: {reason}.")


class InvalidArguments(ComposioError):
    """Arguments that don't fit an action's schema; ``problems`` has one entry each."""

    def __init__(self, action: str, problems: Sequence[Problem]) -> None:
        self.action = action
        self.problems = tuple(problems)
        listed = "; ".join(str(p) for p in self.problems)
        super().__init__(f"Invalid arguments for {action}: {listed}")


class UpstreamError(ComposioError):
    """The API answered with an error, or with something that can't be read.

    ``status`` is the HTTP status where there was an answer, ``retry_after`` seconds where the API asked to wait. ``sent`` is
    False if the request certainly never reached the API.
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
    """Nobody answered: refused, reset, or no such host."""


class UpstreamTimeout(UpstreamError):
    """No answer in time."""


class UpstreamRefused(UpstreamError):
    """The request was not let out: its address is not one this call may reach."""
