"""``client.triggers`` and ``client.active_triggers``: trigger definitions and their instances.

Source: documentation page "Triggers", and v0.7's signatures.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, TypeAlias

from composio.client.arguments import AppLike, Many, app_name, entity, read_list
from composio.client.noun import Noun
from composio.client.owner import blocking
from composio.client.spellings import connection_id, integration_id, one_of
from composio.errors import InvalidRequest
from composio.model.trigger import TriggerModel
from composio.model.trigger_instance import InstanceQuery, NewInstance, TriggerEnabled, TriggerInstance

if TYPE_CHECKING:
    from composio.triggers.listening import TriggerListener

__all__ = ["ActiveTriggers", "TriggerLike", "Triggers", "config_of", "enabled", "instance_id", "trigger_name"]

TriggerLike: TypeAlias = str | TriggerModel


class Triggers(Noun):
    """Finds triggers; enables, disables and deletes their instances. Unknown names raise ``TriggerNotFound``."""

    async def aget(
        self,
        trigger_names: Many[TriggerLike] | None = None,
        app_names: Many[AppLike] | None = None,
        *,
        apps: Many[AppLike] | None = None,
        trigger_ids: Many[TriggerLike] | None = None,
    ) -> list[TriggerModel]:
        """List triggers by name and app, or all of them."""
        names = one_of(trigger_names=trigger_names, trigger_ids=trigger_ids)
        of_apps = one_of(app_names=app_names, apps=apps)
        return await self.backend.triggers.types(
            names=read_list(names, trigger_name, "trigger_names"), apps=read_list(of_apps, app_name, "app_names")
        )

    async def aenable(
        self,
        name: TriggerLike,
        connected_account_id: str | None = None,
        config: Mapping[str, Any] | None = None,
        *,
        entity_id: str | None = None,
        trigger_config: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Enable a trigger for a connection (default: the entity's). Returns ``{"status", "triggerId", "isNew"}``."""
        if connected_account_id is None and entity_id is None:
            raise InvalidRequest("Name a connection: enable(name, connected_account_id=...), or entity.enable_trigger(...).")
        request = NewInstance(
            trigger=trigger_name(name),
            config=config_of(one_of(config=config, trigger_config=trigger_config)),
            entity_id=None if entity_id is None else entity(entity_id),
            connection_id=None if connected_account_id is None else connection_id(connected_account_id),
        )
        return enabled(await self.backend.triggers.enable(request))

    async def adisable(self, id: str) -> dict[str, Any]:
        """Disable an instance until it is enabled again. Returns ``{"status": "success"}``."""
        await self.backend.triggers.switch(instance_id(id), enabled=False)
        return {"status": "success"}

    async def adelete(self, id: str) -> dict[str, Any]:
        """Delete an instance. Returns ``{"status": "success"}``. Its events stay in the log."""
        await self.backend.triggers.delete(instance_id(id))
        return {"status": "success"}

    async def alist(self, *, entity_id: str | None = None, disabled: bool = True) -> list[TriggerInstance]:
        """List instances, newest first, with the time of the last poll and the last error."""
        of = () if entity_id is None else (entity(entity_id),)
        page = await self.backend.triggers.instances(InstanceQuery(entity_ids=of, enabled=None if disabled else True))
        return list(page.items)

    def subscribe(self, timeout: float | None = 15.0, *, after: int | None = None) -> TriggerListener:
        """Listen for events; like ``toolset.create_trigger_listener``."""
        from composio.client.listening import make_listener

        return make_listener(self.backend, timeout, after=after)

    get = blocking(aget)
    enable = blocking(aenable)
    disable = blocking(adisable)
    delete = blocking(adelete)
    list = blocking(alist)


class ActiveTriggers(Noun):
    """Enabled instances of all entities."""

    async def aget(
        self,
        trigger_ids: Many[str] | None = None,
        connected_account_ids: Many[str] | None = None,
        integration_ids: Many[str] | None = None,
        trigger_names: Many[TriggerLike] | None = None,
        *,
        entity_ids: Many[str] | None = None,
    ) -> list[TriggerInstance]:
        """List enabled instances, newest first. An omitted filter matches all."""
        query = InstanceQuery(
            ids=read_list(trigger_ids, instance_id, "trigger_ids"),
            connection_ids=read_list(connected_account_ids, connection_id, "connected_account_ids"),
            integration_ids=read_list(integration_ids, integration_id, "integration_ids"),
            triggers=read_list(trigger_names, trigger_name, "trigger_names"),
            entity_ids=read_list(entity_ids, entity, "entity_ids"),
            enabled=True,
        )
        return list((await self.backend.triggers.instances(query)).items)

    get = blocking(aget)


def trigger_name(trigger: object) -> str:
    """Return the name of a trigger, or the given name."""
    if isinstance(trigger, TriggerModel):
        return trigger.slug
    if isinstance(trigger, str) and trigger.strip():
        return str(trigger)
    raise InvalidRequest(f"A trigger is a Trigger or its name, such as 'GITHUB_STAR_ADDED_EVENT'; got {trigger!r:.60}.")


def instance_id(instance: object) -> str:
    """Return the id of an instance, of the result of enabling it, or the given id."""
    found = instance.id if isinstance(instance, TriggerInstance) else instance
    if isinstance(found, Mapping):
        found = found.get("triggerId")
    if not isinstance(found, str) or not found.strip():
        raise InvalidRequest(f"A trigger's id is what entity.enable_trigger(...)['triggerId'] gives; got {instance!r:.60}.")
    return found.strip()


def config_of(config: object) -> Mapping[str, Any]:
    """Check the config of an instance, a dict."""
    if config is None:
        return {}
    if not isinstance(config, Mapping) or not all(isinstance(name, str) for name in config):
        raise InvalidRequest(f"config is a dict of the trigger's fields, not {type(config).__name__}.")
    return config


def enabled(made: TriggerEnabled) -> dict[str, Any]:
    """Return the result of enabling, like v0.7."""
    answer: dict[str, Any] = {"status": "success", "triggerId": made.instance.id, "isNew": made.is_new}
    if made.setup is not None:  # events arrive once a person has done this
        answer["setup"] = {"url": made.setup.url, "secret": made.setup.secret, "steps": list(made.setup.steps)}
    return answer
