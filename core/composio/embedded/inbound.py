"""Receive events in this process: receiving, polling and subscribing, connected to a backend."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from composio.embedded.asking import off_loop
from composio.embedded.hosting import Hosting
from composio.errors import ConfigurationError
from composio.process.forks import cached

if TYPE_CHECKING:
    from collections.abc import Mapping

    from composio.accounts.keeping import Keeping
    from composio.embedded.events import Running
    from composio.engine.io import Io
    from composio.jobs.port import Jobs
    from composio.model.job import Job
    from composio.model.trigger_instance import TriggerInstance, TriggerSetup
    from composio.store.gathering import Gathering
    from composio.store.projects import Partition
    from composio.triggers.known import KnownTriggers
    from composio.triggers.loopback import LoopbackReceiver
    from composio.triggers.poller import Poller
    from composio.triggers.receiving import EventReceiver
    from composio.triggers.signatures.handshake import Reply
    from composio.triggers.signatures.incoming import Incoming
    from composio.triggers.subscriber import Subscriber

__all__ = ["PORT", "URL", "Inbound"]

# The public URL for providers, and the port on loopback to which a tunnel or proxy forwards.
URL: Final = "COMPOSIO_WEBHOOK_URL"
PORT: Final = "COMPOSIO_WEBHOOK_PORT"
_USUAL_PORT, _HIGHEST_PORT = 8420, 65535


def _store_jobs(part: Partition) -> Jobs:
    from composio.jobs.stored import StoredJobs

    return StoredJobs(part)


class Inbound:
    """For all projects of a home. ``url`` is how providers reach it; "" where they can't.

    ``calls`` gives the backend of a project, ``engine`` makes what keeps jobs. Nothing is opened before it is used.
    """

    def __init__(
        self,
        *,
        known: Callable[[], KnownTriggers],
        keeping: Keeping,
        calls: Callable[[str], Any],
        io: Callable[[], Io],
        url: str,
        port: int | None = None,
        engine: Callable[[Partition], Jobs] = _store_jobs,
    ) -> None:
        self._known, self._keeping, self._calls, self._io = known, keeping, calls, io
        self.url, self._port, self._engine = url, port, engine
        self._owner = f"{os.getpid()}-{secrets.token_hex(8)}"

    @classmethod
    def of(cls, environ: Mapping[str, str], **given: Any) -> Inbound:
        """Read ``COMPOSIO_WEBHOOK_URL`` and ``COMPOSIO_WEBHOOK_PORT``. Raises ConfigurationError for invalid values."""
        url, port = environ.get(URL, "").strip(), environ.get(PORT, "").strip()
        if url and not url.startswith(("https://", "http://")):
            raise ConfigurationError(f"{URL}: expected the URL at which providers reach this machine; got {url!r:.120}.")
        if port and not (port.isascii() and port.isdigit() and int(port) <= _HIGHEST_PORT):
            raise ConfigurationError(f"{PORT}: expected a port from 1 to {_HIGHEST_PORT}, or 0 for any; got {port!r:.20}.")
        return cls(url=url, port=int(port or _USUAL_PORT) if url else None, **given)

    @cached
    def _host(self) -> Hosting:
        return Hosting(
            known=self._known,
            keeping=self._keeping,
            calls=self._calls,
            io=self._io(),
            url=lambda: self.url,
            jobs=lambda: self._jobs,
        )

    @cached
    def receiver(self) -> EventReceiver:
        """Answers providers' requests. Blocking."""
        from composio.triggers.receiving import EventReceiver

        return EventReceiver(self._host)

    @cached
    def subscriber(self) -> Subscriber:
        """Tells providers where to send."""
        from composio.triggers.subscriber import Subscriber

        return Subscriber(self._host, owner=self._owner)

    @cached
    def poller(self) -> Poller:
        """Polls due instances."""
        from composio.triggers.poller import Poller

        return Poller(self._host)

    @cached
    def _jobs(self) -> Jobs:
        return self._engine(self._keeping.store.part())

    def count_overdue_jobs(self, before: float) -> int:
        """Return how many jobs were due before then and are not done. Blocking."""
        return self._jobs.count_overdue(before)

    def limit(self, app: str) -> int:
        """Return the maximum size of a request of an app's provider in bytes; 0 for an app that sends none."""
        return self.receiver.limit(app)

    async def receive(
        self, app: str, subscription_id: str, *, method: str, url: str, headers: Sequence[tuple[str, str]], body: bytes
    ) -> Reply:
        """Answer a provider's request; ``url`` is the address as the provider knows it.

        See :meth:`composio.triggers.receiving.EventReceiver.receive`.
        """
        from composio.triggers.signatures.incoming import Incoming

        # Concurrent ones are written together: each alone would wait for the disk.
        return await self._gathering.add((app, subscription_id, Incoming.of(headers, body, method=method, url=url)))

    @cached
    def _gathering(self) -> Gathering[tuple[str, str, Incoming], Reply]:
        from composio.store.gathering import Gathering

        return Gathering(self.receiver.receive_all)

    def note_change(self, instance: TriggerInstance) -> TriggerSetup | None:
        """Poll or register an instance after it was enabled, disabled or deleted. Returns a person's remaining steps.

        Blocking.
        """
        from composio.store.triggers import instances

        setup = self.find_setup(instance)
        if instance.enabled and instance.source == "webhook" and not self.url:
            said = f"No provider can reach this machine. Set {URL} to the URL of a tunnel or proxy that leads here."
            now = time.time()
            instances.update(self._host.part(instance.project), instance.id, now, last_error=said, last_error_at=now)
        self.subscriber.wake()
        self.poller.wake()
        return setup

    async def forget(
        self,
        project: str,
        *,
        connection_id: str | None = None,
        integration_id: str | None = None,
        seconds: float | None = None,
    ) -> int:
        """Notify providers before a deletion while they still can be; return how many subscriptions remain.

        What is deleted is a connection, an integration with all of its own, or all of a project. ``seconds`` limits the
        attempt.
        """
        from composio.store.triggers import subscriptions

        def is_subscribed() -> bool:
            part = self._keeping.store.for_project(project).part()
            return bool(subscriptions.list_subscriptions(part, connection_id=connection_id, integration_id=integration_id))

        if not await off_loop(is_subscribed):
            return 0
        limit = {} if seconds is None else {"seconds": seconds}
        return await self.subscriber.end(project, connection_id=connection_id, integration_id=integration_id, **limit)

    def find_setup(self, instance: TriggerInstance) -> TriggerSetup | None:
        """Return what a person must do so that an instance's events arrive, None if nothing. Blocking.

        Creates its URL if it has none.
        """
        if not (instance.enabled and instance.source == "webhook" and self.url):
            return None
        from composio.model.trigger_instance import TriggerSetup
        from composio.triggers.subscribing import steps_for

        address = self.subscriber.open(instance)
        url = self.subscriber.url(address)
        steps = steps_for(self._known().find(instance.trigger), url)
        return TriggerSetup(url=url, steps=tuple(steps), secret=self.subscriber.secret(address)) if steps else None

    def workers(self) -> list[Running]:
        """Return what must run so that events arrive; several processes share the work."""
        for stopped in ("poller", "_jobs"):  # they do not start again
            self.__dict__.pop(stopped, None)
        found: list[Running] = [self.poller, _Fetching(self)]
        if self.url:
            self.__dict__.pop("subscriber", None)
            found.append(self.subscriber)
        if self._port is not None:
            found.append(_Listening(self, self._port))
        return found


