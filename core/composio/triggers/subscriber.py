"""Manage subscriptions at providers: create, renew, retry, and remove those that are no longer needed."""

from __future__ import annotations

import functools
import logging
import secrets as chance_of
import time
from collections.abc import Callable, Mapping
from typing import Any, Final, TypeVar

import anyio
import anyio.to_thread

from composio.errors import ComposioError
from composio.model.secret import SecretValues
from composio.model.trigger import Request, TriggerModel
from composio.model.trigger_instance import TriggerInstance, TriggerSubscription
from composio.process.chance import CHANCE
from composio.store.claims import Lease
from composio.store.projects import Partition
from composio.store.records import Sealed
from composio.store.triggers import instances, subscriptions
from composio.triggers import signing, subscribing
from composio.triggers.host import RequestOwner, TriggerHost
from composio.triggers.receiving import PREVIOUS, SECRET
from composio.triggers.subscribing import CHANNEL, HookAddress
from composio.triggers.waiting import Waiting

__all__ = ["Subscriber"]

log = logging.getLogger("composio.triggers")
T = TypeVar("T")
_LEASE: Final = 120.0
_FIRST_PAUSE, _LONGEST_PAUSE = 60.0, 3600.0
# Seconds between two looks for due work, and for missed work.
_LOOK, _SWEEP = 2.0, 30.0
# How many seconds deleting a connection waits for providers.
_SECONDS_TO_END: Final = 15.0
_ENDED_AT_ONCE: Final = 8
# How often to retry removing a subscription that the provider does not release.
_MOST_ENDINGS: Final = 8
_GONE: Final = frozenset({404, 410})
# The fields of an instance that are stored to remove its subscription after it is deleted.
_ABOUT: Final = "instance"


