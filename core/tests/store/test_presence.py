"""Which owners of leases are alive: those of killed processes are not, those of stopped ones are, and children inherit none."""

from __future__ import annotations

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import IO

import pytest

from composio.store.presence import Presence, unproven
from composio.store.store import Store
from tests.peers.child import in_child

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGKILL, SIGSTOP and fork")
HOLDS = """
import os, pathlib, sys
from composio.store.presence import Presence
with Presence(pathlib.Path(sys.argv[1])).holding() as owner:
    child = os.fork() if "fork" in sys.argv else 1
    if child == 0:
        sys.stdin.readline()
        os._exit(0)
    print(owner, flush=True)
    sys.stdin.readline()
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "leases"


@contextmanager
def holder(file: Path, *more: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """Another process that holds an owner, and the owner's name."""
    command = [sys.executable, "-c", HOLDS, str(file), *more]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield process, said(process.stdout)
        finally:
            process.kill()


def said(stream: IO[str] | None) -> str:
    assert stream is not None
    return stream.readline().strip()


def test_an_owner_is_alive_while_it_is_held(file: Path) -> None:
    presence = Presence(file)
    with presence.holding() as one, presence.holding() as other:
        assert one != other
        assert [presence.is_held(owner) for owner in (one, other)] == [True, True]
    assert [presence.is_held(owner) for owner in (one, other)] == [False, False]
    assert file.stat().st_mode & 0o077 == 0


def test_letting_go_of_one_keeps_the_others(file: Path, tmp_path: Path) -> None:
    """Closing a file lets go of all locks that a process has in it: asking, and other stores of the process, must not."""
    (tmp_path / "link").symlink_to(tmp_path)
    with holder(file) as (_, theirs), ExitStack() as stack:
        ours = stack.enter_context(Presence(file).holding())
        with Presence(tmp_path / "link" / "leases").holding():
            assert Presence(file).is_held(theirs)
        asks = f"from composio.store.presence import Presence; import pathlib; print(Presence(pathlib.Path({str(file)!r})).is_held({ours!r}))"
        assert subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=True).stdout == "True\n"
        stack.close()
        assert subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=True).stdout == "False\n"
        assert Presence(file).is_held(theirs)


def test_a_process_that_was_killed_is_dead_and_one_that_was_stopped_is_not(file: Path) -> None:
    presence = Presence(file)
    with holder(file) as (process, owner):
        assert presence.is_held(owner)
        process.send_signal(signal.SIGSTOP)
        assert presence.is_held(owner)
        process.kill()
        process.wait()
        assert presence.is_held(owner) is False


def test_a_forked_child_does_not_keep_its_parents_owner_alive(file: Path) -> None:
    """A server's workers outlive one that crashed."""
    presence = Presence(file)
    with holder(file, "fork") as (process, owner):
        process.kill()
        process.wait()
        assert presence.is_held(owner) is False


def test_a_forked_child_has_owners_of_its_own(file: Path) -> None:
    presence = Presence(file)
    with presence.holding() as ours:

        def work() -> bool:
            with presence.holding() as own:
                both = presence.is_held(ours) and presence.is_held(own)
            return bool(both and presence.is_held(ours) and not presence.is_held(own))

        assert in_child(work) == 0
        with holder(file) as (_, theirs):
            assert presence.is_held(theirs)


@pytest.mark.parametrize("owner", ["dead", "0123456789abcdef", "~0123456789abcdef", "somebody", ""])
def test_of_whom_nothing_is_known_nothing_is_claimed(file: Path, owner: str) -> None:
    assert Presence(file).is_held(owner) is None  # nobody was ever here
    assert Presence(file).is_held(unproven()) is None


def test_without_locks_an_owner_is_never_taken_for_dead(tmp_path: Path) -> None:
    presence = Presence(tmp_path / "missing" / "leases")
    with presence.holding() as owner:
        assert presence.is_held(owner) is None
    assert presence.is_held(owner) is None


def test_only_a_file_has_owners_that_can_be_seen(tmp_path: Path) -> None:
    for store in (Store(lambda: tmp_path / "a.sqlite3"), Store(lambda: tmp_path, f"sqlite:///{tmp_path}/b.sqlite3")):
        with store.owner() as owner:
            assert store.is_alive(owner)
        assert store.is_alive(owner) is False
        store.close()
    elsewhere = Store(lambda: tmp_path, "postgresql+pg8000://nobody@127.0.0.1:1/none")
    with elsewhere.owner() as owner:
        assert elsewhere.is_alive(owner) is None
