"""Request bodies beyond single values of :mod:`composio.model`, for both ends of our protocol."""

from __future__ import annotations

from dataclasses import dataclass

from composio.model.call import ANYONE, Who
from composio.model.connection import IntegrationChange
from composio.model.secret import NO_VALUES, Secret, SecretValues

__all__ = [
    "CheckChain",
    "CompleteConnection",
    "CredentialsFor",
    "EnableCallback",
    "EventLog",
    "EventsAfter",
    "ExpectedFields",
    "FindActions",
    "FindTriggers",
    "GetConnection",
    "ListIntegrations",
    "OfApp",
    "OfCall",
    "OfCallback",
    "OfConnection",
    "OfEntity",
    "OfEvent",
    "OfIntegration",
    "OfTrigger",
    "OfTriggerInstance",
    "ReinitiateConnection",
    "ResendEvents",
    "SetCallback",
    "SubmitValues",
    "SwitchTriggerInstance",
    "UpdateConnection",
    "UpdateIntegration",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class OfApp:
    """One app, by its key or name; and the acting entity, if relevant."""

    app: str
    who: Who = ANYONE


@dataclass(frozen=True, slots=True, kw_only=True)
class OfCall:
    """One call of the log."""

    call_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckChain:
    """Verify the whole chain of calls; the link ``number`` must have ``hash``, if given."""

    number: int | None = None
    hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OfEntity:
    """One entity."""

    entity_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindActions:
    """A task in words, and its possible apps; empty for all."""

    use_case: str
    apps: tuple[str, ...] = ()
    limit: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialsFor:
    """Whether ``who`` could authenticate calls to ``apps``."""

    apps: tuple[str, ...]
    who: Who = ANYONE


@dataclass(frozen=True, slots=True, kw_only=True)
class OfIntegration:
    """One integration."""

    integration_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateIntegration:
    """Changes of an integration."""

    integration_id: str
    change: IntegrationChange


@dataclass(frozen=True, slots=True, kw_only=True)
class ListIntegrations:
    """A filter for integrations, newest first; omitted fields only exclude disabled ones."""

    app: str | None = None
    auth_mode: str | None = None
    disabled: bool = False
    limit: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfConnection:
    """One connection."""

    connection_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GetConnection:
    """One connection, with ``entity_id`` only if it is that entity's. ``values`` includes the stored values in clear text."""

    connection_id: str
    entity_id: str | None = None
    values: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CompleteConnection:
    """The URL to which the provider redirected a user, and the user's identity, if the caller knows it."""

    callback_url: Secret
    entity_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class SubmitValues:
    """Values that a user typed, for a waiting connection."""

    connection_id: str
    values: SecretValues = NO_VALUES
    entity_id: str | None = None
    redirect_url: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class UpdateConnection:
    """Changes of a connection; None leaves a field unchanged."""

    connection_id: str
    enabled: bool | None = None
    labels: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReinitiateConnection:
    """A connection to reconnect under its id."""

    connection_id: str
    values: SecretValues | None = None
    redirect_url: str | None = None
    scopes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedFields:
    """Ask for the missing fields of a connection to ``app``: the customer's, or the developer's."""

    app: str
    customer: bool
    auth_mode: str | None = None
    integration_id: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EventsAfter:
    """Request events after ``sequence``, in order; the server waits up to ``seconds`` for some."""

    sequence: int
    limit: int = 100
    seconds: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLog:
    """A filter for events, newest first; omitted fields do not filter."""

    trigger: str | None = None
    trigger_id: str | None = None
    entity_id: str | None = None
    app: str | None = None
    text: str = ""
    since: float | None = None
    before: int | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class OfEvent:
    """One event."""

    event_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OfTrigger:
    """One trigger, by any of its names."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ResendEvents:
    """Resend events; without ids, finally failed ones, of one callback URL or all, created after ``since``."""

    event_ids: tuple[str, ...] = ()
    callback_id: str | None = None
    since: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class SetCallback:
    """Where to send events, or one trigger instance's."""

    url: str
    trigger_id: str | None = None
    format: str | None = None
    ordered: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class OfCallback:
    """One callback URL; with its secret, if requested."""

    callback_id: str
    secret: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class EnableCallback:
    """Enable or disable a callback URL."""

    callback_id: str
    enabled: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class FindTriggers:
    """Triggers by name and by app; all of them if neither is named."""

    names: tuple[str, ...] = ()
    apps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class OfTriggerInstance:
    """One instance of a trigger."""

    instance_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchTriggerInstance:
    """Whether an instance is enabled."""

    instance_id: str
    enabled: bool
