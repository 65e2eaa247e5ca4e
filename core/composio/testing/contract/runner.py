"""The driver of frameworks whose agent is made of a model and tools, and run with a prompt."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import pytest

from composio.testing.contract.driver import Driver, calling_as, slug
from composio.testing.model.script import Calls, Say
from composio.testing.model.server import ScriptedModel

__all__ = ["ContextCases", "RunnerDriver"]


class RunnerDriver(Driver):
    """Inherit it before ``AdapterContract`` and write what differs; see :class:`Driver` for the methods.

    ``runner_fixture`` names a fixture of the plugin's. It gives what makes a runner of a model and native tools:
    ``run(prompt)``, ``await arun(prompt)`` and ``stream(prompt)``, plain or asynchronous, each end with the run's output.
    """

    runner_fixture: ClassVar[str] = "make_runner"
    make_runner: Callable[..., Any]

    @pytest.fixture(autouse=True)
    def _find_runner(self, request: pytest.FixtureRequest) -> None:
        self.make_runner = request.getfixturevalue(type(self).runner_fixture)

    def runner(self, model: ScriptedModel, tools: Any, **options: Any) -> Any:
        """A runner; override it where yours takes more."""
        return self.make_runner(model, tools, **options)

    def text_of(self, output: Any) -> str:
        """The final text in a run's output."""
        return str(output)

    def name_of(self, tool: Any) -> str:
        """The name by which a model calls ``tool``."""
        return str(tool.name)

    def bare_tool(self, function: Callable[..., str]) -> Any:
        """The framework's own tool ``CONTRACT_GET_ITEM`` of ``function(item_id: int) -> str``."""
        raise NotImplementedError

    def wire_tools(self, tools: Any) -> list[dict[str, Any]]:
        """What a model is shown by an agent that has ``tools``."""
        with ScriptedModel([Say("Hello.")]) as model:
            self.runner(model, tools).run("Hello?")
            return model.tools_seen()

    def call(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:  # noqa: ARG002 - Driver gives more than it takes
        """The result in a run whose model asks for the tool."""
        with ScriptedModel(self._one_call(tools, arguments)) as model:
            self.runner(model, tools).run("Go.")
            return model.results_seen()[0]

    async def acall(self, toolset: Any, tools: Any, arguments: dict[str, Any]) -> str:  # noqa: ARG002 - Driver gives more than it takes
        """As :meth:`call`, asynchronously."""
        with ScriptedModel(self._one_call(tools, arguments)) as model:
            await self.runner(model, tools).arun("Go.")
            return model.results_seen()[0]

    async def pause_run(self, tools: Any, arguments: dict[str, Any], decide: Callable[[], Mapping[str, Any]]) -> str:
        """For :meth:`Driver.apause`, where runners have ``await apause(prompt, decide)``."""
        with ScriptedModel(self._one_call(tools, arguments)) as model:
            await self.runner(model, tools).apause("Go.", decide)
            return model.results_seen()[0]

    def run_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:  # noqa: ARG002 - Driver gives more than it takes
        """A run."""
        return self.text_of(self.runner(model, tools).run(prompt))

    async def arun_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:  # noqa: ARG002 - Driver gives more than it takes
        """An asynchronous run."""
        return self.text_of(await self.runner(model, tools).arun(prompt))

    def stream_agent(self, toolset: Any, tools: Any, model: ScriptedModel, prompt: str) -> str:  # noqa: ARG002 - Driver gives more than it takes
        """A streamed run."""
        output = self.runner(model, tools).stream(prompt)
        return self.text_of(asyncio.run(output) if inspect.iscoroutine(output) else output)

    def run_bare(self, model: ScriptedModel, function: Callable[..., str], prompt: str) -> str:
        """A run with :meth:`bare_tool`."""
        return self.text_of(self.runner(model, [self.bare_tool(function)]).run(prompt))

    def _one_call(self, tools: Sequence[Any], arguments: dict[str, Any]) -> list[Calls | Say]:
        return [Calls([{"name": self.name_of(tools[0]), "arguments": arguments}]), Say("Done.")]


class ContextCases(RunnerDriver):
    """For frameworks that run the calls of one turn in threads: inherit it too."""

    def test_context_variables_reach_parallel_calls(self, toolset: Any) -> None:
        tools, seen = self.watch_caller(toolset)
        calls = Calls([{"name": slug("get_status"), "arguments": {}}] * 2)
        with calling_as("the test"), ScriptedModel([calls, Say("All done.")]) as model:
            assert self.run_agent(toolset, tools, model, "Please do it.") == "All done."
        assert seen == ["the test"] * 2
