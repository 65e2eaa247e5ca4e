"""A host for triggers with a real database and vault, whose providers are functions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from composio.accounts.keeping import Keeping
from composio.embedded.hosting import Hosting
from composio.jobs.stored import StoredJobs
from composio.model.call import Outcome, RawRequest, ToolCall
from composio.model.connection import Connection, ConnectionStatus, Integration
from composio.model.job import Job
from composio.model.secret import SecretValues
from composio.model.trigger import TriggerModel
from composio.model.trigger_event import TriggerEvent
from composio.model.trigger_instance import InstanceQuery, TriggerInstance, TriggerSubscription
from composio.process.home import Home
from composio.store import jobs as stored
from composio.store.triggers import events, instances, subscriptions
from composio.store.triggers.tables import jobs as table
from composio.triggers.receiving import SECRET

__all__ = ["START", "Clock", "Known", "Providers", "Stage", "open_stage"]

START = 1_800_000_000.0


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.time = START

    def __call__(self) -> float:
        return self.time


class Known:
    """The triggers that a test made."""

    def __init__(self, *triggers: TriggerModel) -> None:
        self._triggers = triggers

    def find(self, slug: str) -> TriggerModel:
        from composio.errors import TriggerNotFound

        found = next((one for one in self._triggers if one.slug == slug), None)
        if found is None:
            raise TriggerNotFound(slug, ())
        return found

    def of(self, app: str) -> tuple[TriggerModel, ...]:
        return tuple(one for one in self._triggers if one.app == app)


@dataclass
class Providers:
    """Answers calls; ``answer`` gets a :class:`ToolCall` or a :class:`RawRequest`."""

    answer: Callable[[Any], Outcome] = lambda _: Outcome(successful=True, data=None)
    asked: list[Any] = field(default_factory=list)

    async def execute(self, call: ToolCall) -> Outcome:
        self.asked.append(call)
        return self.answer(call)

    async def request(self, request: RawRequest) -> Outcome:
        self.asked.append(request)
        return self.answer(request)


class Stage:
    """All that a test of a receiver, poller or subscriber needs."""

    def __init__(self, folder: Path, *triggers: TriggerModel) -> None:
        self.keeping = Keeping(Home(folder), {})
        self.clock, self.providers = Clock(), Providers()
        self.known: Any = Known(*triggers)
        self.host = Hosting(
            known=lambda: self.known,
            keeping=self.keeping,
            calls=lambda _: self.providers,
            io=None,  # type: ignore[arg-type]  # no feed is read
            url=lambda: "https://hooks.example.com/",
            jobs=lambda: StoredJobs(self.host.part(None)),
        )
        self._made = 0

    def connection(self, id: str = "conn_1", project: str = "", *, config: dict[str, str] | None = None, **values: str) -> str:
        book = self.keeping.open_book(project)
        integration = Integration(
            id=f"int_{id}", app="acme", name="acme", auth_mode="API_KEY", scheme="k", config=SecretValues(config or {})
        )
        book.add_integration(integration)
        book.add_connection(
            Connection(
                id=id,
                entity_id=f"entity of {id}",
                app="acme",
                integration_id=integration.id,
                auth_mode="API_KEY",
                scheme="k",
                status=ConnectionStatus.ACTIVE,
                values=SecretValues(values),
            )
        )
        return id

    def enable(self, trigger: TriggerModel, connection: str = "conn_1", project: str = "", **changes: Any) -> TriggerInstance:
        self._made += 1
        instance = TriggerInstance(
            id=f"ti_{self._made}",
            trigger=trigger.slug,
            app=trigger.app,
            entity_id=f"entity of {connection}",
            connection_id=connection,
            created_at=self.clock(),
            updated_at=self.clock(),
            **{"config": {"n": self._made}, "integration_id": f"int_{connection}", **changes},
        )
        return instances.add(self.host.part(project), instance)[0]

    def instance(self, id: str, project: str = "") -> TriggerInstance:
        found = instances.get(self.host.part(project), id)
        assert found is not None
        return found

    def events(self, project: str = "") -> list[TriggerEvent]:
        """Oldest first."""
        return events.list_events(self.host.part(project), events.EventQuery(limit=1000))[::-1]

    @property
    def jobs(self) -> list[Job]:
        """What is kept to be done."""
        return stored.list_jobs(self.host.part(None))

    def subscription(self, id: str) -> tuple[TriggerSubscription, str | None] | None:
        found = subscriptions.get(self.host.part(None), id)
        return None if found is None else (found[0], self.host.open(*found).get(SECRET))

    def clear(self, *projects: str) -> None:
        """Forget what a test made, but for the connections."""
        self.clock.time, self.providers.answer = START, Providers().answer
        everything = self.host.part(None)
        everything.change(sa.delete(table))
        self.providers.asked.clear()
        for project in projects:
            part = self.host.part(project)
            for one in instances.list_instances(part, InstanceQuery()).items:
                instances.delete(part, one.id)
            for known in subscriptions.list_subscriptions(part):
                subscriptions.delete(part, known.id)
            events.purge(part, START * 2)

    def close(self) -> None:
        self.keeping.close()


@contextmanager
def open_stage(folder: Path, *triggers: TriggerModel, account: str | None = None) -> Iterator[Stage]:
    """A stage with two connections, of which the first is ``account``'s; closed at the end."""
    with closing(Stage(folder, *triggers)) as made:
        if account is None:
            made.connection("conn_1")
        else:
            made.connection("conn_1", account=account)
        made.connection("conn_2")
        yield made


def payloads(found: Sequence[TriggerEvent]) -> list[Any]:
    return [one.payload for one in found]
