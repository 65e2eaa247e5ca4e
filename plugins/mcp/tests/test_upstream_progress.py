"""A client hears how far an upstream MCP server is, and what it cancels ends there too."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp.client import Client

from composio.embedded import EmbeddedBackend
from composio.model.peers import PeerServer
from composio_mcp import Endpoint, Selected, Selection, make_server
from composio_mcp.endpoint import LOOPBACK
from composio_mcp.progress import Progress
from composio_mcp.serving import make_app
from tests.peers.listening import listening

pytestmark = pytest.mark.anyio
LOCAL = PeerServer(command=(sys.executable, str(Path(__file__).parent / "upstream_server.py"), "stdio"))
STEPS = [[1, 3, "one"], [2, 3, "two\u202e"], [3, 3, None]]


@pytest.fixture(scope="module")
def weather(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Selected]:
    with closing(EmbeddedBackend(home=tmp_path_factory.mktemp("weather"))) as backend:
        backend.catalog.add("weather", "weather", server=LOCAL)
        yield Selected(backend, Selection(apps=("weather",)))


@pytest.fixture(scope="module")
def address(weather: Selected) -> Iterator[str]:
    # No beat comes between, however long a program takes to start.
    endpoint = Endpoint(hosts=[f"{host}:*" for host in LOOPBACK], beat_seconds=600)
    with listening(make_app(weather, endpoint), log_level="critical") as found:
        yield f"{found}/mcp"


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_progress_of_the_upstream_is_passed_on(address: str, mode: Any) -> None:
    heard: list[tuple[float, float | None, str | None]] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard.append((progress, total, message))

    async with Client(address, mode=mode) as client:
        called = await client.call_tool("WEATHER_STEPS", {"said": STEPS}, progress_callback=hear)
    assert not called.is_error
    # What comes at once may be told of as one; the last of the three comes too late for its call where a machine is slow.
    assert set(heard) <= {(1.0, 3.0, "one"), (2.0, 3.0, "two\\u202e"), (3.0, 3.0, None)}
    assert [one[0] for one in heard] == sorted({one[0] for one in heard})
    assert heard


@pytest.mark.parametrize("mode", ["auto", "legacy"])
async def test_a_cancelled_call_is_cancelled_upstream(address: str, mode: Any) -> None:
    async with Client(address, mode=mode) as client:

        async def read() -> dict[str, int]:
            said: Any = (await client.call_tool("WEATHER_COUNTS", {})).structured_content
            counted: dict[str, int] = said["data"]
            return counted

        async def wait_for(kind: str, count: int) -> None:
            with anyio.fail_after(60):
                while (await read())[kind] != count:  # noqa: ASYNC110 - another process counts
                    await anyio.sleep(0.01)

        counts = await read()
        async with anyio.create_task_group() as group:
            group.start_soon(client.call_tool, "WEATHER_HANG", {})
            await wait_for("begun", counts["begun"] + 1)
            group.cancel_scope.cancel()
        await wait_for("cancelled", counts["cancelled"] + 1)


async def test_numbers_that_are_none_and_numbers_that_shrink_are_not_told() -> None:
    told: list[tuple[float, float | None, str | None]] = []

    class Session:
        async def report_progress(self, progress: float, total: float | None = None, message: str | None = None) -> None:
            told.append((progress, total, message))

    progress = Progress(Session(), 0.02)

    async def say(*said: Any) -> None:
        before = len(told)
        progress(*said)
        with anyio.fail_after(60):
            while len(told) == before:  # noqa: ASYNC110 - what is waited for is a list's length
                await anyio.sleep(0.005)

    async with anyio.create_task_group() as group:
        group.start_soon(progress.run)
        with anyio.fail_after(60):
            while not told:  # noqa: ASYNC110 - as above
                await anyio.sleep(0.005)
        assert str(told[0][2]).startswith("Running for")
        await say(0.0, 10.0, None)  # less than the seconds that were told
        progress(float("nan"), None, None)
        progress(float("inf"), None, None)
        progress(-5.0, None, None)
        await say(4.0, float("nan"), "x" * 10_000)
        group.cancel_scope.cancel()
    numbers = [one[0] for one in told]
    assert numbers == sorted(numbers)
    assert len(set(numbers)) == len(numbers)
    assert told[-1][1] is None
    assert told[-1][2] == "x" * 500
    assert (told[-2][1] or 0) - told[-2][0] == 10.0


async def test_who_asks_for_no_progress_is_told_none(weather: Selected) -> None:
    async with Client(make_server(weather, beat_seconds=0.01), mode="legacy") as client:
        assert not (await client.call_tool("WEATHER_STEPS", {"said": STEPS[:1]})).is_error
