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
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from composio.accounts.book import Book
from composio.errors import StoreError, VaultError
from composio.store.records import Found, place_of
from composio.vault import rotation
from composio.vault.keys import FILE, VARIABLE
from composio.vault.rotation import rotate
from tests.peers.house import House, connection

# How often a rotation is killed, and a writer suspended; a longer run asks for more.
KILLS = int(os.environ.get("COMPOSIO_KILLS", "6"))
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signals")


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
    assert rotate(house.keys, house.vault, house.all_projects, lambda done, total: told.append((done, total))) == 7
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
    rotate(house.keys, house.vault, house.all_projects, lambda done, total: told.append((done, total)))
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
    late = other.vault.seal({"token": "secret ca-0"}, place_of(connection("ca-0")))

    def meanwhile(done: int, total: int) -> None:
        if done == 4:
            other.store.update_connection("ca-0", now=1.0, sealed=late)

    assert rotate(house.keys, house.vault, house.all_projects, meanwhile) == 5
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
            sealed = other.vault.seal({"token": "secret ca-1"}, place_of(connection("ca-1")))
            other.store.update_connection("ca-1", now=1.0, sealed=sealed)
            number += 1

    thread = threading.Thread(target=work)
    thread.start()
    try:
        for _ in range(3):
            rotate(house.keys, house.vault, house.all_projects)
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
import pathlib, signal, sys, time
from composio.vault import rotation
from composio.accounts.book import Book
from composio.vault.keys import MasterKeys
from composio.vault.vault import Vault
from composio.store.store import Store
from tests.peers.counted import count_calls
folder = pathlib.Path(sys.argv[1])
last = int(sys.argv[2])  # the call after which it ends; 0 for none
store = Store(lambda: folder / "accounts.sqlite3", project=None)
keys = MasterKeys(lambda: folder, {}, store.sealed_key_ids)
vault = Vault(keys)
rotation._BATCH = 4
store.count_sealed()
print("ready", flush=True)
started = time.monotonic()
calls = count_calls(last, signal.SIGKILL)
rotation.rotate(keys, vault, store)
sys.setprofile(None)
print(calls[0], time.monotonic() - started)
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


@posix
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


# A writer who is suspended between sealing and storing

STORES = """
import os, pathlib, signal, sys
from composio.vault.keys import MasterKeys
from composio.vault.vault import Vault
from composio.store.records import place_of
from composio.store.store import Store
from tests.peers.counted import count_calls
from tests.peers.house import House, connection
house = House(pathlib.Path(sys.argv[1]), {})
name, at = sys.argv[2], int(sys.argv[3])  # the call at which it is suspended; 0 for none
house.open_all()
calls = count_calls(at, signal.SIGSTOP)
house.add(name)
house.renew(name)
sys.setprofile(None)
print(calls[0])
house.store.close()
"""


def suspended(folder: Path, name: str, at: int) -> subprocess.Popen[str]:
    """A process that stores a connection and renews it, and stops at one of its calls."""
    command = [sys.executable, "-c", STORES, str(folder), name, str(at)]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    if at:
        found = os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)
        assert found
        assert found.si_status == signal.SIGSTOP, f"it ended before call {at}"
    return process


def resumed(process: subprocess.Popen[str]) -> str:
    process.send_signal(signal.SIGCONT)
    told, _ = process.communicate(timeout=60)
    assert process.returncode == 0
    return told


@posix
def test_nothing_is_lost_that_a_suspended_writer_sealed_before_the_rotation(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("composio.store.database._WAIT_SECONDS", 0.1)  # it may be suspended while it holds the database
    house.fill(3)
    calls = int(resumed(suspended(house.folder, "late-0", 0)))
    chance = random.Random()
    for run in range(1, KILLS + 1):
        at = chance.randrange(1, calls)
        writer = suspended(house.folder, f"late-{run}", at)
        for _ in range(2):
            with suppress(StoreError):
                house.rotate()
        resumed(writer)
        other = again(house)
        assert other.open_all() == 4 + run, f"suspended at call {at} of {calls}"
        other.store.close()
    house.rotate()
    assert house.open_all() == 4 + KILLS
    assert house.store.sealed_key_ids() == {house.keys.primary.id}
    assert len(house.key_lines()) == 1


def test_a_writer_who_waits_for_a_lock_stores_under_the_key_that_is_newest_then(house: House) -> None:
    house.fill(2)
    other = again(house)
    late = other.vault.seal({"token": "secret late"}, place_of(connection("late")))
    with closing(sqlite3.connect(house.folder / "accounts.sqlite3", isolation_level=None)) as holder:
        holder.execute("BEGIN IMMEDIATE")  # as a backup may hold it
        writer = threading.Thread(target=lambda: other.store.add_connection(connection("late"), late))
        rotating = threading.Thread(target=house.rotate)
        rotating.start()
        writer.start()
        holder.execute("ROLLBACK")
        rotating.join()
        writer.join()
    house.rotate()
    assert again(house).open_all() == 3
    assert len(house.key_lines()) == 1
    other.store.close()


def test_a_writer_of_the_very_first_secret_is_not_lost_either(house: House) -> None:
    """Nothing is stored yet, so nothing names its key."""
    other = again(house)
    late = other.vault.seal({"token": "secret late"}, place_of(connection("late")))
    assert house.rotate() == 0
    other.store.add_connection(connection("late"), late)
    found = house.store.get_connection("late")
    assert found
    assert dict(again(house).vault.open(found.sealed, place_of(found.connection))) == {"token": "secret late"}
    other.store.close()


def test_who_has_only_the_old_key_gets_an_error_and_stores_nothing(house: House) -> None:
    first, second = (base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2))
    old, both = again(house, **{VARIABLE: first}), again(house, **{VARIABLE: f"{second},{first}"})
    old.fill(1)
    late = old.vault.seal({"token": "secret late"}, place_of(connection("late")))
    both.rotate()
    with pytest.raises(VaultError, match=r"Nothing was stored: master key .* was replaced by a newer one"):
        old.store.add_connection(connection("late"), late)
    assert both.open_all() == 1
    for one in (old, both):
        one.store.close()


def test_an_operator_may_go_back_to_a_key_that_was_rotated_away_from(house: House) -> None:
    first, second = (base64.b64encode(bytes([n]) * 32).decode() for n in (1, 2))
    one, two, back = (again(house, **{VARIABLE: keys}) for keys in (first, f"{second},{first}", f"{first},{second}"))
    one.fill(2)
    assert two.rotate() == 4
    assert back.rotate() == 4
    back.add("ca-9")
    assert one.open_all() == 3
    for each in (one, two, back):
        each.store.close()


def test_a_reader_who_is_overtaken_by_a_rotation_reads_again(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    house.fill(2)
    reader = again(house)  # it has not seen the old key yet
    read = reader.store.get_connection
    overtaken: list[int] = []

    def slow(id: str) -> Found | None:
        found = read(id)
        if not overtaken:
            overtaken.append(house.rotate())
        return found

    monkeypatch.setattr(reader.store, "get_connection", slow)
    assert dict(Book(reader.store, reader.vault).entry("ca-1").values) == {"token": "secret ca-1"}
    assert overtaken == [4]
    reader.store.close()
