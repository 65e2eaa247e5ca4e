"""Assemble a stream's events into the message, as a plain dict.

Source: Anthropic API reference, "Streaming messages".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from composio.errors import InvalidRequest

__all__ = ["collected_from", "read"]


_BLOCKS = frozenset({"text", "thinking", "redacted_thinking", "tool_use", "server_tool_use", "mcp_tool_use"})
# Where the text of a call's input is kept while it arrives.
_WRITTEN = "written"
# Which member of a block each kind of delta makes longer.
_GROWS = {"text_delta": "text", "thinking_delta": "thinking", "signature_delta": "signature"}


def read(value: Any, name: str) -> Any:
    """Return a field of an object or of a mapping, or None."""
    return value.get(name) if isinstance(value, Mapping) else getattr(value, name, None)


def collected_from(events: Iterable[Any]) -> dict[str, Any]:
    """The message that ``events`` make up, or that a list of content blocks is.

    The input of a streamed call stays the text that the model wrote: JSON, well-formed or not. A stream that ended without
    saying why was cut off, as one that ran out of tokens.
    """
    blocks: dict[int, dict[str, Any]] = {}
    given: list[Any] = []
    reason: str | None = None
    streamed = False
    for event in events:
        kind = read(event, "type")
        if not isinstance(kind, str) or read(event, "role") is not None:
            raise InvalidRequest(
                f"handle_tool_calls got a sequence holding {type(event).__name__}; expected the events of one stream, or the"
                " content blocks of one message."
            )
        streamed = streamed or kind == "message_start" or kind.startswith("content_block_")
        if kind == "content_block_start":
            blocks[read(event, "index")] = _start(read(event, "content_block"))
        elif kind == "content_block_delta":
            _add(blocks, event)
        elif kind == "message_delta":
            reason = read(read(event, "delta"), "stop_reason") or reason
        elif kind in _BLOCKS:
            given.append(event)
    if not streamed:
        return {"role": "assistant", "content": given}
    content = [_finish(block) for _, block in sorted(blocks.items())]
    return {"role": "assistant", "content": content, "stop_reason": reason or "max_tokens"}


def _start(block: Any) -> dict[str, Any]:
    started = dict(block) if isinstance(block, Mapping) else block.model_dump(exclude_none=True)
    return {**started, _WRITTEN: ""}


def _add(blocks: Mapping[int, dict[str, Any]], event: Any) -> None:
    delta, block = read(event, "delta"), blocks.get(read(event, "index"))
    kind = read(delta, "type")
    if block is None:
        return
    if kind == "input_json_delta":
        block[_WRITTEN] += read(delta, "partial_json") or ""
    elif kind in _GROWS:
        key = _GROWS[kind]
        block[key] = (block.get(key) or "") + (read(delta, key) or "")


def _finish(block: Mapping[str, Any]) -> dict[str, Any]:
    finished = {key: value for key, value in block.items() if key != _WRITTEN}
    if "input" in finished or block[_WRITTEN]:
        # A call without parameters is streamed as no text at all; servers that imitate the API send the object at its start.
        finished["input"] = block[_WRITTEN] or finished.get("input") or {}
    return finished
