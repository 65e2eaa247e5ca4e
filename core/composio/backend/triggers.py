"""Triggers and their instances, as surfaces ask for them."""

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
    """Triggers, and what of them is enabled. Unknown names and ids raise ``TriggerNotFound`` and ``TriggerInstanceNotFound``."""

    async def types(self, *, names: Sequence[str] = (), apps: Sequence[str] = ()) -> list[TriggerModel]:
        """Those of these names, and of these apps; all of them if neither is named."""
        ...

    async def enable(self, request: NewInstance) -> TriggerEnabled:
        """Enable a trigger for an entity. The same again gives the same instance, enabled if it was not any more.

        Raises ``InvalidArguments`` if its config does not fit, and what a call would raise without a connection.
        """
        ...

    async def instances(self, query: InstanceQuery) -> InstancePage:
        """Newest first."""
        ...

    async def instance(self, instance_id: str) -> TriggerInstance: ...

    async def setup(self, instance_id: str) -> TriggerSetup | None:
        """What a person has to do in the provider's console so that the instance's events come; None where nothing is."""
        ...

    async def switch(self, instance_id: str, *, enabled: bool) -> TriggerInstance:
        """Let its events come, or not. What happened while it was disabled does not come afterwards."""
        ...

    async def poll_now(self, instance_id: str) -> TriggerInstance:
        """Have an instance polled as soon as a poller is free, instead of at its next turn.

        Raises ``InvalidRequest`` for one that is disabled, or whose events are not found by polling.
        """
        ...

    async def send_test(self, instance_id: str) -> str:
        """Store an event with made up values, which listeners and callback URLs get as any other. Its id.

        Raises ``InvalidRequest`` for an instance that is disabled.
        """
        ...

    async def delete(self, instance_id: str) -> None:
        """Forget an instance. Its events stay in the log."""
        ...
