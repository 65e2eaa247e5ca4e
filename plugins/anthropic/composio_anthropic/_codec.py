"""Reads tool calls out of what Anthropic's client returns, and writes their answers.

Everything is read by name, from objects and dicts alike, so that ``anthropic`` need not be installed and any version of it fits.
Source: Anthropic API reference, "Create a Message", "Handling stop reasons" and "Handle tool calls".
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterable, Iterable, Iterator, Mapping
from typing import Any

from composio.errors import InvalidRequest
from composio.framework import CallCodec, RequestedCall
from composio.model.call import ToolResult
from composio_anthropic._streams import collected_from, read

__all__ = ["Codec", "can_be_read_again"]

# Why a model stopped in the middle: the last call that it was writing may lack its end.
_CUT = frozenset({"max_tokens", "model_context_window_exceeded", "refusal"})


class Codec(CallCodec):
    """Messages, of the stable and of the beta API, streamed or not."""

    def calls_in(self, response: Any) -> list[RequestedCall]:
        """Every ``tool_use`` block of a message, in order; raises ``InvalidRequest`` for anything else.

        Calls of tools that run at Anthropic (``server_tool_use``, ``mcp_tool_use``) are left out.
        """
        message = self.collect(response)
        content = read(message, "content")
        if isinstance(content, str):
            return []  # how users write the turns that hold only text
        if not isinstance(content, list):
            raise InvalidRequest(_not_a_message(message))
        cut = read(message, "stop_reason") in _CUT
        return [
            RequestedCall(
                read(block, "name") or "",
                _arguments(read(block, "input"), cut and position == len(content)),
                read(block, "id"),
            )
            for position, block in enumerate(content, 1)
            if read(block, "type") == "tool_use"
        ]

    def answer(self, call: RequestedCall, result: ToolResult) -> dict[str, Any]:
        """The ``tool_result`` block for ``result``; ``is_error`` where it failed."""
        block = {"type": "tool_result", "tool_use_id": call.call_id, "content": result.to_json()}
        return {**block, "is_error": True} if result.failed else block

    def messages_in(self, response: Any) -> list[Any]:
        """``{"role": "assistant", "content"}`` of a message."""
        content = read(response, "content")
        if not isinstance(content, list | str) or not content:
            return []
        return [{"role": "assistant", "content": content if isinstance(content, str) else [_send_back(b) for b in content]}]

    def collect(self, stream: Iterable[Any]) -> Any:
        """One message out of a stream, a list of its events, or the helper ``client.messages.stream()``."""
        final = getattr(stream, "get_final_message", None)
        if final is not None and not isinstance(stream, AsyncIterable):
            return final()
        return collected_from(stream) if _is_stream(stream) else stream

    async def acollect(self, stream: AsyncIterable[Any]) -> Any:
        """As :meth:`collect`, for asynchronous streams."""
        if not isinstance(stream, AsyncIterable):
            return self.collect(stream)
        final = getattr(stream, "get_final_message", None)
        if final is not None:
            return await final()
        return collected_from([event async for event in stream])


def _send_back(block: Any) -> Any:
    """A block as the API takes it in the next turn: a streamed call's input is an object again, if it is one."""
    if not isinstance(block, Mapping) or not isinstance(block.get("input"), str):
        return block
    try:
        given = json.loads(block["input"])
    except ValueError:
        given = {}
    return {**block, "input": given if isinstance(given, dict) else {}}


def can_be_read_again(response: Any) -> bool:
    """False for a stream whose events are gone once it was read."""
    if isinstance(response, AsyncIterable):
        return False
    return not isinstance(response, Iterator) or hasattr(response, "get_final_message")


def _is_stream(value: Any) -> bool:
    # Pydantic's objects are iterable too: a message's own field is asked first.
    iterable = isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping)
    return iterable and read(value, "content") is None


def _arguments(given: Any, cut: bool) -> Mapping[str, Any] | str:
    if cut:
        # What was parsed of it looks whole, and would run without the parameters that were still to come.
        return given if isinstance(given, str) and given else "{"
    return given if isinstance(given, Mapping | str) else {}


def _not_a_message(value: Any) -> str:
    expected = "expected what `client.messages.create()` returned: a Message, a stream of one, or their dict forms"
    if isinstance(value, AsyncIterable):
        return f"{type(value).__name__} is an asynchronous stream: await `ahandle_tool_calls(...)` instead."
    if hasattr(value, "__enter__") or hasattr(value, "__aenter__"):
        return f"handle_tool_calls got {type(value).__name__}; pass what `with ... as stream` gives."
    if callable(getattr(value, "parse", None)):
        return f"handle_tool_calls got {type(value).__name__}; pass what its `.parse()` returns."
    if isinstance(value, Mapping):
        keys = ", ".join(sorted(map(str, value))[:8]) or "none"
        return f"handle_tool_calls got a dict with the keys {keys}; {expected}."
    return f"handle_tool_calls got {type(value).__name__}; {expected}."
