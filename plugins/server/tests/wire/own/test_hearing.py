"""A client that hears how far its call is, and leaves before the end: the call goes on, and its files are removed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from litestar import Response
from litestar.response import Stream

from composio.model.progress import HEARS
from composio_server.wire.own.hearing import tell


@pytest.mark.parametrize("leaves", ["before the answer", "at its head", "in its body", "never"])
@pytest.mark.parametrize("brings_files", [False, True])
def test_whoever_leaves_leaves_no_files(leaves: str, brings_files: bool) -> None:
    removed: list[str] = []

    async def body() -> AsyncIterator[bytes]:
        try:
            yield b"one"
            yield b"two"
        finally:
            removed.append("files")

    async def run() -> None:
        goes_on, has_ended = asyncio.Event(), asyncio.Event()

        async def call() -> Response[Any]:
            hear = HEARS.get()
            assert hear is not None
            hear(1, 2, "half")
            await goes_on.wait()
            has_ended.set()
            return Stream(body()) if brings_files else Response(b"{}")

        request: Any = None  # only an error is told with it
        lines: Any = tell(request, call).iterator
        assert b'"half"' in await anext(lines)
        if leaves == "before the answer":
            await lines.aclose()
        goes_on.set()
        if leaves == "at its head":
            assert b'"status"' in await anext(lines)
            await lines.aclose()
        elif leaves == "in its body":
            assert b'"status"' in await anext(lines)
            assert await anext(lines)
            await lines.aclose()
        elif leaves == "never":
            assert [line async for line in lines][-1] == (b"two" if brings_files else b"{}")
        async with asyncio.timeout(60):
            await has_ended.wait()
            while brings_files and not removed:  # noqa: ASYNC110 - nobody is told of it
                await asyncio.sleep(0.005)

    asyncio.run(run())
    assert removed == (["files"] if brings_files else [])
