"""Tools for LangGraph: it takes LangChain's, so those of ``composio_langchain`` are its native ones."""

from __future__ import annotations

from composio_langchain._adapter import Adapter as LangChainAdapter
from composio_langchain._adapter import ComposioTool

__all__ = ["Adapter", "ComposioTool"]


class Adapter(LangChainAdapter):
    """As for LangChain. ``ToolNode`` injects into parameters that a Python signature marks; these tools show it none."""

    name = "langgraph"
