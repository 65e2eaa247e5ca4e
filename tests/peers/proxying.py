"""A reverse proxy that has a server below a path of its own, as nginx's ``location`` does."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx

from tests.peers.listening import listening

__all__ = ["proxying"]

# What is of one connection only. Source: RFC 9110, 7.6.1.
_OF_ONE_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "upgrade", "content-length"})


@contextmanager
def proxying(server: str, prefix: str, *, drops: bool, on: socket.socket) -> Iterator[str]:
    """The address of ``server`` behind a proxy on a bound socket; nothing is outside of ``prefix``.

    ``drops`` says whether the server gets paths without the prefix. It gets the browser's own ``Host``.
    """
    with httpx.Client(base_url=server, trust_env=False, timeout=60) as client:

        async def pass_on(scope: Any, receive: Any, send: Any) -> None:
            if scope["type"] != "http":
                return
            body, more = b"", True
            while more:
                message = await receive()
                body, more = body + message.get("body", b""), message.get("more_body", False)
            path = scope["raw_path"].decode("ascii")
            if not path.startswith(f"{prefix}/"):
                await _answer(send, 404, [], b"nothing is outside of the prefix")
                return
            path = path.removeprefix(prefix) if drops else path
            query = scope["query_string"].decode("ascii")
            headers = [(name, value) for name, value in scope["headers"] if name.decode() not in _OF_ONE_HOP]
            url = f"{path}?{query}" if query else path
            answer = await asyncio.to_thread(client.request, scope["method"], url, headers=headers, content=body)
            kept = [(name, value) for name, value in answer.headers.raw if name.decode().lower() not in _OF_ONE_HOP]
            decoded = [one for one in kept if one[0].lower() != b"content-encoding"]
            await _answer(send, answer.status_code, decoded, answer.content)

        with listening(pass_on, on=on, lifespan="off", server_header=False) as url:
            yield url + prefix


async def _answer(send: Any, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