class _Fetching:
    """Fetches data that events only reference."""

    def __init__(self, inbound: Inbound) -> None:
        self._inbound, self._engine = inbound, inbound._jobs  # noqa: SLF001 - a part of it

    async def run(self) -> None:
        from composio.triggers.receiving import FETCH

        async def fetch(job: Job) -> None:
            await self._inbound.poller.fetch(self._inbound.receiver, job)

        await self._engine.run({FETCH: fetch})

    def stop(self) -> None:
        self._engine.stop()


class _Listening:
    """The receiver on loopback."""

    def __init__(self, inbound: Inbound, port: int) -> None:
        from composio.triggers.waiting import Waiting

        self._inbound, self._port = inbound, port
        self._waiting, self._stopped = Waiting(), False

    def _make(self) -> LoopbackReceiver:
        from composio.triggers.loopback import LoopbackReceiver

        receiver = self._inbound.receiver
        return LoopbackReceiver(limit=receiver.limit, receive=receiver.receive, url=lambda: self._inbound.url, port=self._port)

    async def run(self) -> None:
        made = self._make()
        made.start()
        try:
            while not self._stopped:
                self._waiting.begin()
                await self._waiting.wait(5.0)
        finally:
            await off_loop(made.close)

    def stop(self) -> None:
        self._stopped = True
        self._waiting.wake()