class Subscriber:
    """For all projects. ``owner`` is a name unique to this process."""

    def __init__(
        self,
        host: TriggerHost,
        *,
        owner: str,
        now: Callable[[], float] = time.time,
        chance: Callable[[], float] = CHANCE,
    ) -> None:
        self._host, self._owner, self._now, self._chance = host, owner, now, chance
        self._stopped, self._swept = False, 0.0
        self._waiting = Waiting()

    async def run(self) -> None:
        """Do due work, and look for missed work, until :meth:`stop` is called or this is cancelled."""
        while not self._stopped:
            self._waiting.begin()
            done = 0
            try:
                if not self._swept or time.monotonic() - self._swept >= _SWEEP:
                    self._swept = time.monotonic()
                    await self._work(self.sweep)
                done = await self.run_due()
            except ComposioError:  # the database is unavailable: it may come back
                log.exception("subscribing pauses")
            if not done and not self._stopped:
                await self._waiting.wait(_LOOK)

    def stop(self) -> None:
        """End :meth:`run` once started work has ended. Callable from any thread."""
        self._stopped = True
        self._waiting.wake()

    def wake(self) -> None:
        """Look for work now: an instance was enabled, disabled or deleted. Callable from any thread."""
        self._swept = 0.0
        self._waiting.wake()

    def open(self, instance: TriggerInstance) -> TriggerSubscription:
        """Return the address for an instance's events, creating one if necessary. Blocking.

        If the provider must be given the address, :meth:`run_due` does that next.
        """
        trigger = self._host.known.find(instance.trigger)
        values = self._connection_values(instance)
        if instance.integration_id and subscribing.is_shared(trigger, values):
            if trigger.webhook is not None and trigger.webhook.subscribe is not None:
                self._add(instance, trigger, shared=False)  # each is registered at the provider, which sends to one address
            return self._add(instance, trigger, shared=True)
        return self._add(instance, trigger, shared=False)

    def url(self, subscription: TriggerSubscription) -> str:
        """Return the URL for events."""
        return self._host.address(subscription.app, subscription.id)

    def secret(self, subscription: TriggerSubscription) -> str | None:
        """Return the secret that a person enters at the provider, if we choose it. Blocking."""
        found = subscriptions.get(self._host.part(subscription.project), subscription.id)
        return None if found is None else self._host.open(*found).get(SECRET)

    def sweep(self) -> int:
        """Find instances without a subscription, and subscriptions without an instance. Returns how many. Blocking."""
        part = self._host.part(None)
        unknown = subscriptions.list_unsubscribed(part, limit=200)
        for instance in unknown:
            try:
                self.open(instance)
            except ComposioError as error:
                instances.mark_failed(self._host.part(instance.project), instance.id, now=self._now(), error=str(error))
        return len(unknown) + subscriptions.end_unwanted(part, now=self._now())

    async def run_due(self, limit: int = 20) -> int:
        """Create, renew or remove due subscriptions, at most ``limit``. Returns how many there were."""
        lease = Lease(self._owner, self._now(), _LEASE)
        due = await self._work(functools.partial(subscriptions.claim_due, self._host.part(None), lease, limit))
        for subscription, sealed in due:
            try:
                await self._handle(subscription, sealed)
            except Exception as error:
                if not isinstance(error, ComposioError):
                    log.exception("the subscription %s to %s failed", subscription.id, subscription.app)
                said = str(error) if isinstance(error, ComposioError) else f"Subscribing failed: {type(error).__name__}."
                await self._work(functools.partial(self._fail, subscription, said))
        return len(due)

    async def end(
        self,
        project: str,
        *,
        connection_id: str | None = None,
        integration_id: str | None = None,
        seconds: float = _SECONDS_TO_END,
    ) -> int:
        """Remove the subscriptions of a connection, of an integration's connections, or of the project.

        Returns how many were not removed within ``seconds``: they are logged, and left to :meth:`run_due`.
        """
        part = self._host.part(project)
        find = functools.partial(
            subscriptions.list_subscriptions, part, connection_id=connection_id, integration_id=integration_id
        )
        turns, left = anyio.CapacityLimiter(_ENDED_AT_ONCE), {one.id: one for one in await self._work(find)}

        async def end(one: TriggerSubscription) -> None:
            async with turns:
                if await self._end_now(part, one):
                    del left[one.id]

        with anyio.move_on_after(seconds) as scope:
            async with anyio.create_task_group() as tasks:
                for one in [*left.values()]:
                    tasks.start_soon(end, one)
        if scope.cancelled_caught:
            apps = ", ".join(sorted({one.app for one in left.values()}))
            log.warning("%s did not end %d subscriptions in time", apps, len(left))
        return len(left)

    async def _end_now(self, part: Partition, one: TriggerSubscription) -> bool:
        await self._work(functools.partial(self._mark_ending, part, one.id))
        found = await self._work(functools.partial(subscriptions.get, part, one.id))
        if found is None:  # another process was faster
            return True
        try:
            await self._handle(*found)
        except Exception as error:
            why = error if isinstance(error, ComposioError) else type(error).__name__
            log.warning("%s could not be told to end the subscription %s: %s", one.app, one.id, why)
            return False
        return True

    def _mark_ending(self, part: Partition, subscription_id: str) -> None:
        now = self._now()
        subscriptions.update(part, subscription_id, now=now, status="ending", renew_at=now + _FIRST_PAUSE)

    def _add(self, instance: TriggerInstance, trigger: TriggerModel, *, shared: bool) -> TriggerSubscription:
        now, source = self._now(), trigger.webhook
        assert source is not None
        told = source.subscribe is not None and not shared
        about = {"trigger": trigger.slug, "config": dict(instance.config), "entity_id": instance.entity_id}
        made = TriggerSubscription(
            id=f"hook_{chance_of.token_hex(16)}",
            app=instance.app,
            instance_id="" if shared else instance.id,
            integration_id=instance.integration_id,
            connection_id=None if shared else instance.connection_id,
            status="pending" if told else "active",
            kept={} if shared else {CHANNEL: chance_of.token_hex(16), _ABOUT: about},
            renew_at=now if told else None,
            created_at=now,
            updated_at=now,
            project=instance.project,
        )
        secret = _new_secret(trigger)
        sealed = self._host.seal(made, {SECRET: secret} if secret else {})
        found, _, _ = subscriptions.add(self._host.part(instance.project), made, sealed)
        return found

    async def _handle(self, subscription: TriggerSubscription, sealed: Sealed) -> None:
        about: Mapping[str, Any] = subscription.kept.get(_ABOUT) or {}
        part = self._host.part(subscription.project)
        if not about:  # one shared address, which is not registered at the provider
            await self._update(subscription, renew_at=None)
            return
        trigger = await self._work(lambda: self._host.known.find(str(about["trigger"])))
        opened = await self._work(lambda: self._host.open(subscription, sealed))
        address = await self._work(lambda: self._address(subscription, about, opened))
        caller = RequestOwner(
            app=subscription.app,
            entity_id=str(about["entity_id"]),
            connection_id=subscription.connection_id or "",
            project=subscription.project,
        )
        if subscription.status == "ending":
            await self._end(subscription, trigger, address, caller)
            return
        instance = await self._work(lambda: instances.get(part, subscription.instance_id))
        if instance is None or not instance.enabled:
            await self._update(subscription, status="ending", renew_at=self._now())
            return
        await self._begin(subscription, trigger, address, caller, opened)

    async def _begin(
        self,
        subscription: TriggerSubscription,
        trigger: TriggerModel,
        address: HookAddress,
        caller: RequestOwner,
        opened: SecretValues,
    ) -> None:
        """Renew an existing subscription, else create one; remove the old one after the new one exists."""
        now = self._now()
        was_made = subscription.status == "active"
        renewing = subscribing.to_renew(trigger, address, now=now) if was_made else None
        renewed, response = renewing is not None, None
        if renewing is not None:
            answer = await self._host.send(caller, renewing)
            if answer.error is not None and answer.status not in _GONE:
                raise ComposioError(answer.error)
            renewed, response = answer.error is None, answer.data
        if not renewed:  # the provider no longer has it, or never had it
            if was_made:
                address = _with_new_channel(address)
            response = await self._send(caller, subscribing.to_create(trigger, address, now=now))
        agreed = subscribing.read_agreed(trigger, address, response, now=now, renewed=renewed)
        sealed = None
        if agreed.secret is not None and agreed.secret != opened.get(SECRET):
            before = {PREVIOUS: opened[SECRET]} if was_made and opened.get(SECRET) else {}
            sealed = await self._work(lambda: self._host.seal(subscription, {SECRET: agreed.secret or "", **before}))
        due = subscribing.renew_at(agreed.expires_at, now=now)
        await self._update(
            subscription,
            sealed=sealed,
            status="active",
            kept=agreed.kept,
            expires_at=agreed.expires_at,
            renew_at=due,
            failures=0,
            error=None,
        )
        if was_made and not renewed:
            old = await self._work(lambda: self._address(subscription, subscription.kept[_ABOUT], opened))
            taking_back = subscribing.to_delete(trigger, old, now=now)
            if taking_back is not None and old.kept != agreed.kept:
                await self._host.send(caller, taking_back)

    async def _end(
        self, subscription: TriggerSubscription, trigger: TriggerModel, address: HookAddress, caller: RequestOwner
    ) -> None:
        request = subscribing.to_delete(trigger, address, now=self._now()) if subscription.kept.get(_ABOUT) else None
        if request is not None:
            answer = await self._host.send(caller, request)
            if answer.error is not None and answer.status not in _GONE:
                if subscription.failures < _MOST_ENDINGS:
                    raise ComposioError(answer.error)
                log.warning("the provider keeps the subscription %s to %s: %s", subscription.id, subscription.app, answer.error)
        part = self._host.part(subscription.project)
        await self._work(lambda: subscriptions.delete(part, subscription.id))

    async def _send(self, caller: RequestOwner, request: Request) -> Any:
        answer = await self._host.send(caller, request)
        if answer.error is not None:
            raise ComposioError(f"The provider refused the subscription: {answer.error}")
        return answer.data

    def _fail(self, subscription: TriggerSubscription, error: str) -> None:
        now = self._now()
        pause = min(_LONGEST_PAUSE, _FIRST_PAUSE * 2 ** min(subscription.failures, 10)) * (0.8 + self._chance() * 0.2)
        # Subscriptions that are still valid are renewed later.
        status = {"pending": "failed"}.get(subscription.status, subscription.status)
        part = self._host.part(subscription.project)
        subscriptions.update(
            part,
            subscription.id,
            now=now,
            owner=self._owner,
            status=status,
            failures=subscription.failures + 1,
            error=error,
            renew_at=now + pause,
        )
        if subscription.instance_id:
            instances.mark_failed(part, subscription.instance_id, now=now, error=error)

    async def _update(self, subscription: TriggerSubscription, **changes: Any) -> None:
        part = self._host.part(subscription.project)
        keep = functools.partial(subscriptions.update, part, subscription.id, now=self._now(), owner=self._owner)
        await self._work(functools.partial(keep, **changes))

    def _address(self, subscription: TriggerSubscription, about: Mapping[str, Any], opened: SecretValues) -> HookAddress:
        values: Mapping[str, Any] = {}
        if subscription.connection_id:
            values = self._host.connection_values(subscription.project, subscription.connection_id)
        return HookAddress(
            url=self.url(subscription),
            secret=_get_password(opened.get(SECRET, "")),
            config=about.get("config") or {},
            connection=values,
            kept=subscription.kept,
        )

    def _connection_values(self, instance: TriggerInstance) -> Mapping[str, str]:
        return self._host.connection_values(instance.project, instance.connection_id) if instance.connection_id else {}

    async def _work(self, work: Callable[[], T]) -> T:
        return await anyio.to_thread.run_sync(work)


def _with_new_channel(address: HookAddress) -> HookAddress:
    return HookAddress(
        url=address.url,
        secret=address.secret,
        config=address.config,
        connection=address.connection,
        kept={**address.kept, CHANNEL: chance_of.token_hex(16)},
    )


def _get_password(secret: str) -> str:
    """Return the password of a Basic secret: the request already has the name."""
    return secret.removeprefix("composio:")


def _new_secret(trigger: TriggerModel) -> str:
    """Return the identifier that we choose; "" if the provider chooses."""
    source = trigger.webhook
    assert source is not None
    if source.subscribe is not None and source.subscribe.secret != "ours":  # noqa: S105 - says who chooses it
        return ""
    if any(one["kind"] == "keep" for one in source.handshake):
        return ""
    if any(one.get("key") == "whsec" for one in source.verify):
        return signing.new_secret()
    return chance_of.token_urlsafe(32)
