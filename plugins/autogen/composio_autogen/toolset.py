"""The toolset whose tools are AutoGen's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from composio import toolset

if TYPE_CHECKING:
    from autogen_core.tools import StaticWorkbench

    from composio_autogen._adapter import ComposioTool

__all__ = ["ComposioToolSet"]


# Any: agents take lists of unions, which to a type checker no list of one kind is.
class ComposioToolSet(toolset.ComposioToolSet[Any]):
    """:class:`composio.ComposioToolSet` whose ``get_tools`` gives AutoGen ``BaseTool`` objects. AutoGen is asynchronous."""

    adapter = "composio_autogen._adapter:Adapter"
    codec = None  # AutoGen's agents run their tools themselves

    def get_workbench(self, *args: Any, **options: Any) -> StaticWorkbench:
        """The tools as AutoGen's own ``Workbench``, for agents that take one; arguments as ``get_tools`` takes them."""
        return _workbench(self.get_tools(*args, **options))

    async def aget_workbench(self, *args: Any, **options: Any) -> StaticWorkbench:
        """As :meth:`get_workbench`, asynchronously."""
        return _workbench(await self.aget_tools(*args, **options))

    def register_tools(self, caller: Any, executor: Any, *args: Any, **options: Any) -> None:
        """As in v0.7: has ``caller`` ask for the tools and ``executor`` run them; the rest as ``get_tools`` takes it.

        For classic agents, the ``ConversableAgent`` of AutoGen 0.2 and of its successors. Raises ``InvalidRequest`` for others.
        """
        from composio_autogen._classic import check, register

        check(caller, executor)
        register(caller, executor, self.get_tools(*args, **options))

    def register_actions(self, caller: Any, executor: Any, actions: Any, entity_id: str | None = None) -> None:
        """v0.7's older name for ``register_tools(caller, executor, actions=...)``."""
        self.register_tools(caller, executor, actions, entity_id=entity_id)


def _workbench(tools: Sequence[ComposioTool]) -> StaticWorkbench:
    from autogen_core.tools import StaticWorkbench

    return StaticWorkbench(list(tools))
