"""What triggers need of the rest of a process: the database, the vault, connections and a way to send requests."""

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
    """Whose connection a request is sent with. ``text`` wants the answer as it came, as for feeds."""

    app: str
    entity_id: str
    connection_id: str
    project: str = ""
    text: bool = False

    @classmethod
    def of(cls, instance: TriggerInstance, *, text: bool = False) -> RequestOwner:
        """An instance's."""
        return cls(
            app=instance.app,
            entity_id=instance.entity_id,
            connection_id=instance.connection_id,
            project=instance.project,
            text=text,
        )


class TriggerHost(Protocol):
    """Given by whoever runs triggers. All but :meth:`send` block."""

    @property
    def known(self) -> KnownTriggers:
        """The triggers of all apps."""
        ...

    def part(self, project: str | None) -> Partition:
        """One project's part of the database; with None, all of it."""
        ...

    def seal(self, subscription: TriggerSubscription, values: Mapping[str, str]) -> Sealed:
        """Encrypt a subscription's secrets."""
        ...

    def open(self, subscription: TriggerSubscription, sealed: Sealed) -> SecretValues:
        """Decrypt them."""
        ...

    def connection_values(self, project: str, connection_id: str) -> Mapping[str, str]:
        """What is known of a connection and is no secret, by the names that its app's file gives them; empty if it is gone."""
        ...

    def app_secrets(self, project: str, integration_id: str) -> Sequence[str]:
        """What an integration has to verify its app's requests with; empty if nothing."""
        ...

    def address(self, app: str, subscription_id: str) -> str:
        """The URL that a provider sends events to."""
        ...

    def add_jobs(self, transaction: Transaction, jobs: Sequence[Job]) -> None:
        """Keep work to do, in the transaction that makes it necessary."""
        ...

    async def send(self, caller: RequestOwner, request: Request) -> Answer:
        """Send a request with somebody's connection. What fails is an answer with an ``error``; it does not raise."""
        ...
