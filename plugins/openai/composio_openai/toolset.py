"""The toolset for OpenAI's client."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, NoReturn

from composio import toolset
from composio.errors import InvalidRequest
from composio.model.call import ToolResult
from composio.toolset.offers import Tools

if TYPE_CHECKING:
    from composio.tools.schema import SchemaType

__all__ = ["ComposioToolSet"]

_ADAPTERS = {
    "chat": ("composio_openai._adapter:ChatAdapter", "composio_openai._adapter:StrictChatAdapter"),
    "responses": ("composio_openai._adapter:ResponsesAdapter", "composio_openai._adapter:StrictResponsesAdapter"),
    "realtime": ("composio_openai._adapter:RealtimeAdapter", "composio_openai._adapter:RealtimeAdapter"),
}
Api = Literal["chat", "responses", "realtime"]


# Any: dicts that a type checker takes for the client's TypedDicts.
class ComposioToolSet(toolset.ComposioToolSet[Any]):
    """:class:`composio.ComposioToolSet` whose ``get_tools`` gives the dicts that OpenAI's client takes.

    ``api`` says for which call: ``"chat"`` for ``client.chat.completions.create(tools=...)``, ``"responses"`` for
    ``client.responses.create(tools=...)``, ``"realtime"`` for ``connection.session.update(session={"tools": ...})``.
    ``handle_tool_calls`` reads the responses of all, streamed or not, and a Realtime session's ``response.done`` events.

    ``strict`` has OpenAI hold the model to the schema of every tool that strict mode can take: all parameters required, the
    optional ones perhaps null, which counts as left out. Tools with maps or free-form objects stay as they are.
    """

    adapter = _ADAPTERS["chat"][0]
    codec = "composio_openai._codec:Codec"

    def __init__(self, *args: Any, api: Api = "chat", strict: bool = False, **options: Any) -> None:
        if api not in _ADAPTERS:
            raise InvalidRequest(f"ComposioToolSet(api=...) is 'chat', 'responses' or 'realtime', not {api!r}.")
        self.api = api
        self.adapter = _ADAPTERS[api][strict is True]
        super().__init__(*args, **options)

    @property
    def schema(self) -> SchemaType:
        """v0.7's: the shape of these tools, for code that formats definitions itself."""
        from composio.tools.schema import SchemaType

        return SchemaType.OPENAI

    def tool_messages(self, response: Any, results: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
        """The messages that give ``results`` back to the model; append them after the model's own message.

        ``{"role": "tool", "tool_call_id", "content"}`` for Chat Completions, ``{"type": "function_call_output", "call_id",
        "output"}`` for Responses, and for Realtime the ``conversation.item.create`` events to send. ``response`` is what
        ``handle_tool_calls`` was given, also a stream that it has read to its end. Raises ``InvalidRequest`` where a call has
        no result, as OpenAI rejects a conversation with an unanswered call.
        """
        from composio_openai._answers import answers

        return answers(response, results, api=self.api)

    def get_realtime_tools(self, *args: Any, **options: Any) -> Tools[Any]:
        """v0.7's name for what ``get_tools`` of ``ComposioToolSet(api="realtime")`` gives; takes the same arguments."""
        return _for_realtime(self.get_tools(*args, **options))

    async def aget_realtime_tools(self, *args: Any, **options: Any) -> Tools[Any]:
        """As :meth:`get_realtime_tools`, asynchronously."""
        return _for_realtime(await self.aget_tools(*args, **options))

    def execute_tool_call(
        self, tool_call: Any, entity_id: str | None = None, check_requested_actions: bool = True
    ) -> ToolResult:
        """Run one tool call of a message, as in v0.7: ``response.choices[0].message.tool_calls[0]``."""
        results = self.handle_tool_calls({"tool_calls": [tool_call]}, entity_id, check_requested_actions)
        if not results:
            raise InvalidRequest(f"execute_tool_call takes a function tool call of a message, got {type(tool_call).__name__}.")
        return results[0]

    async def aexecute_tool_call(
        self, tool_call: Any, entity_id: str | None = None, check_requested_actions: bool = True
    ) -> ToolResult:
        """As :meth:`execute_tool_call`, asynchronously."""
        results = await self.ahandle_tool_calls({"tool_calls": [tool_call]}, entity_id, check_requested_actions)
        if not results:
            raise InvalidRequest(f"aexecute_tool_call takes a function tool call of a message, got {type(tool_call).__name__}.")
        return results[0]

    def handle_assistant_tool_calls(self, *_args: Any, **_options: Any) -> NoReturn:
        """v0.7's helper for the Assistants API, which no longer exists. Raises ``InvalidRequest``."""
        _assistants_are_gone("handle_assistant_tool_calls")

    def wait_and_handle_assistant_tool_calls(self, *_args: Any, **_options: Any) -> NoReturn:
        """v0.7's helper for the Assistants API, which no longer exists. Raises ``InvalidRequest``."""
        _assistants_are_gone("wait_and_handle_assistant_tool_calls")

    def wait_and_handle_assistant_stream_tool_calls(self, *_args: Any, **_options: Any) -> NoReturn:
        """v0.7's helper for the Assistants API, which no longer exists. Raises ``InvalidRequest``."""
        _assistants_are_gone("wait_and_handle_assistant_stream_tool_calls")


def _for_realtime(tools: Tools[Any]) -> Tools[Any]:
    kept = ("name", "description", "parameters")
    flat = ({key: value for key, value in tool.get("function", tool).items() if key in kept} for tool in tools)
    return Tools(({"type": "function", **tool} for tool in flat), tools.offers)


def _assistants_are_gone(method: str) -> NoReturn:
    raise InvalidRequest(
        f"{method}: OpenAI shut the Assistants API down on 2026-08-26. Use Responses: `toolset = ComposioToolSet(api='responses')`,"
        " `response = client.responses.create(..., tools=toolset.get_tools(...))`, `toolset.handle_tool_calls(response)`."
    )
