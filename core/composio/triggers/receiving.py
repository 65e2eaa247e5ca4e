"""Receive providers' requests: verify them before reading them, store their events in one write, then answer."""

from __future__ import annotations

import functools
import hashlib
import json
import logging
import secrets as random
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from composio.errors import InvalidRequest, SignatureRefused
from composio.model.job import Job
from composio.model.trigger import TriggerModel
from composio.model.trigger_event import TriggerEvent
from composio.model.trigger_instance import TriggerInstance, TriggerSubscription
from composio.store.bell import Topic
from composio.store.triggers import events, instances, subscriptions
from composio.triggers.host import RequestOwner, TriggerHost
from composio.triggers.lookups import Lookups, OpenSubscription
from composio.triggers.mapping import FoundEvent, Recipient, complete, events_of
from composio.triggers.signatures.check import check
from composio.triggers.signatures.handshake import Reply, answer_handshake, handshakes_from
from composio.triggers.signatures.incoming import Incoming
from composio.triggers.signatures.rules import rules_from
from composio.triggers.subscribing import may_share

__all__ = ["FETCH", "PREVIOUS", "SECRET", "EventReceiver", "event_of"]

log = logging.getLogger("composio.triggers")
# The kind of the jobs that fetch what an event only refers to.
FETCH: Final = "trigger.fetch"
SECRET: Final = "secret"  # noqa: S105 - the names under which secrets are sealed
PREVIOUS: Final = "previous"
_LIMIT: Final = 262_144
# Cached per trigger: checking it looks at all its expressions.
_READING: dict[str, tuple[object, bool]] = {}
_TEXT = (("content-type", "text/plain; charset=utf-8"), ("x-content-type-options", "nosniff"))


