"""Composio's tools as MCP servers, over any backend.

::

    from composio import ComposioToolSet
    from composio_mcp import Selected, Selection, make_server

    server = make_server(Selected(ComposioToolSet().backend, Selection(apps=("github",))))

``composio mcp serve --apps github`` does the same for a client that starts programs.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from composio_mcp.endpoint import Endpoint as Endpoint
    from composio_mcp.offered import Offered as Offered
    from composio_mcp.offered import Selected as Selected
    from composio_mcp.offered import Selection as Selection
    from composio_mcp.server import make_server as make_server

_HOMES = {
    "Endpoint": "composio_mcp.endpoint",
    "Offered": "composio_mcp.offered",
    "Selected": "composio_mcp.offered",
    "Selection": "composio_mcp.offered",
    "make_server": "composio_mcp.server",
}

__all__ = ["Endpoint", "Offered", "Selected", "Selection", "make_server"]


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(home), name)
