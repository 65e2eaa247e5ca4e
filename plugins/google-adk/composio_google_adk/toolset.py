"""The toolset whose tools are ADK's."""

from __future__ import annotations

from typing import Any

from composio import toolset

__all__ = ["ComposioToolSet"]


# Any: agents take lists of unions, which to a type checker no list of one kind is.
class ComposioToolSet(toolset.ComposioToolSet[Any]):
    """:class:`composio.ComposioToolSet` whose ``get_tools`` gives ADK's ``BaseTool`` objects."""

    adapter = "composio_google_adk._adapter:Adapter"
    codec = None  # ADK's runners run their tools themselves
