"""One background loop for synchronous callers."""

from __future__ import annotations

import asyncio
import contextvars
import os
import threading

import pytest

from composio.errors import InvalidRequest
from composio.process.portal import Portal

WHO = contextvars.ContextVar("who", default="nobody")


@pytest.fixture
def portal() -> Portal:
    return Portal()


async def who() -> str:
    await asyncio.sleep(0)
    return WHO.get()


def test_no_thread_runs_before_the_first_use_nor_after_close(portal: Portal) -> None:
    before = set(threading.enumerate())  # threads of other tests may end meanwhile
    portal.close()
    assert set(threading.enumerate()) <= before
    portal.run(who)
    assert len(set(threading.enumerate()) - before) == 1
    portal.close()
    assert set(threading.enumerate()) <= before


def test_context_variables_reach_the_work_and_do_not_come_back(portal: Portal) -> None:
    async def change() -> str:
        seen = WHO.get()
        WHO.set("changed")
        return seen

    token = WHO.set("alice")
    try:
        assert portal.run(change) == "alice"
        assert WHO.get() == "alice"
    finally:
        WHO.reset(token)
        portal.close()


@pytest.mark.parametrize("error", [SystemExit, KeyboardInterrupt])
def test_a_task_that_wants_the_process_to_end_ends_only_itself(portal: Portal, error: type[BaseException]) -> None:
    async def leave() -> None:
        raise error

    with pytest.raises(error):
        portal.run(leave)
    assert portal.run(who) == "nobody"
    portal.close()


def test_an_exception_comes_back_as_it_is(portal: Portal) -> None:
    async def fail() -> None:
        raise LookupError("here")

    with pytest.raises(LookupError, match="here"):
        portal.run(fail)
    portal.close()


def test_it_works_inside_a_running_loop(portal: Portal) -> None:
    async def outer() -> str:
        return portal.run(who)

    assert asyncio.run(outer()) == "nobody"
    portal.close()


def test_calling_it_from_its_own_loop_says_what_to_do_instead_of_hanging(portal: Portal) -> None:
    async def nested() -> str:
        return portal.run(who)

    with pytest.raises(InvalidRequest, match="a-prefixed twin"):
        portal.run(nested)
    portal.close()


def test_a_forked_child_starts_its_own(portal: Portal) -> None:
    portal.run(who)
    child = os.fork()
    if child == 0:
        os._exit(0 if portal.run(who) == "nobody" else 1)
    assert os.waitpid(child, 0)[1] == 0
    portal.close()


def test_many_threads_share_one_loop(portal: Portal) -> None:
    seen: set[int] = set()

    async def loop_id() -> None:
        seen.add(id(asyncio.get_running_loop()))

    threads = [threading.Thread(target=portal.run, args=(loop_id,)) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(seen) == 1
    portal.close()


def test_work_that_can_not_even_begin_raises_to_the_caller_who_waits(portal: Portal) -> None:
    async def needs(what: str) -> str:
        return what

    raised: list[BaseException] = []

    def call() -> None:
        try:
            portal.run(needs)  # type: ignore[arg-type]  # the mistake is the test
        except TypeError as error:
            raised.append(error)

    caller = threading.Thread(target=call, daemon=True)
    caller.start()
    caller.join(10)
    assert [str(error).partition(" ")[2] for error in raised] == ["missing 1 required positional argument: 'what'"]
    portal.close()
