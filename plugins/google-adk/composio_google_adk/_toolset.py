"""The toolset whose tools are ADK's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from composio import toolset

if TYPE_CHECKING:
    from google.adk.tools.base_tool import BaseTool  # noqa: F401 - named in the string below, which mypy reads

__all__ = ["ComposioToolSet"]


class ComposioToolSet(toolset.ComposioToolSet["BaseTool"]):
    """:class:`composio.ComposioToolSet` whose ``get_tools`` gives ADK's ``BaseTool`` objects."""

    adapter = "composio_google_adk._adapter:Adapter"
    codec = None  # ADK's runners carry their tools out by themselves
