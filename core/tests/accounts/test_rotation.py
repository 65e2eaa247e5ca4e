from __future__ import annotations

import base64
import os
import random
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from composio.accounts import rotation
from composio.accounts.keys import FILE, VARIABLE, MasterKeys
from composio.accounts.rotation import rotate
from composio.accounts.vault import Vault
from composio.errors import VaultError
from composio.model.connection import Connection, ConnectionStatus, Integration
from composio.store.records import Authorization
from composio.store.store import Store

# How often a rotation is killed; a longer run asks for more.
KILLS = int(os.environ.get("COMPOSIO_KILLS", "6"))


@dataclass
class House:
    """A home as one process sees it."""

    folder: Path
    environ: dict[str, str]

    def __post_init__(self) -> None:
        self.store = Store(lambda: self.folder / "accounts.sqlite3")
        self.keys = MasterKeys(
            lambda: self.folder, self.environ, lambda: self.store.sealed_key_ids() if self.store.exists() else ()
        )
        self.vault = Vault(self.keys)

    def add(self, name: str) -> None:
        one = Connection(
            id=name,
            entity_id=f"user of {name}",
            app="x",
            integration_id="in-1",
            auth_mode="OAUTH2",
            scheme="oauth2",
            status=ConnectionStatus.ACTIVE,
        )
        secret = self.vault.seal({"token": f"secret {name}"}, kind="connection", owner=name, tenant=one.entity_id)
        self.store.add_connection(one, secret)

    def fill(self, connections: int) -> None:
        """One integration, one user on the way, and so many connections."""
        integration = Integration(id="in-1", app="x", name="x", auth_mode="OAUTH2", scheme="oauth2")
        self.store.add_integration(integration, self.vault.seal({"a": "b"}, kind="integration", owner="in-1", tenant=""))
        for number in range(connections):
            self.add(f"ca-{number}")
        waiting = Authorization(
            state_hash="h",
            connection_id="ca-0",
            integration_id="in-1",
            entity_id="e",
            redirect_uri="",
            created_at=0,
            expires_at=9,
        )
        self.store.add_authorization(waiting, self.vault.seal({"v": "w"}, kind="authorization", owner="h", tenant="e"))

    def rotate(self) -> int:
        return rotate(self.keys, self.vault, self.store, settle=0.0)

    def open_all(self) -> int:
        """Every secret is read, and is what it was; how many connections."""
        found = self.store.get_integration("in-1")
        assert found
        assert dict(self.vault.open(found[1], kind="integration", owner="in-1", tenant="")) == {"a": "b"}
        waiting = self.store.get_authorization("h")
        assert waiting
        assert dict(self.vault.open(waiting[1], kind="authorization", owner="h", tenant="e")) == {"v": "w"}
        connections = self.store.list_connections()
        for one in connections:
            stored = self.store.get_connection(one.id)
            assert stored
            opened = self.vault.open(stored.sealed, kind="connection", owner=one.id, tenant=one.entity_id)
            assert dict(opened) == {"token": f"secret {one.id}"}
        return len(connections)

    def key_lines(self) -> list[str]:
        return [line for line in (self.folder / FILE).read_text().splitlines() if not line.startswith("#")]


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    made = House(tmp_path, {})
    yield made
    made.store.close()


def again(house: House, **environ: str) -> House:
    """The same home as another process would see it."""
    return House(house.folder, environ)


def test_everything_is_under_a_new_key_and_the_old_one_is_gone(house: House) -> None:
    house.fill(5)
    [old], used = house.key_lines(), house.store.sealed_key_ids()
    told: list[tuple[int, int]] = []
    assert rotate(house.keys, house.vault, house.store, lambda done, total: told.append((done, total)), settle=0.0) == 7
    assert told == [(7, 7)]
    [new] = house.key_lines()
    assert new != old
    assert house.store.sealed_key_ids() == {house.keys.primary.id} != used
    other = again(house)
    assert other.open_all() == 5
    other.store.close()


