"""The toolset whose tools are Agent Framework's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from composio import toolset

if TYPE_CHECKING:
    from agent_framework import FunctionTool  # noqa: F401 - named in the string below, which mypy reads

__all__ = ["ComposioToolSet"]


class ComposioToolSet(toolset.ComposioToolSet["FunctionTool"]):
    """:class:`composio.ComposioToolSet` whose ``get_tools`` gives Agent Framework's ``FunctionTool`` objects."""

    adapter = "composio_agent_framework._adapter:Adapter"
    codec = None  # Agent Framework's clients run their tools themselves
