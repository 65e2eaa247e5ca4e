"""The toolset's methods for triggers. The client does the work.

Source: documentation page "Triggers", and v0.7's signatures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from composio.client.arguments import Many
from composio.client.client import Composio
from composio.client.triggers import TriggerLike, trigger_name
from composio.errors import InvalidRequest
from composio.model.action import JsonSchema
from composio.model.trigger import TriggerModel
from composio.model.trigger_instance import TriggerInstance

if TYPE_CHECKING:
    from composio.backend import Backend

__all__ = ["ToolsetTriggers"]


class ToolsetTriggers:
    """Triggers and enabled instances of them."""

    def __init__(self, client: Composio) -> None:
        self._client = client

    @property
    def backend(self) -> Backend:
        """The backend that the client uses."""
        return self._client.backend

    async def aget_trigger(self, trigger: TriggerLike) -> TriggerModel:
        """Return one trigger: description, ``config`` and ``payload``. Raises ``TriggerNotFound`` with the nearest names."""
        return (await self.backend.triggers.types(names=(trigger_name(trigger),)))[0]

    async def aget_trigger_config_scheme(self, trigger: TriggerLike) -> JsonSchema:
        """Return the JSON Schema of a trigger's config, with ``properties`` and ``model_dump_json``."""
        return (await self.aget_trigger(trigger)).config

    async def aget_active_triggers(
        self,
        trigger_ids: Many[str] | None = None,
        connected_account_ids: Many[str] | None = None,
        integration_ids: Many[str] | None = None,
        trigger_names: Many[TriggerLike] | None = None,
    ) -> list[TriggerInstance]:
        """List enabled instances, newest first. An omitted filter matches all."""
        return await self._client.active_triggers.aget(trigger_ids, connected_account_ids, integration_ids, trigger_names)

    async def adelete_trigger(self, id: str) -> bool:
        """Delete an instance. Returns True. Raises ``TriggerInstanceNotFound``."""
        if not id:
            raise InvalidRequest("Say which: delete_trigger(entity.enable_trigger(...)['triggerId']).")
        await self._client.triggers.adelete(id)
        return True
