"""Events over a WebSocket, as a server on loopback gives them, well or badly; the server's own tests have the real one."""

from __future__ import annotations

import asyncio
import http
import json
import logging
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import pytest

websockets = pytest.importorskip("websockets", minversion="15")
from websockets.sync.server import Server, ServerConnection, serve  # noqa: E402 - where it is there

from composio import ComposioToolSet  # noqa: E402
from composio.errors import InvalidRequest, KeyRefused, ServerUnavailable  # noqa: E402
from composio.model.secret import Secret  # noqa: E402
from composio.remote.address import ServerAddress  # noqa: E402
from composio.remote.sockets import NoSocket, SocketStream, open_stream  # noqa: E402
from composio.remote.wire import ServerWire  # noqa: E402

KEY = "ck_hush_hush"
Talk = Callable[[ServerConnection], None]


class Peer:
    """A server that does what ``talk`` says with each connection; ``asked`` has their paths, ``acknowledged`` what was said."""

    def __init__(self) -> None:
        self.talk: Talk = lambda _connection: None
        self.asked: list[str] = []
        self.keys: list[str | None] = []
        self.heard: list[Any] = []
        self._server: Server = serve(self._serve, "127.0.0.1", 0)
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()
        self.wire = ServerWire(ServerAddress(f"http://127.0.0.1:{self._server.socket.getsockname()[1]}", Secret(KEY)))

    def _serve(self, connection: ServerConnection) -> None:
        assert connection.request is not None
        self.asked.append(connection.request.path)
        self.keys.append(connection.request.headers.get("x-api-key"))
        self.talk(connection)

    def say(self, connection: ServerConnection, *frames: Any) -> None:
        for frame in frames:
            connection.send(frame if isinstance(frame, str | bytes) else json.dumps(frame))

    def hear(self, connection: ServerConnection) -> Any:
        self.heard.append(json.loads(connection.recv(timeout=30)))
        return self.heard[-1]

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()


@pytest.fixture
def peer(monkeypatch: pytest.MonkeyPatch) -> Iterator[Peer]:
    for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    made = Peer()
    yield made
    made.close()


def ready(cursor: int) -> dict[str, Any]:
    return {"type": "ready", "cursor": cursor}


def event(sequence: int) -> dict[str, Any]:
    shown = {
        "id": f"ev_{sequence}",
        "sequence": sequence,
        "appName": "slack",
        "payload": {"text": str(sequence)},
        "originalPayload": {},
        "metadata": {
            "id": "ti_1",
            "triggerName": "SLACK_RECEIVE_MESSAGE",
            "connectionId": "ca_1",
            "triggerConfig": {},
            "connection": {"id": "ca_1", "integrationId": "", "clientUniqueUserId": "jane", "status": "ACTIVE"},
        },
    }
    return {"type": "event", "sequence": sequence, "event": shown}


async def take(stream: SocketStream, seen: int, count: int) -> list[int]:
    """The sequences of the next ``count`` events, each read acknowledged by the following one."""
    found: list[int] = []
    async with asyncio.timeout(60):
        while len(found) < count:
            found += [one.sequence for one in await stream.read(found[-1] if found else seen)]
    return found


def test_events_come_in_order_once_and_are_acknowledged_and_pings_are_answered(peer: Peer) -> None:
    acknowledged = threading.Event()

    def talk(connection: ServerConnection) -> None:
        peer.say(connection, ready(5), {"type": "ping"}, event(6), event(6), event(4), {"type": "news"}, event(9))
        while peer.hear(connection) != {"type": "ack", "sequence": 9}:
            pass
        acknowledged.set()
        connection.recv(timeout=60)  # until it leaves

    async def run() -> None:
        peer.talk = talk
        stream = await open_stream(peer.wire, None)
        try:
            assert stream.cursor == 5
            assert await take(stream, 5, 2) == [6, 9]
            reading = asyncio.create_task(stream.read(9))
            assert await asyncio.to_thread(acknowledged.wait, 60)
            reading.cancel()
        finally:
            await stream.aclose()

    asyncio.run(run())
    assert {"type": "pong"} in peer.heard
    assert peer.asked == ["/api/v3.1/triggers/listen"]
    assert peer.keys == [KEY]


def test_after_a_lost_connection_it_goes_on_behind_what_was_seen(peer: Peer) -> None:
    def talk(connection: ServerConnection) -> None:
        first = len(peer.asked) == 1
        peer.say(connection, ready(5 if first else 6), event(6 if first else 7))
        if first:
            connection.socket.close()  # as a network does
        else:
            connection.recv(timeout=60)

    async def run() -> None:
        peer.talk = talk
        stream = await open_stream(peer.wire, 5)
        try:
            assert await take(stream, 5, 1) == [6]
            with pytest.raises(ServerUnavailable, match="ended the event connection"):
                await stream.read(6)
            assert await take(stream, 6, 1) == [7]
        finally:
            await stream.aclose()

    asyncio.run(run())
    assert peer.asked == ["/api/v3.1/triggers/listen?cursor=5", "/api/v3.1/triggers/listen?cursor=6"]


