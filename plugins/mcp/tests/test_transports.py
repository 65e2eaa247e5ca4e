"""Every transport lists, calls, fails and cancels rightly: with the published client, in both of its eras."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import anyio
import anyio.to_thread
import pytest
from mcp import MCPError

from tests.peers.hanging import Api

TRANSPORTS = ("memory", "memory-legacy", "http", "http-legacy", "sse")
Connect = Callable[..., Any]

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize("transport", TRANSPORTS)]


async def test_tools_are_listed_and_called(connect: Connect, transport: str, api: Api) -> None:
    async with connect(transport) as client:
        listed = await client.list_tools()
        assert [tool.name for tool in listed.tools][:2] == ["ACME_GET_ME", "ACME_LIST_THINGS"]
        assert listed.next_cursor is None
        (again, first) = (await client.list_tools(), listed)
        assert [tool.name for tool in again.tools] == [tool.name for tool in first.tools]
        called = await client.call_tool("ACME_LIST_THINGS", {"page[size]": 7})
    assert not called.is_error
    said = {"method": "GET", "path": "/things", "query": {"page[size]": "7"}}
    assert called.structured_content == {"successful": True, "data": said, "error": None}
    assert '"page[size]": "7"' in called.content[0].text


async def test_what_goes_wrong_is_a_result_that_a_model_can_read(connect: Connect, transport: str) -> None:
    async with connect(transport) as client:
        down = await client.call_tool("ACME_BREAK", {})
        wrong = await client.call_tool("ACME_LIST_THINGS", {"page[size]": "many"})
        missing = await client.call_tool("KEYED_GET_ME", {})
    assert (down.is_error, wrong.is_error, missing.is_error) == (True, True, True)
    assert "Unicorn!" in down.content[0].text
    assert "page[size]" in wrong.structured_content["error"]
    assert missing.structured_content["error"] == (
        'The user is not connected to keyed. Call COMPOSIO_MANAGE_CONNECTIONS with toolkits ["keyed"].'
    )


@pytest.mark.parametrize("name", ["ACME_DELETE_ME", "acme_get_me", "GITHUB_CREATE_AN_ISSUE", "COMPOSIO_MULTI_EXECUTE_TOOL", ""])
async def test_a_tool_that_was_not_listed_can_not_be_called(connect: Connect, transport: str, name: str, api: Api) -> None:
    before = len(api.seen)
    async with connect(transport) as client:
        with pytest.raises(MCPError, match="Unknown tool"):
            await client.call_tool(name, {})
    assert len(api.seen) == before


async def test_cancelling_a_call_ends_the_request_upstream(connect: Connect, transport: str, api: Api) -> None:
    api.hang()
    async with connect(transport) as client, anyio.create_task_group() as group:
        group.start_soon(client.call_tool, "ACME_HANG", {})
        assert await anyio.to_thread.run_sync(api.hanging.wait, 20)
        assert not api.left.is_set()
        group.cancel_scope.cancel()
    assert await anyio.to_thread.run_sync(api.left.wait, 20)


async def test_a_client_that_goes_away_ends_the_request_upstream(connect: Connect, transport: str, api: Api) -> None:
    if transport == "http-legacy":
        pytest.skip("there a connection that ends is no cancellation: the client may come back for its answer")
    api.hang()
    with anyio.CancelScope() as scope:
        async with connect(transport) as client, anyio.create_task_group() as group:
            group.start_soon(client.call_tool, "ACME_HANG", {})
            await anyio.to_thread.run_sync(api.hanging.wait, 20)
            scope.cancel()
    assert await anyio.to_thread.run_sync(api.left.wait, 20)


async def test_a_long_call_tells_of_its_progress(connect: Connect, transport: str, api: Api) -> None:
    api.hang()
    told: list[str | None] = []

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        told.append(message)
        api.let_go.set()

    async with connect(transport) as client:
        called = await client.call_tool("ACME_HANG", {}, progress_callback=hear)
    assert not called.is_error
    assert "Running for" in str(told[0])


async def test_the_list_is_private_to_its_client(connect: Connect, transport: str) -> None:
    async with connect(transport) as client:
        listed = await client.list_tools()
    assert listed.cache_scope == "private"
    assert listed.ttl_ms == (0 if transport in ("memory-legacy", "http-legacy", "sse") else 60_000)
