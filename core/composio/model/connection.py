"""Integrations and connections as callers see them: never a secret in a repr.

An integration is the developer's: how users of one app connect. A connection is one user's: an entity's credentials for an app.
Source: documentation pages "Integrations Setup" and "Connecting Users Overview". The camel-case names are v0.7's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Literal, TypedDict

from composio.errors import NotAvailable
from composio.model.app import AuthField
from composio.model.dump import Dumps, FormerName
from composio.model.secret import NO_VALUES, SecretValues

__all__ = [
    "Connection",
    "ConnectionFilter",
    "ConnectionPage",
    "ConnectionQuery",
    "ConnectionStarted",
    "ConnectionStatus",
    "Integration",
    "IntegrationChange",
    "NewConnection",
    "NewIntegration",
    "as_time",
]


class ConnectionStatus(StrEnum):
    """The state of a connection. Only enabled ``ACTIVE`` ones are used for calls."""

    INITIATED = "INITIATED"  # the user has not come back yet
    ACTIVE = "ACTIVE"
    EXPIRED = "EXPIRED"  # the provider no longer accepts it: the user must connect again
    FAILED = "FAILED"  # the user or the provider refused


def as_time(seconds: float) -> str:
    """Format ``seconds`` since 1970 for people and JSON: ``2026-11-29T08:30:00Z``."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Integration(Dumps):
    """How users connect to one app.

    ``auth_mode`` is the scheme's mode and ``scheme`` its name in ``integration.yaml``. ``config`` holds the developer's own
    values: ``client_id``, ``client_secret``, fields that customers do not fill. Connections may run only ``limited_actions``;
    None allows all. Times are seconds since 1970.
    """

    FORMER = (
        *("appId", "appName", "authScheme", "createdAt", "updatedAt", "deleted", "expectedInputFields"),
        *("logo", "defaultConnectorId", "connections"),
    )

    id: str
    app: str
    name: str
    auth_mode: str
    scheme: str
    scopes: tuple[str, ...] | None = None
    redirect_uri: str | None = None
    use_composio_oauth_app: bool = False
    limited_actions: tuple[str, ...] | None = None
    enabled: bool = True
    created_at: float = 0.0
    updated_at: float = 0.0
    config: SecretValues = field(default=NO_VALUES)
    # The fields for users; the accounts package fills this, it is not stored.
    expected: tuple[AuthField, ...] = field(default=(), repr=False, compare=False)

    appName = FormerName[str]("app")  # noqa: N815 - v0.7's name
    appId = FormerName[str]("app")  # noqa: N815 - v0.7's name

    @property
    def expectedInputFields(self) -> list[AuthField]:  # noqa: N802
        return list(self.expected)

    @property
    def updatedAt(self) -> str:  # noqa: N802
        return as_time(self.updated_at)

    authScheme = FormerName[str]("auth_mode")  # noqa: N815 - v0.7's name

    @property
    def deleted(self) -> bool:
        """v0.7's; a removed one is not found."""
        return False

    # v0.7's, unknown here: `client.connected_accounts.get(integration_id=...)` lists connections.

    logo = None
    defaultConnectorId = None  # noqa: N815 - v0.7's name
    connections = None
    useComposioAuth = FormerName[bool]("use_composio_oauth_app")  # noqa: N815 - v0.7's name

    @property
    def createdAt(self) -> str:  # noqa: N802
        return as_time(self.created_at)

    @property
    def limitedActions(self) -> list[str]:  # noqa: N802
        return list(self.limited_actions or ())

    def listing(self) -> dict[str, Any]:
        """Return JSON-ready data for listings; names of the configured values, never the values."""
        return {
            "id": self.id,
            "app": self.app,
            "name": self.name,
            "auth_mode": self.auth_mode,
            "scheme": self.scheme,
            "scopes": None if self.scopes is None else list(self.scopes),
            "redirect_uri": self.redirect_uri,
            "use_composio_oauth_app": self.use_composio_oauth_app,
            "limited_actions": None if self.limited_actions is None else list(self.limited_actions),
            "enabled": self.enabled,
            "configured": sorted(self.config),
            "created_at": as_time(self.created_at),
            "updated_at": as_time(self.updated_at),
        }


