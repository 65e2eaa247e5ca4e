"""The toolset whose tools are Semantic Kernel's."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from composio import toolset

if TYPE_CHECKING:
    from semantic_kernel.functions.kernel_function import KernelFunction
    from semantic_kernel.functions.kernel_plugin import KernelPlugin

__all__ = ["ComposioToolSet"]


class ComposioToolSet(toolset.ComposioToolSet["KernelFunction"]):
    """:class:`composio.ComposioToolSet` whose ``get_tools`` gives ``KernelFunction`` objects. They are asynchronous."""

    adapter = "composio_semantic_kernel._adapter:Adapter"
    codec = None  # Semantic Kernel's agents and services run their tools themselves

    def get_plugin(self, *args: Any, **options: Any) -> KernelPlugin:
        """The tools as a plugin named ``composio``, as kernels and agents take it; arguments as ``get_tools`` takes them."""
        return _plugin(self.get_tools(*args, **options))

    async def aget_plugin(self, *args: Any, **options: Any) -> KernelPlugin:
        """As :meth:`get_plugin`, asynchronously."""
        return _plugin(await self.aget_tools(*args, **options))


def _plugin(tools: Sequence[KernelFunction]) -> KernelPlugin:
    from semantic_kernel.functions.kernel_plugin import KernelPlugin

    from composio_semantic_kernel._adapter import PLUGIN

    return KernelPlugin(name=PLUGIN, functions=list(tools))
