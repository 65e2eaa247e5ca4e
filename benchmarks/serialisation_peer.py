"""The cases through one peer, in the peer's own environment: ``python serialisation_peer.py PEER URL``.

Each case has a server address of its own below URL. Prints a line of JSON a case: its number, and what the peer said against it.
Every peer gets the arguments under the names that it chose for them itself.
"""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from collections.abc import Awaitable, Callable, Iterator
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from serialisation_cases import CASES, Case, document

Names = Iterator[tuple[str, str, str]]


def arguments(case: Case, names: Names) -> dict[str, Any]:
    """The case's arguments, by the names of a peer: (argument, place, name in the description) each."""
    found: dict[str, Any] = {}
    for argument, place, name in names:
        given = case.arguments.get(place)
        if place == "body" and not (isinstance(given, dict) and name in given):
            if given is not None and not isinstance(given, dict):
                found[argument] = readable(given)
        elif isinstance(given, dict) and name in given:
            found[argument] = readable(given[name])
    return found


def readable(value: Any) -> Any:
    """Bytes as the text that a model would write: neither peer has another way to name a file."""
    if isinstance(value, list):
        return [readable(item) for item in value]
    return value.decode("latin-1") if isinstance(value, bytes) else value


async def fastmcp(case: Case, url: str) -> None:
    from fastmcp import FastMCP

    # What it is built on from version 4 on, and before.
    AsyncClient: Any = import_module("httpx2" if find_spec("httpx2") else "httpx").AsyncClient  # noqa: N806 - a class

    described = document(case, url)
    server = described["servers"][0]
    base = server["url"]
    for name, variable in server.get("variables", {}).items():  # it takes a client with a base URL and reads no servers
        base = base.replace(f"{{{name}}}", variable["default"])
    async with AsyncClient(base_url=base) as client:
        tool: Any = await FastMCP.from_openapi(openapi_spec=described, client=client).get_tool("do_it")
        names = ((k, v["location"], v["openapi_name"]) for k, v in tool._route.parameter_map.items())  # noqa: SLF001 - it tells nobody else
        await tool.run(arguments(case, names))


async def google_adk(case: Case, url: str) -> None:
    from google.adk.tools.openapi_tool import OpenAPIToolset

    toolset = OpenAPIToolset(spec_dict=document(case, url), allow_private_network_access=True)
    tool: Any = toolset.get_tool("do_it")
    names = (
        (p.py_name, str(getattr(p.param_location, "value", p.param_location)), p.original_name)
        for p in tool._operation_parser.get_parameters()  # noqa: SLF001 - as above
    )
    result = await tool.call(args=arguments(case, names), tool_context=None)
    if isinstance(result, dict) and "error" in result:
        raise RuntimeError(result["error"])


PEERS: dict[str, Callable[[Case, str], Awaitable[None]]] = {"fastmcp": fastmcp, "google-adk": google_adk}


def main(peer: str, url: str) -> None:
    logging.disable(logging.CRITICAL)
    for number, case in enumerate(CASES):
        said = ""
        try:
            asyncio.run(asyncio.wait_for(PEERS[peer](case, f"{url}/{number}"), 20))
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
        print(json.dumps({"case": number, "said": said[:200]}), flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
