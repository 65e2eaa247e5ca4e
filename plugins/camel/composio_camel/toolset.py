"""The toolset whose tools are CAMEL's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from composio import toolset

if TYPE_CHECKING:
    from camel.toolkits import FunctionTool  # noqa: F401 - named in the string below, which mypy reads

__all__ = ["ComposioToolSet"]


class ComposioToolSet(toolset.ComposioToolSet["FunctionTool"]):
    """:class:`composio.ComposioToolSet` whose ``get_tools`` gives CAMEL's ``FunctionTool`` objects."""

    adapter = "composio_camel._adapter:Adapter"
    codec = None  # CAMEL's agents carry their tools out by themselves
