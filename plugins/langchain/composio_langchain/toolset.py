"""The toolset whose tools are LangChain's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from composio import toolset
from composio.exports import former_names

if TYPE_CHECKING:
    from langchain_core.tools import BaseTool  # noqa: F401 - named in the string below, which mypy reads

__all__ = ["ComposioToolSet"]


class ComposioToolSet(toolset.ComposioToolSet["BaseTool"]):
    """:class:`composio.ComposioToolSet` whose ``get_tools`` gives LangChain ``BaseTool`` objects, sync and async."""

    adapter = "composio_langchain._adapter:Adapter"
    codec = None  # LangChain's agents run their tools themselves


# What v0.7 had in this module beside.
__getattr__, __dir__ = former_names(__name__, moved={"StructuredTool": "langchain_core.tools:StructuredTool"})
