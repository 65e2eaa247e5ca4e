"""A program that never calls ``close()`` ends without a word, and leaves no connection open."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import textwrap
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import suppress
from pathlib import Path

import pytest

from composio.process.portal import Portal
from tests.peers.acme import OPEN, write_app

PROGRAM = """
    import httpx
    from composio import ComposioToolSet, action
    from composio.embedded import EmbeddedBackend

    class Network(httpx.AsyncBaseTransport):
        async def handle_async_request(self, request):
            return httpx.Response(200, json={"names": ["a"], "messages": []})
        async def aclose(self):
            print("closed")

    @action(toolname="open")
    def topics(owner: str, execute_request) -> dict:
        '''Topics.'''
        return execute_request(endpoint="/topics", method="GET")

    toolset = ComposioToolSet(backend=EmbeddedBackend(transport=Network()))
    print(DONE["successful"])
"""


@pytest.mark.parametrize(
    "call",
    [
        'toolset.execute_request("/me", "GET", app="open")',
        'toolset.execute_action("OPEN_GET_ME", {})',
        'toolset.execute_action(topics, {"owner": "ada"})',
        'toolset.handle_tool_calls([{"name": "OPEN_GET_ME"}] * 3, actions=["OPEN_GET_ME"])[2]',
    ],
)
def test_a_program_that_never_closes_ends_without_a_word(call: str, tmp_path: Path) -> None:
    write_app(tmp_path, "open", OPEN)
    done = subprocess.run(
        [sys.executable, "-X", "dev", "-W", "error", "-c", textwrap.dedent(PROGRAM).replace("DONE", call)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "COMPOSIO_HOME": str(tmp_path), "COMPOSIO_EGRESS_ALLOW": "*.example"},
    )
    assert done.stdout.split() == ["True", "closed"], done.stderr
    assert "Exception ignored" not in done.stderr
    assert "Warning" not in done.stderr


def test_leaving_ends_an_idle_loop_and_its_generators() -> None:
    portal, ended = Portal(), []

    async def lease() -> AsyncGenerator[None, None]:
        try:
            yield
        finally:
            ended.append(True)

    held = lease()
    portal.run(lambda: anext(held))
    portal.leave()
    assert ended == [True]
    assert not [one for one in threading.enumerate() if one.name == "composio-portal" and one is portal._thread]
    assert portal.run(lambda: asyncio.sleep(0, "again")) == "again"
    portal.close()


def test_leaving_waits_for_nobodys_work() -> None:
    portal, going = Portal(), threading.Event()

    async def work() -> None:
        going.set()
        await asyncio.Event().wait()

    waiting = threading.Thread(target=_ignoring, args=(lambda: portal.run(work),), daemon=True)
    waiting.start()
    assert going.wait(30)
    portal.leave()
    assert portal.run(lambda: asyncio.sleep(0, "still there")) == "still there"
    portal.run(_cancel_others)
    waiting.join(30)
    portal.close()


async def _cancel_others() -> None:
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()


def _ignoring(work: Callable[[], object]) -> None:
    with suppress(BaseException):  # cancelled is how it ends
        work()
