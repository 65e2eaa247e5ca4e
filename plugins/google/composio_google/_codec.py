"""Reads function calls out of what google-genai returns, and writes their answers.

Everything is read by name, from objects and from dicts in either spelling, so that any version of google-genai fits.
Source: Gemini API reference, "GenerateContentResponse", "FunctionCall" and "FunctionResponse".
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from composio.errors import InvalidRequest
from composio.framework import CallCodec, RequestedCall
from composio.model.call import ToolResult

if TYPE_CHECKING:
    from google.genai import types

__all__ = ["Codec", "can_be_read_again"]

# Which fields tell what a value is. A blocked prompt has feedback and no candidates; as JSON, the last chunk of a stream may have
# nothing but its usage.
_RESPONSE = ("candidates", "prompt_feedback")
_CONTENT = ("parts",)
_LIVE = ("tool_call", "server_content", "setup_complete", "usage_metadata")


class Codec(CallCodec):
    """``generate_content``, its streams, chats, and messages of Live sessions."""

    def calls_in(self, response: Any) -> list[RequestedCall]:
        """Every function call of a response's first candidate, of a content or of a Live message, in order.

        Further candidates are alternatives to the first, and google-genai's own ``function_calls`` leaves them out as well.
        Raises ``InvalidRequest`` for anything else.
        """
        return [_call(found) for found in _function_calls(self.collect(response))]

    def answer(self, call: RequestedCall, result: ToolResult) -> types.Part:
        """The part for ``result``. Parts of one response belong into one content."""
        from google.genai import types

        # The response is a JSON object; by way of the text, as it holds what JSON does not know as every plugin shows it.
        shown = json.loads(result.to_json())
        return types.Part(function_response=types.FunctionResponse(id=call.call_id, name=call.name, response=shown))

    def collect(self, stream: Iterable[Any]) -> Any:
        """Collect a stream or a list of chunks into one content; return anything else unchanged."""
        if not _is_stream(stream):
            return stream
        # Each chunk brings its calls whole, and a message of a Live session is a chunk as well.
        return {"role": "model", "parts": [part for chunk in stream for part in _parts(chunk)]}

    def messages_in(self, response: Any) -> list[Any]:
        """The model's content; of a Live session none, as that keeps its own."""
        content = _content(response) if _has(response, _RESPONSE) else response
        return [content] if _has(content, _CONTENT) and _read(content, "parts") else []


def can_be_read_again(value: Any) -> bool:
    """False for a stream whose chunks are gone once it was read."""
    return not isinstance(value, AsyncIterable | Iterator)


def _content(response: Any) -> Any:
    # Without any content nothing was said, as where the prompt was blocked.
    return _read(next(iter(_read(response, "candidates") or ()), None), "content") or {"parts": ()}


def _parts(value: Any) -> list[Any]:
    if _has(value, _RESPONSE):
        value = _content(value)
    if _has(value, _CONTENT):
        return list(_read(value, "parts") or ())
    if _has(value, _LIVE):
        return [{"function_call": call} for call in _read(_read(value, "tool_call"), "function_calls") or ()]
    raise InvalidRequest(_not_a_response(value))


def _function_calls(value: Any) -> list[Any]:
    return [call for part in _parts(value) if (call := _read(part, "function_call")) is not None]


def _call(found: Any) -> RequestedCall:
    if _read(found, "partial_args") or _read(found, "will_continue"):
        raise InvalidRequest("Arguments that are streamed in pieces can't be read: leave `stream_function_call_arguments` off.")
    arguments = _read(found, "args")
    return RequestedCall(_read(found, "name") or "", {} if arguments is None else arguments, _read(found, "id"))


def _read(value: Any, name: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(name, value.get(_camel(name)))
    return getattr(value, name, None)


def _has(value: Any, names: Iterable[str]) -> bool:
    if isinstance(value, Mapping):
        return any(name in value or _camel(name) in value for name in names)
    return any(hasattr(value, name) for name in names)


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)


def _is_stream(value: Any) -> bool:
    # Pydantic's objects are iterable too: their shape is asked first.
    known = isinstance(value, str | bytes | Mapping) or _has(value, (*_RESPONSE, *_CONTENT, *_LIVE))
    return isinstance(value, Iterable) and not known


def _not_a_response(value: Any) -> str:
    expected = (
        "expected what `client.models.generate_content()` or `chat.send_message()` returned, a stream of it, its content, or"
        " their dict forms"
    )
    if isinstance(value, AsyncIterable):
        return f"{type(value).__name__} is an asynchronous stream: await `ahandle_tool_calls(...)` instead."
    if isinstance(value, Mapping):
        keys = ", ".join(sorted(map(str, value))[:8]) or "none"
        return f"handle_tool_calls got a dict with the keys {keys}; {expected}."
    return f"handle_tool_calls got {type(value).__name__}; {expected}."
