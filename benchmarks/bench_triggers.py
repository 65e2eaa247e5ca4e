"""Triggers: events accepted over HTTP, ten thousand instances polled, deliveries, and events on their way to callbacks.

Server, database, provider and whoever measures share this machine's cores. Every server here has two workers.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from load import Load, put_load
from triggers_delivery import delivery_rows
from triggers_polling import polled_rows

from bench_server import cpu_seconds, postgresql, running

if TYPE_CHECKING:
    from composio_server.services.services import Services

SECONDS = float(os.environ.get("COMPOSIO_LOAD_SECONDS", "8"))
SECRET = "bench-webhook-secret"
HOOK = "hook_bench"
STARRED: dict[str, Any] = {
    "action": "created",
    "starred_at": "2026-01-15T10:00:30Z",
    "repository": {"id": 1, "name": "site", "html_url": "https://github.com/acme/site", "owner": {"login": "acme"}},
    "sender": {"login": "ada"},
}


def rows() -> Iterator[tuple[str, str, str]]:
    with tempfile.TemporaryDirectory() as folder:
        yield from accepted_rows(Path(folder, "sqlite"), None, "SQLite")
        with postgresql(Path(folder, "pg")) as database:
            yield from accepted_rows(Path(folder, "postgresql"), database, "PostgreSQL")
        yield from delivery_rows()
        yield from polled_rows(Path(folder, "polling-sqlite"), None, "SQLite")
        with postgresql(Path(folder, "pg-polling")) as database:
            yield from polled_rows(Path(folder, "polling-postgresql"), database, "PostgreSQL")


def accepted_rows(home: Path, database: str | None, name: str) -> list[tuple[str, str, str]]:
    """How many signed events a second are verified and on the disk when they are answered, and how fast at half of that."""
    with _receiving(home, database) as hook:
        hook.load(16, 2.0)  # warm
        before, cpu = hook.stored(), cpu_seconds(hook.pid)
        most = hook.load(32, SECONDS)
        stored, cpu = hook.stored() - before, cpu_seconds(hook.pid) - cpu
        steady = hook.load(32, SECONDS, rate=most.rate / 2)
    assert stored >= len(most.times), f"{len(most.times)} events were accepted and {stored} are stored"
    return [
        (
            f"events accepted/s, {name}",
            f"{most.rate:.0f}, {len(most.failed)} refused, {cpu / len(most.times) * 1e3:.1f} ms of the server's CPU each",
            ">= 400, 0",
        ),
        (
            "answers at half of it, p50 / p99",
            f"{steady.quantile(50) * 1e3:.0f} / {steady.quantile(99) * 1e3:.0f} ms, {len(steady.failed)} refused",
            "p99 <= 100 ms",
        ),
    ]


@dataclass
class _Hook:
    """The address of one enabled trigger on a running server."""

    url: str
    pid: int
    services: Services
    project: str
    sent: int = 0

    def load(self, connections: int, seconds: float, rate: float | None = None) -> Load:
        where = urlsplit(self.url)
        return put_load(
            where.hostname or "", where.port or 0, self._request, connections=connections, seconds=seconds, rate=rate
        )

    def _request(self) -> bytes:
        """An event that nobody has sent before, signed as GitHub signs."""
        self.sent += 1
        body = json.dumps(STARRED | {"number": self.sent}).encode()
        signature = hmac.digest(SECRET.encode(), body, hashlib.sha256).hex()
        head = (
            f"POST /webhooks/github/{HOOK} HTTP/1.1\r\nhost: x\r\nx-github-event: star\r\nx-github-delivery: {self.sent}\r\n"
            f"x-hub-signature-256: sha256={signature}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
        )
        return head.encode() + body

    def stored(self) -> int:
        from composio.store.triggers import events

        part = self.services.backends.shared.keeping.store.for_project(self.project).part()
        return events.count_events(part, events.EventQuery())


@contextmanager
def _receiving(home: Path, database: str | None) -> Iterator[_Hook]:
    from composio_server.services.services import Services
    from composio_server.settings import Settings

    environ = {"COMPOSIO_HOME": str(home)} | ({"COMPOSIO_DATABASE_URL": database} if database else {})
    services = Services.open(Settings.of(environ))
    try:
        project = services.projects.create("bench").id
        _enable(services, project)
        with running(environ, workers=2) as (url, pid):
            yield _Hook(url=url, pid=pid, services=services, project=project)
    finally:
        services.backends.shared.close()
        services.database.close()


def _enable(services: Services, project: str) -> None:
    """A trigger whose subscription was agreed on with the provider already."""
    from composio.model.trigger_instance import TriggerSubscription
    from composio.store.records import place_of
    from composio.store.triggers import subscriptions
    from composio.triggers.receiving import SECRET as NAME
    from tests.peers.triggering import watch_stars

    keeping = services.backends.shared.keeping
    book, part = keeping.open_book(project), keeping.store.for_project(project).part()
    instance = watch_stars(keeping, project)
    made = TriggerSubscription(id=HOOK, app="github", instance_id=instance.id, status="active", project=project)
    subscriptions.add(part, made, book.vault.seal({NAME: SECRET}, place_of(made)))
