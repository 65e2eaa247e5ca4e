"""Events in this process: reading and resending stored ones, and receiving new ones while a listener is open."""

from __future__ import annotations

import asyncio
import functools
import logging
import time
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any, Protocol, Unpack

from composio.embedded.asking import off_loop
from composio.errors import InvalidRequest
from composio.model.event_data import EventSelection, TriggerEventData
from composio.process.forks import cached

if TYPE_CHECKING:
    from composio.accounts.keeping import Keeping
    from composio.model.trigger_event import Delivery, TriggerEvent
    from composio.store.projects import Partition
    from composio.transport.client import Clients
    from composio.transport.egress import Egress
    from composio.triggers.callbacks import CallbackUrls
    from composio.triggers.known import KnownTriggers
    from composio.triggers.streams import EventStream
    from composio.triggers.watching import EventWatch

__all__ = ["EmbeddedEvents", "Running"]

log = logging.getLogger("composio.triggers")
_FIRST_WAIT, _LONGEST_WAIT, _LEAVE_SECONDS = 1.0, 60.0, 20.0
_KEPT_SECONDS = 86400.0


class Running(Protocol):
    """The services that run while a listener is open: a poller, a receiver, a deliverer."""

    async def run(self) -> None:
        """Run until :meth:`stop`."""
        ...

    def stop(self) -> None:
        """Stop :meth:`run` once current work has ended. From any thread."""
        ...


