from __future__ import annotations

import base64
import logging
import os
import stat
import sys
import threading
from collections.abc import Collection
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import keyring
import keyring.backend
import keyring.backends.chainer
import keyring.backends.null
import pytest

from composio.errors import VaultError
from composio.vault import keysources
from composio.vault.keys import FILE, VARIABLE, MasterKeys
from tests.peers.processes import at_once

KEYS = [base64.b64encode(bytes([n]) * 32).decode() for n in range(1, 4)]
posix = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")


def from_environment(value: str, folder: Path, used: Collection[str] = ()) -> MasterKeys:
    return MasterKeys(lambda: folder, {VARIABLE: value}, lambda: used)


def from_folder(folder: Path, used: Collection[str] = ()) -> MasterKeys:
    return MasterKeys(lambda: folder, {}, lambda: used)


def test_nothing_is_read_before_a_key_is_wanted() -> None:
    def never() -> Any:
        raise AssertionError("asked")

    MasterKeys(never, {VARIABLE: "wrong"}, never)


# The environment


@pytest.mark.parametrize(
    "written",
    [
        KEYS[0],
        f"  {KEYS[0]}\n",
        KEYS[0].rstrip("="),
        base64.urlsafe_b64encode(b"\xff\xfe" * 16).decode(),
        "01" * 32,
        "AB" * 32,
        f"{KEYS[0]},",
    ],
)
def test_a_key_is_base64_or_hexadecimal(tmp_path: Path, written: str) -> None:
    key = from_environment(written, tmp_path).primary
    assert len(key.reveal()) == 32
    assert list(tmp_path.iterdir()) == []


def test_both_ways_to_write_a_key_are_the_same_key(tmp_path: Path) -> None:
    assert from_environment("01" * 32, tmp_path).primary.id == from_environment(KEYS[0], tmp_path).primary.id


@pytest.mark.parametrize(
    ("written", "which"),
    [
        ("changeme", "key 1"),
        ("A" * 42, "key 1"),
        ("A" * 45, "key 1"),
        ("01" * 31, "key 1"),
        ("0g" * 32, "key 1"),
        (f"{KEYS[0]},short", "key 2"),
        ("pässword" * 5, "key 1"),
    ],
)
def test_what_is_no_key_is_an_error_that_says_how_to_make_one(tmp_path: Path, written: str, which: str) -> None:
    with pytest.raises(VaultError, match=f"{VARIABLE}: {which} is no 32 bytes") as caught:
        _ = from_environment(written, tmp_path).primary
    assert "openssl rand -base64 32" in str(caught.value)
    assert written.split(",")[-1] not in str(caught.value)


def test_the_first_key_seals_and_the_others_open(tmp_path: Path) -> None:
    keys = from_environment(", ".join(KEYS), tmp_path)
    assert keys.primary.reveal() == b"\x01" * 32
    assert [key.reveal() for key in keys.superseded] == [b"\x02" * 32, b"\x03" * 32]
    assert all(keys.by_id(key.id) is key for key in keys.superseded)


def test_an_id_reveals_nothing_and_a_repr_neither(tmp_path: Path) -> None:
    key = from_environment(KEYS[0], tmp_path).primary
    assert len(key.id) == 16
    assert repr(key) == f"MasterKey({key.id})"
    assert key.id not in {KEYS[0][:16], ("01" * 32)[:16]}


# The file


@posix
def test_a_new_key_lies_in_a_file_of_its_owners_alone_and_that_is_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG, "composio"):
        first = from_folder(tmp_path).primary
        assert from_folder(tmp_path).primary.id == first.id
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    [message] = caplog.messages
    assert str(tmp_path / FILE) in message
    assert VARIABLE in message
    assert first.text.reveal() not in caplog.text
    assert sorted(path.name for path in tmp_path.iterdir()) == [FILE, f"{FILE}.lock"]


@posix
def test_a_file_that_others_can_read_is_put_right_with_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    key = from_folder(tmp_path).primary
    (tmp_path / FILE).chmod(0o644)
    caplog.clear()
    assert from_folder(tmp_path).primary.id == key.id
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600
    assert "vault rotate" in caplog.text


@pytest.mark.parametrize("content", [b"", b"# only a comment\n", b"no key\n", b"\xff\xfe\x00", KEYS[0][:30].encode()])
def test_a_file_that_holds_no_key_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    (tmp_path / FILE).write_bytes(content)
    with pytest.raises(VaultError, match=FILE):
        _ = from_folder(tmp_path).primary
    assert (tmp_path / FILE).read_bytes() == content


def test_a_folder_in_the_files_place_is_an_error(tmp_path: Path) -> None:
    (tmp_path / FILE).mkdir()
    with pytest.raises(VaultError, match="can't be read"):
        _ = from_folder(tmp_path).primary


