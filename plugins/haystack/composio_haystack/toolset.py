"""The toolset whose tools are Haystack's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from composio import toolset

if TYPE_CHECKING:
    from haystack.tools.tool import Tool  # noqa: F401 - named in the string below, which mypy reads

__all__ = ["ComposioToolSet"]


class ComposioToolSet(toolset.ComposioToolSet["Tool"]):
    """:class:`composio.ComposioToolSet` whose ``get_tools`` gives Haystack ``Tool`` objects, sync and async."""

    adapter = "composio_haystack._adapter:Adapter"
    codec = None  # Haystack's agents and tool invokers run their tools themselves
