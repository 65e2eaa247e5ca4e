"""Pairs results with the calls that they answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from composio.framework import RequestedCall, pair
from composio.model.call import ToolResult
from composio_anthropic._codec import Codec, can_be_read_again

__all__ = ["answers"]


def answers(response: Any, results: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The user's turn that answers every call of ``response``, or nothing where it has none.

    Results are paired by their ``call_id``; plain dicts, as a caller's own code makes them, by their place. A stream that was
    read cannot be read again: its calls are then those that ``results`` answer.
    """
    codec = Codec()
    given = [result if isinstance(result, ToolResult) else ToolResult(result) for result in results]
    if can_be_read_again(response):
        calls = codec.calls_in(response)
    else:
        calls = [RequestedCall(result.tool, "", result.call_id) for result in given]
    blocks = [codec.answer(call, result) for call, result in zip(calls, pair(calls, given), strict=True)]
    # All of them in one turn: a turn that answers only some of the calls is rejected.
    return [{"role": "user", "content": blocks}] if blocks else []
