"""A program over a server hears how far the MCP server behind an app is, and gets the answer that it would get anyway."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest
from mcp.client import Client

from composio.errors import ActionNotFound, ServerUnavailable
from composio.model.call import CallOptions, ToolCall
from composio.model.peers import PeerServer
from composio.model.progress import HEARS
from composio.model.secret import Secret
from composio.remote import RemoteBackend
from composio.remote.address import ServerAddress
from composio.remote.heard import HEARD
from composio_mcp import Selected, Selection, make_server
from composio_server.services.keys import Scope
from composio_server.services.services import Services
from tests.peers.acme_server import acme, app, compiled_home, home, listening, services, settings, url
from tests.peers.acme_server import at_its_port as public_url
from tests.peers.pieces import Pieces

__all__ = ["acme", "app", "compiled_home", "home", "listening", "public_url", "services", "settings", "url"]

pytestmark = pytest.mark.anyio
LOCAL = PeerServer(command=(sys.executable, str(Path(__file__).parent / "upstream_server.py"), "stdio"))
QUIET = 600.0  # seconds, for no beat to come between where a program takes long to start
STEPS = [[1, 3, "one"], [2, 3, "two\u202e"], [3, 3, None]]


@pytest.fixture(scope="module")
def key(services: Services) -> str:
    services.backends.shared.catalog.add("weather", "weather", server=LOCAL)
    return services.keys.create(services.projects.create("first").id, "k", [Scope.ADMIN])[1].reveal()


@pytest.fixture
def remote(key: str, url: str, tmp_path: Path) -> Iterator[RemoteBackend]:
    made = RemoteBackend(ServerAddress(url, Secret(key)), home=tmp_path / "home")
    yield made
    made.close()


class Heard(list[tuple[float, float | None, str | None]]):
    def __call__(self, progress: float, total: float | None, message: str | None) -> None:
        self.append((progress, total, message))


async def call(remote: RemoteBackend, heard: Heard | None, action: str, options: Any = None, **arguments: Any) -> Any:
    token = HEARS.set(heard)
    try:
        made = ToolCall(action=action, arguments=arguments, options=options or CallOptions())
        return await remote.execute(made)
    finally:
        HEARS.reset(token)


async def test_progress_comes_over_a_server(remote: RemoteBackend) -> None:
    heard = Heard()
    done = await call(remote, heard, "WEATHER_STEPS", said=STEPS)
    assert (done.successful, done.data) == (True, "done")
    # What comes at once may be told of as one.
    assert heard
    assert set(heard) <= {(1.0, 3.0, "one"), (2.0, 3.0, "two\\u202e"), (3.0, 3.0, None)}


async def test_a_client_of_a_program_over_a_server_hears_too(remote: RemoteBackend) -> None:
    heard = Heard()

    async def hear(progress: float, total: float | None, message: str | None) -> None:
        heard(progress, total, message)

    offered = Selected(remote, Selection(actions=("WEATHER_STEPS",)))
    async with Client(make_server(offered, beat_seconds=QUIET), mode="legacy") as client:
        called = await client.call_tool("WEATHER_STEPS", {"said": STEPS}, progress_callback=hear)
    assert not called.is_error
    assert (1.0, 3.0, "one") in heard or (2.0, 3.0, "two\\u202e") in heard


@pytest.mark.parametrize("hears", [False, True])
async def test_what_is_answered_is_the_same(remote: RemoteBackend, tmp_path: Path, hears: bool) -> None:
    heard = Heard() if hears else None
    assert (await call(remote, heard, "WEATHER_SHOUT", text="x")).data == "X"
    failed = await call(remote, heard, "WEATHER_FAIL")
    assert (failed.successful, failed.error) == (False, "No such luck with sesame.")
    with pytest.raises(ActionNotFound, match="WEATHER_SHOUT"):
        await call(remote, heard, "WEATHER_SHOUTT")
    files = await call(remote, heard, "WEATHER_MEDIA", CallOptions(output_folder=tmp_path / "files"))
    (image,) = [one for one in files.data["content"] if one["type"] == "image"]
    found = anyio.Path(image["file"])
    assert found.is_relative_to(tmp_path / "files")
    assert (await found.read_bytes()).startswith(b"\x89PNG")
    assert not heard


async def test_many_calls_at_once_hear_of_their_own(remote: RemoteBackend) -> None:
    heard = [Heard() for _ in range(4)]

    async def run(number: int) -> None:
        await call(remote, heard[number], "WEATHER_STEPS", said=[[number + 1, 10, f"of {number}"]] * 2)

    async with anyio.create_task_group() as group:
        for number in range(4):
            group.start_soon(run, number)
    for number, one in enumerate(heard):
        assert set(one) <= {(number + 1.0, 10.0, f"of {number}")}


# Servers that know nothing of it, and what is no such answer


def answering(status: int, headers: dict[str, str], body: bytes) -> httpx.MockTransport:
    def answer(request: httpx.Request) -> httpx.Response:
        assert HEARD in request.headers["accept"]
        return httpx.Response(status, headers={"x-composio-protocol": "1", **headers}, stream=Pieces(body))

    return httpx.MockTransport(answer)


HEAD = b'{"status": 200, "headers": {"content-type": "application/json"}}\n'
OUTCOME = b'{"successful": true, "data": 1}'


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", OUTCOME),
        (HEARD, HEAD + OUTCOME),
        (HEARD, b'{"progress": 1, "total": null, "message": null}\n' + HEAD + OUTCOME),
        (HEARD, b'{"something": "newer"}\n' + HEAD + OUTCOME),
    ],
)
async def test_an_older_and_a_newer_server_are_understood(tmp_path: Path, kind: str, body: bytes) -> None:
    transport = answering(200, {"content-type": kind}, body)
    backend = RemoteBackend(ServerAddress("https://s.example", Secret("k")), home=tmp_path, transport=transport)
    assert (await call(backend, Heard(), "A_B")).data == 1
    await backend.aclose()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        HEAD[:20],
        b"no json\n" + HEAD,
        b"[]\n" + HEAD,
        b"x" * 100_000,
        HEAD + OUTCOME[:10],
        HEAD.replace(b"200", b"500") + OUTCOME,
    ],
)
async def test_what_is_no_such_answer_is_the_servers_fault(tmp_path: Path, body: bytes) -> None:
    transport = answering(200, {"content-type": HEARD}, body)
    backend = RemoteBackend(ServerAddress("https://s.example", Secret("k")), home=tmp_path, transport=transport)
    with pytest.raises(ServerUnavailable):
        await call(backend, Heard(), "A_B")
    await backend.aclose()


@pytest.mark.parametrize("said", [b'"1"', b"true", b"null", b"{}", b"[1]"])
async def test_numbers_that_are_none_are_not_told(tmp_path: Path, said: bytes) -> None:
    heard = Heard()
    body = b'{"progress": SAID, "total": SAID, "message": SAID}\n{"progress": 1, "total": SAID, "message": 5}\n'.replace(
        b"SAID", said
    )
    transport = answering(200, {"content-type": HEARD}, body + HEAD + OUTCOME)
    backend = RemoteBackend(ServerAddress("https://s.example", Secret("k")), home=tmp_path, transport=transport)
    assert (await call(backend, heard, "A_B")).successful
    assert heard == [(1, None, None)]
    await backend.aclose()
