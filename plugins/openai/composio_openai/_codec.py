"""Reads tool calls out of what OpenAI's client returns, and writes their answers.

Everything is read by name, from objects and dicts alike, so that ``openai`` need not be installed and any version of it fits.
Source: OpenAI API reference, "The chat completion object", "The chat completion chunk object", "The response object" and
"Streaming events", and "Realtime server events".
"""

from __future__ import annotations

from collections.abc import AsyncIterable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from composio.errors import InvalidRequest
from composio.framework import CallCodec, RequestedCall
from composio.model.call import ToolResult
from composio_openai._streams import collected_from, read

__all__ = ["ChatCall", "Codec", "RealtimeCall", "ResponsesCall", "can_be_read_again"]

# Why a model stopped in the middle: the call that it was writing may lack its end.
_CUT = frozenset({"length", "content_filter", "max_output_tokens", "incomplete"})
_DEAD = frozenset({"failed", "cancelled"})
# Realtime's events that hold whole calls. A stream of Responses has events of the second kind too, among others.
_REALTIME = frozenset({"response.done", "response.output_item.done"})


@dataclass(frozen=True, slots=True)
class ChatCall(RequestedCall):
    """A call asked for through Chat Completions."""


@dataclass(frozen=True, slots=True)
class ResponsesCall(RequestedCall):
    """A call asked for through Responses."""


@dataclass(frozen=True, slots=True)
class RealtimeCall(RequestedCall):
    """A call asked for in a Realtime session."""


class Codec(CallCodec):
    """Chat Completions, Responses and Realtime, distinguished by their shape."""

    def calls_in(self, response: Any) -> list[RequestedCall]:
        """Every function call of a completion (all choices), a message, a response or its output items, in order.

        Of a Realtime session's events, ``response.done`` holds all calls of a response and ``response.output_item.done`` one.
        Calls of custom tools are the caller's own and are left out. Raises ``InvalidRequest`` for anything else.
        """
        if isinstance(kind := read(response, "type"), str) and kind in _REALTIME:
            return list(_realtime_calls(response))
        response = self.collect(response)
        choices = read(response, "choices")
        if choices is not None:
            return [call for choice in choices for call in _chat_calls(_message(choice), read(choice, "finish_reason"))]
        output = read(response, "output")
        if isinstance(output, list):
            return [] if read(response, "status") in _DEAD else list(_item_calls(output, ResponsesCall))
        if read(response, "tool_calls") is not None or read(response, "role") == "assistant":
            return list(_chat_calls(response, None))
        raise InvalidRequest(_not_a_response(response))

    def answer(self, call: RequestedCall, result: ToolResult) -> dict[str, Any]:
        """The message for ``result``: a ``tool`` message, for Responses an item, for Realtime the event that adds that item."""
        text = result.to_json()
        if isinstance(call, ResponsesCall | RealtimeCall):
            item = {"type": "function_call_output", "call_id": call.call_id, "output": text}
            return {"type": "conversation.item.create", "item": item} if isinstance(call, RealtimeCall) else item
        return {"role": "tool", "tool_call_id": call.call_id, "content": text}

    def messages_in(self, response: Any) -> list[Any]:
        """The assistant message of a completion's first choice, or a response's output items; of Realtime none: it keeps them."""
        if read(response, "type") in _REALTIME:
            return []
        if choices := read(response, "choices"):
            return [_message(choices[0])]
        output = read(response, "output")
        if isinstance(output, list):
            return list(output)
        return [response] if read(response, "role") == "assistant" else []

    def collect(self, stream: Iterable[Any]) -> Any:
        """One response out of a stream, a list of its events, or a helper such as ``client.chat.completions.stream()``."""
        if read(stream, "type") in _REALTIME:
            return stream
        final = _final_method(stream)
        if final is not None and not isinstance(stream, AsyncIterable):
            return final()
        return collected_from(stream) if _is_stream(stream) else stream

    async def acollect(self, stream: AsyncIterable[Any]) -> Any:
        """As :meth:`collect`, for asynchronous streams."""
        if not isinstance(stream, AsyncIterable):
            return self.collect(stream)
        final = _final_method(stream)
        if final is not None:
            return await final()
        return collected_from([event async for event in stream])


def _is_response(value: Any) -> bool:
    # Pydantic's objects are iterable too: their shape is asked first.
    return any(read(value, key) is not None for key in ("choices", "output", "tool_calls"))


def _is_stream(value: Any) -> bool:
    return isinstance(value, Iterable) and not isinstance(value, str | bytes | Mapping) and not _is_response(value)


def can_be_read_again(response: Any) -> bool:
    """False for a stream whose events are gone once it was read."""
    if isinstance(response, AsyncIterable):
        return False
    return _is_response(response) or not isinstance(response, Iterator) or _final_method(response) is not None


def _final_method(stream: Any) -> Any:
    return getattr(stream, "get_final_completion", None) or getattr(stream, "get_final_response", None)


def _arguments(text: Any, cut: bool) -> Mapping[str, Any] | str:
    if isinstance(text, Mapping):
        return text  # servers that imitate the API send the object itself
    if cut and not (text or "").strip():
        # Cut off before its first character. Empty text means "no arguments" and would run; an open brace does not.
        return "{"
    return text or ""


def _message(choice: Any) -> Any:
    message = read(choice, "message")
    if message is None and read(choice, "delta") is not None:
        raise InvalidRequest(
            "handle_tool_calls got one chunk of a stream; pass the whole stream, or the list of all its chunks."
        )
    return message


def _chat_calls(message: Any, finish_reason: Any) -> Iterable[RequestedCall]:
    cut = finish_reason in _CUT
    for call in read(message, "tool_calls") or ():
        function = read(call, "function")
        if function is None or read(call, "type") not in (None, "function"):
            continue
        yield ChatCall(read(function, "name") or "", _arguments(read(function, "arguments"), cut), read(call, "id"))


def _item_calls(output: Iterable[Any], form: type[RequestedCall]) -> Iterable[RequestedCall]:
    for item in output:
        if read(item, "type") == "function_call":
            cut = read(item, "status") in _CUT
            yield form(read(item, "name") or "", _arguments(read(item, "arguments"), cut), read(item, "call_id"))


def _realtime_calls(event: Any) -> Iterable[RequestedCall]:
    if read(event, "type") == "response.output_item.done":
        return _item_calls([read(event, "item")], RealtimeCall)
    response = read(event, "response")
    return () if read(response, "status") in _DEAD else _item_calls(read(response, "output") or (), RealtimeCall)


def _not_a_response(value: Any) -> str:
    expected = (
        "expected what `client.chat.completions.create()` or `client.responses.create()` returned: a ChatCompletion, a Response,"
        " a stream of either, or their dict forms"
    )
    if isinstance(value, AsyncIterable):
        return f"{type(value).__name__} is an asynchronous stream: await `ahandle_tool_calls(...)` instead."
    if callable(getattr(value, "parse", None)):
        return f"handle_tool_calls got {type(value).__name__}; pass what its `.parse()` returns."
    if read(value, "required_action") is not None:
        return (
            "handle_tool_calls got a run of the Assistants API, which OpenAI has shut down; "
            "use `client.responses.create()` with `ComposioToolSet(api='responses')`."
        )
    if isinstance(value, Mapping):
        keys = ", ".join(sorted(map(str, value))[:8]) or "none"
        return f"handle_tool_calls got a dict with the keys {keys}; {expected}."
    return f"handle_tool_calls got {type(value).__name__}; {expected}."
