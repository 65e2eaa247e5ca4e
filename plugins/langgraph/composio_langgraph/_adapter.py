"""Tools for LangGraph: it takes LangChain's, so those of ``composio_langchain`` are its native ones."""

from __future__ import annotations

from langgraph.types import interrupt

from composio.framework import PausingInvoke, ToolSpec
from composio_langchain._adapter import Adapter as LangChainAdapter
from composio_langchain._adapter import ComposioTool

__all__ = ["Adapter", "ComposioTool"]


class Adapter(LangChainAdapter):
    """As for LangChain. ``ToolNode`` injects into parameters that a Python signature marks; these tools show it none."""

    name = "langgraph"

    def wrap_pausing(self, spec: ToolSpec, invoke: PausingInvoke) -> ComposioTool:
        """A tool that calls ``interrupt``: the graph needs a checkpointer, and ``Command(resume={"type", "id", ...})`` answers."""
        return self.wrap(spec, invoke.asking(interrupt))
