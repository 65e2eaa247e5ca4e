"""The toolset whose tools are LlamaIndex's."""

from __future__ import annotations

from typing import Any

from composio import toolset

__all__ = ["ComposioToolSet"]


# Any: agents take lists of unions, which to a type checker no list of one kind is.
class ComposioToolSet(toolset.ComposioToolSet[Any]):
    """:class:`composio.ComposioToolSet` whose ``get_tools`` gives LlamaIndex ``AsyncBaseTool`` objects, sync and async."""

    adapter = "composio_llamaindex._adapter:Adapter"
    codec = None  # LlamaIndex's agents run their tools themselves
