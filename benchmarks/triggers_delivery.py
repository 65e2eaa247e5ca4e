"""Events on their way out: deliveries a second to a receiver on loopback, and how long an event takes to a callback in code.

Whoever delivers, the receiver and the database share this machine's cores.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import httpx

from bench_call import SERVER, run_upstream
from bench_server import postgresql, running

__all__ = ["delivery_rows"]

DELIVERIES = int(os.environ.get("COMPOSIO_BENCH_DELIVERIES", "2400"))
EVENTS, WARM_UP, A_SECOND = 200, 40, 25.0
Row = tuple[str, str, str]


def delivery_rows() -> Iterator[Row]:
    """Rows for the table of ``nox -s bench -- triggers``."""
    with tempfile.TemporaryDirectory() as folder, postgresql(Path(folder, "pg")) as database:
        yield from _deliveries(Path(folder, "sqlite"), None)
        yield from _deliveries(Path(folder, "postgresql"), database)
        yield _row("embedded, SQLite", _embedded(Path(folder, "embedded")))
        yield _row("server, PostgreSQL, 2 workers, WebSocket", _server(Path(folder, "server"), database))


def _row(where: str, times: list[float]) -> Row:
    middle, slow = statistics.median(times), statistics.quantiles(times, n=100)[98]
    return f"event in to callback, {where}, p50 / p99", f"{middle * 1e3:.1f} / {slow * 1e3:.0f} ms", "<= 50 / 250 ms"


def _deliveries(home: Path, database: str | None) -> list[Row]:
    """To one receiver, and to four at once: a destination's deliveries share a lane."""
    from composio.embedded import EmbeddedBackend

    name = "PostgreSQL" if database else "SQLite"
    home.mkdir()
    backend = EmbeddedBackend(home=home, environ={"COMPOSIO_DATABASE_URL": database} if database else {})
    with run_upstream(SERVER) as url:
        rates = {count: backend.run(partial(_deliver, backend, url, count)) for count in (1, 4)}
    backend.close()
    return [(f"deliveries a second, {name}, {count} destinations", f"{rate:.0f}", ">= 300") for count, rate in rates.items()]


async def _deliver(backend: Any, url: str, destinations: int) -> float:
    """All events go to the first destination, an instance's to its own besides."""
    from composio.store.triggers import deliveries

    part = backend.keeping.store.for_project("").part()
    made = [await backend.events.set_callback(f"{url}/{destinations}/1")]
    others = {f"ti_{number}": f"{url}/{destinations}/{number}" for number in range(2, destinations + 1)}
    made += [await backend.events.set_callback(own, trigger_id=id_) for id_, own in others.items()]
    await asyncio.to_thread(_store_events, part, DELIVERIES // destinations, destinations)
    waiting = await asyncio.to_thread(deliveries.count_pending, part)
    started = time.perf_counter()
    async with backend.events.listening():
        while await asyncio.to_thread(deliveries.count_pending, part):  # noqa: ASYNC110 - it stands in a database
            await asyncio.sleep(0.1)
        seconds = time.perf_counter() - started
    for one in made:
        await backend.events.remove_callback(one["id"])
    assert waiting >= DELIVERIES
    return float(waiting / seconds)


def _store_events(part: Any, count: int, instances: int) -> None:
    from composio.model.trigger_event import TriggerEvent
    from composio.store.triggers import events

    made = [
        TriggerEvent(
            id=f"ev_{time.time_ns():x}{number:05}{instance}",
            key=f"{instances}-{instance}-{number}",
            instance_id=f"ti_{instance}",
            trigger="SLACK_RECEIVE_MESSAGE",
            app="slack",
            entity_id="jane",
            connection_id="ca_1",
            payload={"channel": "C1", "text": "hello " * 40, "ts": str(number), "user": "U1"},
            original={"event": {"text": "hello " * 40}},
            received_at=time.time(),
        )
        for number in range(count)
        for instance in range(1, instances + 1)
    ]
    events.record(part, made, now=time.time())


# From a provider's request to a callback


def _embedded(home: Path) -> list[float]:
    from composio import ComposioToolSet
    from composio.embedded import EmbeddedBackend
    from composio.triggers.loopback import LoopbackReceiver

    home.mkdir()
    backend = EmbeddedBackend(
        home=home, environ={"COMPOSIO_WEBHOOK_URL": "https://tunnel.example", "COMPOSIO_WEBHOOK_PORT": "0"}
    )
    path, secret = _enable(backend, backend.inbound)
    inbound = backend.inbound
    receiver = LoopbackReceiver(limit=inbound.limit, receive=inbound.receiver.receive, url=lambda: inbound.url)
    receiver.start()
    try:
        with ComposioToolSet(backend=backend) as toolset:
            return _measure(toolset, f"http://127.0.0.1:{receiver.port}{path}", secret)
    finally:
        receiver.close()


def _server(home: Path, database: str) -> list[float]:
    from composio import ComposioToolSet
    from composio_server.services.services import Services
    from composio_server.settings import Settings

    # Where it is reachable, so that webhooks are enabled as webhooks; whoever measures sends to loopback.
    environ = {
        "COMPOSIO_HOME": str(home),
        "COMPOSIO_DATABASE_URL": database,
        "COMPOSIO_SERVER_PUBLIC_URL": "https://tools.example",
    }
    services = Services.open(Settings.of(environ))
    project = services.projects.create("bench")
    key = services.keys.create(project.id, "bench")[1].reveal()
    path, secret = _enable(services.backends.of(project.id), services.backends.shared.inbound)
    services.backends.shared.close()
    services.database.close()
    with running(environ, workers=2) as (url, _), ComposioToolSet(base_url=url, api_key=key) as toolset:
        return _measure(toolset, f"{url}{path}", secret)


def _enable(backend: Any, inbound: Any) -> tuple[str, str]:
    """The path that a provider sends events to, and what it signs with."""
    from composio.model.trigger_instance import NewInstance

    made = backend.run(lambda: backend.triggers.enable(NewInstance(trigger="WEBHOOK_REQUEST_TRIGGER")))
    address = inbound.subscriber.open(made.instance)
    return f"/webhooks/webhook/{address.id}", str(inbound.subscriber.secret(address))


def _measure(toolset: Any, url: str, secret: str) -> list[float]:
    """Seconds from when a request is begun until a callback has its event, some a second."""
    from composio.triggers.signing import sign

    sent: dict[str, float] = {}
    times: list[float] = []
    done = threading.Event()
    listener = toolset.create_trigger_listener(timeout=60)

    def take(event: Any) -> None:
        times.append(time.perf_counter() - sent[event.payload["body"]["number"]])
        if len(times) == EVENTS + WARM_UP:
            done.set()

    listener.callback()(take)
    with httpx.Client(trust_env=False) as client:
        began = time.perf_counter()
        for number in range(EVENTS + WARM_UP):
            body = json.dumps({"number": str(number), "text": "hello " * 40}).encode()
            headers = {"content-type": "application/json", **sign(f"msg_{number}", body, [secret], now=time.time())}
            time.sleep(max(0.0, began + number / A_SECOND - time.perf_counter()))
            sent[str(number)] = time.perf_counter()
            answer = client.post(url, content=body, headers=headers)
            assert answer.status_code == 200, answer.text
    assert done.wait(60), f"{len(times)} events arrived"
    listener.stop()
    return times[WARM_UP:]


if __name__ == "__main__":
    for row in delivery_rows():
        print(*row, sep="  |  ")