def test_progress_is_told_as_it_goes(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "_BATCH", 3)
    house.fill(6)
    told: list[tuple[int, int]] = []
    rotate(house.keys, house.vault, house.store, lambda done, total: told.append((done, total)), settle=0.0)
    assert told == [(3, 8), (6, 8), (8, 8)]


def test_secrets_themselves_are_not_opened_or_changed(house: House) -> None:
    house.fill(2)
    before = house.store.get_connection("ca-1")
    house.rotate()
    after = house.store.get_connection("ca-1")
    assert before
    assert after
    assert after.sealed.box == before.sealed.box
    assert after.sealed.wrapped != before.sealed.wrapped
    assert after.connection == before.connection


def test_each_rotation_makes_another_key(house: House) -> None:
    house.fill(2)
    seen = set()
    for _ in range(3):
        assert house.rotate() == 4
        seen |= set(house.key_lines())
    assert len(seen) == 3


def test_where_nothing_is_stored_the_key_is_changed_all_the_same(house: House) -> None:
    old = house.keys.primary.id
    assert house.rotate() == 0
    assert house.keys.primary.id != old
    assert len(house.key_lines()) == 1


def test_a_process_that_runs_meanwhile_goes_on_with_the_new_key(house: House) -> None:
    house.fill(2)
    other = again(house)
    assert other.open_all() == 2
    house.rotate()
    other.add("ca-9")
    assert other.open_all() == 3
    assert other.store.sealed_key_ids() == {house.keys.primary.id}
    other.store.close()


def test_what_was_stored_under_the_old_key_at_the_last_moment_is_wrapped_too(house: House) -> None:
    house.fill(2)
    other = again(house)
    late = other.vault.seal({"token": "secret ca-0"}, kind="connection", owner="ca-0", tenant="user of ca-0")

    def meanwhile(done: int, total: int) -> None:
        if done == 4:
            other.store.update_connection("ca-0", now=1.0, sealed=late)

    assert rotate(house.keys, house.vault, house.store, meanwhile, settle=0.0) == 5
    assert house.open_all() == 2
    assert len(house.key_lines()) == 1
    other.store.close()


def test_others_change_and_delete_while_it_runs(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rotation, "_BATCH", 2)
    house.fill(20)
    stop = threading.Event()
    other = again(house)

    def work() -> None:
        number = 100
        while not stop.is_set():
            other.add(f"ca-{number}")
            other.store.delete_connection(f"ca-{number - 3}")
            place = {"kind": "connection", "owner": "ca-1", "tenant": "user of ca-1"}
            other.store.update_connection("ca-1", now=1.0, sealed=other.vault.seal({"token": "secret ca-1"}, **place))
            number += 1

    thread = threading.Thread(target=work)
    thread.start()
    try:
        for _ in range(3):
            # As long as it takes others to store what they have just sealed.
            rotate(house.keys, house.vault, house.store, settle=0.3)
    finally:
        stop.set()
        thread.join()
    assert house.open_all() >= 20
    assert len(house.key_lines()) == 1
    other.store.close()


def test_a_secret_that_no_key_opens_stays_as_it_is_and_is_named(house: House) -> None:
    house.fill(4)
    [old], sealed = house.key_lines(), house.store.get_connection("ca-2")
    assert sealed
    broken = replace(sealed.sealed, wrapped=b"\x01" * len(sealed.sealed.wrapped))
    house.store.update_connection("ca-2", now=1.0, sealed=broken)
    with pytest.raises(VaultError, match=r"5 secrets were wrapped .*connection 'ca-2'"):
        house.rotate()
    found = house.store.get_connection("ca-2")
    assert found
    assert found.sealed == broken
    # Its key is kept for as long as something names it.
    assert house.key_lines()[1:] == [old]
    house.store.delete_connection("ca-2")
    assert house.rotate() == 0
    assert house.open_all() == 3
    assert len(house.key_lines()) == 1


