"""The toolset whose tools are @title@'s."""

from __future__ import annotations

from typing import TYPE_CHECKING

from composio import toolset

if TYPE_CHECKING:
    from @module@._adapter import Tool  # noqa: F401 - named in the string below, which mypy reads

__all__ = ["ComposioToolSet"]


class ComposioToolSet(toolset.ComposioToolSet["Tool"]):
    """:class:`composio.ComposioToolSet` whose ``get_tools`` gives tools for @title@."""

    adapter = "@module@._adapter:Adapter"
