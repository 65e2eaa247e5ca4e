"""Backups of what is stored, also while a program writes, and the way back, also onto another machine."""

from __future__ import annotations

import base64
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from composio.errors import ComposioError, InvalidRequest, StoreError, VaultError
from composio.vault.backup import back_up, restore
from composio.vault.keys import FILE, VARIABLE
from composio.vault.keysources import KeyFile
from tests.peers.house import House

Make = Callable[..., House]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    made: list[House] = []

    def a_house(name: str, **environ: str) -> House:
        (tmp_path / name).mkdir(exist_ok=True)
        made.append(House(tmp_path / name, environ))
        return made[-1]

    yield a_house
    for one in made:
        one.store.close()


@pytest.fixture
def house(make: Make) -> House:
    made = make("home")
    made.fill(3)
    return made


def backed_up(house: House, file: Path, **options: Any) -> dict[str, Any]:
    return back_up(house.keys, house.all_projects, file, **options)


def restored(house: House, file: Path, **options: Any) -> dict[str, Any]:
    return restore(house.keys, house.vault, house.all_projects, file, **options)


def files(folder: Path) -> dict[str, bytes]:
    return {one.name: one.read_bytes() for one in folder.iterdir() if one.is_file()}


def test_a_backup_is_one_file_of_its_owners_without_the_key(house: House, tmp_path: Path) -> None:
    done = backed_up(house, tmp_path / "b")
    assert (done["connections"], done["integrations"], done["secrets"]) == (3, 1, 5)
    assert done["key_ids"] == [house.keys.primary.id]
    assert done["key_written_to"] is None
    assert sorted(one.name for one in tmp_path.iterdir()) == ["b", "home"]
    assert stat.S_IMODE((tmp_path / "b").stat().st_mode) == 0o600
    [key] = house.key_lines()
    assert key.encode() not in (tmp_path / "b").read_bytes()
    assert base64.b64decode(key) not in (tmp_path / "b").read_bytes()


@pytest.mark.parametrize("with_key", [{"key_file": "k"}, {"include_key": True}, {}])
def test_it_moves_to_another_machine(house: House, make: Make, tmp_path: Path, with_key: dict[str, Any]) -> None:
    options = {name: tmp_path / value if name == "key_file" else value for name, value in with_key.items()}
    backed_up(house, tmp_path / "b", **options)
    if not with_key:  # the key is copied by hand
        (tmp_path / "other").mkdir()
        KeyFile(tmp_path / "other" / FILE).write([house.keys.primary], new=True)
    other = make("other")
    done = restored(other, tmp_path / "b", key_file=options.get("key_file"))
    assert done["connections"] == 3
    again = make("other")  # which knows no key but its own
    assert again.open_all() == 3
    assert again.store.sealed_key_ids() == {done["key_id"]} == {again.keys.primary.id}
    again.add("ca-new")
    assert again.open_all() == 4


def test_a_key_file_is_its_owners_and_apart(house: House, tmp_path: Path) -> None:
    done = backed_up(house, tmp_path / "b", key_file=tmp_path / "k")
    assert done["key_written_to"] == str(tmp_path / "k")
    assert stat.S_IMODE((tmp_path / "k").stat().st_mode) == 0o600
    with pytest.raises(InvalidRequest, match="another file"):
        backed_up(house, tmp_path / "c", key_file=tmp_path / "c")
    with pytest.raises(InvalidRequest, match="not both"):
        backed_up(house, tmp_path / "c", key_file=tmp_path / "d", include_key=True)


@pytest.mark.parametrize("taken", ["b", "k"])
def test_nothing_is_overwritten_and_nothing_half_written_is_left(house: House, tmp_path: Path, taken: str) -> None:
    (tmp_path / taken).write_text("precious")
    with pytest.raises(StoreError, match="not overwritten"):
        backed_up(house, tmp_path / "b", key_file=tmp_path / "k")
    assert files(tmp_path) == {taken: b"precious"}


