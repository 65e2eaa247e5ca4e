"""The toolset whose tools are those of OpenAI's Agents SDK."""

from __future__ import annotations

from typing import Any

from composio import toolset

__all__ = ["ComposioToolSet"]


# Any: agents take lists of unions, which to a type checker no list of one kind is.
class ComposioToolSet(toolset.ComposioToolSet[Any]):
    """:class:`composio.ComposioToolSet` whose ``get_tools`` gives ``agents.FunctionTool`` objects."""

    adapter = "composio_openai_agents._adapter:Adapter"
    codec = None  # the SDK's runner runs its tools itself
