"""What connections cost a call, and how often a token endpoint is asked when everybody finds the token expired."""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.peers import described, oidc
from tests.peers.burst import ENTITY, GET_ME, burst, connected, environment, write_app

CALLS, WARM_UP = 1500, 100
RUNS = int(os.environ.get("COMPOSIO_BURSTS", "50"))


@contextmanager
def _environment(values: dict[str, str]) -> Iterator[None]:
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            os.environ.pop(name, None) if value is None else os.environ.update({name: value})


def rows() -> list[tuple[str, str, str]]:
    with tempfile.TemporaryDirectory() as folder, _environment({**environment(oidc.WEB), "LOOKUP_API_KEY": "k"}):
        home = Path(folder, "home")
        found = [_lookup(home)]
        with oidc.served(oidc.packages_folder()) as peer:
            write_app(home, peer)
            with connected(home, peer) as (backend, connection_id):
                results = Counter(burst(home, peer, backend, connection_id) for _ in range(RUNS))
        told = "; ".join(f"{n} runs: {one.token_requests} request, {one.successes} successes" for one, n in results.items())
        found.append(("100 calls in each of 2 processes, one expired token", told, "1 request, 200 successes; 50 runs"))
    return found


def _lookup(home: Path) -> tuple[str, str, str]:
    """The same call with a key from the environment and with a stored connection, in turns, answered in memory."""
    from composio.embedded import EmbeddedBackend
    from composio.model.call import ToolCall, Who
    from composio.model.connection import NewConnection
    from composio.testing import FakeTransport

    scheme = {"auth_mode": "API_KEY", "proxy": {"headers": {"X-Key": "{{api_key}}"}}}
    document = described.openapi("Lookup", "https://lookup.example", {"/me": {"get": GET_ME}})
    described.write_app(home, "lookup", document, auth_schemes=[scheme])
    backend = EmbeddedBackend(home=home, transport=FakeTransport({"/me": {"ok": True}}))
    try:
        backend.run(lambda: backend.accounts.initiate(NewConnection(app="lookup", entity_id=ENTITY, values={"api_key": "k"})))
        bare, stored = ToolCall(action="LOOKUP_GET_ME"), ToolCall(action="LOOKUP_GET_ME", who=Who(entity_id=ENTITY))
        assert backend.execute_sync(bare).successful
        assert backend.execute_sync(stored).successful
        without, with_it = _in_turns(lambda: backend.execute_sync(bare), lambda: backend.execute_sync(stored))
    finally:
        backend.close()
    added = (with_it - without) * 1e3
    return "credential lookup added to one execute, warm, p50", f"{added:.3f} ms (on {without * 1e3:.3f} ms)", "<= 0.2 ms"


def _in_turns(*calls: Callable[[], object]) -> list[float]:
    times: list[list[float]] = [[] for _ in calls]
    for _ in range(CALLS + WARM_UP):
        for call, taken in zip(calls, times, strict=True):
            started = time.perf_counter()
            call()
            taken.append(time.perf_counter() - started)
    return [statistics.median(one[WARM_UP:]) for one in times]


if __name__ == "__main__":
    for row in rows():
        print(*row, sep=" | ")
