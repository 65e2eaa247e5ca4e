"""What a client of MCP's handshake eras says first, on the wire."""

from __future__ import annotations

from typing import Any

__all__ = ["ACCEPT", "READY", "hello"]

ACCEPT = {"accept": "application/json, text/event-stream"}
READY = {"jsonrpc": "2.0", "method": "notifications/initialized"}


def hello(version: str = "2025-11-25") -> dict[str, Any]:
    """The request that begins a session."""
    about = {"protocolVersion": version, "capabilities": {}, "clientInfo": {"name": "test", "version": "1"}}
    return {"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": about}
