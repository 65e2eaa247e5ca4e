"""Composio tools for the Claude Agent SDK.

::

    from composio_claude_agent_sdk import Action, ComposioToolSet, create_server

    toolset = ComposioToolSet()
    tools = toolset.get_tools(actions=[Action.GITHUB_GET_THE_AUTHENTICATED_USER])
    options = ClaudeAgentOptions(mcp_servers={"composio": create_server(tools)}, allowed_tools=["mcp__composio"])

Names load on first use: claude_agent_sdk is imported when the first tool is made, not before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from composio import Action as Action
    from composio import App as App
    from composio import CustomAuthParameter as CustomAuthParameter
    from composio import ParamPlacement as ParamPlacement
    from composio import Tag as Tag
    from composio import ToolResult as ToolResult
    from composio import Trigger as Trigger
    from composio import action as action
    from composio_claude_agent_sdk._server import create_server as create_server
    from composio_claude_agent_sdk._toolset import ComposioToolSet as ComposioToolSet

__all__ = [
    "Action",
    "App",
    "ComposioToolSet",
    "CustomAuthParameter",
    "ParamPlacement",
    "Tag",
    "ToolResult",
    "Trigger",
    "action",
    "create_server",
]
_HOMES = {"ComposioToolSet": "composio_claude_agent_sdk._toolset", "create_server": "composio_claude_agent_sdk._server"}


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    value: object = getattr(import_module(_HOMES.get(name, "composio")), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
