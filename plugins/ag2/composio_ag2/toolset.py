"""The toolset whose tools are AG2's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from composio import toolset

if TYPE_CHECKING:
    from ag2.tools.final.function_tool import FunctionTool  # noqa: F401 - named in the string below, which mypy reads

__all__ = ["ComposioToolSet"]


class ComposioToolSet(toolset.ComposioToolSet["FunctionTool"]):
    """:class:`composio.ComposioToolSet` whose ``get_tools`` gives AG2's ``FunctionTool`` objects."""

    adapter = "composio_ag2._adapter:Adapter"
    codec = None  # AG2's agents run their tools themselves
