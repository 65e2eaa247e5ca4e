"""Renewals that are slow, or whose answer is lost, with a real provider that ends a family of tokens when one comes twice."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from composio.embedded import EmbeddedBackend
from composio.model.connection import Connection, ConnectionStatus, NewConnection
from tests.peers.burst import environment, write_app
from tests.peers.callers import Called, Caller, callers
from tests.peers.oidc import WEB, OidcPeer
from tests.peers.unreliable import Fault, Unreliable

# How many renewals meet something; a longer run asks for more.
RUNS = int(os.environ.get("COMPOSIO_LOSSES", "7"))
PROCESSES, CALLS = 3, 4
# Seconds within which a holder that was killed must be noticed.
NOTICED = 3.0


class World:
    """A home with the app ``peer``, whose provider is real and rotates; its token endpoint is reached through ``way``."""

    def __init__(self, home: Path, oidc: OidcPeer, way: Unreliable) -> None:
        self.home, self.oidc, self.way = home, oidc, way
        self.backend = EmbeddedBackend(home=home)

    def connect(self, entity: str, left: float) -> str:
        """A connection whose access token ends in so many seconds, as far as we know, and is to be renewed where those are few."""
        run, accounts = self.backend.run, self.backend.accounts
        started = run(lambda: accounts.initiate(NewConnection(app="peer", entity_id=entity)))
        back = self.oidc.drive_login(str(started.redirect_url), user=entity)
        made = run(lambda: accounts.complete(back))
        self.leave(made.id, left)
        return made.id

    def leave(self, connection_id: str, left: float) -> None:
        now = time.time()
        self.backend.accounts._book().store.update_connection(
            connection_id, now=now, expires_at=now + left, refresh_at=now + left - 300
        )

    def connection(self, connection_id: str) -> Connection:
        return self.backend.run(lambda: self.backend.accounts.connection(connection_id))

    def over(self, connection_id: str) -> Connection:
        """The connection, once what was sent of it was answered or is known to be lost."""
        found: list[Connection] = []

        def is_over() -> bool:
            found[:] = [self.connection(connection_id)]
            return found[0].renewal_sent_at is None or found[0].renewal_lost_at is not None

        wait_for(is_over)
        return found[0]


@pytest.fixture
def world(tmp_path: Path, oidc: OidcPeer, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for name, value in environment(WEB).items():
        monkeypatch.setenv(name, value)
    with Unreliable(oidc.issuer).served() as way:
        write_app(tmp_path, oidc, token_url=f"{way.url}/token")
        made = World(tmp_path, oidc, way)
        yield made
        made.backend.close()


def wait_for(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.02)


def all_call(processes: list[Caller], entity: str) -> Called:
    """What all of them get who call at once."""
    for one in processes:
        one.begin(entity, CALLS)
    each = [one.finish() for one in processes]
    errors = [error for one in each for error in one.errors]
    return Called(sum(one.succeeded for one in each), errors, max(one.seconds for one in each))


ALL = PROCESSES * CALLS


def test_no_connection_is_lost_while_its_old_token_is_good(world: World) -> None:
    seen: Counter[Any] = Counter()
    ways: tuple[Fault, ...] = ("", "after", "half", "gateway", "before", "")
    with callers(world.home, PROCESSES) as processes:
        for number in range(RUNS):
            fault, entity = ways[number % len(ways)], f"user{number}"
            connection_id = world.connect(entity, left=200)
            world.way.set(held=True, fault=fault)
            # Not one of these can wait for the provider, which answers afterwards.
            first = all_call(processes, entity)
            assert (first.succeeded, first.errors) == (ALL, [])
            wait_for(world.way.asked.is_set)
            world.way.release()
            one = world.over(connection_id)
            again = all_call(processes, entity)
            assert (again.succeeded, again.errors) == (ALL, [])
            assert one.status is ConnectionStatus.ACTIVE
            # Nobody has sent the same token again, though all of them have called since.
            assert len(world.way.seen) == 1
            if fault:
                assert "was lost" in str(one.diagnostic)
                world.leave(connection_id, left=-1)
                after = processes[number % PROCESSES].call(entity)
                assert len(world.way.seen) == 2
                if fault == "before":
                    assert after.succeeded == 1, after.errors
                else:  # the provider has given tokens that nobody got, and says so
                    assert "EXPIRED" in after.errors[0]
                    assert "earlier renewal" in after.errors[0]
            else:
                assert one.diagnostic is None
            assert world.way.sent_twice_at_once() == []
            seen[fault or "slow", "kept"] += 1
    report = ["", *(f"{count:3} {' | '.join(what)}" for what, count in sorted(seen.items()))]
    sys.stdout.write("\n".join([*report, ""]))


def test_an_answer_slower_than_every_caller_arrives_all_the_same(world: World) -> None:
    """The old token has ended, so calls fail; the connection does not, and the next call after the answer succeeds."""
    connection_id = world.connect("alice", left=-1)
    world.way.set(held=True)
    with callers(world.home, PROCESSES, patience=0.5) as processes:
        first = all_call(processes, "alice")
        assert first.succeeded == 0
        assert all("is still waited for. Try again later." in error for error in first.errors)
        world.way.release()
        assert world.over(connection_id).diagnostic is None
        again = all_call(processes, "alice")
        assert (again.succeeded, again.errors) == (ALL, [])
    assert len(world.way.seen) == 1


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
@pytest.mark.parametrize("fault", ["before", "after"])
def test_a_holder_that_was_killed_is_noticed_at_once(world: World, fault: Fault) -> None:
    connection_id = world.connect("alice", left=200)
    world.connect("warm", left=3600)
    world.way.set(held=True, fault=fault)
    with callers(world.home, PROCESSES) as processes:
        all_call(processes, "warm")  # everything is loaded, opened and connected
        victim, *others = processes
        assert victim.call("alice").succeeded == 1
        assert world.way.asked.wait(30)
        assert "not answered yet" in str(world.connection(connection_id).diagnostic)
        victim.kill()
        one = world.connection(connection_id)
        assert "was lost (the process that waited for it ended)" in str(one.diagnostic)
        called = all_call(others, "alice")
        assert (called.succeeded, called.errors) == (2 * CALLS, [])
        assert called.seconds < NOTICED
        assert len(world.way.seen) == 1
        world.leave(connection_id, left=-1)
        world.way.release()
        begun = time.monotonic()
        after = others[0].call("alice")
        assert time.monotonic() - begun < NOTICED
        assert len(world.way.seen) == 2
        assert (after.succeeded == 1) if fault == "before" else ("EXPIRED" in after.errors[0])


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_holder_that_was_killed_before_it_sent_anything_is_in_nobodys_way(world: World) -> None:
    connection_id = world.connect("alice", left=-1)
    store = world.backend.accounts._book().store
    with callers(world.home, 1) as (other,):
        version = world.connection(connection_id).version
        # As `kill -9` leaves it: the lease is there, and its owner is not.
        with store.owner() as owner:
            assert store.take_lease(connection_id, owner, now=time.time(), seconds=70, if_version=version)
        called = other.call("alice")
    assert (called.succeeded, called.errors) == (1, [])
    assert called.seconds < NOTICED


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGSTOP")
def test_a_holder_that_is_suspended_is_not_taken_for_dead(world: World) -> None:
    """Its answer waits for it, and the tokens in there are the only ones that work."""
    connection_id = world.connect("alice", left=-1)
    world.way.set(held=True)
    with callers(world.home, 2, patience=0.5) as (sleeper, other):
        sleeper.begin("alice")
        assert world.way.asked.wait(30)
        sleeper.stop()
        try:
            for _ in range(4):
                assert "is still waited for" in other.call("alice").errors[0]
            world.way.release()
            assert len(world.way.seen) == 1
        finally:
            sleeper.go_on()
        assert world.over(connection_id).diagnostic is None
        assert other.call("alice").succeeded == 1
    assert len(world.way.seen) == 1


ONCE = """
import sys
from composio import ComposioToolSet
toolset = ComposioToolSet(home=sys.argv[1], entity_id="alice")
print(toolset.execute_action("PEER_GET_ME", {})["data"]["sub"], flush=True)
"""


@pytest.mark.parametrize("how", ["a script", "the command"])
def test_a_program_that_ends_at_once_stores_what_it_was_given(world: World, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    monkeypatch.setenv("COMPOSIO_HOME", str(world.home))
    connection_id = world.connect("alice", left=200)
    world.way.set(held=True)
    world.backend.run(lambda: world.backend.search("me", apps=["peer"]))  # compiled, so that nobody has to say so
    script = [sys.executable, "-c", ONCE, str(world.home)]
    command = [sys.executable, "-m", "composio.cli", "execute", "PEER_GET_ME", "--entity-id", "alice"]
    before, pipe = world.connection(connection_id).version, subprocess.PIPE
    with subprocess.Popen(script if how == "a script" else command, stdout=pipe, stderr=pipe, text=True) as process:
        assert process.stdout is not None
        # It has its result while the provider has yet to answer, and waits for that at its end only.
        printed = ""
        while "alice" not in printed:
            line = process.stdout.readline()
            assert line, process.communicate()
            printed += line
        assert world.way.asked.wait(30)
        world.way.release()
        _, complaints = process.communicate(timeout=60)
    assert (process.returncode, complaints) == (0, "")
    one = world.connection(connection_id)
    assert (one.renewal_sent_at, one.version) == (None, before + 1)
    assert len(world.way.seen) == 1
