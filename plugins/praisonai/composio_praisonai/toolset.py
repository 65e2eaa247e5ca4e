"""The toolset whose tools are PraisonAI's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from composio import toolset

if TYPE_CHECKING:
    from praisonaiagents.tools.base import BaseTool  # noqa: F401 - named in the string below, which mypy reads

__all__ = ["ComposioToolSet"]


class ComposioToolSet(toolset.ComposioToolSet["BaseTool"]):
    """:class:`composio.ComposioToolSet` whose ``get_tools`` gives PraisonAI's ``BaseTool`` objects."""

    adapter = "composio_praisonai._adapter:Adapter"
    codec = None  # PraisonAI's agents carry their tools out by themselves
