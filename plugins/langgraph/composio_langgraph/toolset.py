"""The toolset whose tools go into a graph."""

from __future__ import annotations

from composio_langchain import toolset as langchain

__all__ = ["ComposioToolSet"]


class ComposioToolSet(langchain.ComposioToolSet):
    """:class:`composio.ComposioToolSet` whose tools are what ``ToolNode``, ``bind_tools`` and LangGraph's agents take."""

    adapter = "composio_langgraph._adapter:Adapter"
