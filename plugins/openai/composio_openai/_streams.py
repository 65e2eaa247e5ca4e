"""Assemble a stream's events into the response, as plain dicts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from composio.errors import InvalidRequest

__all__ = ["collected_from", "read"]

_FINAL = frozenset({"response.completed", "response.incomplete", "response.failed"})
# What items of a response's output are not: events carry dots in their types, items do not.
_EVENT_MARK = "."


def read(value: Any, name: str) -> Any:
    """Return a field of an object or of a mapping, or None."""
    return value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)


def collected_from(events: Iterable[Any]) -> Any:
    """The completion or response that ``events`` make up, or that a list of output items is.

    Events: chunks of Chat Completions, the events of ``client.chat.completions.stream()``, or those of Responses.
    """
    chat = _ChatPieces()
    items: list[Any] = []
    for event in events:
        kind = read(event, "type")
        if kind in _FINAL:
            return read(event, "response")
        if read(event, "choices") is not None:
            chat.add(event)
        elif kind == "chunk":
            chat.add(read(event, "chunk"))
        elif kind == "response.output_item.done":
            items.append(read(event, "item"))
        elif isinstance(kind, str) and _EVENT_MARK not in kind:
            items.append(event)
        elif not isinstance(kind, str):
            raise InvalidRequest(
                f"handle_tool_calls got a sequence holding {type(event).__name__}; expected the chunks or events of one stream."
            )
    return chat.completion() if chat.choices else {"output": items}


class _ChatPieces:
    """Collects the text and tool calls of a chat completion from its chunks."""

    def __init__(self) -> None:
        self.choices: dict[int, list[dict[str, Any]]] = {}
        self._text: dict[int, dict[str, str]] = {}
        self._current: dict[tuple[int, int], dict[str, Any]] = {}
        self._finished: dict[int, str] = {}

    def add(self, chunk: Any) -> None:
        for choice in read(chunk, "choices") or ():
            if read(choice, "message") is not None:
                raise InvalidRequest("handle_tool_calls got a list of responses; pass them one by one.")
            place = read(choice, "index") or 0
            calls = self.choices.setdefault(place, [])
            if reason := read(choice, "finish_reason"):
                self._finished[place] = reason
            delta = read(choice, "delta")
            for key in ("content", "refusal"):
                if isinstance(piece := read(delta, key), str):
                    text = self._text.setdefault(place, {})
                    text[key] = text.get(key, "") + piece
            for piece in read(delta, "tool_calls") or ():
                self._add_piece(place, calls, piece)

    def _add_piece(self, place: int, calls: list[dict[str, Any]], piece: Any) -> None:
        key = (place, read(piece, "index") or 0)
        call = self._current.get(key)
        identity = read(piece, "id")
        # Some servers that imitate this API number every call 0; a new id starts a new call all the same.
        if call is None or (identity and call["id"] and identity != call["id"]):
            call = {"id": identity, "type": "function", "function": {"name": "", "arguments": ""}}
            self._current[key] = call
            calls.append(call)
        call["id"] = call["id"] or identity
        call["type"] = read(piece, "type") or call["type"]
        function = read(piece, "function")
        call["function"]["name"] += read(function, "name") or ""
        call["function"]["arguments"] += read(function, "arguments") or ""

    def completion(self) -> dict[str, Any]:
        # A stream that ended without saying why was cut off, as one that ran out of tokens.
        return {
            "choices": [
                {
                    "index": place,
                    "finish_reason": self._finished.get(place, "length"),
                    "message": self._message(place, calls),
                }
                for place, calls in sorted(self.choices.items())
            ]
        }

    def _message(self, place: int, calls: list[dict[str, Any]]) -> dict[str, Any]:
        # OpenAI refuses an empty list of calls in a message that is sent back.
        return {"role": "assistant", "content": None, **self._text.get(place, {}), **({"tool_calls": calls} if calls else {})}
