"""One execute over loopback with nothing configured, and with a policy, a limit, the ledger, and all of them, in the same run.

They take turns call by call, so that a machine that slows down slows all of them. p50 of the wall clock, and what is added to it.
"""

from __future__ import annotations

import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bench_call import ACTION, ARGUMENTS, DESCRIPTION, SERVER, WARM_UP, p50, run_upstream
from tests.peers.described import add_app

if TYPE_CHECKING:
    from composio import ComposioToolSet

CALLS = 600
_TOKEN = "benchmark-token"


def rows() -> list[tuple[str, str, str]]:
    from composio.policy import Policy, allow, deny, destructive, reads

    os.environ.setdefault("COMPOSIO_ENCRYPTION_KEY", "11" * 32)  # no key of this machine's keyring
    rules = (allow(reads), deny(destructive))
    limit = deny(ACTION, total_of="page", total_per="day", limit=10_000_000)
    policy, limited = Policy(*rules, otherwise=deny()), Policy(*rules, limit, otherwise=deny())
    ways: Mapping[str, tuple[str, Policy | None]] = {
        "nothing": ("off", None),
        "a policy": ("off", policy),
        "a policy with a limit": ("off", limited),
        "the ledger": ("on", None),
        "a policy with a limit, and the ledger": ("on", limited),
    }
    with run_upstream(SERVER) as url, tempfile.TemporaryDirectory() as folder:
        made = {name: _open(Path(folder, name.replace(" ", "-")), url, *way) for name, way in ways.items()}
        times = _measure(made)
        for toolset in made.values():
            toolset.backend.close()
    bare = times.pop("nothing")
    shown = [("execute with nothing configured, sync, p50", f"{bare * 1e6:.0f} us", "")]
    for name, one in times.items():
        shown.append((f"execute with {name}", f"{one * 1e6:.0f} us, {(one - bare) * 1e3:+.2f} ms", "<= +0.35 ms"))
    return shown


def _open(home: Path, url: str, log_calls: str, policy: Any) -> ComposioToolSet[Any]:
    from composio import ComposioToolSet
    from composio.embedded import EmbeddedBackend

    home.mkdir()
    backend = EmbeddedBackend(home=home, environ={**os.environ, "COMPOSIO_LOG_CALLS": log_calls})
    add_app(backend, home, "bench", DESCRIPTION, base_url=url)
    toolset: ComposioToolSet[Any] = ComposioToolSet(backend=backend, policy=policy, entity_id="alice")
    toolset.initiate_connection(app="bench", entity_id="alice", connected_account_params={"token": _TOKEN})
    return toolset


def _measure(made: Mapping[str, ComposioToolSet[Any]]) -> dict[str, float]:
    times: dict[str, list[float]] = {name: [] for name in made}
    for _ in range(CALLS + WARM_UP):
        for name, toolset in made.items():
            started = time.perf_counter()
            result = toolset.execute_action(ACTION, ARGUMENTS)
            times[name].append(time.perf_counter() - started)
            assert result["successful"], result
    return {name: p50(one) for name, one in times.items()}


if __name__ == "__main__":
    for row in rows():
        print(*row, sep=" | ")
