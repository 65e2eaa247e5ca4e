"""A process that is killed anywhere, from the first byte of a fresh file on, leaves a file that opens and holds what was told."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from composio.store.store import Store

# How often a process is killed; a longer run asks for more.
KILLS = int(os.environ.get("COMPOSIO_KILLS", "6"))
WRITES = """
import os, pathlib, signal, sys
from dataclasses import replace
from composio.model.connection import Connection, ConnectionStatus, Integration
from composio.store.records import Sealed
from composio.store.store import Store
from tests.peers.counted import count_calls
import alembic.command, composio.store.integrations, composio.store.connections
last = int(sys.argv[2])  # the call after which it ends; 0 for none
store = Store(lambda: pathlib.Path(sys.argv[1]))
one = Connection(id="", entity_id="ada", app="x", integration_id="in-1", auth_mode="A", scheme="a", status=ConnectionStatus.INITIATED)
calls = count_calls(last, signal.SIGKILL)
for number in range(5):
    name = f"{sys.argv[3]}-{number}"
    store.add_connection(replace(one, id=name), Sealed("k", b"w", b"old"))
    print("added", name, flush=True)
    store.update_connection(name, now=1.0, sealed=Sealed("k", b"w", b"new"), status=ConnectionStatus.ACTIVE, labels=("new",))
    print("changed", name, flush=True)
sys.setprofile(None)
print("calls", calls[0])
store.close()
"""


def run(file: Path, at_call: int, name: str) -> list[tuple[str, str]]:
    """What the process said that it had done."""
    command = [sys.executable, "-c", WRITES, str(file), str(at_call), name]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode in {0, -signal.SIGKILL}, done.stderr
    told = [line.split() for line in done.stdout.splitlines()]
    return [(what, whom) for what, whom in told]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_what_was_told_is_there_whole_after_any_kill(open_store: Callable[[], Store], tmp_path: Path) -> None:
    first = int(dict(run(tmp_path / "other.sqlite3", 0, "all"))["calls"])
    known: dict[str, str] = {}
    fresh = True
    for kill in range(KILLS):
        at = random.randrange(1, first if fresh else first // 4)
        for what, whom in run(tmp_path / "accounts.sqlite3", at, f"run-{kill}"):
            if what != "calls":
                known[whom] = what
        store = open_store()
        there = {one.id: one for one in store.list_connections()}
        for whom, what in known.items():
            assert whom in there, f"killed at {at}"
            assert what == "added" or there[whom].labels == ("new",), f"killed at {at}"
        for one in there.values():
            # All of a change, or nothing of it: the status, the labels and the bytes belong together.
            found = store.get_connection(one.id)
            assert found
            assert (found.sealed.box, one.status.value, one.version) in {(b"old", "INITIATED", 0), (b"new", "ACTIVE", 1)}
        store.close()
        fresh = kill % 3 == 2
        if fresh:
            for file in tmp_path.glob("accounts.sqlite3*"):
                file.unlink()
            known.clear()
