"""``tool_messages``: every call of a response gets its own result."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from composio.errors import InvalidRequest
from composio.model.call import ToolResult
from composio_openai._answers import answers

CALLS = [{"id": f"call_{n}", "type": "function", "function": {"name": f"T{n}", "arguments": "{}"}} for n in (1, 2)]
RESPONSE = {"choices": [{"message": {"role": "assistant", "tool_calls": CALLS}, "finish_reason": "tool_calls"}]}


def result(number: int) -> ToolResult:
    return ToolResult({"successful": True, "data": number, "error": None}, call_id=f"call_{number}", tool=f"T{number}")


def test_results_are_paired_by_id_whatever_their_order() -> None:
    messages = answers(RESPONSE, [result(2), result(1)], api="chat")
    assert [message["tool_call_id"] for message in messages] == ["call_1", "call_2"]
    assert '"data": 1' in messages[0]["content"]


def test_plain_dicts_are_paired_by_place() -> None:
    messages = answers(RESPONSE, [{"login": "a"}, {"login": "b"}], api="chat")
    assert [(m["tool_call_id"], m["content"]) for m in messages] == [("call_1", '{"login": "a"}'), ("call_2", '{"login": "b"}')]


def test_an_unanswered_call_is_refused_by_name() -> None:
    with pytest.raises(InvalidRequest, match="'call_2' of T2"):
        answers(RESPONSE, [result(1)], api="chat")


@pytest.mark.parametrize(
    ("api", "keys"),
    [
        ("chat", {"role", "tool_call_id", "content"}),
        ("responses", {"type", "call_id", "output"}),
        ("realtime", {"type", "item"}),
    ],
)
def test_a_stream_that_was_read_is_answered_from_its_results(api: str, keys: set[str]) -> None:
    async def asynchronous() -> AsyncIterator[Any]:
        yield {}

    for consumed in (iter(()), asynchronous()):
        messages = answers(consumed, [result(1), result(2)], api=api)
        assert [set(message) for message in messages] == [keys, keys]
        answered = [message.get("item", message) for message in messages]
        assert [m.get("call_id", m.get("tool_call_id")) for m in answered] == ["call_1", "call_2"]


def test_the_response_decides_the_form_where_it_can_be_read() -> None:
    response = {"output": [{"type": "function_call", "call_id": "call_1", "name": "T1", "arguments": "{}"}]}
    assert answers(response, [result(1)], api="chat")[0]["type"] == "function_call_output"


def test_no_calls_no_messages() -> None:
    assert answers({"choices": [{"message": {"role": "assistant", "content": "Hi"}}]}, [], api="chat") == []
