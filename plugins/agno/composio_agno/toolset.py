"""The toolset whose tools are agno's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from composio import toolset
from composio.exports import former_names

if TYPE_CHECKING:
    from agno.tools import Toolkit  # noqa: F401 - named in the string below, which mypy reads

__all__ = ["ComposioToolSet"]


class ComposioToolSet(toolset.ComposioToolSet["Toolkit"]):
    """:class:`composio.ComposioToolSet` whose ``get_tools`` gives agno's ``Toolkit`` objects, one for each action."""

    adapter = "composio_agno._adapter:Adapter"
    codec = None  # agno's agents run their tools themselves


# What v0.7 had in this module beside.
__getattr__, __dir__ = former_names(
    __name__, gone={"ToolFunction": "annotate with `agno.tools.Toolkit`, which `get_tools` gives"}
)
