"""The toolset for google-genai's client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from composio import toolset
from composio.errors import InvalidRequest
from composio.model.call import ToolResult

if TYPE_CHECKING:
    from google.genai import types

__all__ = ["ComposioToolSet", "ComposioToolset"]


class ComposioToolSet(toolset.ComposioToolSet["types.Tool"]):
    """:class:`composio.ComposioToolSet` whose ``get_tools`` gives google-genai's ``types.Tool`` objects.

    Pass them as ``config={"tools": tools}``; ``handle_tool_calls`` runs what the model asked for. With ``automatic`` the
    client runs them automatically, like Python functions, until the model has answered.
    """

    adapter = "composio_google._adapter:Adapter"
    codec = "composio_google._codec:Codec"

    def __init__(self, *args: Any, automatic: bool = False, **options: Any) -> None:
        if automatic:
            self.adapter = "composio_google._automatic:AutomaticAdapter"
        super().__init__(*args, **options)

    def tool_messages(self, response: Any, results: Sequence[Mapping[str, Any]]) -> list[types.Content]:
        """What gives ``results`` back to the model: a list of one content, to append after the model's own.

        ``response`` is what ``handle_tool_calls`` was given, also a stream that it has read to its end. The list is empty where
        there was no call. Raises ``InvalidRequest`` if a call has no result: Gemini rejects an unanswered call.
        """
        from composio_google._answers import answers

        return answers(response, results)

    def get_tool(self, *args: Any, **options: Any) -> types.Tool:
        """v0.7's: what ``get_tools`` gives for the same arguments as one ``types.Tool`` that declares all functions."""
        from google.genai import types

        tools = self.get_tools(*args, **options)
        return types.Tool(function_declarations=[one for tool in tools for one in tool.function_declarations or ()])

    def handle_response(self, response: Any, entity_id: str | None = None) -> list[ToolResult]:
        """v0.7's name for ``handle_tool_calls``."""
        return self.handle_tool_calls(response, entity_id)

    async def ahandle_response(self, response: Any, entity_id: str | None = None) -> list[ToolResult]:
        """As :meth:`handle_response`, asynchronously."""
        return await self.ahandle_tool_calls(response, entity_id)

    def execute_function_call(self, function_call: Any, entity_id: str | None = None) -> ToolResult:
        """Run one function call of a response, as in v0.7: ``response.function_calls[0]``."""
        return self.handle_tool_calls(_only(function_call), entity_id)[0]

    async def aexecute_function_call(self, function_call: Any, entity_id: str | None = None) -> ToolResult:
        """As :meth:`execute_function_call`, asynchronously."""
        return (await self.ahandle_tool_calls(_only(function_call), entity_id))[0]


ComposioToolset = ComposioToolSet  # v0.7 spelt it so


def _only(function_call: Any) -> dict[str, Any]:
    if not (function_call.get("name") if isinstance(function_call, Mapping) else getattr(function_call, "name", None)):
        raise InvalidRequest(f"expected one of `response.function_calls`, got {type(function_call).__name__}.")
    return {"parts": [{"function_call": function_call}]}
