"""The toolset whose tools are those of OpenAI's Agents SDK."""

from __future__ import annotations

from typing import TYPE_CHECKING

from composio import toolset

if TYPE_CHECKING:
    from agents import FunctionTool  # noqa: F401 - named in the string below, which mypy reads

__all__ = ["ComposioToolSet"]


class ComposioToolSet(toolset.ComposioToolSet["FunctionTool"]):
    """:class:`composio.ComposioToolSet` whose ``get_tools`` gives ``agents.FunctionTool`` objects."""

    adapter = "composio_openai_agents._adapter:Adapter"
    codec = None  # the SDK's runner carries its tools out by itself
