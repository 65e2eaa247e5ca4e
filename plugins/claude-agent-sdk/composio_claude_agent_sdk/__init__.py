"""Composio tools for the Claude Agent SDK.

::

    from composio_claude_agent_sdk import Action, ComposioToolSet, create_server

    toolset = ComposioToolSet()
    tools = toolset.get_tools(actions=[Action.GITHUB_GET_THE_AUTHENTICATED_USER])
    options = ClaudeAgentOptions(mcp_servers={"composio": create_server(tools)}, allowed_tools=["mcp__composio"])

Names load on first use: claude_agent_sdk is imported when the first tool is made, not before.
"""

from typing import TYPE_CHECKING

from composio.exports import lazy_exports

if TYPE_CHECKING:
    from composio.exports import *  # noqa: F403 - the same names, for type checkers
    from composio_claude_agent_sdk._server import create_server as create_server
    from composio_claude_agent_sdk.toolset import ComposioToolSet as ComposioToolSet

__all__, __getattr__, __dir__ = lazy_exports(__name__, create_server="composio_claude_agent_sdk._server")
