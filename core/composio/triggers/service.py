"""The trigger service for surfaces: definitions, and the instances of each entity."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from composio.errors import InvalidRequest, TriggerInstanceNotFound
from composio.model.call import DEFAULT_ENTITY, Who
from composio.model.trigger import TriggerModel
from composio.model.trigger_instance import (
    InstancePage,
    InstanceQuery,
    NewInstance,
    Source,
    TriggerEnabled,
    TriggerInstance,
    TriggerSetup,
)
from composio.triggers.config import check_config
from composio.triggers.known import KnownTriggers
from composio.triggers.scopes import check_scopes

if TYPE_CHECKING:
    from composio.model.connection import Connection
    from composio.store.projects import Partition

__all__ = ["TriggerBook", "choose_source"]

T = TypeVar("T")
_LONGEST_LIST = 500
_TEST = "a test event: its values are made up"


class FindConnection(Protocol):
    """Finds the connection that a call of ``who`` to ``app`` would use, chosen like the engine does.

    None if calls need none. Raises the same errors as a call.
    """

    def __call__(self, app: str, who: Who) -> Coroutine[Any, Any, Connection | None]: ...


class TriggerBook:
    """See :class:`composio.backend.TriggerService`. Serves one project.

    ``part`` opens the database, and ``holds_any`` returns whether it exists. ``work`` runs blocking functions. ``app`` returns
    an app's key for any of its names. ``webhooks`` is True if providers can reach this process. ``changed``, which may block,
    is called after an instance is enabled, disabled or deleted, and returns the steps left to a person; ``setup`` returns them
    for an enabled instance.
    """

    def __init__(
        self,
        *,
        known: Callable[[], KnownTriggers],
        part: Callable[[], Partition],
        holds_any: Callable[[], bool],
        connection: FindConnection,
        app: Callable[[str], str],
        work: Callable[[Callable[[], Any]], Coroutine[Any, Any, Any]],
        webhooks: bool = False,
        changed: Callable[[TriggerInstance], TriggerSetup | None] = lambda _: None,
        setup: Callable[[TriggerInstance], TriggerSetup | None] = lambda _: None,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._known, self._part, self._holds_any = known, part, holds_any
        self._connection, self._app, self._work = connection, app, work
        self._webhooks, self._changed, self._setup, self._now = webhooks, changed, setup, now

    async def types(self, *, names: Sequence[str] = (), apps: Sequence[str] = ()) -> list[TriggerModel]:
        def found() -> list[TriggerModel]:
            known = self._known()
            if not names and not apps:
                return known.all()
            named = [known.find(name) for name in names]
            keys = dict.fromkeys(self._key(name) for name in apps)
            return list({one.slug: one for one in [*named, *(one for key in keys for one in known.of(key))]}.values())

        listed: list[TriggerModel] = await self._work(found)
        return listed

    def _key(self, name: str) -> str:
        """Return an app's key. Apps with triggers and no actions are known only here."""
        return name.strip().lower() if name.strip().lower() in self._known().apps else self._app(name)

    async def enable(self, request: NewInstance) -> TriggerEnabled:
        trigger: TriggerModel = await self._work(lambda: self._trigger(request))
        config = check_config(trigger, request.config)
        who = Who(
            entity_id=request.entity_id or DEFAULT_ENTITY,
            connected_account_id=request.connection_id or None,
            any_entity=request.entity_id is None and bool(request.connection_id),
        )
        connection = await self._connection(trigger.app, who)
        check_scopes(trigger, connection)
        made: TriggerEnabled = await self._work(lambda: self._store(trigger, config, who, connection))
        return made

    def _trigger(self, request: NewInstance) -> TriggerModel:
        trigger = self._known().find(request.trigger)
        if request.app is not None and self._key(request.app) != trigger.app:
            raise InvalidRequest(
                f"{trigger.slug} is a trigger of {trigger.app}, not of {request.app}: leave the app out, or name its own."
            )
        return trigger

    def _store(self, trigger: TriggerModel, config: dict[str, Any], who: Who, connection: Connection | None) -> TriggerEnabled:
        from composio.store.triggers import instances

        now, source = self._now(), choose_source(trigger, webhooks=self._webhooks)
        instance = TriggerInstance(
            id=f"ti_{secrets.token_hex(12)}",
            trigger=trigger.slug,
            app=trigger.app,
            entity_id=who.entity_id if connection is None else connection.entity_id,
            connection_id="" if connection is None else connection.id,
            integration_id="" if connection is None else connection.integration_id,
            config=config,
            source=source,
            created_at=now,
            updated_at=now,
            next_poll=_first_poll(trigger, source, now),
        )
        kept, is_new = instances.add(self._part(), instance)
        if not kept.enabled:
            kept = self._switch(kept.id, enabled=True)
        return TriggerEnabled(instance=kept, is_new=is_new, setup=self._changed(kept))

    async def instances(self, query: InstanceQuery) -> InstancePage:
        def listed() -> InstancePage:
            from composio.store.triggers import instances

            lists = (query.ids, query.triggers, query.apps, query.entity_ids, query.connection_ids, query.integration_ids)
            if any(len(one) > _LONGEST_LIST for one in lists):
                raise InvalidRequest(f"Too many values to list instances by: at most {_LONGEST_LIST} of a kind.")
            known = self._known()
            wanted = replace(
                query,
                triggers=[known.find(name).slug for name in query.triggers],
                apps=[self._key(name) for name in query.apps],
            )
            if not self._holds_any():
                return InstancePage(items=(), total=0)
            return instances.list_instances(self._part(), wanted)

        page: InstancePage = await self._work(listed)
        return page

    async def instance(self, instance_id: str) -> TriggerInstance:
        found: TriggerInstance = await self._work(lambda: self._get(instance_id))
        return found

    def _get(self, instance_id: str) -> TriggerInstance:
        from composio.store.triggers import instances

        found = instances.get(self._part(), instance_id) if self._holds_any() else None
        if found is None:
            raise TriggerInstanceNotFound(instance_id)
        return found

    async def setup(self, instance_id: str) -> TriggerSetup | None:
        found: TriggerSetup | None = await self._work(lambda: self._setup(self._get(instance_id)))
        return found

    async def switch(self, instance_id: str, *, enabled: bool) -> TriggerInstance:
        changed: TriggerInstance = await self._work(lambda: self._switch(instance_id, enabled=enabled))
        return changed

    def _switch(self, instance_id: str, *, enabled: bool) -> TriggerInstance:
        from composio.store.triggers import instances

        found = self._get(instance_id)
        if found.enabled == enabled:
            return found
        now = self._now()
        if enabled:
            trigger = self._known().find(found.trigger)
            source = choose_source(trigger, webhooks=self._webhooks)
            # Start over, as for a new instance: events of the disabled period are skipped.
            changed = instances.update(
                self._part(),
                instance_id,
                now,
                afresh=True,
                enabled=True,
                disabled_at=None,
                source=source,
                next_poll=_first_poll(trigger, source, now),
                last_error=None,
                last_error_at=None,
                failures=0,
            )
        else:
            changed = instances.update(self._part(), instance_id, now, enabled=False, disabled_at=now, next_poll=None)
        if changed is None:  # deleted meanwhile
            raise TriggerInstanceNotFound(instance_id)
        self._changed(changed)
        return changed

    async def poll_now(self, instance_id: str) -> TriggerInstance:
        changed: TriggerInstance = await self._work(lambda: self._poll_now(instance_id))
        return changed

    def _poll_now(self, instance_id: str) -> TriggerInstance:
        from composio.store.triggers import instances

        found = self._get(instance_id)
        if not found.enabled:
            raise InvalidRequest(f"{instance_id} is disabled: enable it, and it is polled immediately.")
        trigger = self._known().find(found.trigger)
        if not trigger.can_poll(found.source):
            why = "comes at the times of its schedule" if trigger.poll and trigger.poll.schedule else "is sent by the provider"
            raise InvalidRequest(f"{instance_id} can't be polled: {found.trigger} {why}.")
        if found.last_poll is None:  # it is due, and events since it was enabled count
            self._changed(found)
            return found
        now = self._now()
        changed = instances.update(self._part(), instance_id, now, next_poll=now)
        if changed is None:  # deleted meanwhile
            raise TriggerInstanceNotFound(instance_id)
        self._changed(changed)
        return changed

    async def send_test(self, instance_id: str) -> str:
        sent: str = await self._work(lambda: self._send_test(instance_id))
        return sent

    def _send_test(self, instance_id: str) -> str:
        from composio.model.examples import make_example
        from composio.store.triggers import events
        from composio.triggers.mapping import FoundEvent
        from composio.triggers.receiving import event_of

        found = self._get(instance_id)
        if not found.enabled:
            raise InvalidRequest(f"{instance_id} is disabled: enable it to send a test event.")
        payload = make_example(self._known().find(found.trigger).payload, "", every=True)
        event = FoundEvent(key=f"test:{secrets.token_hex(8)}", payload=payload, warning=_TEST)
        now = self._now()
        [stored] = events.record(self._part(), [event_of(found, event, now)], now=now)
        return stored.id

    async def delete(self, instance_id: str) -> None:
        def delete() -> None:
            from composio.store.triggers import instances

            found = self._get(instance_id)
            instances.delete(self._part(), instance_id)
            self._changed(replace(found, enabled=False))

        await self._work(delete)


def choose_source(trigger: TriggerModel, *, webhooks: bool) -> Source:
    """Choose how events arrive: by webhook if providers can reach this process, else by polling if possible."""
    if trigger.kind == "both":
        return "webhook" if webhooks else "poll"
    return trigger.kind


def _first_poll(trigger: TriggerModel, source: Source, now: float) -> float | None:
    """Return the time of the first poll: now, so that later events are seen. None if the trigger does not poll."""
    del source
    return None if trigger.poll is None else now
