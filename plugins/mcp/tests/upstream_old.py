"""An MCP server as they were before the newest protocol, by hand: line by line of JSON-RPC, and nothing that came later.

`python upstream_old.py VERSION` speaks stdio. It answers methods that it does not know as JSON-RPC says.
"""

from __future__ import annotations

import json
import sys
from typing import Any

VERSION = sys.argv[1]
TOOLS = [
    {
        "name": "echo",
        "description": "Say it again.",
        "inputSchema": {"type": "object", "properties": {"text": {"type": "string"}}},
    }
]


def answer(method: str, params: dict[str, Any]) -> dict[str, Any]:
    if method == "initialize":
        return {
            "result": {
                "protocolVersion": VERSION,
                "capabilities": {"tools": {}},
                "serverInfo": {"name": "Old", "version": "0"},
            }
        }
    if method == "tools/list":
        return {"result": {"tools": TOOLS}}
    if method == "tools/call":
        return {"result": {"content": [{"type": "text", "text": params["arguments"].get("text", "")}]}}
    return {"error": {"code": -32601, "message": "Method not found"}}


sys.stdout.write("starting up ...\n")  # what a well-behaved server sends to standard error
for line in sys.stdin:
    message = json.loads(line)
    if "id" in message:
        reply = {"jsonrpc": "2.0", "id": message["id"], **answer(message["method"], message.get("params") or {})}
        sys.stdout.write(f"{json.dumps(reply)}\n")
        sys.stdout.flush()
