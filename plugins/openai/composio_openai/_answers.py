"""Pairs results with the calls that they answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from composio.framework import pair
from composio.model.call import ToolResult
from composio_openai._codec import ChatCall, Codec, RealtimeCall, ResponsesCall, can_be_read_again

__all__ = ["answers"]

_FORMS = {"chat": ChatCall, "responses": ResponsesCall, "realtime": RealtimeCall}


def answers(response: Any, results: Sequence[Mapping[str, Any]], *, api: str) -> list[dict[str, Any]]:
    """One message for each call of ``response``, in the order of the calls.

    Results are paired by their ``call_id``; plain dicts, as a caller's own code makes them, by their place. A stream that was
    read cannot be read again: its calls are then those that ``results`` answer, in the form of the API that the toolset is for.
    """
    codec = Codec()
    given = [_as_result(result) for result in results]
    if can_be_read_again(response):
        calls = codec.calls_in(response)
    else:
        calls = [_FORMS[api](result.tool, "", result.call_id) for result in given]
    return [codec.answer(call, result) for call, result in zip(calls, pair(calls, given), strict=True)]


def _as_result(result: Mapping[str, Any]) -> ToolResult:
    return result if isinstance(result, ToolResult) else ToolResult(result)
