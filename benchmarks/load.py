"""A load generator as light as possible: requests that are bytes already, over connections that stay open, on one loop."""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass

__all__ = ["Load", "put_load"]


@dataclass(frozen=True, slots=True)
class Load:
    """What came of it: ``times`` are seconds, in their order; ``failed`` what was not answered with 200, by its first bytes."""

    seconds: float
    times: list[float]
    failed: list[bytes]

    @property
    def rate(self) -> float:
        """Good answers a second."""
        return len(self.times) / self.seconds

    def quantile(self, of: int) -> float:
        """The ``of``-th of a hundred parts, in seconds."""
        return statistics.quantiles(self.times, n=100)[of - 1] if len(self.times) > 1 else float("inf")


def put_load(
    host: str,
    port: int,
    request: Callable[[], bytes],
    *,
    connections: int,
    seconds: float,
    rate: float | None = None,
) -> Load:
    """Send what ``request`` makes, again and again: as fast as ``connections`` allow, or ``rate`` a second however slow it gets."""
    return asyncio.run(_put(host, port, request, connections, seconds, rate))


async def _put(
    host: str, port: int, request: Callable[[], bytes], connections: int, seconds: float, rate: float | None
) -> Load:
    times: list[float] = []
    failed: list[bytes] = []
    number = 0
    began = time.perf_counter()

    async def work() -> None:
        nonlocal number
        reader, writer = await asyncio.open_connection(host, port)
        while True:
            at, number = number, number + 1
            due = began + at / rate if rate else time.perf_counter()
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            if time.perf_counter() - began > seconds:
                break
            sent = due if rate else time.perf_counter()  # who has to wait for a free connection waits too
            writer.write(request())
            status, body = await _read(reader)
            if status == 200:
                times.append(time.perf_counter() - sent)
            else:
                failed.append(body[:200])
        writer.close()

    await asyncio.gather(*(work() for _ in range(connections)))
    return Load(time.perf_counter() - began, times, failed)


async def _read(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.lower().split(b"\r\n")
    length = next(int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length:"))
    return int(lines[0].split()[1]), await reader.readexactly(length)
