"""The toolset whose tools are PraisonAI's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from composio import toolset
from composio.model.call import ToolResult

if TYPE_CHECKING:
    from praisonaiagents.tools.base import BaseTool  # noqa: F401 - named in the string below, which mypy reads

__all__ = ["ComposioToolSet"]


class ComposioToolSet(toolset.ComposioToolSet["BaseTool"]):
    """:class:`composio.ComposioToolSet` whose ``get_tools`` gives PraisonAI's ``BaseTool`` objects."""

    adapter = "composio_praisonai._adapter:Adapter"
    codec = None  # PraisonAI's agents run their tools themselves

    def execute_tool(self, tool_identifier: str, params: Mapping[str, Any] | None = None) -> ToolResult:
        """v0.7's name for ``execute_action(action, params)``."""
        return self.execute_action(tool_identifier, params)
