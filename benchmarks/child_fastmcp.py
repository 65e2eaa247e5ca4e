"""In a process of its own: FastMCP's tools out of a description. Prints figures as JSON; see ``child_compile`` and ``child_list``."""

from __future__ import annotations

import asyncio
import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import httpx2
from fastmcp import FastMCP


def main(file: str, dump: str = "") -> None:
    """``dump`` is a file for the tools' definitions; without it they are listed once, and not timed."""
    started = time.process_time()
    description = json.loads(Path(file).read_text("utf-8"))
    client = httpx2.AsyncClient(base_url="https://api.bench.test")
    server = FastMCP.from_openapi(openapi_spec=description, client=client)
    seconds = time.process_time() - started
    listed, definitions = asyncio.run(_list(server, 3 if dump else 1))
    if dump:
        Path(dump).write_text(json.dumps(definitions))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak": peak, "tools": len(definitions), "listed": listed}))


async def _list(server: Any, times: int) -> tuple[list[tuple[float, float]], dict[str, Any]]:
    listed = []
    for _ in range(times):
        wall, cpu = time.perf_counter(), time.process_time()
        tools = await server.list_tools()
        listed.append((time.perf_counter() - wall, time.process_time() - cpu))
    definitions = {
        f"{tool._route.method} {tool._route.path}": {  # noqa: SLF001 - which operation it is says nothing else
            "name": tool.name,
            "description": tool.description,
            "parameters": tool.parameters,
        }
        for tool in tools
    }
    return listed, definitions


if __name__ == "__main__":
    main(*sys.argv[1:])
