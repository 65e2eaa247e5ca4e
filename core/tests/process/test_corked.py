"""What is written in one moment goes out together, in order, and nothing stays behind."""

from __future__ import annotations

import asyncio
from typing import Any, cast

from composio.process.corked import CorkedTransport


class Transport:
    """What a socket is given."""

    def __init__(self) -> None:
        self.sent: list[bytes] = []
        self.closed = False

    def write(self, data: bytes) -> None:
        assert not self.closed
        self.sent.append(data)

    def close(self) -> None:
        self.closed = True

    def is_closing(self) -> bool:
        return self.closed

    def get_extra_info(self, name: str) -> str:
        return name


def corked(transport: Transport) -> CorkedTransport:
    return CorkedTransport(cast("Any", transport), asyncio.get_running_loop())


def test_a_head_goes_out_with_its_body() -> None:
    async def main() -> list[bytes]:
        transport = Transport()
        one = corked(transport)
        one.write(b"head ")
        assert transport.sent == []
        one.write(b"body")
        one.write(b"next ")
        one.write(b"one")
        return transport.sent

    assert asyncio.run(main()) == [b"head body", b"next one"]


def test_a_head_whose_body_is_late_goes_out_by_itself() -> None:
    async def main() -> list[bytes]:
        transport = Transport()
        corked(transport).write(b"head")
        await asyncio.sleep(0)
        return transport.sent

    assert asyncio.run(main()) == [b"head"]


def test_what_is_large_is_not_copied() -> None:
    async def main() -> list[bytes]:
        transport = Transport()
        one, large = corked(transport), b"x" * 100_000
        one.write(b"head")
        one.write(large)
        one.write(large)
        assert transport.sent[1] is large
        return transport.sent

    assert [len(one) for one in asyncio.run(main())] == [4, 100_000, 100_000]


def test_closing_sends_what_is_held_back() -> None:
    async def main() -> Transport:
        transport = Transport()
        one = corked(transport)
        one.write(b"last")
        one.close()
        await asyncio.sleep(0)
        assert one.is_closing()
        assert one.get_extra_info("peername") == "peername"
        return transport

    assert asyncio.run(main()).sent == [b"last"]
