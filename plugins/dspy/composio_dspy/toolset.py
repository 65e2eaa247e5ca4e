"""The toolset whose tools are DSPy's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from composio import toolset

if TYPE_CHECKING:
    from dspy import Tool  # noqa: F401 - named in the string below, which mypy reads

__all__ = ["ComposioToolSet"]


class ComposioToolSet(toolset.ComposioToolSet["Tool"]):
    """:class:`composio.ComposioToolSet` whose ``get_tools`` gives ``dspy.Tool`` objects."""

    adapter = "composio_dspy._adapter:Adapter"
    codec = None  # DSPy's agents run their tools themselves