def test_a_key_that_another_process_added_is_seen(tmp_path: Path) -> None:
    keys, others = from_folder(tmp_path), from_folder(tmp_path)
    old = keys.primary
    added = others.add()
    assert keys.primary.id == added.id != old.id
    assert keys.by_id(old.id).id == old.id
    assert [key.id for key in keys.superseded] == [old.id]


def test_a_retired_key_is_gone_and_the_newest_never_is(tmp_path: Path) -> None:
    keys = from_folder(tmp_path)
    old = keys.primary
    new = keys.add()
    assert keys.retire({old.id, new.id, "unknown"}) == [old.id]
    assert keys.superseded == ()
    assert from_folder(tmp_path).primary.id == new.id
    assert keys.by_id(old.id).id == old.id  # for what it read before
    assert old.text.reveal() not in (tmp_path / FILE).read_text()
    with pytest.raises(VaultError, match=f"master key {old.id} is missing"):
        from_folder(tmp_path).by_id(old.id)


def test_many_threads_make_one_key(tmp_path: Path) -> None:
    several = [from_folder(tmp_path) for _ in range(4)]
    together = threading.Barrier(12)

    def first(number: int) -> str:
        together.wait()
        return several[number % 4].primary.id

    with ThreadPoolExecutor(12) as pool:
        assert len(set(pool.map(first, range(12)))) == 1


MAKES = """
import pathlib, sys
from composio.vault.keys import MasterKeys
keys = MasterKeys(lambda: pathlib.Path(sys.argv[1]), {})
print("ready", flush=True)
sys.stdin.readline()
print(keys.primary.id)
"""


