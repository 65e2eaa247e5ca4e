"""The toolset whose tools are AutoGen's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn

from composio import toolset
from composio.errors import InvalidRequest

if TYPE_CHECKING:
    from autogen_core.tools import StaticWorkbench

    from composio_autogen._adapter import ComposioTool

__all__ = ["ComposioToolSet"]


class ComposioToolSet(toolset.ComposioToolSet["ComposioTool"]):
    """:class:`composio.ComposioToolSet` whose ``get_tools`` gives AutoGen ``BaseTool`` objects. AutoGen is asynchronous."""

    adapter = "composio_autogen._adapter:Adapter"
    codec = None  # AutoGen's agents carry their tools out by themselves

    def get_workbench(self, *args: Any, **options: Any) -> StaticWorkbench:
        """The tools as AutoGen's own ``Workbench``, for agents that take one; arguments as ``get_tools`` takes them."""
        return _workbench(self.get_tools(*args, **options))

    async def aget_workbench(self, *args: Any, **options: Any) -> StaticWorkbench:
        """As :meth:`get_workbench`, asynchronously."""
        return _workbench(await self.aget_tools(*args, **options))

    def register_tools(self, *_: object, **__: object) -> NoReturn:
        """v0.7's, for a caller and an executor. Raises ``InvalidRequest``: AutoGen 0.4 has no such agents any more."""
        raise InvalidRequest(
            "register_tools: AutoGen has had no agents that tools are registered with since its version 0.4. Pass them when"
            " you make the agent, AssistantAgent(..., tools=toolset.get_tools(...))."
        )


def _workbench(tools: Sequence[ComposioTool]) -> StaticWorkbench:
    from autogen_core.tools import StaticWorkbench

    return StaticWorkbench(list(tools))
