"""A client hears that its tools have changed, over every transport; and sessions that nobody uses are set aside and taken up."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from mcp.client import Client
from mcp.client.session import ClientSession
from mcp.client.sse import sse_client
from mcp.client.stdio import StdioServerParameters, stdio_client
from mcp.client.subscriptions import listen
from mcp.shared.memory import create_client_server_memory_streams
from mcp_types import ToolListChangedNotification

from composio.embedded import EmbeddedBackend
from composio_mcp import Endpoint, Selected, Selection, make_server
from composio_mcp.endpoint import LOOPBACK
from composio_mcp.serving import make_app
from composio_mcp.watching import Given, Watcher
from tests.peers import described
from tests.peers.handshake import ACCEPT, READY, hello
from tests.peers.hanging import describe_api
from tests.peers.listening import listening

pytestmark = pytest.mark.anyio
HELLO = hello()
LIST = {"jsonrpc": "2.0", "id": 2, "method": "tools/list"}


class Changing(Selected):
    """What a selection gives, until :attr:`shown` says that it is less."""

    __slots__ = ("shown",)

    def __init__(self, backend: EmbeddedBackend) -> None:
        super().__init__(backend, Selection(apps=("acme",)))
        self.shown: int | None = None

    @property
    def key(self) -> Any:
        return (id(self), self.shown)

    async def actions(self) -> Sequence[Any]:
        return (await Selected.actions(self))[: self.shown]


@pytest.fixture
def changing(backend: EmbeddedBackend) -> Changing:
    return Changing(backend)


@pytest.fixture
def address(changing: Changing) -> Iterator[str]:
    hosts = [f"{host}:*" for host in LOOPBACK]
    with listening(make_app(changing, Endpoint(hosts=hosts, look_seconds=0.01)), log_level="critical") as found:
        yield found


class Told:
    """Hears what a server says by itself."""

    def __init__(self) -> None:
        self.count, self._event = 0, anyio.Event()

    async def __call__(self, message: Any) -> None:
        if isinstance(message, ToolListChangedNotification):
            self.count += 1
            self._event.set()

    async def wait(self) -> None:
        with anyio.fail_after(60):
            await self._event.wait()
        self._event = anyio.Event()


@asynccontextmanager
async def told_over(transport: str, changing: Changing, address: str) -> Any:
    """A client of a transport, and what it is told."""
    told = Told()
    if transport == "stream":
        watcher, given = Watcher(seconds=0.01), Given()

        async def find() -> Changing:
            return changing

        async with create_client_server_memory_streams() as (mine, theirs), anyio.create_task_group() as group:
            group.start_soon(watcher.run, make_server(changing, watcher=watcher, given=given), *theirs, find, given)
            async with ClientSession(*mine, message_handler=told) as session:
                await session.initialize()
                yield session, told
            group.cancel_scope.cancel()
        return
    where = sse_client(f"{address}/sse") if transport == "sse" else f"{address}/mcp"
    async with Client(where, mode="legacy", message_handler=told) as client:
        yield client, told


@pytest.mark.parametrize("transport", ["http", "sse", "stream"])
async def test_a_session_hears_once_of_each_change(changing: Changing, address: str, transport: str) -> None:
    async with told_over(transport, changing, address) as (client, told):
        before = len((await client.list_tools()).tools)
        changing.shown = 2
        await told.wait()
        assert len((await client.list_tools()).tools) == 2 < before
        changing.shown = 1
        await told.wait()
        assert len((await client.list_tools()).tools) == 1
        assert told.count == 2


async def test_a_session_may_rely_on_it(address: str) -> None:
    async with Client(f"{address}/mcp", mode="legacy") as client:
        assert client.server_capabilities is not None
        assert client.server_capabilities.tools is not None
        assert client.server_capabilities.tools.list_changed


async def test_a_client_without_sessions_subscribes(changing: Changing, address: str) -> None:
    async with Client(f"{address}/mcp", mode="auto") as client:
        assert client.server_capabilities is not None
        assert client.server_capabilities.tools is not None
        assert client.server_capabilities.tools.list_changed
        async with listen(client.session, tools_list_changed=True, prompts_list_changed=True) as heard:
            assert heard.honored.tools_list_changed
            assert not heard.honored.prompts_list_changed
            changing.shown = 1
            with anyio.fail_after(60):
                async for event in heard:
                    assert type(event).__name__ == "ToolsListChanged"
                    break
        assert len((await client.list_tools()).tools) == 1


PROGRAM = """
import sys
from pathlib import Path
from composio.embedded import EmbeddedBackend
from composio_mcp import Selected, Selection
from composio_mcp.serving import serve_stdio