class EventReceiver:
    """Receives for all projects. Blocking and thread-safe."""

    def __init__(self, host: TriggerHost, *, now: Callable[[], float] = time.time) -> None:
        self._host, self._now = host, now
        self._limits: dict[str, int] = {}

    def limit(self, app: str) -> int:
        """Return the maximum size of an app's requests in bytes; 0 for an app without webhooks."""
        if (known := self._limits.get(app)) is not None:
            return known
        limit = max((trigger.webhook.limit for trigger in self._host.known.of(app) if trigger.webhook is not None), default=0)
        if limit:  # anybody can send requests for unknown apps
            self._limits[app] = limit
        return limit

    def receive(self, app: str, subscription_id: str, request: Incoming) -> Reply:
        """Answer a request to the address of a subscription. Accepted events are on the disk when this returns.

        200: accepted, even if it matches no instance or is a duplicate. 401: no valid signature. 404: unknown address. 413: too
        large. 400: verified but unreadable.
        """
        [reply] = self.receive_all([(app, subscription_id, request)])
        return reply

    def receive_all(self, requests: Sequence[tuple[str, str, Incoming]]) -> list[Reply]:
        """Like :meth:`receive`, for requests that arrive together: one transaction stores all accepted events."""
        replies: list[Reply] = []
        accepted: list[tuple[TriggerInstance, FoundEvent, Incoming]] = []
        lookups = Lookups(self._host, {one for app, one, _ in requests if self.limit(app)})
        for app, subscription_id, request in requests:
            try:
                reply, found = self._read(lookups, app, subscription_id, request)
            except SignatureRefused as error:
                log.info("refused a request to %s of %s: %s", subscription_id, app, error.reason)
                reply, found = _say(401, "The request does not prove who sent it."), []
            except InvalidRequest as error:
                log.warning("could not read a request to %s of %s: %s", subscription_id, app, error)
                reply, found = _say(400, str(error)), []
            except Exception:  # only this request fails; the others are stored
                log.exception("receiving a request to %s of %s failed", subscription_id, app)
                reply, found = _say(500, "The request could not be handled."), []
            replies.append(reply)
            accepted += [(instance, event, request) for instance, event in found]
        self._store(accepted)
        return replies

    def _read(
        self, lookups: Lookups, app: str, subscription_id: str, request: Incoming
    ) -> tuple[Reply, list[tuple[TriggerInstance, FoundEvent]]]:
        limit = self.limit(app)
        if not limit:
            return _say(404, "Unknown address."), []
        if len(request.body) > limit:
            return _say(413, "The request is too large."), []
        opened = lookups.subscription(subscription_id)
        if opened is None or opened.subscription.app != app or opened.subscription.status == "ending":
            return _say(404, "Unknown address."), []
        return self._answer(lookups, opened, request)

    def fetch(self, job: Job, answer: Any) -> list[TriggerEvent]:
        """Store the event of a ``FETCH`` job, with the response to its request."""
        found = self._find_fetch(job)
        if found is None:
            return []
        trigger, instance, recipient, event = found
        done, kept = complete(trigger, event, job.payload["body"], recipient, answer)
        part, now = self._host.part(instance.project), self._now()
        stored = events.record(part, [event_of(instance, done, now)], now=now)
        for one in subscriptions.list_subscriptions(part, instance_id=instance.id) if kept else ():
            subscriptions.update(part, one.id, now=now, kept={**one.kept, **kept})
        return stored

    def to_fetch(self, job: Job) -> tuple[RequestOwner, Any] | None:
        """Return the request of a ``FETCH`` job and its connection; None if it is no longer needed."""
        found = self._find_fetch(job)
        return None if found is None else (RequestOwner.of(found[1]), found[3].fetch)

    def _find_fetch(self, job: Job) -> tuple[TriggerModel, TriggerInstance, Recipient, FoundEvent] | None:
        part = self._host.part(job.project)
        instance = instances.get(part, str(job.payload["instance"]))
        if instance is None or not instance.enabled:
            return None
        own = subscriptions.list_subscriptions(part, instance_id=instance.id)
        if not own:
            return None
        trigger = self._host.known.find(instance.trigger)
        recipient = self._recipient(instance, trigger, own[0], own=True)
        request = Incoming.of({}, json.dumps(job.payload["body"]).encode())
        return next(((trigger, instance, recipient, one) for one in events_of(trigger, request, [recipient])), None)

    def _answer(
        self, lookups: Lookups, opened: OpenSubscription, request: Incoming
    ) -> tuple[Reply, list[tuple[TriggerInstance, FoundEvent]]]:
        subscription = opened.subscription
        own = subscription.instance_id != ""
        wanted: Sequence[TriggerInstance]
        if own:
            one = lookups.instance(subscription)
            wanted = [] if one is None else [one]
            triggers = [self._host.known.find(one.trigger)] if one is not None else []
        else:
            wanted = []
            triggers = [trigger for trigger in self._host.known.of(subscription.app) if may_share(trigger)]
        if not triggers:
            return _say(404, "Unknown address."), []
        proved, reply = self._verify(opened, triggers, request)
        if reply is not None:
            if reply.secret is not None:
                lookups.forget(subscription.id)
            return reply, []
        if not own:
            wanted = lookups.meant(subscription, [trigger.slug for trigger in proved])
        found = [
            (instance, event)
            for trigger in proved
            for instance, event in self._events(trigger, subscription, request, wanted, own=own)
        ]
        return Reply(), found

    def _verify(
        self, opened: OpenSubscription, triggers: Sequence[TriggerModel], request: Incoming
    ) -> tuple[list[TriggerModel], Reply | None]:
        """Return the triggers whose rules the request satisfies, or the answer to a handshake. Raises SignatureRefused."""
        proved: list[TriggerModel] = []
        refused: SignatureRefused | None = None
        known: dict[str, Reply | SignatureRefused | None] = {}
        for trigger in triggers:
            source = trigger.webhook
            assert source is not None
            whose = source.subscribe is None or source.subscribe.secret
            rule = json.dumps([source.verify, source.handshake, whose], sort_keys=True, default=list)
            if rule not in known:
                try:
                    known[rule] = self._check(opened, trigger, request)
                except SignatureRefused as error:
                    known[rule] = error
            outcome = known[rule]
            if isinstance(outcome, Reply):
                return [], outcome
            if outcome is None:
                proved.append(trigger)
            else:
                refused = refused or outcome
        if not proved and refused is not None:
            raise refused
        return proved, None

    def _check(self, opened: OpenSubscription, trigger: TriggerModel, request: Incoming) -> Reply | None:
        source, subscription, now = trigger.webhook, opened.subscription, self._now()
        assert source is not None
        keys = self._keys(opened, trigger)
        values = {name: str(value) for name, value in subscription.kept.items()}
        rules = rules_from(source.verify)
        reply = answer_handshake(handshakes_from(source.handshake), rules, request, keys, now=now, values=values)
        if reply is not None and reply.secret is not None:
            sealed = self._host.seal(subscription, opened.secrets | {SECRET: reply.secret})
            subscriptions.update(self._host.part(subscription.project), subscription.id, now=now, sealed=sealed)
        if reply is None:
            check(rules, request, keys, now=now, values=values)
        return reply

    def _keys(self, opened: OpenSubscription, trigger: TriggerModel) -> list[str]:
        """Return the secrets that may have signed: the subscription's, its former one, and the app's shared one if any."""
        source, subscription = trigger.webhook, opened.subscription
        assert source is not None
        keys = [opened.secrets[name] for name in (SECRET, PREVIOUS) if opened.secrets.get(name)]
        chooses_its_own = any(one["kind"] == "keep" for one in source.handshake)
        if not chooses_its_own and (source.subscribe is None or source.subscribe.secret == "app"):  # noqa: S105 - says whose it is
            keys += self._host.app_secrets(subscription.project, subscription.integration_id)
        return keys

    def _events(
        self,
        trigger: TriggerModel,
        subscription: TriggerSubscription,
        request: Incoming,
        wanted: Iterable[TriggerInstance],
        *,
        own: bool,
    ) -> list[tuple[TriggerInstance, FoundEvent]]:
        mine = {one.id: one for one in wanted if one.trigger == trigger.slug and one.enabled}
        if not mine:
            return []
        recipients = [self._recipient(one, trigger, subscription, own=own) for one in mine.values()]
        return [(mine[event.target], event) for event in events_of(trigger, request, recipients)]

    def _recipient(
        self, instance: TriggerInstance, trigger: TriggerModel, subscription: TriggerSubscription, *, own: bool
    ) -> Recipient:
        values: Mapping[str, Any] = {}
        if instance.connection_id and _reads_connection(trigger):
            values = self._host.connection_values(instance.project, instance.connection_id)
        kept = subscription.kept if own else {}
        return Recipient(id=instance.id, config=instance.config, connection=values, subscription=kept, own=own)

    def _store(self, accepted: Sequence[tuple[TriggerInstance, FoundEvent, Incoming]]) -> None:
        now = self._now()
        jobs = [
            Job(
                id=f"{FETCH}:{instance.id}:{hashlib.sha256(event.key.encode()).hexdigest()}",
                kind=FETCH,
                due=now,
                payload={"instance": instance.id, "body": request.json()},
                created_at=now,
                project=instance.project,
            )
            for instance, event, request in accepted
            if event.fetch is not None
        ]
        made = [
            event_of(instance, event, now, whole=len(request.body) <= _LIMIT)
            for instance, event, request in accepted
            if event.fetch is None
        ]
        part = self._host.part(None)
        events.record(part, made, now=now, also=functools.partial(self._host.add_jobs, jobs=jobs) if jobs else None)
        if jobs:
            part.bell.ring(Topic.JOBS)


