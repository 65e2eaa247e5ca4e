"""The toolset whose tools are LiveKit's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from composio import toolset

if TYPE_CHECKING:
    from livekit.agents.llm import Tool, Toolset  # noqa: F401 - named in the string below, which mypy reads

__all__ = ["ComposioToolSet"]


class ComposioToolSet(toolset.ComposioToolSet["Tool | Toolset"]):
    """:class:`composio.ComposioToolSet` whose ``get_tools`` gives LiveKit's ``RawFunctionTool`` objects.

    Their type is that of a list which ``Agent(tools=...)`` takes.
    """

    adapter = "composio_livekit._adapter:Adapter"
    codec = None  # LiveKit's sessions run their tools themselves
