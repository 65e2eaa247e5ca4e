"""The toolset whose tools are Strands'."""

from __future__ import annotations

from typing import TYPE_CHECKING

from composio import toolset

if TYPE_CHECKING:
    from strands.tools import PythonAgentTool  # noqa: F401 - named in the string below, which mypy reads

__all__ = ["ComposioToolSet"]


class ComposioToolSet(toolset.ComposioToolSet["PythonAgentTool"]):
    """:class:`composio.ComposioToolSet` whose ``get_tools`` gives Strands' ``PythonAgentTool`` objects."""

    adapter = "composio_strands._adapter:Adapter"
    codec = None  # Strands' agents run their tools themselves
