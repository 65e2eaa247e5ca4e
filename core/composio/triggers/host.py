"""The interface between triggers and their process: the database, the vault, connections, and sending requests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from composio.model.trigger import Request
from composio.triggers.polling import Answer

if TYPE_CHECKING:
    from composio.model.job import Job
    from composio.model.secret import SecretValues
    from composio.model.trigger_instance import TriggerInstance, TriggerSubscription
    from composio.store.projects import Partition, Transaction
    from composio.store.records import Sealed
    from composio.triggers.known import KnownTriggers

__all__ = ["RequestOwner", "TriggerHost"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestOwner:
    """The connection to send a request with. ``text`` asks for the raw response, as for feeds."""

    app: str
    entity_id: str
    connection_id: str
    project: str = ""
    text: bool = False

    @classmethod
    def of(cls, instance: TriggerInstance, *, text: bool = False) -> RequestOwner:
        """Build it from an instance."""
        return cls(
            app=instance.app,
            entity_id=instance.entity_id,
            connection_id=instance.connection_id,
            project=instance.project,
            text=text,
        )


class TriggerHost(Protocol):
    """Supplied by the process that runs triggers. All methods but :meth:`send` block."""

    @property
    def known(self) -> KnownTriggers:
        """The triggers of all apps."""
        ...

    def part(self, project: str | None) -> Partition:
        """Return one project's part of the database; with None, all of it."""
        ...

    def seal(self, subscription: TriggerSubscription, values: Mapping[str, str]) -> Sealed:
        """Encrypt a subscription's secrets."""
        ...

    def open(self, subscription: TriggerSubscription, sealed: Sealed) -> SecretValues:
        """Decrypt them."""
        ...

    def connection_values(self, project: str, connection_id: str) -> Mapping[str, str]:
        """Return a connection's non-secret values by the names in its app's file; empty if it is gone."""
        ...

    def app_secrets(self, project: str, integration_id: str) -> Sequence[str]:
        """Return the secrets for verifying requests of an integration's app; may be empty."""
        ...

    def address(self, app: str, subscription_id: str) -> str:
        """Return the URL that a provider sends events to."""
        ...

    def add_jobs(self, transaction: Transaction, jobs: Sequence[Job]) -> None:
        """Store jobs in the transaction that makes them necessary."""
        ...

    async def send(self, caller: RequestOwner, request: Request) -> Answer:
        """Send a request with a connection. A failure is an answer with an ``error``; it does not raise."""
        ...
