"""Whoever delivers is killed at random points: nothing is lost, and what arrives twice has the same id."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from base64 import b64encode
from collections import Counter
from pathlib import Path
from threading import Lock

import pytest

from composio.model.secret import Secret
from composio.model.trigger_event import DeliveryStatus
from composio.store.projects import Partition
from composio.store.store import Store
from composio.store.triggers import deliveries, events
from composio.testing.exchange import Request, Response
from composio.testing.loopback import Loopback
from composio.triggers.callbacks import CallbackUrls
from composio.vault.keys import MasterKey
from composio.vault.vault import Vault
from tests.peers.postgresql import add_database
from tests.peers.triggering import event

# More of them, on each database: COMPOSIO_KILLS=60
POINTS = int(os.environ.get("COMPOSIO_KILLS", "4"))
PER_POINT = 40
KEY = b64encode(b"k" * 32).decode()
CHILD = """
import asyncio, sys
from pathlib import Path
from composio.model.secret import Secret
from composio.store.store import Store
from composio.transport.client import Clients
from composio.triggers.callbacks import CallbackUrls
from composio.triggers.delivery import Deliverer
from composio.triggers.sending import make_post
from composio.vault.keys import MasterKey
from composio.vault.vault import Vault

class Keys:
    primary = MasterKey(Secret(sys.argv[2]))
    def by_id(self, key_id, what):
        return self.primary

store = Store(lambda: Path(sys.argv[1]), sys.argv[3] or None, project=None)
vault, clients = Vault(Keys()), Clients()
urls = CallbackUrls(lambda project: store.for_project(project).part(), lambda _: vault, guarded=lambda _: False)
deliverer = Deliverer(store.part(), urls, make_post(lambda: clients, agent="test"), look_seconds=0.05)
# A lease of a killed one ends soon.
deliverer.worker._lease_seconds = 2.0
print("ready", flush=True)
asyncio.run(deliverer.run())
"""


class Keys:
    """The child's master key."""

    primary = MasterKey(Secret(KEY))

    def by_id(self, key_id: str, what: str) -> MasterKey:
        return self.primary


class Arrivals:
    """How often each id arrived, at a receiver that takes a moment for each."""

    def __init__(self) -> None:
        self.count: Counter[str] = Counter()
        self._lock = Lock()

    def respond(self, request: Request) -> Response:
        headers = {name.lower(): value for name, value in request.headers.items()}
        time.sleep(0.002)
        with self._lock:
            self.count[headers["webhook-id"]] += 1
        return Response(status=204)


@pytest.mark.filterwarnings("ignore::ResourceWarning")  # a killed child's pipes
@pytest.mark.parametrize("kind", ["sqlite", "postgresql"])
def test_a_deliverer_killed_at_random_points_loses_nothing_and_sends_again_under_the_same_id(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    url = add_database(request.getfixturevalue("postgresql")) if kind == "postgresql" else ""
    file, arrivals, chance = tmp_path / "db", Arrivals(), random.Random(7)
    store = Store(lambda: file, url or None, project=None)
    part = store.for_project("p").part()
    vault = Vault(Keys())
    urls = CallbackUrls(lambda project: store.for_project(project).part(), lambda _: vault, guarded=lambda _: False)
    environ = {**os.environ, "COMPOSIO_HOME": str(tmp_path)}
    emitted: list[str] = []
    with Loopback(arrivals.respond) as receiver:
        urls.set("p", f"{receiver.url}/hook")
        for point in range(POINTS + 1):
            made = [event(f"ev_{point}_{number}", received_at=time.time()) for number in range(PER_POINT)]
            emitted += [one.id for one in events.record(part, made, now=time.time())]
            command = [sys.executable, "-P", "-c", CHILD, str(file), KEY, url]
            with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ) as child:
                try:
                    assert child.stdout is not None
                    assert child.stdout.readline() == "ready\n"
                    if point < POINTS:
                        time.sleep(chance.uniform(0.0, 0.4))
                    else:
                        _await_all(part)
                finally:
                    child.kill()
    assert deliveries.count_pending(part) == 0
    assert set(arrivals.count) == set(emitted)
    done = deliveries.list_deliveries(part, deliveries.DeliveryQuery(limit=10_000))
    assert {one.status for one in done} == {DeliveryStatus.DELIVERED}
    assert len(done) == len(emitted) == (POINTS + 1) * PER_POINT
    store.close()


def _await_all(part: Partition) -> None:
    end = time.monotonic() + 300
    while deliveries.count_pending(part):
        assert time.monotonic() < end, "deliveries are left"
        time.sleep(0.05)
