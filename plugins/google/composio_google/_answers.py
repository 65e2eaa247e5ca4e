"""Pairs results with the calls that they answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from google.genai import types

from composio.errors import InvalidRequest
from composio.framework import RequestedCall
from composio.model.call import ToolResult
from composio_google._codec import Codec, can_be_read_again

__all__ = ["answers"]


def answers(response: Any, results: Sequence[Mapping[str, Any]]) -> list[types.Content]:
    """Return a list with the one content that answers every call of ``response``; empty if there was no call.

    Results are paired by their ``call_id``; where Gemini gave none, or results are a caller's own dicts, by their place. The
    calls of a stream that was read are those that ``results`` answer.
    """
    codec = Codec()
    given = [result if isinstance(result, ToolResult) else ToolResult(result) for result in results]
    if can_be_read_again(response):
        calls = codec.calls_in(response)
    else:
        calls = [RequestedCall(result.tool, {}, result.call_id) for result in given]
    parts = [codec.answer(call, result) for call, result in zip(calls, _pair(calls, given), strict=True)]
    return [types.Content(role="user", parts=parts)] if parts else []


def _pair(calls: Sequence[RequestedCall], results: Sequence[ToolResult]) -> list[ToolResult]:
    if len(results) == len(calls) and all(result.call_id is None for result in results):
        return list(results)
    by_id = {result.call_id: result for result in results}
    missing = [call for call in calls if call.call_id is None or call.call_id not in by_id]
    if missing:
        raise InvalidRequest(
            f"tool_messages: no result for the call {missing[0].call_id!r} of {missing[0].name}. Pass the whole list that"
            " `handle_tool_calls(response)` returned for this response."
        )
    return [by_id[call.call_id] for call in calls]
