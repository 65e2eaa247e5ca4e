from __future__ import annotations

import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Event, Thread

import pytest

from composio.process.collecting import collect_seldom


@pytest.fixture(autouse=True)
def usual() -> Iterator[tuple[int, int, int]]:
    before = gc.get_threshold()
    gc.set_threshold(700, 10, 10)
    yield before
    gc.set_threshold(*before)


@contextmanager
def collecting_elsewhere() -> Iterator[None]:
    """While another thread is inside ``collect_seldom``."""
    inside, leave = Event(), Event()

    def work() -> None:
        with collect_seldom():
            inside.set()
            leave.wait(10)

    thread = Thread(target=work)
    thread.start()
    assert inside.wait(10)
    yield
    leave.set()
    thread.join(10)


def test_the_collector_looks_seldom_inside_and_as_before_afterwards() -> None:
    with collect_seldom():
        assert gc.get_threshold() == (1_000_000, 10, 10)
    assert gc.get_threshold() == (700, 10, 10)


def test_it_is_put_back_after_an_error() -> None:
    def fail() -> None:
        with collect_seldom():
            raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        fail()
    assert gc.get_threshold() == (700, 10, 10)


def test_the_last_of_several_threads_puts_it_back() -> None:
    with collecting_elsewhere():
        with collect_seldom():
            pass
        assert gc.get_threshold()[0] == 1_000_000
    assert gc.get_threshold() == (700, 10, 10)


@pytest.mark.parametrize("own", [0, 5_000_000])
def test_a_collector_that_is_off_or_looks_less_often_stays_so(own: int) -> None:
    gc.set_threshold(own, 10, 10)
    with collect_seldom():
        assert gc.get_threshold()[0] == own
    assert gc.get_threshold()[0] == own


def test_what_the_program_sets_meanwhile_stays() -> None:
    with collect_seldom():
        gc.set_threshold(50, 5, 5)
    assert gc.get_threshold() == (50, 5, 5)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*:DeprecationWarning")
def test_a_child_that_is_forked_inside_of_another_thread_collects_as_before() -> None:
    with collecting_elsewhere():
        child = os.fork()
        if child == 0:
            os._exit(0 if gc.get_threshold() == (700, 10, 10) else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