def test_a_wrong_key_wraps_nothing(house: House) -> None:
    house.fill(2)
    key = (house.folder / FILE).read_text()
    (house.folder / FILE).unlink()
    for environ in ({}, {VARIABLE: base64.b64encode(bytes(32)).decode()}):
        other = again(house, **environ)
        with pytest.raises(VaultError, match="is missing"):
            other.rotate()
        other.store.close()
    assert not (house.folder / FILE).exists()
    (house.folder / FILE).write_text(key)
    (house.folder / FILE).chmod(0o600)
    other = again(house)
    assert other.open_all() == 2
    other.store.close()


def test_keys_in_the_environment_are_taken_as_they_are_written(house: House) -> None:
    first, second = (base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2))
    old = again(house, **{VARIABLE: first})
    old.fill(2)
    with pytest.raises(VaultError, match=f"Put the new key before the old one in {VARIABLE}"):
        old.rotate()
    both = again(house, **{VARIABLE: f"{second},{first}"})
    assert both.rotate() == 4
    assert both.rotate() == 0
    new = again(house, **{VARIABLE: second})
    assert new.open_all() == 2
    with pytest.raises(VaultError, match="is missing"):
        old.open_all()
    for one in (old, both, new):
        one.store.close()


def test_a_key_in_the_environment_takes_the_files_place(house: House) -> None:
    house.fill(2)
    key = base64.b64encode(bytes(32)).decode()
    other = again(house, **{VARIABLE: key})
    assert other.rotate() == 4
    assert not (house.folder / FILE).exists()
    assert other.open_all() == 2
    other.store.close()


ROTATES = """
import pathlib, sys, time
from composio.accounts import rotation
from composio.accounts.keys import MasterKeys
from composio.accounts.vault import Vault
from composio.store.store import Store
folder = pathlib.Path(sys.argv[1])
last = int(sys.argv[2])  # the call after which it ends; 0 for none
store = Store(lambda: folder / "accounts.sqlite3")
keys = MasterKeys(lambda: folder, {}, store.sealed_key_ids)
vault = Vault(keys)
rotation._BATCH = 4
store.count_sealed()
calls = 0
def count(*_):
    global calls
    calls += 1
    if calls == last:
        import os, signal
        os.kill(os.getpid(), signal.SIGKILL)
print("ready", flush=True)
started = time.monotonic()
sys.setprofile(count)
rotation.rotate(keys, vault, store, settle=0.01)
sys.setprofile(None)
print(calls, time.monotonic() - started)
store.close()
"""


def run_and_kill(folder: Path, *, at_call: int = 0, after: float | None = None) -> str:
    command = [sys.executable, "-c", ROTATES, str(folder), str(at_call)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert process.stdout.readline() == "ready\n"
        if after is not None:
            time.sleep(after)
            process.kill()
        rest = process.stdout.read()
    assert process.returncode in {0, -signal.SIGKILL}
    return rest


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL")
def test_a_rotation_that_is_killed_anywhere_loses_nothing_and_the_next_one_ends_it(house: House) -> None:
    house.fill(30)
    house.store.close()
    calls, seconds = (float(word) for word in run_and_kill(house.folder).split())
    chance = random.Random()
    for kill in range(KILLS):
        if kill % 2:
            at = chance.randrange(1, int(calls))
            where = f"call {at} of {calls:.0f}"
            run_and_kill(house.folder, at_call=at)
        else:
            after = chance.uniform(0.0, seconds)
            where = f"{after:.4f} of {seconds:.4f} seconds"
            run_and_kill(house.folder, after=after)
        other = again(house)
        assert other.open_all() == 30 + kill, where
        other.add(f"ca-{100 + kill}")
        other.store.close()
        assert 1 <= len(house.key_lines()) <= 2, where
    other = again(house)
    other.rotate()
    assert other.open_all() == 30 + KILLS
    assert other.store.count_sealed(not_under=other.keys.primary.id) == 0
    other.store.close()
    assert len(house.key_lines()) == 1
    assert list(house.folder.glob(f".{FILE}*")) == []  # no half-written file with a key in it
    with closing(sqlite3.connect(house.folder / "accounts.sqlite3")) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
