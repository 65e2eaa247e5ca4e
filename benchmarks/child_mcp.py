"""In a process of its own: one MCP server over HTTP on loopback, ours or FastMCP's, of the same API. Prints its port."""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import uvicorn


def ours(home: str, apps: str, everything: str) -> Any:
    from composio.embedded import EmbeddedBackend
    from composio_mcp import Selected, Selection
    from composio_mcp.serving import make_app

    backend = EmbeddedBackend(home=home or None)
    return make_app(Selected(backend, Selection(apps=tuple(apps.split(",")), everything=everything == "all")))


def fastmcp(description: str, upstream: str) -> Any:
    import httpx2
    from fastmcp import FastMCP

    headers = {"authorization": "Bearer benchmark-token"}
    client = httpx2.AsyncClient(base_url=upstream, headers=headers)
    return FastMCP.from_openapi(openapi_spec=json.loads(Path(description).read_text("utf-8")), client=client).http_app(
        path="/mcp"
    )


MAKERS: dict[str, Callable[..., Any]] = {"ours": ours, "fastmcp": fastmcp}


async def main(kind: str, *arguments: str) -> None:
    app, options = MAKERS[kind](*arguments), {}
    if kind == "ours":
        from composio_mcp.serving import make_protocol

        options["http"] = make_protocol()
    config = uvicorn.Config(app, host="127.0.0.1", port=0, log_level="warning", ws="none", **options)
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:  # noqa: ASYNC110 - uvicorn has no event for it
        await asyncio.sleep(0.01)
    print(server.servers[0].sockets[0].getsockname()[1], flush=True)
    await serving


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
