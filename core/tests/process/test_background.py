"""Work beside its callers: one piece for each key, waited for at the end, and lost with no fork."""

from __future__ import annotations

import contextvars
import gc
import os
import subprocess
import sys
import threading
import time
import weakref
from collections.abc import Iterator
from concurrent.futures import Future
from typing import Any

import pytest

from composio.process import background
from composio.process.background import Background

WHO = contextvars.ContextVar("who", default="nobody")


@pytest.fixture
def work() -> Iterator[Background]:
    made = Background()
    yield made
    assert made.wait(30)


class Gate:
    """Work that goes on until it may end; ``begun`` says that it goes on."""

    def __init__(self, result: Any = "done") -> None:
        self.begun, self.open, self.result = threading.Event(), threading.Event(), result

    def __call__(self) -> Any:
        self.begun.set()
        assert self.open.wait(30)
        return self.result


def test_no_thread_runs_before_the_first_use_nor_after_the_last(work: Background) -> None:
    before = set(threading.enumerate())  # threads of other tests may end meanwhile
    gate = Gate()
    future = work.start("a", gate)
    assert len(set(threading.enumerate()) - before) == 1
    gate.open.set()
    assert future.result(30) == "done"
    until = time.monotonic() + 30
    while set(threading.enumerate()) - before:
        assert time.monotonic() < until
        time.sleep(0.01)


def test_one_piece_of_work_for_each_key(work: Background) -> None:
    first, other = Gate(1), Gate(2)
    futures = [work.start("a", first), work.start("a", other), work.start("b", other)]
    assert futures[0] is futures[1]
    first.open.set()
    other.open.set()
    assert [future.result(30) for future in futures] == [1, 1, 2]
    assert work.start("a", other).result(30) == 2  # what has ended is begun anew


def test_an_error_is_whoever_waits_for_its(work: Background) -> None:
    def fails() -> None:
        raise SystemExit(3)

    with pytest.raises(SystemExit):
        work.start("a", fails).result(30)
    assert work.start("b", lambda: "goes on").result(30) == "goes on"


def test_work_has_no_deadline_of_its_callers(work: Background) -> None:
    WHO.set("a caller")
    assert work.start("a", WHO.get).result(30) == "nobody"


def test_more_work_than_threads_is_done_all_the_same(work: Background, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "_MOST_THREADS", 2)
    gates = [Gate(number) for number in range(5)]
    before = set(threading.enumerate())
    futures = [work.start(str(number), gate) for number, gate in enumerate(gates)]
    assert gates[1].begun.wait(30)
    assert len(set(threading.enumerate()) - before) <= 2
    for gate in gates:
        gate.open.set()
    assert [future.result(30) for future in futures] == list(range(5))


def test_where_no_thread_can_be_started_the_caller_does_it(work: Background, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuses(_: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refuses)
    assert work.start("a", threading.get_ident).result(0) == threading.get_ident()


def test_waiting_has_an_end_and_is_not_done_twice(work: Background) -> None:
    gate = Gate()
    work.start("a", gate)
    assert not work.wait(0.05)
    begun = time.monotonic()
    assert not work.wait(30)
    assert time.monotonic() - begun < 10
    gate.open.set()
    until = time.monotonic() + 30
    while not work.wait(0):
        assert time.monotonic() < until
        time.sleep(0.01)


def test_what_comes_last_comes_after_what_goes_on(work: Background) -> None:
    order: list[str] = []
    work.then(lambda: order.append("at once"))
    gate = Gate()
    future = work.start("a", gate)
    work.then(lambda: order.append("after it"))
    assert order == ["at once"]
    gate.open.set()
    future.result(30)
    assert work.wait(30)
    until = time.monotonic() + 30
    while order != ["at once", "after it"]:
        assert time.monotonic() < until
        time.sleep(0.01)


def test_whoever_begins_it_elsewhere_ends_it(work: Background) -> None:
    future, is_new = work.adopt("a")
    assert is_new
    again: tuple[Future[Any], bool] = work.adopt("a")
    assert again == (future, False)
    assert work.start("a", lambda: "another") is future
    work.finish("a", lambda: future.set_result("there"))
    assert future.result(0) == "there"
    assert work.start("a", lambda: "another").result(30) == "another"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_forked_child_has_nothing_to_wait_for_and_works(work: Background) -> None:
    gate = Gate()
    work.start("a", gate)
    assert gate.begun.wait(30)
    child = os.fork()
    if child == 0:
        code = 1
        try:
            code = 0 if work.wait(10) and work.start("a", lambda: "child").result(10) == "child" else 2
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    gate.open.set()


def test_what_nobody_uses_is_forgotten() -> None:
    made = Background()
    made.start("a", lambda: None).result(30)
    gone = weakref.ref(made)
    del made
    until = time.monotonic() + 30
    while gone() is not None:
        gc.collect()
        assert time.monotonic() < until


LEAVES = """
import multiprocessing, os, sys, threading, time
from composio.process.background import Background
import composio.process.background
composio.process.background.LEAVE_SECONDS = float(sys.argv[2])
def main():
    work = Background()
    def slow():
        begun.set()
        time.sleep(float(sys.argv[3]))
        print("stored", flush=True)
    begun = threading.Event()
    work.start("a", slow)
    begun.wait()
    globals()["kept"] = work
if sys.argv[1] == "process":
    child = multiprocessing.get_context("fork").Process(target=main)
    child.start()
    child.join()
    sys.exit(child.exitcode)
main()
if sys.argv[1] == "exit":
    sys.exit(0)
if sys.argv[1] == "error":
    sys.exit("an error of the program's own")
"""


@pytest.mark.parametrize("way", ["end", "exit", "error", "process"])
def test_a_program_that_ends_waits_for_what_goes_on(way: str) -> None:
    if way == "process" and sys.platform == "win32":
        pytest.skip("no fork here")
    done = subprocess.run(
        [sys.executable, "-c", LEAVES, way, "30", "0.3"], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.stdout, done.stderr) == ("stored\n", "an error of the program's own\n" if way == "error" else "")
    assert done.returncode == (way == "error")


def test_a_program_that_ends_does_not_hang() -> None:
    begun = time.monotonic()
    done = subprocess.run(
        [sys.executable, "-c", LEAVES, "end", "0.2", "600"], capture_output=True, text=True, timeout=60, check=False
    )
    assert time.monotonic() - begun < 50
    assert (done.stdout, done.stderr, done.returncode) == ("", "", 0)