class EmbeddedEvents:
    """See :class:`composio.backend.events.EventService`, for one project. ``others`` go on beside the deliverer.

    A project with a name is a tenant: the egress guard is asked about its callback URLs.
    """

    def __init__(
        self,
        keeping: Keeping,
        *,
        project: str = "",
        clients: Callable[[], Clients],
        egress: Callable[[], Egress],
        known: Callable[[], KnownTriggers],
        watch: Callable[[], EventWatch],
        others: Callable[[], Iterable[Running]] = tuple,
        now: Callable[[], float] = time.time,
    ) -> None:
        self._keeping, self._project = keeping, project
        self._clients, self._egress, self._known = clients, egress, known
        self._watch, self._others, self._now = watch, others, now

    # Listening

    @asynccontextmanager
    async def listening(self) -> AsyncIterator[None]:
        """Receive and deliver events of all projects while this is open; several processes share the work."""
        parts = await off_loop(lambda: [*self._make_parts(), *self._others()])
        tasks = [asyncio.create_task(_keep_running(part)) for part in parts]
        try:
            yield
        finally:
            for part in parts:
                part.stop()
            _, left = await asyncio.wait(tasks, timeout=_LEAVE_SECONDS)
            for task in left:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    def _make_parts(self) -> list[Running]:
        from composio import __version__
        from composio.triggers.delivery import Deliverer
        from composio.triggers.forgetting import Forgetting
        from composio.triggers.sending import make_post

        post = make_post(self._clients, agent=f"composio/{__version__}")
        part = self._keeping.store.part()
        deliverer = Deliverer(part, self._urls, post, now=self._now, look_seconds=0.2)
        return [part.relay(), deliverer, Forgetting(part, now=self._now)]

    @asynccontextmanager
    async def stream(self, cursor: int | None = None) -> AsyncIterator[EventStream]:
        from composio.triggers.streams import SequenceStream

        yield SequenceStream(self.after, await self.newest() if cursor is None else cursor)

    async def newest(self) -> int:
        return await off_loop(lambda: self._watch().newest())

    async def after(self, sequence: int, *, limit: int = 100, wait: float = 0.0) -> Sequence[TriggerEventData]:
        end = time.monotonic() + wait
        while True:
            upto, found = await off_loop(functools.partial(self._read_after, sequence, limit))
            left = end - time.monotonic()
            if found or left <= 0:
                return found
            await self._watch().wait(self._project, max(upto, sequence), left)

    def _read_after(self, sequence: int, limit: int) -> tuple[int, list[TriggerEventData]]:
        """Return the last sequence and the events."""
        from composio.store.triggers import events
        from composio.triggers.delivery import data_of

        upto = self._watch().advance()
        if upto <= sequence:
            return upto, []
        since = self._now() - _KEPT_SECONDS
        return upto, [data_of(one) for one in events.read_after(self._part, sequence, upto, limit=limit, since=since)]

    async def is_too_old(self, sequence: int, seconds: float) -> bool:
        def look() -> bool:
            from composio.store.triggers import events

            first = events.read_after(self._part, sequence, self._watch().newest(), limit=1)
            return bool(first) and first[0].received_at < self._now() - seconds

        return await off_loop(look)

    async def trigger_names(self, name: str) -> Collection[str]:
        return await off_loop(lambda: self._known().find(name).names)

    # What came

    async def log(self, **which: Unpack[EventSelection]) -> list[Mapping[str, Any]]:
        return (await self.look(None, **which))[0]

    async def look(self, within: int | None, **which: Unpack[EventSelection]) -> tuple[list[Mapping[str, Any]], int | None]:
        """Do the same as :meth:`log` among the newest ``within`` only.

        And return the sequence where that ends, if there are older ones.
        """

        def read() -> tuple[list[Mapping[str, Any]], int | None]:
            from composio.store.triggers import deliveries, events

            trigger, app = which.get("trigger"), which.get("app")
            query = events.EventQuery(
                triggers=[trigger.upper()] if trigger else (),
                instance_ids=[one] if (one := which.get("trigger_id")) else (),
                entity_ids=[one] if (one := which.get("entity_id")) else (),
                apps=[app.lower()] if app else (),
                text=which.get("text", ""),
                since=which.get("since"),
                before=which.get("before"),
                limit=which.get("limit", 50),
                within=within,
            )
            found = events.list_events(self._part, query)
            ids = [one.id for one in found]
            asked = deliveries.DeliveryQuery(event_ids=ids, limit=1000)
            sent = deliveries.list_deliveries(self._part, asked) if ids else []
            shown = [_show(one, [each for each in sent if each.event_id == one.id]) for one in found]
            return shown, events.find_end(self._part, query) if len(found) < query.limit else None

        return await off_loop(read)

    async def event(self, event_id: str) -> Mapping[str, Any]:
        def read() -> Mapping[str, Any]:
            from composio.model.dump import dump
            from composio.store.triggers import deliveries, events

            found = events.get(self._part, event_id)
            if found is None:
                raise _unknown_event(event_id)
            sent = deliveries.list_deliveries(self._part, deliveries.DeliveryQuery(event_ids=[event_id], limit=100))
            tried = {one.id: deliveries.list_attempts(self._part, one.id) for one in sent}
            shown = dict(_show(found, sent))
            for one in shown["deliveries"]:
                one["attempts_log"] = [
                    {
                        "number": each.number,
                        "started_at": each.started_at,
                        "seconds": round(each.seconds, 3),
                        "http_status": each.http_status,
                        "error": each.error,
                        "answer": each.answer,
                    }
                    for each in tried[one["id"]]
                ]
            return dump({**shown, "payload": found.payload, "original": found.original, "config": found.config})

        return await off_loop(read)

    async def resend(self, event_ids: Sequence[str] = (), *, callback_id: str | None = None, since: float = 0.0) -> int:
        def send() -> int:
            from composio.store.triggers import deliveries, events, outcomes

            if event_ids:
                if unknown := events.find_unknown(self._part, event_ids):
                    raise _unknown_event(unknown[0])
                again = deliveries.resend(self._part, event_ids, now=self._now())
                return again + events.deliver_missing(self._part, event_ids, now=self._now())
            if callback_id is not None:
                self._urls.get(self._project, callback_id)  # raises InvalidRequest if it is unknown
            return outcomes.resend_failed(self._part, now=self._now(), destination_id=callback_id, since=since)

        return await off_loop(send)

    # Callback URLs

    async def callbacks(self) -> list[Mapping[str, Any]]:
        return await off_loop(lambda: [one.listing() for one in self._urls.list(self._project)])

    async def set_callback(
        self,
        url: str,
        *,
        trigger_id: str | None = None,
        format: str | None = None,  # noqa: A002 - the field's name
        ordered: bool = False,
    ) -> Mapping[str, Any]:
        chosen = {"format": format} if format else {}
        work = functools.partial(self._urls.set, self._project, url, instance_id=trigger_id or "", ordered=ordered, **chosen)
        return await off_loop(lambda: work().listing())

    async def callback(self, callback_id: str, *, secret: bool = False) -> Mapping[str, Any]:
        return await off_loop(lambda: self._urls.get(self._project, callback_id, secret=secret).listing())

    async def rotate_callback(self, callback_id: str) -> Mapping[str, Any]:
        return await off_loop(lambda: self._urls.rotate(self._project, callback_id).listing())

    async def enable_callback(self, callback_id: str, *, enabled: bool = True) -> Mapping[str, Any]:
        change = self._urls.enable if enabled else self._urls.disable
        return await off_loop(lambda: change(self._project, callback_id).listing())

    async def remove_callback(self, callback_id: str) -> None:
        await off_loop(lambda: self._urls.remove(self._project, callback_id))

    # Parts, made on first use

    @cached
    def _part(self) -> Partition:
        return self._keeping.store.for_project(self._project).part()

    @cached
    def _urls(self) -> CallbackUrls:
        import httpx

        from composio.triggers.callbacks import CallbackUrls

        return CallbackUrls(
            lambda project: self._keeping.store.for_project(project).part(),
            self._keeping.open_vault,
            judge=lambda url: self._egress().judge(httpx.URL(url), "a callback URL"),
            now=self._now,
        )


async def _keep_running(part: Running) -> None:
    """Run it again after any end."""
    wait = _FIRST_WAIT
    while True:
        began = time.monotonic()
        try:
            return await part.run()
        except Exception:
            wait = _FIRST_WAIT if time.monotonic() - began > _LONGEST_WAIT else min(wait * 2, _LONGEST_WAIT)
            log.exception("%s failed; it begins again in %.0f s", type(part).__name__, wait)
            await asyncio.sleep(wait)


def _unknown_event(event_id: str) -> InvalidRequest:
    return InvalidRequest(f"There is no event {event_id!r:.80}. `composio triggers logs` lists them.")


def _show(event: TriggerEvent, sent: Sequence[Delivery]) -> Mapping[str, Any]:
    return {
        "id": event.id,
        "sequence": event.sequence,
        "trigger": event.trigger,
        "trigger_id": event.instance_id,
        "app": event.app,
        "entity_id": event.entity_id,
        "connection_id": event.connection_id,
        "received_at": event.received_at,
        "warning": event.warning,
        "deliveries": [
            {
                "id": one.id,
                "callback_id": one.destination_id,
                "status": one.status.value,
                "attempts": one.attempts,
                "due": one.due if one.status.value == "pending" else None,
                "http_status": one.http_status,
                "error": one.error,
            }
            for one in sent
        ],
    }
