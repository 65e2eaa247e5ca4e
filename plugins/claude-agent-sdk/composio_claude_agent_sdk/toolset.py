"""The toolset whose tools are the Claude Agent SDK's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from composio import toolset

if TYPE_CHECKING:
    from composio_claude_agent_sdk._adapter import ComposioTool  # noqa: F401 - named in the string below, which mypy reads

__all__ = ["ComposioToolSet"]


class ComposioToolSet(toolset.ComposioToolSet["ComposioTool"]):
    """:class:`composio.ComposioToolSet` whose ``get_tools`` gives the Claude Agent SDK's ``SdkMcpTool`` objects."""

    adapter = "composio_claude_agent_sdk._adapter:Adapter"
    codec = None  # Claude Code asks for its tools by itself
