"""The suite that every adapter passes: inherit it, supply five small methods, and pytest runs the cases.

::

    class TestLangChain(AdapterContract):
        toolset_class = ComposioToolSet

        def wire_tools(self, tools): ...
        def call(self, toolset, tools, arguments): ...
        async def acall(self, toolset, tools, arguments): ...
        def run_agent(self, toolset, tools, model, prompt): ...
        async def arun_agent(self, toolset, tools, model, prompt): ...
"""

from __future__ import annotations

from composio.testing.contract.agents import AgentCases
from composio.testing.contract.calls import CallCases
from composio.testing.contract.concurrency import ConcurrencyCases
from composio.testing.contract.control import ControlCases
from composio.testing.contract.definitions import DefinitionCases
from composio.testing.contract.driver import Driver
from composio.testing.contract.figures import FigureCases
from composio.testing.contract.pausing import PausingCases

__all__ = ["AdapterContract", "Driver"]


class AdapterContract(DefinitionCases, CallCases, ControlCases, PausingCases, ConcurrencyCases, AgentCases, FigureCases):
    """All cases. See :class:`Driver` for what a plugin supplies."""
