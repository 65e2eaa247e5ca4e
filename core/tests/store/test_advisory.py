"""Which owners of leases are alive, on a real PostgreSQL server: those of killed processes are not, wherever they ran."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

import pytest

from composio.store.store import Store
from tests.peers.child import in_child

psycopg = pytest.importorskip("psycopg")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL and SIGSTOP")
HOLDS = """
import pathlib, sys
from composio.store.store import Store
store = Store(pathlib.Path, sys.argv[1])
with store.owner() as owner:
    print(owner, flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def stores(url: str) -> Iterator[list[Store]]:
    """Two, as two processes have them."""
    made = [Store(Path, url), Store(Path, url)]
    yield made
    for one in made:
        one.close()


def said(stream: IO[str] | None) -> str:
    assert stream is not None
    return stream.readline().strip()


def test_an_owner_is_alive_while_it_is_held(stores: list[Store]) -> None:
    ours, theirs = stores
    with ours.owner() as one:
        with theirs.owner() as other, ours.owner() as third:
            assert [store.is_alive(owner) for store in stores for owner in (one, other, third)] == [True] * 6
        assert [ours.is_alive(owner) for owner in (one, other, third)] == [True, False, False]
    assert theirs.is_alive(one) is False
    assert ours.is_alive("~0123456789abcdef") is None


def test_a_process_that_was_killed_is_dead_and_one_that_was_stopped_is_not(url: str, stores: list[Store]) -> None:
    command = [sys.executable, "-c", HOLDS, url]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        owner = said(process.stdout)
        assert stores[0].is_alive(owner)
        process.send_signal(signal.SIGSTOP)
        assert stores[0].is_alive(owner)
        process.kill()
        process.wait()
        until = time.monotonic() + 3
        while stores[0].is_alive(owner):  # until the server has seen that its client is gone
            assert time.monotonic() < until
            time.sleep(0.02)


def test_a_forked_child_leaves_its_parents_owner_alone(stores: list[Store]) -> None:
    ours, theirs = stores
    with ours.owner() as owner:

        def work() -> bool:
            with ours.owner() as own:
                return bool(ours.is_alive(own) and ours.is_alive(owner))

        assert in_child(work) == 0
        assert theirs.is_alive(owner)
    assert theirs.is_alive(owner) is False


def test_a_session_that_the_server_ended_is_opened_again(url: str, stores: list[Store]) -> None:
    ours, theirs = stores
    with ours.owner() as lost:
        with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as admin:
            admin.execute("SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory' AND objsubid = 2")
        with ours.owner() as unproven:
            assert theirs.is_alive(unproven) is None
    with ours.owner() as found:
        assert theirs.is_alive(found)
        assert theirs.is_alive(lost) is False


def test_leases_and_what_was_sent_are_kept_there_too(stores: list[Store], a: Any) -> None:
    ours, theirs = stores
    ours.add_connection(a.connection("ca-1"), a.sealed())
    with ours.owner() as owner:
        assert ours.take_lease("ca-1", owner, now=100.0, seconds=10.0, if_version=1)
        assert ours.mark_sent("ca-1", owner, now=100.0, seconds=10.0, if_version=1)
        assert theirs.lease_of("ca-1") == (owner, 110.0)
        assert theirs.is_alive(owner)
    assert theirs.is_alive(owner) is False
    assert theirs.take_lease("ca-1", "another", now=101.0, seconds=10.0, if_version=1, instead_of=owner)
    assert theirs.mark_lost("ca-1", sent_at=100.0, now=101.0, error="why")
