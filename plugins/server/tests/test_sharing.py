"""Processes of one instance share its connections evenly, and none waits for one that is gone."""

from __future__ import annotations

import asyncio
import errno
import os
import signal
import socket
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from composio_server.sharing import Shares, SharingServer, share_connections

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="uvloop is not there")
GONE = 2**31 - 1  # a process id that no kernel gives


def write(folder: Path, pid: int, count: int) -> None:
    (folder / str(pid)).write_bytes(struct.pack("q", count))


def test_a_process_has_the_least_until_another_has_fewer(tmp_path: Path) -> None:
    write(tmp_path, os.getppid(), 2)
    shares = Shares(tmp_path)
    assert [shares.is_least(count) for count in (1, 2, 3)] == [True, True, False]
    write(tmp_path, 1, 0)
    assert not shares.is_least(1)
    shares.close()
    assert not (tmp_path / str(os.getpid())).exists()


def test_a_process_that_was_killed_counts_for_nothing(tmp_path: Path) -> None:
    write(tmp_path, GONE, 0)
    shares = Shares(tmp_path)
    assert shares.is_least(5)
    assert not (tmp_path / str(GONE)).exists()
    shares.close()


def test_one_process_has_no_folder(tmp_path: Path) -> None:
    environ: dict[str, str] = {}
    with share_connections(environ, 1) as loop:
        assert (loop, environ) == ("auto", {})
    with share_connections(environ, 2) as loop:
        assert loop == "composio_server.sharing:make_loop"
        (folder,) = environ.values()
        assert Path(folder).is_dir()
    assert environ == {}
    assert not Path(folder).exists()


class Fixed(Shares):
    """Says always the same."""

    def __init__(self, *, least: bool) -> None:
        self.least = least
        self.noted: list[int] = []

    def is_least(self, count: int) -> bool:
        return self.least

    def note(self, count: int) -> None:
        self.noted.append(count)

    def close(self) -> None:
        pass


class Named(asyncio.Protocol):
    """Says its name to whoever connects."""

    def __init__(self, name: bytes) -> None:
        self.name = name

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        transport.write(self.name)


@contextmanager
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as sock:
        sock.setblocking(False)
        yield sock


async def names(sock: socket.socket, clients: int) -> list[bytes]:
    """Who answered each of ``clients``, which stay connected meanwhile."""
    opened = [await asyncio.open_connection(*sock.getsockname()) for _ in range(clients)]
    found = [await reader.readexactly(1) for reader, _ in opened]
    for _, writer in opened:
        writer.close()
    return found


@pytest.mark.anyio
async def test_whoever_has_more_leaves_connections_to_the_other() -> None:
    loop = asyncio.get_running_loop()
    with listener() as sock:
        # As two processes that wait on one socket.
        more = SharingServer(loop, sock.dup(), lambda: Named(b"m"), Fixed(least=False))
        fewer = SharingServer(loop, sock.dup(), lambda: Named(b"f"), Fixed(least=True))
        assert await names(sock, 10) == [b"f"] * 10
        for one in (more, fewer):
            one.close()
            await one.wait_closed()
            one.sockets[0].close()


@pytest.mark.anyio
async def test_nobody_waits_for_long_for_a_process_that_does_not_come() -> None:
    with listener() as sock:
        shares = Fixed(least=False)
        server = SharingServer(asyncio.get_running_loop(), sock, lambda: Named(b"m"), shares)
        assert await names(sock, 3) == [b"m"] * 3
        assert max(shares.noted) == 3
        server.close()
        await server.wait_closed()


@pytest.mark.anyio
async def test_a_machine_without_room_is_left_alone_for_a_while(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full:
        """A socket whose first connection finds no room."""

        def __init__(self, sock: socket.socket) -> None:
            self.sock, self.asked = sock, 0

        def fileno(self) -> int:
            return self.sock.fileno()

        def accept(self) -> tuple[socket.socket, object]:
            self.asked += 1
            if self.asked == 1:
                raise OSError(errno.EMFILE, "Too many open files")
            return self.sock.accept()

    monkeypatch.setattr("composio_server.sharing._PAUSE", 0.05)
    with listener() as sock:
        full = Full(sock)
        server = SharingServer(asyncio.get_running_loop(), full, lambda: Named(b"m"), Fixed(least=True))  # type: ignore[arg-type]  # it has what is asked of one
        assert await names(sock, 1) == [b"m"]
        assert full.asked == 2
        server.close()


APP = """
import os
async def app(scope, receive, send):
    body = str(os.getpid()).encode()
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", str(len(body)).encode())]})
    await send({"type": "http.response.body", "body": body})
"""
RUN = """
import os, sys, uvicorn
from composio_server.sharing import share_connections
if __name__ == "__main__":
    with share_connections(os.environ, 2) as loop:
        uvicorn.run("answering:app", port=int(sys.argv[1]), workers=2, loop=loop, lifespan="off", log_level="critical")
"""


def ask(client: socket.socket) -> int:
    """The process that answers."""
    client.settimeout(60)
    client.sendall(b"GET / HTTP/1.1\r\nhost: x\r\n\r\n")
    answer = b""
    while b"\r\n\r\n" not in answer or not answer.rpartition(b"\r\n\r\n")[2]:
        part = client.recv(1024)
        assert part, answer
        answer += part
    return int(answer.rpartition(b"\r\n\r\n")[2])


def test_clients_are_answered_by_all_processes_also_after_one_was_killed(tmp_path: Path) -> None:
    (tmp_path / "answering.py").write_text(APP)
    (tmp_path / "serving.py").write_text(RUN)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
    server = subprocess.Popen([sys.executable, "serving.py", str(port)], cwd=tmp_path)
    try:
        found = answered_by_all(port)
        os.kill(min(found), signal.SIGKILL)
        assert found != answered_by_all(port, without=min(found))
    finally:
        server.terminate()
        server.wait()


def answered_by_all(port: int, without: int | None = None) -> set[int]:
    """The two processes that answer, none of which is ``without``."""
    until = time.monotonic() + 120
    while time.monotonic() < until:
        with ExitStack() as clients:
            try:
                opened = [clients.enter_context(socket.create_connection(("127.0.0.1", port), 60)) for _ in range(20)]
                found = {ask(one) for one in opened}
            except (OSError, AssertionError):  # it does not listen yet, or that was the one that was killed
                time.sleep(0.1)
                continue
        if len(found) == 2 and without not in found:
            return found
    raise TimeoutError
