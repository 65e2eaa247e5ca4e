"""The toolset for Anthropic's client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal

from composio import toolset
from composio.errors import InvalidRequest
from composio.exports import former_names
from composio.model.call import ToolResult, ToolResults

if TYPE_CHECKING:
    from composio.tools.schema import SchemaType

__all__ = ["ComposioToolSet", "ComposioToolset"]

_ADAPTERS = {
    None: "composio_anthropic._adapter:Adapter",
    "sync": "composio_anthropic._runner:RunnerAdapter",
    "async": "composio_anthropic._runner:AsyncRunnerAdapter",
}


# Any: dicts that a type checker takes for the client's TypedDicts, or the runner's objects.
class ComposioToolSet(toolset.ComposioToolSet[Any]):
    """:class:`composio.ComposioToolSet` whose ``get_tools`` gives the dicts that ``client.messages.create(tools=...)`` takes.

    ``runner`` gives tools that ``client.beta.messages.tool_runner(tools=...)`` runs itself instead: ``"sync"`` for
    ``Anthropic``, ``"async"`` for ``AsyncAnthropic``.
    """

    adapter = _ADAPTERS[None]
    codec = "composio_anthropic._codec:Codec"

    def __init__(self, *args: Any, runner: Literal["sync", "async"] | None = None, **options: Any) -> None:
        if runner not in _ADAPTERS:
            raise InvalidRequest(f"ComposioToolSet(runner=...) is 'sync', 'async' or None, not {runner!r}.")
        self.adapter = _ADAPTERS[runner]
        super().__init__(*args, **options)

    @property
    def schema(self) -> SchemaType:
        """v0.7's: the shape of these tools, for code that formats definitions itself."""
        from composio.tools.schema import SchemaType

        return SchemaType.CLAUDE

    def tool_messages(self, response: Any, results: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The message that gives ``results`` back to the model, in a list: ``[{"role": "user", "content": [tool_result, ...]}]``.

        Append it after the model's own message; the list is empty where the model asked for nothing. ``response`` is what
        ``handle_tool_calls`` was given, also a stream that it has read to its end. Raises ``InvalidRequest`` where a call has
        no result, as Anthropic rejects a conversation with an unanswered call.
        """
        from composio_anthropic._answers import answers

        return answers(response, results)

    def handle_tool_calls(self, response: Any = None, *args: Any, llm_response: Any = None, **options: Any) -> ToolResults:
        """As the core's. ``llm_response`` is v0.7's name for ``response``."""
        return super().handle_tool_calls(_response(response, llm_response), *args, **options)

    async def ahandle_tool_calls(
        self, response: Any = None, *args: Any, llm_response: Any = None, **options: Any
    ) -> ToolResults:
        """As :meth:`handle_tool_calls`, asynchronously."""
        return await super().ahandle_tool_calls(_response(response, llm_response), *args, **options)

    def execute_tool_call(
        self, tool_call: Any, entity_id: str | None = None, check_requested_actions: bool = True
    ) -> ToolResult:
        """Run one ``tool_use`` block of a message, as in v0.7."""
        results = self.handle_tool_calls({"content": [tool_call]}, entity_id, check_requested_actions)
        if not results:
            raise InvalidRequest(f"execute_tool_call takes a tool_use block of a message, got {type(tool_call).__name__}.")
        return results[0]

    async def aexecute_tool_call(
        self, tool_call: Any, entity_id: str | None = None, check_requested_actions: bool = True
    ) -> ToolResult:
        """As :meth:`execute_tool_call`, asynchronously."""
        results = await self.ahandle_tool_calls({"content": [tool_call]}, entity_id, check_requested_actions)
        if not results:
            raise InvalidRequest(f"aexecute_tool_call takes a tool_use block of a message, got {type(tool_call).__name__}.")
        return results[0]


def _response(response: Any, llm_response: Any) -> Any:
    if (response is None) is (llm_response is None):
        raise InvalidRequest("handle_tool_calls takes the model's message: handle_tool_calls(response).")
    return llm_response if response is None else response


ComposioToolset = ComposioToolSet  # v0.7 spelt it so


# What v0.7 had in this module beside.
__getattr__, __dir__ = former_names(__name__, gone={"BetaToolUseBlock": "import it from `anthropic.types.beta`"})
