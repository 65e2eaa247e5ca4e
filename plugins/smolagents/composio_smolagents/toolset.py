"""The toolset whose tools are smolagents'."""

from __future__ import annotations

from typing import TYPE_CHECKING

from composio import toolset

if TYPE_CHECKING:
    from smolagents import Tool  # noqa: F401 - named in the string below, which mypy reads

__all__ = ["ComposioToolSet"]


class ComposioToolSet(toolset.ComposioToolSet["Tool"]):
    """:class:`composio.ComposioToolSet` whose ``get_tools`` gives smolagents ``Tool`` objects."""

    adapter = "composio_smolagents._adapter:Adapter"
    codec = None  # smolagents' agents run their tools themselves
