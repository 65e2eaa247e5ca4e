"""Where a backend's work runs: on the caller's loop, on its thread, or on a loop of the backend's own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from composio.engine.io import Io
from composio.engine.runtime import Runtime
from composio.transport.client import Clients


def answer(_: httpx.Request) -> httpx.Response:
    return httpx.Response(200)


class Awaited(httpx.AsyncBaseTransport):
    """A transport that knows asynchronous requests only."""


@pytest.fixture
def runtime() -> Iterator[Runtime]:
    made = Runtime(lambda: Clients(httpx.MockTransport(answer)))
    yield made
    made.end_loop()


async def where() -> tuple[int, bool]:
    """The thread, and whether it has a loop."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return threading.get_ident(), False
    return threading.get_ident(), True


async def ask(_: Io) -> tuple[int, bool]:
    return await where()


def test_clients_are_made_when_something_first_needs_them(runtime: Runtime) -> None:
    assert not runtime.has_clients
    assert runtime.clients is runtime.clients
    assert runtime.has_clients


def test_run_uses_a_loop_of_its_own_until_that_is_ended(runtime: Runtime) -> None:
    thread, has_loop = runtime.run(where)
    assert has_loop
    assert thread != threading.get_ident()
    runtime.end_loop()
    assert thread not in {one.ident for one in threading.enumerate()}
    assert runtime.run(where)[1]  # another one


def test_reading_stays_on_the_calling_thread_unless_it_has_to_wait(runtime: Runtime) -> None:
    async def wait() -> tuple[int, bool]:
        await asyncio.sleep(0)
        return await where()

    assert runtime.read(where) == (threading.get_ident(), False)
    assert runtime.read(wait)[1]


def test_work_of_a_function_runs_as_the_function_does(runtime: Runtime) -> None:
    async def main() -> Any:
        working: Any = runtime.bridge(ask, asynchronous=True)
        return await working

    assert runtime.bridge(ask, asynchronous=False) == (threading.get_ident(), False)
    assert asyncio.run(main()) == (threading.get_ident(), True)


def test_work_goes_to_the_loop_where_requests_can_not_block() -> None:
    made = Runtime(lambda: Clients(Awaited()))
    found: Any = made.bridge(ask, asynchronous=False)
    made.end_loop()
    thread, has_loop = found
    assert has_loop
    assert thread != threading.get_ident()


def test_what_is_started_ends_in_the_background(runtime: Runtime) -> None:
    thread, has_loop = runtime.start("one", ask).result(60)
    assert not has_loop
    assert thread != threading.get_ident()
    assert runtime.background.wait(60)


def test_ending_a_loop_that_nobody_started_makes_nothing(runtime: Runtime) -> None:
    runtime.end_loop()
    assert not runtime.has_clients
