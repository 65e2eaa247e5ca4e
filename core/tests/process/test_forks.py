"""What a forked child is spared."""

from __future__ import annotations

import fcntl
import importlib
import os
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from composio.process import forks
from composio.process.locks import file_lock
from composio.store.store import Store
from tests.peers.child import in_child, start_child, wait_for

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),  # 3.12 warns of what is tested
]
_PATIENCE = 60


class Holding:
    """A thread that is inside of something until it is let go."""

    def __init__(self, inside: Callable[[], object]) -> None:
        self.there, self.go = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._hold, args=(inside,))
        self._thread.start()
        assert self.there.wait(_PATIENCE)

    def _hold(self, inside: Callable[[], object]) -> None:
        with inside():  # type: ignore[attr-defined]  # a context
            self.there.set()
            self.go.wait(_PATIENCE)

    def end(self) -> None:
        self.go.set()
        self._thread.join()


@pytest.mark.parametrize("make", [forks.lock, forks.rlock])
def test_a_lock_that_another_thread_holds_is_free_in_the_child(make: Callable[[], threading.Lock]) -> None:
    held = make()
    thread = Holding(lambda: held)
    assert in_child(lambda: held.acquire(timeout=10)) == 0
    assert not held.acquire(blocking=False), "the parent's is held on"
    thread.end()


def test_a_fork_waits_until_nobody_is_inside_and_lets_nobody_in_meanwhile() -> None:
    seen: list[str] = []
    thread = Holding(lambda: forks.no_fork)
    forking = threading.Thread(target=lambda: seen.append(f"forked {in_child(lambda: True)}"))
    forking.start()
    while not forks.no_fork._forking:
        time.sleep(0.001)

    def come_late() -> None:
        with forks.no_fork:
            seen.append("late")

    late = threading.Thread(target=come_late)
    late.start()
    assert seen == []
    thread.end()
    forking.join(_PATIENCE)
    late.join(_PATIENCE)
    assert sorted(seen) == ["forked 0", "late"]


def test_who_is_inside_may_enter_again_and_may_fork() -> None:
    with forks.no_fork, forks.no_fork:
        assert in_child(lambda: forks.no_fork.enter()) == 0
    assert not forks.no_fork._inside


def test_a_fork_does_not_wait_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forks, "_PATIENCE", 0.05)
    thread = Holding(lambda: forks.no_fork)
    assert in_child(lambda: forks.no_fork.enter()) == 0
    thread.end()


def test_a_module_that_another_thread_imports_is_whole_in_the_child(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "slow_to_import.py").write_text("import time\ntime.sleep(0.3)\nwhole = True\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    thread = threading.Thread(target=importlib.import_module, args=("slow_to_import",))
    thread.start()
    while "slow_to_import" not in sys.modules:
        time.sleep(0.001)
    assert in_child(lambda: importlib.import_module("slow_to_import").whole) == 0
    thread.join()
    del sys.modules["slow_to_import"]


def test_a_program_that_runs_in_a_module_is_not_waited_for_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forks, "_IMPORTS", 0.05)
    (tmp_path / "a_program.py").write_text("import builtins\nhelper = 7\nbuiltins.a_programs_end.wait()\n")
    monkeypatch.syspath_prepend(str(tmp_path))
    end = threading.Event()
    monkeypatch.setattr("builtins.a_programs_end", end, raising=False)
    thread = threading.Thread(target=importlib.import_module, args=("a_program",))
    thread.start()
    while not hasattr(sys.modules.get("a_program"), "helper"):
        time.sleep(0.001)
    try:
        assert in_child(lambda: importlib.import_module("a_program").helper == 7) == 0
        monkeypatch.setattr(forks, "_IMPORTS", float("inf"))
        assert in_child(lambda: importlib.import_module("a_program").helper == 7) == 0
    finally:
        end.set()
        thread.join()
        forks._endless.discard("a_program")


def test_a_child_keeps_no_lock_on_a_file_of_its_parents(tmp_path: Path) -> None:
    thread = Holding(lambda: file_lock(tmp_path / "lock"))
    held = next(iter(importlib.import_module("composio.process.locks")._open._files))
    assert in_child(lambda: held.closed) == 0
    with (tmp_path / "lock").open("a+b") as file, pytest.raises(BlockingIOError):
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    thread.end()


def test_what_a_child_commits_outlives_a_parent_that_ends_before_it(tmp_path: Path) -> None:
    """A child that took over what SQLite knows of its parent's locks would hold none: its file was cleared away under it."""
    store = Store(lambda: tmp_path / "accounts.sqlite3", project=None)
    store.reinstate_key("opens the file")
    parent_closed, child_wrote = os.pipe(), os.pipe()

    def work() -> bool:
        store.finish_task("opens it here")
        os.write(child_wrote[1], b"x")
        os.read(parent_closed[0], 1)
        with closing(sqlite3.connect(tmp_path / "accounts.sqlite3")):
            store.finish_task("still the same file")
        import sqlalchemy as sa

        from composio.store import tables

        with store._open().write() as connection:
            connection.execute(sa.insert(tables.tasks).values(name="of the child"))
        return store.has_task("of the child")

    child = start_child(work)
    os.read(child_wrote[0], 1)
    assert not store.has_task("of the child")
    store.close()
    os.write(parent_closed[1], b"x")
    assert wait_for(child) == 0
    assert store.has_task("of the child")
    store.close()


def test_a_property_is_computed_once_and_threads_agree() -> None:
    together = threading.Barrier(4)

    class One:
        @forks.cached
        def made(self) -> object:
            """Made."""
            together.wait()
            return object()

    one, found = One(), []
    threads = [threading.Thread(target=lambda: found.append(one.made)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert {id(each) for each in found} == {id(one.made)}
    assert One.made.__doc__ == "Made."
