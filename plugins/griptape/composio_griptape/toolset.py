"""The toolset whose tools are Griptape's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from composio import toolset
from composio.exports import former_names

if TYPE_CHECKING:
    from griptape.tools import BaseTool  # noqa: F401 - named in the string below, which mypy reads

__all__ = ["ComposioToolSet"]


class ComposioToolSet(toolset.ComposioToolSet["BaseTool"]):
    """:class:`composio.ComposioToolSet` whose ``get_tools`` gives Griptape's tools, one for each app with an activity an action."""

    adapter = "composio_griptape._adapter:Adapter"
    codec = None  # Griptape's tasks run their tools themselves


# What v0.7 had in this module beside.
__getattr__, __dir__ = former_names(__name__, moved={"logger": "composio.utils.shared:logger"})
