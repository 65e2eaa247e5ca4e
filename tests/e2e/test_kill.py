"""``kill -9`` anywhere while users connect and tokens are renewed: nothing is half-written, and what follows works or says how."""

from __future__ import annotations

import os
import random
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest

from composio.accounts.service import DATABASE
from composio.embedded import EmbeddedBackend
from composio.errors import ConnectionNotFound, InvalidState
from composio.model.call import ToolCall, Who
from composio.model.connection import Connection, ConnectionStarted, ConnectionStatus, NewConnection
from tests.peers.burst import environment, write_app
from tests.peers.killed import Victim
from tests.peers.oidc import WEB, OidcPeer

# How often somebody is killed; a longer run asks for more.
KILLS = int(os.environ.get("COMPOSIO_KILLS", "6"))
# Seconds that the provider takes for a token: most kills should hit what matters.
SLOW = 0.15
PHASES = ("initiate", "complete", "renew")


class World:
    """A home with the app ``peer``, whose provider rotates refresh tokens and ends a family where an old one comes again."""

    def __init__(self, home: Path, oidc: OidcPeer) -> None:
        self.home, self.oidc = home, oidc
        self.backend = EmbeddedBackend(home=home)

    def initiate(self, entity: str) -> ConnectionStarted:
        return self.backend.run(lambda: self.backend.accounts.initiate(NewConnection(app="peer", entity_id=entity)))

    def walked(self, entity: str) -> str:
        """A new connection's callback, not delivered yet."""
        return self.oidc.drive_login(str(self.initiate(entity).redirect_url), user=entity)

    def complete(self, url: str) -> Connection:
        return self.backend.run(lambda: self.backend.accounts.complete(url))

    def connect(self, entity: str) -> Connection:
        return self.complete(self.walked(entity))

    def connect_with_a_token_that_has_ended(self, entity: str) -> None:
        made = self.connect(entity)
        self.backend.accounts._book().store.update_connection(made.id, now=time.time(), expires_at=1.0, refresh_at=1.0)

    def prepare(self, phase: str, entity: str) -> str:
        """What the victim is to do, and whatever must be there before."""
        if phase == "initiate":
            return f"initiate {entity}"
        if phase == "complete":
            return f"complete {self.walked(entity)}"
        self.connect_with_a_token_that_has_ended(entity)
        return f"call {entity}"


@pytest.fixture
def world(tmp_path: Path, oidc: OidcPeer, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    for name, value in environment(WEB).items():
        monkeypatch.setenv(name, value)
    write_app(tmp_path, oidc)
    made = World(tmp_path, oidc)
    yield made
    made.backend.close()


def spans(world: World) -> dict[str, float]:
    """How long each takes at best where nobody is killed, in seconds."""
    found = dict.fromkeys(PHASES, 60.0)
    for phase in (*PHASES, *PHASES):
        line = world.prepare(phase, f"undisturbed-{phase}")
        with Victim(world.home) as victim:
            begun = time.monotonic()
            victim.begin(line)
            assert victim.finish() == "done"
            found[phase] = min(found[phase], time.monotonic() - begun)
    return found


def check_nothing_is_torn(world: World, entity: str) -> None:
    """The file is sound, everything in it opens, and each connection is one thing or the other."""
    with closing(sqlite3.connect(world.home / DATABASE)) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    accounts, run = world.backend.accounts, world.backend.run
    for listed in run(lambda: accounts.connections(entity_ids=[entity])):
        one = run(partial(accounts.connection, listed.id, values=True))
        assert one.integration_id in {known.id for known in run(lambda: accounts.integrations())}
        if one.status is ConnectionStatus.INITIATED:
            assert "access_token" not in one.values
        else:
            assert {"access_token", "refresh_token"} <= set(one.values)


def next_call(world: World, entity: str) -> str:
    """In a process that knows nothing of what happened: it works, or says how to connect again."""
    fresh = EmbeddedBackend(home=world.home)
    why = ""
    try:
        outcome = fresh.execute_sync(ToolCall(action="PEER_GET_ME", who=Who(entity_id=entity)))
    except ConnectionNotFound as error:
        why = str(error)
    finally:
        fresh.close()
    if why:
        assert "composio add peer" in why
        return "says reconnect"
    assert outcome.successful, outcome.error
    assert outcome.data["sub"] == entity
    return "works"


def test_what_follows_a_kill_works_or_says_how_to_connect_again(world: World) -> None:
    world.oidc.settings(delay={"/token": SLOW})
    took = spans(world)
    chance = random.Random()
    seen: Counter[tuple[str, str, str]] = Counter()
    for number in range(KILLS):
        phase, entity = PHASES[number % len(PHASES)], f"user{number}"
        line = world.prepare(phase, entity)
        with Victim(world.home) as victim:
            victim.begin(line)
            time.sleep(chance.uniform(0, took[phase]))
            interrupted = victim.kill()
        check_nothing_is_torn(world, entity)
        result = next_call(world, entity)
        seen[phase, "interrupted" if interrupted else "over already", result] += 1
        if phase == "initiate":
            assert result == "says reconnect"
        if phase == "complete":
            deliver_again(world, line.partition(" ")[2], result)
        world.connect(entity)
        assert next_call(world, entity) == "works"
    report = ["", *(f"{count:3} {' | '.join(what)}" for what, count in sorted(seen.items()))]
    sys.stdout.write("\n".join([*report, ""]))
    assert any(interrupted == "interrupted" for _, interrupted, _ in seen), report


def deliver_again(world: World, url: str, result: str) -> None:
    """A browser that loads the callback again after the crash: it still counts if it did not before, and never twice."""
    refused = ""
    try:
        made = world.complete(url)
    except InvalidState as error:
        refused = str(error)
    if refused:
        assert "used before" in refused
    else:
        assert result == "says reconnect"
        assert made.status is ConnectionStatus.ACTIVE


def test_a_new_token_that_was_lost_ends_the_connection_and_that_is_said(world: World) -> None:
    """Killed after the provider gave a new pair and before it was stored: what is stored was used, and is refused for ever."""
    entity = "alice"
    world.connect_with_a_token_that_has_ended(entity)
    world.oidc.clear_log()
    world.oidc.settings(hold={"/token": 60})
    with Victim(world.home) as victim:
        victim.begin(f"call {entity}")
        wait_for(lambda: any(one.get("decided") == 200 for one in world.oidc.log()))
        assert victim.kill()
    world.oidc.settings(hold={})
    check_nothing_is_torn(world, entity)
    assert [next_call(world, entity) for _ in range(2)] == ["says reconnect"] * 2
    (lost,) = world.backend.run(lambda: world.backend.accounts.connections(entity_ids=[entity]))
    assert lost.status is ConnectionStatus.EXPIRED
    assert world.connect(entity).is_usable
    assert next_call(world, entity) == "works"


def wait_for(happened: Callable[[], bool]) -> None:
    until = time.monotonic() + 60
    while not happened():
        assert time.monotonic() < until
        time.sleep(0.01)