def test_processes_that_start_together_make_one_key(tmp_path: Path) -> None:
    ids = [told.strip() for told, _ in at_once(MAKES, *[[str(tmp_path)]] * 4)]
    assert ids == [from_folder(tmp_path).primary.id] * 4


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")  # 3.12 warns of what is tested here
def test_a_forked_child_does_not_wait_for_its_parents_lock(tmp_path: Path) -> None:
    keys = from_folder(tmp_path)
    known = keys.primary.id
    holder_started, release = threading.Event(), threading.Event()
    holder = threading.Thread(target=lambda: _hold(keys, holder_started, release))
    holder.start()
    holder_started.wait()
    child = os.fork()
    if child == 0:
        try:
            os._exit(0 if keys.primary.id == known else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    release.set()
    holder.join()


def _hold(keys: MasterKeys, started: threading.Event, release: threading.Event) -> None:
    with keys._lock:
        started.set()
        release.wait()


# Where secrets are sealed already


def test_no_key_is_made_where_secrets_lie_under_one_that_is_missing(tmp_path: Path) -> None:
    with pytest.raises(VaultError, match="sealed under master key abcd, which is missing") as caught:
        _ = from_folder(tmp_path, used=["abcd"]).primary
    for place in (VARIABLE, "keyring", str(tmp_path / FILE), "found: none", "nothing was changed"):
        assert place in str(caught.value)
    assert not (tmp_path / FILE).exists()


def test_nothing_is_sealed_under_a_wrong_key(tmp_path: Path) -> None:
    with pytest.raises(VaultError, match="sealed under master key abcd, which is missing"):
        _ = from_environment(KEYS[0], tmp_path, used=["abcd"]).primary


def test_a_new_key_in_the_environment_goes_with_the_old_one_in_the_file(tmp_path: Path) -> None:
    old = from_folder(tmp_path).primary
    keys = from_environment(KEYS[0], tmp_path, used=[old.id])
    assert keys.primary.reveal() == b"\x01" * 32
    assert keys.by_id(old.id).id == old.id


def test_a_key_in_the_environment_is_its_operators_to_change(tmp_path: Path) -> None:
    keys = from_environment(f"{KEYS[0]},{KEYS[1]}", tmp_path)
    with pytest.raises(VaultError, match="before the old one"):
        keys.add()
    assert keys.retire({key.id for key in keys.superseded}) == []
    assert len(keys.superseded) == 1


# The system's keyring


class Desktop(keyring.backend.KeyringBackend):
    """A keyring in memory: what a desktop's would keep."""

    priority: Any = 5

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.fails: type[Exception] | None = None
        self.waits = threading.Event()
        self.waits.set()

    def get_password(self, service: str, username: str) -> str | None:
        self.waits.wait()
        if self.fails:
            raise self.fails("no")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.fails:
            raise self.fails("no")
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


class Plain(Desktop):
    """One that writes files anybody can read, as keyrings.alt has them."""

    priority = 0.5


@pytest.fixture
def desktop(monkeypatch: pytest.MonkeyPatch) -> Desktop:
    made = Desktop()
    monkeypatch.setattr(keyring, "get_keyring", lambda: made)
    # The tests' own folders are temporary ones, which are not kept in a keyring.
    monkeypatch.setattr("composio.vault.keysources.tempfile.gettempdir", lambda: "/nowhere")
    return made


def at_a_desktop(folder: Path, used: Collection[str] = ()) -> MasterKeys:
    return MasterKeys(lambda: folder, {"DISPLAY": ":0"}, lambda: used)


def test_a_keyring_keeps_the_key_and_no_file_does(desktop: Desktop, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    key = at_a_desktop(tmp_path).primary
    assert at_a_desktop(tmp_path).primary.id == key.id
    assert list(desktop.kept) == [("composio", f"master key of {tmp_path}")]
    assert not (tmp_path / FILE).exists()
    assert caplog.messages == []


def test_each_home_has_an_entry_of_its_own(desktop: Desktop, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    one, other = at_a_desktop(tmp_path), at_a_desktop(tmp_path / "other")
    assert one.primary.id != other.primary.id
    known = one.primary.id
    one.add()
    one.retire({known})
    assert at_a_desktop(tmp_path / "other").primary.id == other.primary.id


def test_keys_in_a_keyring_are_added_and_retired(desktop: Desktop, tmp_path: Path) -> None:
    keys, others = at_a_desktop(tmp_path), at_a_desktop(tmp_path)
    old = keys.primary
    new = others.add()
    assert keys.primary.id == new.id
    assert keys.by_id(old.id).id == old.id
    assert keys.retire({old.id}) == [old.id]
    assert [text.split() for text in desktop.kept.values()] == [[new.text.reveal()]]


@pytest.mark.parametrize("stand_in", [keyring.backends.null.Keyring, keyring.backends.chainer.ChainerBackend, Plain])
def test_a_keyring_that_keeps_nothing_safe_is_passed_over(
    desktop: Desktop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stand_in: type
) -> None:
    monkeypatch.setattr(keyring.backends.chainer.ChainerBackend, "backends", ())
    monkeypatch.setattr(keyring, "get_keyring", stand_in)
    _ = at_a_desktop(tmp_path).primary
    assert (tmp_path / FILE).exists()


@pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="there somebody can always answer")
def test_a_keyring_is_not_asked_where_nobody_sits_who_could_unlock_it(desktop: Desktop, tmp_path: Path) -> None:
    desktop.fails = AssertionError
    keys = from_folder(tmp_path)
    _ = keys.primary
    assert (tmp_path / FILE).exists()
    assert keys._system().problem == ""


def test_a_temporary_folders_key_is_not_left_behind_in_a_keyring(
    desktop: Desktop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("composio.vault.keysources.tempfile.gettempdir", lambda: str(tmp_path))
    (tmp_path / "home").mkdir()
    _ = at_a_desktop(tmp_path / "home").primary
    assert desktop.kept == {}
    assert (tmp_path / "home" / FILE).exists()


def test_a_keyring_that_fails_gives_way_to_the_file(desktop: Desktop, tmp_path: Path) -> None:
    desktop.fails = OSError
    assert at_a_desktop(tmp_path).primary.id == from_folder(tmp_path).primary.id


def test_a_locked_keyring_that_holds_the_key_is_an_error_and_no_new_key(desktop: Desktop, tmp_path: Path) -> None:
    used = at_a_desktop(tmp_path).primary.id
    desktop.fails = PermissionError
    with pytest.raises(VaultError, match=r"keyring .*PermissionError"):
        _ = at_a_desktop(tmp_path, used=[used]).primary
    assert not (tmp_path / FILE).exists()


def test_what_a_process_opened_before_it_opens_though_the_keyring_is_locked_meanwhile(desktop: Desktop, tmp_path: Path) -> None:
    used: list[str] = []
    keys = at_a_desktop(tmp_path, used)
    known = keys.primary
    used.append(known.id)
    desktop.fails = PermissionError
    with pytest.raises(VaultError, match="PermissionError"):
        _ = keys.primary  # another process may have changed it
    assert keys.by_id(known.id).id == known.id
    desktop.fails = None
    assert keys.primary.id == known.id


def test_a_keyring_that_never_answers_is_not_waited_for(
    desktop: Desktop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(keysources, "_KEYRING_SECONDS", 0.05)
    desktop.waits.clear()
    try:
        with pytest.raises(VaultError, match="no answer in"):
            _ = at_a_desktop(tmp_path, used=["abcd"]).primary
    finally:
        desktop.waits.set()


def test_where_the_keyrings_library_is_missing_the_error_says_what_installs_it(
    desktop: Desktop, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)
    with pytest.raises(VaultError, match=r"opencomposio-core\[keyring\]"):
        _ = at_a_desktop(tmp_path, used=["abcd"]).primary
    _ = at_a_desktop(tmp_path).primary
    assert (tmp_path / FILE).exists()


def test_what_a_keyring_holds_may_be_no_key(desktop: Desktop, tmp_path: Path) -> None:
    desktop.kept["composio", f"master key of {tmp_path}"] = "something else"
    with pytest.raises(VaultError, match="keyring"):
        _ = at_a_desktop(tmp_path).primary
    assert list(desktop.kept.values()) == ["something else"]