class ConnectionValues(SecretValues):
    """A connection's values; names are attributes too, as v0.7's callers read them; these are the usual ones."""

    __slots__ = ()
    scope: str
    base_url: str
    client_id: str
    client_secret: str
    consumer_id: str
    consumer_secret: str
    token_type: str
    access_token: str
    refresh_token: str

    # v0.7's, from an app's own values; signing creates them here.
    EXPLAINED = ("headers", "queryParams")

    def __getattr__(self, name: str) -> str:
        if not name.startswith("_") and name in self:
            return self[name]
        if name in self.EXPLAINED:
            raise NotAvailable(
                f"A connection has no {name!r} of its own: toolset.get_auth_params(connection_id=id) gives what its calls are"
                ' signed with, under "headers" and "query_params".'
            )
        if len(self):
            raise AttributeError(f"This connection has no {name!r}; it has {', '.join(self)}.")
        raise AttributeError(
            f"{name!r} is not loaded: values stay in the vault until you read them with"
            f" client.connected_accounts.info(id).connectionParams.{name}; toolset.get_auth_params(connection_id=id) gives the"
            " headers that a call is signed with."
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Connection(Dumps):
    """One entity's credentials for one app.

    ``version`` grows with every change of the stored values. ``expires_at`` is when the access token ends, ``refresh_at`` when
    it is renewed; None if never. ``worked_at`` is when its API first accepted it, None if not yet. ``renewal_sent_at`` is when
    a renewal without an answer so far was sent, ``renewal_lost_at`` when it became known that no answer will come.
    ``redirect_url`` is where the user goes afterwards. ``error`` says why it is not active, or how its last renewal failed.
    ``values`` are the stored fields and tokens if requested.
    """

    FORMER = (
        *("appName", "appUniqueId", "entityId", "clientUniqueUserId", "integrationId", "authScheme"),
        *("createdAt", "updatedAt", "isDisabled"),
    )

    id: str
    entity_id: str
    app: str
    integration_id: str
    auth_mode: str
    scheme: str
    status: ConnectionStatus
    enabled: bool = True
    labels: tuple[str, ...] = ()
    scopes: tuple[str, ...] = ()
    redirect_url: str | None = None
    error: str | None = None
    version: int = 0
    expires_at: float | None = None
    refresh_at: float | None = None
    created_at: float = 0.0
    updated_at: float = 0.0
    activated_at: float | None = None
    worked_at: float | None = None
    renewal_sent_at: float | None = None
    renewal_lost_at: float | None = None
    values: SecretValues = field(default=NO_VALUES)

    @property
    def is_usable(self) -> bool:
        """Whether it may be used for calls."""
        return self.enabled and self.status is ConnectionStatus.ACTIVE

    @property
    def diagnostic(self) -> str | None:
        """A note about it in a sentence or two; None if all is well."""
        if self.status is not ConnectionStatus.ACTIVE or self.renewal_sent_at is None:
            return self.error
        sent = as_time(self.renewal_sent_at)
        if self.renewal_lost_at is None:
            return f"A renewal was sent at {sent} and is not answered yet."
        why = f" ({self.error})" if self.error else ""
        return (
            f"The answer to the renewal that was sent at {sent} was lost{why}. The tokens that are stored are used while they"
            " hold; then it is tried once more."
        )

    appName = FormerName[str]("app")  # noqa: N815 - v0.7's name
    appUniqueId = FormerName[str]("app")  # noqa: N815 - v0.7's name
    entityId = FormerName[str]("entity_id")  # noqa: N815 - v0.7's name
    clientUniqueUserId = FormerName[str]("entity_id")  # noqa: N815 - v0.7's name
    integrationId = FormerName[str]("integration_id")  # noqa: N815 - v0.7's name
    authScheme = FormerName[str]("auth_mode")  # noqa: N815 - v0.7's name

    @property
    def connectionParams(self) -> ConnectionValues:  # noqa: N802
        return ConnectionValues(self.values)

    @property
    def isDisabled(self) -> bool:  # noqa: N802
        return not self.enabled

    @property
    def createdAt(self) -> str:  # noqa: N802
        return as_time(self.created_at)

    @property
    def updatedAt(self) -> str:  # noqa: N802
        return as_time(self.updated_at)

    def listing(self) -> dict[str, Any]:
        """Return JSON-ready data for listings; no values."""
        return {
            "id": self.id,
            "entity_id": self.entity_id,
            "app": self.app,
            "integration_id": self.integration_id,
            "auth_mode": self.auth_mode,
            "status": str(self.status),
            "enabled": self.enabled,
            "labels": list(self.labels),
            "scopes": list(self.scopes),
            "error": self.error,
            "diagnostic": self.diagnostic,
            "expires_at": None if self.expires_at is None else as_time(self.expires_at),
            "renewal_sent_at": None if self.renewal_sent_at is None else as_time(self.renewal_sent_at),
            "renewal_lost_at": None if self.renewal_lost_at is None else as_time(self.renewal_lost_at),
            "created_at": as_time(self.created_at),
            "updated_at": as_time(self.updated_at),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class NewIntegration:
    """The arguments of ``create_integration``. Without ``force_new`` an equal existing one is returned."""

    app: str
    auth_mode: str | None = None
    config: Mapping[str, Any] = field(default_factory=dict, repr=False)
    name: str | None = None
    use_composio_oauth_app: bool | None = None
    scopes: tuple[str, ...] | None = None
    limited_actions: tuple[str, ...] | None = None
    force_new: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrationChange:
    """Changes of an integration; None and missing values leave things unchanged.

    ``config`` may have ``scopes`` and ``redirect_uri`` besides fields, as in ``create_integration``. An empty list of
    ``limited_actions`` allows all again.
    """

    name: str | None = None
    enabled: bool | None = None
    scopes: tuple[str, ...] | None = None
    limited_actions: Sequence[str] | None = None
    config: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConnection:
    """The arguments of ``initiate_connection``: an integration, or an app whose integration is found or created."""

    entity_id: str
    app: str | None = None
    integration_id: str | None = None
    auth_mode: str | None = None
    config: Mapping[str, Any] = field(default_factory=dict, repr=False)
    values: Mapping[str, Any] = field(default_factory=dict, repr=False)
    redirect_url: str | None = None
    # Where the provider sends the user back; None means the integration's, the app's, or the listener on this machine.
    redirect_uri: str | None = None
    scopes: tuple[str, ...] | None = None
    labels: tuple[str, ...] = ()
    use_composio_oauth_app: bool | None = None
    force_new_integration: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionStarted:
    """A started connection. ``redirect_url`` is where the user goes; None if nothing is left to do.

    ``user_code`` is what the user types there, for device flows. ``expires_at`` is when the offer ends.
    """

    connection: Connection
    redirect_url: str | None = None
    user_code: str | None = None
    expires_at: float | None = None


class ConnectionFilter(TypedDict, total=False):
    """A filter for connections; omitted fields do not filter. All of ``labels`` must be present.

    ``active`` excludes those that no call could use. ``limit`` is the maximum number.
    """

    app: str | None
    entity_ids: Sequence[str]
    integration_id: str | None
    active: bool
    labels: Sequence[str]
    limit: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionQuery:
    """The connections and order of a page; an empty list does not filter.

    ``statuses`` are those of enabled connections, ``disabled`` adds disabled ones; with neither, both kinds are listed.
    ``after`` is the previous page's ``next``.
    """

    apps: Sequence[str] = ()
    entity_ids: Sequence[str] = ()
    integration_ids: Sequence[str] = ()
    ids: Sequence[str] = ()
    statuses: Sequence[ConnectionStatus] = ()
    disabled: bool = False
    order_by: Literal["created_at", "updated_at"] = "created_at"
    oldest_first: bool = False
    after: str | None = None
    limit: int = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionPage:
    """A page of the connections that a :class:`ConnectionQuery` finds. ``next`` is None on the last page.

    ``total`` counts all matches, up to 10,000; 10,001 stands for more.
    """

    items: Sequence[Connection]
    next: str | None
    total: int
