"""The toolset whose tools are CAMEL's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from composio import toolset

if TYPE_CHECKING:
    from camel.toolkits import FunctionTool  # noqa: F401 - named in the string below, which mypy reads

    from composio.tools.schema import SchemaType

__all__ = ["ComposioToolSet"]


class ComposioToolSet(toolset.ComposioToolSet["FunctionTool"]):
    """:class:`composio.ComposioToolSet` whose ``get_tools`` gives CAMEL's ``FunctionTool`` objects."""

    adapter = "composio_camel._adapter:Adapter"
    codec = None  # CAMEL's agents run their tools themselves

    @property
    def schema(self) -> SchemaType:
        """v0.7's: the shape of these tools, for code that formats definitions itself."""
        from composio.tools.schema import SchemaType

        return SchemaType.OPENAI