@pytest.mark.parametrize(
    ("code", "reason", "error", "said"),
    [
        (4410, "events behind this cursor are older than 24 hours", InvalidRequest, "older than 24 hours"),
        (4401, "The key is not known.", KeyRefused, "not known"),
        (4403, "The key lacks execute.", KeyRefused, "execute"),
        (1011, "The database is away.", NoSocket, "database is away"),
        (1012, "", NoSocket, "1012"),
    ],
)
def test_a_close_code_is_an_error_that_says_what_to_do(
    peer: Peer, code: int, reason: str, error: type[Exception], said: str
) -> None:
    peer.talk = lambda connection: connection.close(code, reason)
    with pytest.raises(error, match=said):
        asyncio.run(open_stream(peer.wire, 1))


@pytest.mark.parametrize(
    "first",
    ["no JSON", "[1]", "{" * 100_000, b"\xff\xfe", '{"type": "ready"}', '{"type": "event", "sequence": 1}'],
    ids=range(6),
)
def test_a_server_that_begins_with_nonsense_is_no_server(peer: Peer, first: Any) -> None:
    peer.talk = lambda connection: peer.say(connection, first)
    with pytest.raises(NoSocket, match="can't be read here"):
        asyncio.run(open_stream(peer.wire, None))


@pytest.mark.parametrize(
    "frame",
    [
        {"type": "event"},
        {"type": "event", "sequence": 6, "event": 7},
        {"type": "event", "sequence": 6, "event": {"appName": "a", "payload": {}, "metadata": "m"}},
        "[]",
        "{",
    ],
)
def test_an_event_that_can_not_be_read_ends_the_connection_and_is_asked_for_again(peer: Peer, frame: Any) -> None:
    def talk(connection: ServerConnection) -> None:
        peer.say(connection, ready(5), frame)
        connection.recv(timeout=60)

    peer.talk = talk

    async def run() -> None:
        stream = await open_stream(peer.wire, 5)
        with pytest.raises(ServerUnavailable, match="can't be read here"):
            await stream.read(5)
        await stream.aclose()

    asyncio.run(run())


def test_a_redirect_is_not_followed_and_the_key_stays_out_of_logs(peer: Peer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    away = Peer()

    def redirect(connection: ServerConnection, _request: Any) -> Any:
        answer = connection.respond(http.HTTPStatus.TEMPORARY_REDIRECT, "")
        answer.headers["Location"] = f"{away.wire.url.replace('http', 'ws')}/elsewhere"
        return answer

    with serve(peer._serve, "127.0.0.1", 0, process_request=redirect) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        wire = ServerWire(ServerAddress(f"http://127.0.0.1:{server.socket.getsockname()[1]}", Secret(KEY)))
        with pytest.raises(NoSocket, match="307"):
            asyncio.run(open_stream(wire, None))
        server.shutdown()
        thread.join()
    away.close()
    assert away.asked == []
    client = [one for one in caplog.records if one.name != "websockets.server"]  # which is the peer, and has the key
    assert KEY not in "".join(one.getMessage() for one in client)


def test_where_nobody_answers_or_another_transport_carries_requests_there_is_no_socket(peer: Peer) -> None:
    url = peer.wire.url
    peer.close()
    with pytest.raises(NoSocket, match="can't be reached for events"):
        asyncio.run(open_stream(ServerWire(ServerAddress(url, Secret(KEY))), None))
    import httpx

    replaced = ServerWire(ServerAddress(url, Secret(KEY)), transport=httpx.MockTransport(lambda _: httpx.Response(500)))
    with pytest.raises(NoSocket) as caught:
        asyncio.run(open_stream(replaced, None))
    assert str(caught.value) == ""  # nobody has to act


def test_a_listener_whose_server_is_away_says_so_when_it_begins(caplog: pytest.LogCaptureFixture) -> None:
    with closing(socket.socket()) as taken:  # and listens to nobody
        taken.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{taken.getsockname()[1]}"
        refused = pytest.raises(ServerUnavailable, match=f"{address} can't be reached")
        with ComposioToolSet[Any](base_url=address, api_key=KEY) as toolset, refused:
            toolset.create_trigger_listener(timeout=60)
    assert "Traceback" not in caplog.text
    assert KEY not in caplog.text
