"""The toolset whose tools are CrewAI's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from composio import toolset

if TYPE_CHECKING:
    from crewai.tools import BaseTool  # noqa: F401 - named in the string below, which mypy reads

__all__ = ["ComposioToolSet"]


class ComposioToolSet(toolset.ComposioToolSet["BaseTool"]):
    """:class:`composio.ComposioToolSet` whose ``get_tools`` gives CrewAI ``BaseTool`` objects, sync and async."""

    adapter = "composio_crewai._adapter:Adapter"
    codec = None  # CrewAI's agents run their tools themselves
