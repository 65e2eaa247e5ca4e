"""The toolset whose tools are LlamaIndex's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from composio import toolset

if TYPE_CHECKING:
    from llama_index.core.tools import AsyncBaseTool  # noqa: F401 - named in the string below, which mypy reads

__all__ = ["ComposioToolSet"]


class ComposioToolSet(toolset.ComposioToolSet["AsyncBaseTool"]):
    """:class:`composio.ComposioToolSet` whose ``get_tools`` gives LlamaIndex ``AsyncBaseTool`` objects, sync and async."""

    adapter = "composio_llamaindex._adapter:Adapter"
    codec = None  # LlamaIndex's agents carry their tools out by themselves