def test_a_backup_of_nothing_or_into_nowhere_is_an_error(house: House, make: Make, tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nothing to back up"):
        backed_up(make("empty"), tmp_path / "b")
    with pytest.raises(StoreError, match="can't be written"):
        backed_up(house, tmp_path / "missing" / "b")
    assert files(tmp_path) == {}


def test_a_backup_from_before_a_rotation_needs_the_key_of_then(house: House, make: Make, tmp_path: Path) -> None:
    backed_up(house, tmp_path / "b", key_file=tmp_path / "k")
    house.rotate()
    fresh = make("home")
    with pytest.raises(VaultError, match="--key-file"):
        restored(fresh, tmp_path / "b", replace=True)
    restored(fresh, tmp_path / "b", replace=True, key_file=tmp_path / "k")
    assert make("home").open_all() == 3


# A restore that is refused changes nothing


def test_what_is_stored_makes_room_only_if_asked_and_is_kept(house: House, make: Make, tmp_path: Path) -> None:
    backed_up(house, tmp_path / "b")
    house.add("ca-later")
    with pytest.raises(StoreError, match="not overwritten"):
        restored(house, tmp_path / "b")
    assert house.open_all() == 4
    done = restored(house, tmp_path / "b", replace=True)
    assert house.open_all() == 3
    other = make("other")
    KeyFile(other.folder / FILE).write([house.keys.primary], new=True)
    restored(other, Path(done["replaced"]))
    assert other.open_all() == 4


def broken_header(content: bytes) -> bytes:
    return b"no database at all" + content[18:]


def torn(content: bytes) -> bytes:
    return content[: len(content) // 2]


@pytest.mark.parametrize("damage", [broken_header, torn, lambda _: b"", lambda _: b"text"])
def test_a_damaged_file_is_refused(house: House, tmp_path: Path, damage: Callable[[bytes], bytes]) -> None:
    backed_up(house, tmp_path / "b")
    (tmp_path / "b").write_bytes(damage((tmp_path / "b").read_bytes()))
    before = files(tmp_path)
    with pytest.raises(StoreError, match=r"Nothing was changed"):
        restored(house, tmp_path / "b", replace=True)
    assert house.open_all() == 3
    assert files(tmp_path) == before


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("UPDATE composio_version SET version_num = '9999'", "Upgrade opencomposio-core"),
        ("DROP TABLE composio_version", "is not a backup"),
        ("UPDATE composio_connections SET box = zeroblob(60) WHERE id = 'ca-1'", "the secrets of connection ca-1"),
        ("UPDATE composio_connections SET app = 'evil' WHERE id = 'ca-1'", "the secrets of connection ca-1"),
        ("UPDATE composio_connections SET key_id = 'unknown'", "--key-file"),
    ],
)
def test_what_can_not_be_read_whole_is_refused(house: House, tmp_path: Path, statement: str, said: str) -> None:
    backed_up(house, tmp_path / "b")
    with closing(sqlite3.connect(tmp_path / "b")) as connection:
        connection.execute(statement)
        connection.commit()
    with pytest.raises(ComposioError, match=said):
        restored(house, tmp_path / "b", replace=True)
    assert house.open_all() == 3


def test_a_wrong_key_is_refused(house: House, make: Make, tmp_path: Path) -> None:
    backed_up(house, tmp_path / "b")
    (tmp_path / "k").write_text(base64.b64encode(bytes(32)).decode())
    other = make("other")
    for key_file, said in ((tmp_path / "k", "--key-file"), (tmp_path / "none", "no file"), (None, "--key-file")):
        with pytest.raises(VaultError, match=said):
            restored(other, tmp_path / "b", key_file=key_file)
    assert not (other.folder / "accounts.sqlite3").exists()
    assert not (other.folder / FILE).exists()


def test_keys_in_the_environment_are_used_and_written_nowhere(make: Make, tmp_path: Path) -> None:
    one = make("one", **{VARIABLE: "11" * 32})
    one.fill(2)
    assert backed_up(one, tmp_path / "b")["master_key"] == "environment"
    other = make("other", **{VARIABLE: f"{'22' * 32},{'11' * 32}"})
    restored(other, tmp_path / "b")
    assert make("other", **{VARIABLE: "22" * 32}).open_all() == 2
    assert not (other.folder / FILE).exists()


# A running program

WRITES = """
import pathlib, sys
from tests.peers.house import House
house = House(pathlib.Path(sys.argv[1]), {})
number = 100
while True:
    house.add(f"ca-{number}")
    house.renew(f"ca-{number}")
    print(number, flush=True)
    number += 1
"""


def test_a_backup_of_a_running_program_has_all_that_it_had_stored(house: House, make: Make, tmp_path: Path) -> None:
    command = [sys.executable, "-c", WRITES, str(house.folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout
        try:
            for turn in range(5):
                stored = int(writer.stdout.readline())
                done = backed_up(house, tmp_path / f"b{turn}", key_file=tmp_path / f"k{turn}")
                other = make(f"other{turn}")
                restored(other, tmp_path / f"b{turn}", key_file=tmp_path / f"k{turn}")
                assert other.open_all() == done["connections"]
                there = {one.id: one.version for one in other.store.list_connections()}
                assert all(there[f"ca-{number}"] == 1 for number in range(100, stored + 1))
        finally:
            writer.kill()


def test_a_running_program_sees_all_that_was_restored_and_writes_on(house: House, make: Make, tmp_path: Path) -> None:
    """Its file is not exchanged under it."""
    backed_up(house, tmp_path / "b")
    running = make("home")
    running.add("ca-before")
    assert running.open_all() == 4
    restored(house, tmp_path / "b", replace=True)
    assert running.open_all() == 3
    running.add("ca-after")
    running.store.close()
    assert make("home").open_all() == 4