def event_of(instance: TriggerInstance, found: FoundEvent, now: float, *, whole: bool = True) -> TriggerEvent:
    """Build the event of an instance. ``whole`` is False if the request is too large to be stored next to the payload."""
    left_out = "" if whole else f"the request is larger than {_LIMIT} bytes and is not stored with the payload"
    return TriggerEvent(
        id=f"ev_{random.token_hex(12)}",
        key=found.key,
        instance_id=instance.id,
        trigger=instance.trigger,
        app=instance.app,
        entity_id=instance.entity_id,
        connection_id=instance.connection_id,
        integration_id=instance.integration_id,
        payload=dict(found.payload),
        original=found.original if whole else None,
        config=dict(instance.config),
        received_at=now,
        warning="; ".join(filter(None, (found.warning, left_out))) or None,
        project=instance.project,
    )


def _say(status: int, text: str) -> Reply:
    return replace(Reply(), status=status, headers=_TEXT, body=text.encode())


def _reads_connection(trigger: TriggerModel) -> bool:
    """Return whether its events depend on values of a connection."""
    known = _READING.get(trigger.slug)
    if known is None or known[0] is not trigger.webhook:
        known = _READING[trigger.slug] = trigger.webhook, "connection." in repr(trigger.webhook)
    return known[1]
