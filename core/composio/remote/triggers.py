"""A server's triggers. See :class:`composio.backend.TriggerService`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from composio.model.trigger import TriggerModel
from composio.model.trigger_instance import (
    InstancePage,
    InstanceQuery,
    NewInstance,
    TriggerEnabled,
    TriggerInstance,
    TriggerSetup,
)
from composio.remote.codec import encode
from composio.remote.requests import FindTriggers, OfTriggerInstance, SwitchTriggerInstance
from composio.remote.wire import ServerWire

__all__ = ["RemoteTriggers"]

# Subscriptions are sent to providers meanwhile, which may take long.
_PATIENT = 120.0


class RemoteTriggers:
    """Requests everything from the server; nothing is stored here."""

    def __init__(self, wire: ServerWire) -> None:
        self._wire = wire

    async def _ask(self, what: str, body: Any, *, repeat: bool = True) -> Any:
        return await self._wire.ask("POST", f"/triggers/{what}", encode(body), repeat=repeat, seconds=_PATIENT)

    async def types(self, *, names: Sequence[str] = (), apps: Sequence[str] = ()) -> list[TriggerModel]:
        answer = await self._ask("types", FindTriggers(names=tuple(names), apps=tuple(apps)))
        return self._wire.read_all(TriggerModel, answer, "triggers")

    async def enable(self, request: NewInstance) -> TriggerEnabled:
        # Enabling twice has no further effect.
        return self._wire.read(TriggerEnabled, await self._ask("enable", request))

    async def instances(self, query: InstanceQuery) -> InstancePage:
        return self._wire.read(InstancePage, await self._ask("instances/list", query))

    async def instance(self, instance_id: str) -> TriggerInstance:
        return self._wire.read(TriggerInstance, await self._ask("instances/get", OfTriggerInstance(instance_id=instance_id)))

    async def setup(self, instance_id: str) -> TriggerSetup | None:
        answer = await self._ask("instances/setup", OfTriggerInstance(instance_id=instance_id))
        return self._wire.read(TriggerSetup, answer["setup"]) if answer["setup"] is not None else None

    async def switch(self, instance_id: str, *, enabled: bool) -> TriggerInstance:
        body = SwitchTriggerInstance(instance_id=instance_id, enabled=enabled)
        return self._wire.read(TriggerInstance, await self._ask("instances/switch", body))

    async def poll_now(self, instance_id: str) -> TriggerInstance:
        return self._wire.read(TriggerInstance, await self._ask("instances/poll", OfTriggerInstance(instance_id=instance_id)))

    async def send_test(self, instance_id: str) -> str:
        return str((await self._ask("instances/test", OfTriggerInstance(instance_id=instance_id), repeat=False))["event"])

    async def delete(self, instance_id: str) -> None:
        await self._ask("instances/delete", OfTriggerInstance(instance_id=instance_id), repeat=False)
