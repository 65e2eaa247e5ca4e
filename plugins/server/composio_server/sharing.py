"""Distribute connections among an instance's processes: the process with the fewest takes the next.

Processes that wait on one socket wake together, and the first to wake takes all new connections: of 32 persistent clients,
one of two processes had up to 31, and the other's CPU was idle. So each process publishes its number of connections, and one
with more than another leaves the next to that one, for 20 ms at most.
"""

from __future__ import annotations

import asyncio
import errno
import logging
import mmap
import os
import socket
import struct
import sys
import tempfile
from collections.abc import Callable, Iterator, MutableMapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final

__all__ = ["Shares", "make_loop", "share_connections"]

log = logging.getLogger("composio.server")
_FOLDER: Final = "_COMPOSIO_CONNECTION_COUNTS"  # from `composio serve` to its processes
_LONGEST: Final = 0.02  # seconds for which a connection waits for the process with the fewest
_STEP: Final = 0.002
# Errors of disconnecting clients, and how many seconds to pause after others: as in asyncio.
_EXHAUSTED: Final = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM})
_PAUSE: Final = 1.0
_COUNT: Final = struct.Struct("q")


@contextmanager
def share_connections(environ: MutableMapping[str, str], processes: int) -> Iterator[str]:
    """Return uvicorn's event loop factory, so that ``processes`` with ``environ`` share connections."""
    if processes == 1 or sys.platform == "win32":
        yield "auto"
        return
    with tempfile.TemporaryDirectory(prefix="composio-connections-") as folder:
        environ[_FOLDER] = folder
        try:
            yield f"{__name__}:{make_loop.__name__}"
        finally:
            del environ[_FOLDER]


def make_loop() -> asyncio.AbstractEventLoop:
    """A uvloop event loop whose servers share a socket with other processes."""
    import uvloop

    folder = os.environ.get(_FOLDER)

    class SharingLoop(uvloop.Loop):
        async def create_server(self, protocol_factory: Any, *args: Any, **options: Any) -> Any:
            sock = options.get("sock")
            if folder is None or sock is None or options.get("ssl") is not None:
                return await super().create_server(protocol_factory, *args, **options)
            sock.setblocking(False)
            sock.listen(options.get("backlog", 2048))
            return SharingServer(self, sock, protocol_factory, Shares(Path(folder)))

    return SharingLoop()


class Shares:
    """Each process's number of connections: a file of eight bytes each. Those of ended processes are removed."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._path = folder, folder / str(os.getpid())
        self._path.write_bytes(_COUNT.pack(0))
        self._mine = _open(self._path)
        self._others: dict[str, mmap.mmap] = {}
        self._seen = 0

    def note(self, count: int) -> None:
        """Publish this process's number."""
        _COUNT.pack_into(self._mine, 0, count)

    def is_least(self, count: int) -> bool:
        """Return whether no running process has fewer than ``count``."""
        self._look()
        for name, other in list(self._others.items()):
            if _COUNT.unpack_from(other)[0] < count:
                if _runs(int(name)):
                    return False
                self._forget(name)
                (self._folder / name).unlink(missing_ok=True)
        return True

    def close(self) -> None:
        """Leave new connections to the others."""
        self._path.unlink(missing_ok=True)
        self._mine.close()
        for name in list(self._others):
            self._forget(name)

    def _look(self) -> None:
        """Find processes that started or ended since the folder last changed."""
        with suppress(OSError):
            changed = self._folder.stat().st_mtime_ns
            if changed == self._seen:
                return
            names = {one.name for one in self._folder.iterdir() if one.name.isdigit()} - {self._path.name}
            for name in self._others.keys() - names:
                self._forget(name)
            for name in names - self._others.keys():
                with suppress(OSError, ValueError):  # it ended already, or its file is not written yet
                    self._others[name] = _open(self._folder / name)
            if names == self._others.keys():
                self._seen = changed

    def _forget(self, name: str) -> None:
        self._others.pop(name).close()


class SharingServer:
    """The replacement of :class:`asyncio.Server` for uvicorn."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        sock: socket.socket,
        protocol_factory: Callable[[], asyncio.Protocol],
        shares: Shares,
    ) -> None:
        self._loop, self._sock, self._factory, self._shares = loop, sock, protocol_factory, shares
        self.sockets = (sock,)
        self._open: set[Any] = set()
        self._beginning: set[asyncio.Task[None]] = set()
        self._postponed: asyncio.TimerHandle | None = None
        self._is_closed = False
        loop.add_reader(sock, self._come)

    def close(self) -> None:
        """Accept no more."""
        if not self._is_closed:
            self._is_closed = True
            self._loop.remove_reader(self._sock)
            if self._postponed is not None:
                self._postponed.cancel()
            self._shares.close()

    async def wait_closed(self) -> None:
        """Wait until accepted connections have their protocol."""
        await asyncio.gather(*self._beginning, return_exceptions=True)

    def _come(self) -> None:
        """Accept a connection, or leave it to the process with fewer connections."""
        if self._shares.is_least(self._count()):
            if not self._take():
                self._loop.remove_reader(self._sock)
                self._postpone(_PAUSE, 0.0)
            return
        self._loop.remove_reader(self._sock)
        self._postpone(_STEP, self._loop.time() + _LONGEST)

    def _postpone(self, seconds: float, until: float) -> None:
        self._postponed = self._loop.call_later(seconds, self._look_again, until)

    def _look_again(self, until: float) -> None:
        if self._loop.time() < until and not self._shares.is_least(self._count()):
            self._postpone(_STEP, until)
        elif not self._take():
            self._postpone(_PAUSE, 0.0)
        else:
            self._postponed = None
            self._loop.add_reader(self._sock, self._come)

    def _count(self) -> int:
        """Publish the number of open connections."""
        self._open = {one for one in self._open if not one.is_closing()}
        count = len(self._open) + len(self._beginning)
        self._shares.note(count)
        return count

    def _take(self) -> bool:
        """Accept waiting connections; False if the machine has no resources for them now."""
        try:
            taken, _ = self._sock.accept()
        except OSError as error:
            if error.errno not in _EXHAUSTED:  # another process took it, or its client left
                return True
            log.error("no connection can be taken for %g s: %s", _PAUSE, error)  # noqa: TRY400 - it says why
            return False
        taken.setblocking(False)
        with suppress(OSError):
            taken.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        task = self._loop.create_task(self._begin(taken))
        self._beginning.add(task)
        task.add_done_callback(self._beginning.discard)
        self._count()
        return True

    async def _begin(self, taken: socket.socket) -> None:
        try:
            transport, _ = await self._loop.connect_accepted_socket(self._factory, taken)
        except OSError:
            taken.close()
            return
        self._open.add(transport)


def _open(path: Path) -> mmap.mmap:
    with path.open("r+b") as file:
        return mmap.mmap(file.fileno(), _COUNT.size)


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True
