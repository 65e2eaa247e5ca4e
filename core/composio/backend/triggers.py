"""The interface of triggers and their instances."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from composio.model.trigger import TriggerModel
from composio.model.trigger_instance import (
    InstancePage,
    InstanceQuery,
    NewInstance,
    TriggerEnabled,
    TriggerInstance,
    TriggerSetup,
)

__all__ = ["TriggerService"]


class TriggerService(Protocol):
    """Triggers and their instances. Unknown names and ids raise ``TriggerNotFound`` and ``TriggerInstanceNotFound``."""

    async def types(self, *, names: Sequence[str] = (), apps: Sequence[str] = ()) -> list[TriggerModel]:
        """List triggers by name and app, or all of them."""
        ...

    async def enable(self, request: NewInstance) -> TriggerEnabled:
        """Enable a trigger for an entity. Repeating it returns the same instance, enabled again if necessary.

        Raises ``InvalidArguments`` if the config does not fit, and the same errors as a call without a connection.
        """
        ...

    async def instances(self, query: InstanceQuery) -> InstancePage:
        """List instances, newest first."""
        ...

    async def instance(self, instance_id: str) -> TriggerInstance: ...

    async def setup(self, instance_id: str) -> TriggerSetup | None:
        """Return the steps for a person in the provider's console, without which no events arrive; None if there are none."""
        ...

    async def switch(self, instance_id: str, *, enabled: bool) -> TriggerInstance:
        """Enable or disable an instance. Events during a disabled period are not delivered later."""
        ...

    async def poll_now(self, instance_id: str) -> TriggerInstance:
        """Poll an instance as soon as a poller is free, instead of at its next turn.

        Raises ``InvalidRequest`` if it is disabled or does not poll.
        """
        ...

    async def send_test(self, instance_id: str) -> str:
        """Store a test event with made-up values, delivered like any other. Returns its id.

        Raises ``InvalidRequest`` for an instance that is disabled.
        """
        ...

    async def delete(self, instance_id: str) -> None:
        """Delete an instance. Its events stay in the log."""
        ...