class Changing(Selected):
    @property
    def key(self):
        return Path(sys.argv[2]).exists()

    async def actions(self):
        return (await Selected.actions(self))[:1 if self.key else None]

backend = EmbeddedBackend(home=Path(sys.argv[1]))
serve_stdio(Changing(backend, Selection(apps=("acme",))), look_seconds=0.01)
"""


async def test_a_program_tells_its_client(home: Path, tmp_path: Path) -> None:
    sign, told = tmp_path / "changed", Told()
    command = StdioServerParameters(command=sys.executable, args=["-c", PROGRAM, str(home), str(sign)])
    async with Client(stdio_client(command), mode="legacy", message_handler=told) as client:
        assert len((await client.list_tools()).tools) > 1
        sign.touch()
        await told.wait()
        assert len((await client.list_tools()).tools) == 1


async def test_an_app_that_was_compiled_anew_elsewhere_is_told_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("composio_mcp.tools.FRESH_SECONDS", 0.05)
    description = describe_api("Fresh")
    del description["paths"]["/broken"]
    told, endpoint = Told(), Endpoint(hosts=[f"{host}:*" for host in LOOPBACK], look_seconds=0.01)
    with closing(EmbeddedBackend(home=tmp_path / "home")) as backend, closing(EmbeddedBackend(home=tmp_path / "home")) as other:
        described.add_app(backend, tmp_path, "fresh", description)
        offered = Selected(backend, Selection(apps=("fresh",), everything=True))
        with listening(make_app(offered, endpoint), log_level="critical") as address:
            async with Client(f"{address}/mcp", mode="legacy", message_handler=told) as client:
                before = len((await client.list_tools()).tools)
                described.add_app(other, tmp_path, "fresh", describe_api("Fresh"))
                await told.wait()
                assert len((await client.list_tools()).tools) == before + 1


# Sessions that nobody uses


@pytest.fixture
def hasty(changing: Changing, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[str, Any]]:
    """An endpoint that sets sessions aside at once, and its sessions."""
    endpoint = Endpoint(hosts=[f"{host}:*" for host in LOOPBACK], look_seconds=0.01)
    sessions: Any = endpoint._sessions
    monkeypatch.setattr(sessions, "_set_aside_seconds", 0.02)
    with listening(make_app(changing, endpoint), log_level="critical") as address:
        yield address, sessions


async def until(holds: Callable[[], bool]) -> None:
    with anyio.fail_after(60):
        while not holds():  # noqa: ASYNC110 - the server's loop is another thread's
            await anyio.sleep(0.005)


async def begin(client: httpx.AsyncClient) -> dict[str, str]:
    answer = await client.post("/mcp", json=HELLO)
    named = {"mcp-session-id": answer.headers["mcp-session-id"], "mcp-protocol-version": "2025-11-25"}
    assert (await client.post("/mcp", json=READY, headers=named)).status_code == 202
    return named


def client_of(address: str, **headers: str) -> httpx.AsyncClient:
    return httpx.AsyncClient(base_url=address, headers={**ACCEPT, **headers}, trust_env=False, timeout=60)


async def test_an_unused_session_is_set_aside_and_taken_up(hasty: tuple[str, Any]) -> None:
    address, sessions = hasty
    async with client_of(address) as client:
        named = await begin(client)
        (session,) = sessions._sessions.values()
        for _ in range(3):
            await until(lambda: session.live is None)
            answer = await client.post("/mcp", json=LIST, headers=named)
            assert answer.status_code == 200
            assert '"ACME_GET_ME"' in answer.text
        await until(lambda: session.live is None)
        assert (session.version, session.is_ready) == ("2025-11-25", True)
        assert b'"name":"test"' in session.client
        assert (await client.delete("/mcp", headers=named)).status_code == 200
        assert (await client.post("/mcp", json=LIST, headers=named)).status_code == 404
        assert not sessions._sessions


async def test_a_session_that_was_set_aside_is_nobody_elses(hasty: tuple[str, Any]) -> None:
    address, sessions = hasty
    async with client_of(address) as client:
        named = await begin(client)
        (session,) = sessions._sessions.values()
        await until(lambda: session.live is None)
        # The same session at another address, which has other tools.
        assert (await client.post("/mcp?user_id=bob", json=LIST, headers=named)).status_code == 404
        assert (await client.delete("/mcp?user_id=bob", headers=named)).status_code == 404
        assert (await client.post("/mcp", json=LIST, headers=named)).status_code == 200


async def test_a_change_while_a_session_is_set_aside_is_told_on_its_next_stream(
    hasty: tuple[str, Any], changing: Changing
) -> None:
    address, sessions = hasty
    async with client_of(address) as client:
        named = await begin(client)
        await client.post("/mcp", json=LIST, headers=named)
        (session,) = sessions._sessions.values()
        await until(lambda: session.live is None)
        changing.shown = 1
        async with client.stream("GET", "/mcp", headers=named) as stream:
            async for line in stream.aiter_lines():
                if line.startswith("data:"):
                    assert "notifications/tools/list_changed" in line
                    break


async def test_many_requests_at_once_take_a_session_up_once(hasty: tuple[str, Any]) -> None:
    address, sessions = hasty
    async with client_of(address) as client:
        named = await begin(client)
        (session,) = sessions._sessions.values()
        await until(lambda: session.live is None)
        statuses: list[int] = []

        async def ask(number: int) -> None:
            answer = await client.post("/mcp", json={**LIST, "id": number}, headers=named)
            statuses.append(answer.status_code)

        async with anyio.create_task_group() as group:
            for number in range(20):
                group.start_soon(ask, number)
        assert statuses == [200] * 20


async def test_a_running_call_keeps_its_session(hasty: tuple[str, Any], api: Any) -> None:
    address, sessions = hasty
    api.hang()
    call = {"jsonrpc": "2.0", "id": 3, "method": "tools/call", "params": {"name": "ACME_HANG", "arguments": {}}}
    async with client_of(address) as client:
        named = await begin(client)
        (session,) = sessions._sessions.values()
        with anyio.CancelScope() as left:
            async with anyio.create_task_group() as group:

                async def ask() -> None:
                    await client.post("/mcp", json=call, headers=named)

                group.start_soon(ask)
                assert await anyio.to_thread.run_sync(api.hanging.wait, 60)
                left.cancel()
        # Its client went away and may come back; the call goes on for longer than an unused session would last.
        await until(lambda: session.live.requests == 0)
        await anyio.sleep(0.2)
        assert not api.left.is_set()
        assert session.live.calls == 1
        cancelled = {"jsonrpc": "2.0", "method": "notifications/cancelled", "params": {"requestId": 3}}
        assert (await client.post("/mcp", json=cancelled, headers=named)).status_code == 202
        assert await anyio.to_thread.run_sync(api.left.wait, 60)
        await until(lambda: session.live is None)


async def test_what_is_no_handshake_leaves_no_session(hasty: tuple[str, Any]) -> None:
    address, sessions = hasty
    async with client_of(address) as client:
        for body in (LIST, {**HELLO, "params": {}}, READY, [HELLO]):
            assert (await client.post("/mcp", json=body)).status_code in {200, 400}
        assert (await client.get("/mcp?transport=http")).status_code == 400
        assert (await client.post("/mcp", json=HELLO, headers={"host": "evil.example"})).status_code == 421
    await until(lambda: not sessions._sessions)
