"""What the codec reads out of every shape that OpenAI's client hands out, and what it writes back."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from composio.errors import InvalidRequest
from composio.framework import RequestedCall
from composio.model.call import ToolResult
from composio_openai._codec import Codec

CODEC = Codec()


def chat_call(
    identity: str = "call_1", name: str = "GITHUB_GET_A_REPOSITORY", arguments: str = '{"owner": "é"}'
) -> dict[str, Any]:
    return {"id": identity, "type": "function", "function": {"name": name, "arguments": arguments}}


def completion(*calls: dict[str, Any], reason: str = "tool_calls") -> dict[str, Any]:
    message = {"role": "assistant", "content": None, "tool_calls": list(calls)}
    return {"id": "c", "object": "chat.completion", "choices": [{"index": 0, "message": message, "finish_reason": reason}]}


def item(call_id: str = "call_1", arguments: str = '{"owner": "é"}', **more: Any) -> dict[str, Any]:
    return {"type": "function_call", "id": "fc_1", "call_id": call_id, "name": "A", "arguments": arguments, **more}


def chunk(calls: list[dict[str, Any]] | None, *, choice: int = 0, reason: str | None = None) -> dict[str, Any]:
    delta = {"tool_calls": calls} if calls is not None else {"content": "thinking"}
    return {"object": "chat.completion.chunk", "choices": [{"index": choice, "delta": delta, "finish_reason": reason}]}


CHUNKS = [
    chunk(None),
    chunk([{"index": 0, "id": "call_1", "type": "function", "function": {"name": "A", "arguments": ""}}]),
    chunk([{"index": 0, "function": {"arguments": '{"n"'}}]),
    chunk([{"index": 1, "id": "call_2", "type": "function", "function": {"name": "B", "arguments": '{"m": 2}'}}]),
    chunk([{"index": 0, "function": {"arguments": ": 1}"}}]),
    chunk([], reason="tool_calls"),
    {"object": "chat.completion.chunk", "choices": [], "usage": {"total_tokens": 3}},
]


def read(calls: list[RequestedCall]) -> list[tuple[str | None, str, Any]]:
    return [(call.call_id, call.name, call.arguments) for call in calls]


TWO = [("call_1", "A", '{"n": 1}'), ("call_2", "B", '{"m": 2}')]


def test_calls_of_a_completion_come_in_order_with_their_ids() -> None:
    found = CODEC.calls_in(completion(chat_call(), chat_call("call_2", "B", "{}")))
    assert read(found) == [("call_1", "GITHUB_GET_A_REPOSITORY", '{"owner": "é"}'), ("call_2", "B", "{}")]


def test_a_completion_without_calls_has_none() -> None:
    message = {"role": "assistant", "content": "Hello"}
    assert CODEC.calls_in({"choices": [{"index": 0, "message": message, "finish_reason": "stop"}]}) == []


def test_calls_of_several_choices_are_all_found() -> None:
    choices = completion(chat_call())["choices"] + completion(chat_call("call_2"))["choices"]
    assert [call.call_id for call in CODEC.calls_in({"choices": choices})] == ["call_1", "call_2"]


def test_custom_tool_calls_are_the_callers_own() -> None:
    custom = {"id": "call_0", "type": "custom", "custom": {"name": "sql", "input": "select 1"}}
    assert [call.call_id for call in CODEC.calls_in(completion(custom, chat_call()))] == ["call_1"]


def test_a_message_alone_is_enough() -> None:
    assert [call.call_id for call in CODEC.calls_in({"role": "assistant", "tool_calls": [chat_call()]})] == ["call_1"]
    assert CODEC.calls_in({"role": "assistant", "content": "Hello"}) == []


def test_arguments_cut_off_before_they_began_do_not_pass_for_none() -> None:
    (cut,) = CODEC.calls_in(completion(chat_call(arguments=""), reason="length"))
    (whole,) = CODEC.calls_in(completion(chat_call(arguments="")))
    (item_cut,) = CODEC.calls_in({"output": [item(arguments="", status="incomplete")], "status": "incomplete"})
    assert (cut.arguments, whole.arguments, item_cut.arguments) == ("{", "", "{")


def test_calls_of_a_response_come_in_order_among_other_items() -> None:
    output = [{"type": "reasoning", "summary": []}, item(), {"type": "custom_tool_call", "call_id": "x"}, item("call_2")]
    assert [call.call_id for call in CODEC.calls_in({"output": output, "status": "completed"})] == ["call_1", "call_2"]
    assert [call.call_id for call in CODEC.calls_in(output)] == ["call_1", "call_2"]


@pytest.mark.parametrize("status", ["failed", "cancelled"])
def test_nothing_runs_for_a_response_that_failed(status: str) -> None:
    assert CODEC.calls_in({"output": [item()], "status": status}) == []


def test_chunks_are_put_together_from_a_list_and_from_a_generator() -> None:
    def generate() -> Iterator[Any]:
        yield from CHUNKS

    assert read(CODEC.calls_in(CHUNKS)) == TWO
    assert read(CODEC.calls_in(CODEC.collect(generate()))) == TWO


def test_chunks_are_put_together_from_an_asynchronous_stream() -> None:
    async def generate() -> AsyncIterator[Any]:
        for event in CHUNKS:
            yield event

    assert read(CODEC.calls_in(asyncio.run(CODEC.acollect(generate())))) == TWO


def test_chunks_of_several_choices_do_not_mix() -> None:
    def start(identity: str) -> list[dict[str, Any]]:
        return [{"index": 0, "id": identity, "function": {"name": identity.upper(), "arguments": '{"a"'}}]

    rest = [{"index": 0, "function": {"arguments": ": 1}"}}]
    events = [chunk(start("b"), choice=1), chunk(start("a")), chunk(rest), chunk(rest, choice=1, reason="tool_calls")]
    assert read(CODEC.calls_in(events)) == [("a", "A", '{"a": 1}'), ("b", "B", '{"a": 1}')]


def test_the_models_own_message_is_there_after_a_stream() -> None:
    said = [{"choices": [{"index": 0, "delta": {"role": "assistant", "content": text}}]} for text in ("I ", "look.")]
    (message,) = CODEC.messages_in(CODEC.collect(iter([*said, *CHUNKS])))
    assert (message["role"], message["content"]) == ("assistant", "I look.thinking")
    assert [call["function"]["arguments"] for call in message["tool_calls"]] == ['{"n": 1}', '{"m": 2}']
    (only_text,) = CODEC.messages_in(CODEC.collect(iter(said)))
    assert only_text == {"role": "assistant", "content": "I look."}


def test_the_models_own_messages_are_what_each_api_takes_back() -> None:
    whole = completion(chat_call())
    assert CODEC.messages_in(whole) == [whole["choices"][0]["message"]]
    assert CODEC.messages_in({"output": [item(), {"type": "reasoning"}]}) == [item(), {"type": "reasoning"}]
    assert CODEC.messages_in({"role": "assistant", "content": "x"}) == [{"role": "assistant", "content": "x"}]
    assert CODEC.messages_in({"type": "response.done", "response": {"output": [item()]}}) == []
    assert CODEC.messages_in({"choices": []}) == []


def test_servers_that_number_every_call_0_are_understood() -> None:
    one = {"index": 0, "id": "x", "function": {"name": "A", "arguments": "{}"}}
    two = {"index": 0, "id": "y", "function": {"name": "B", "arguments": "{}"}}
    assert read(CODEC.calls_in([chunk([one]), chunk([two], reason="tool_calls")])) == [("x", "A", "{}"), ("y", "B", "{}")]


def test_a_stream_that_broke_off_leaves_no_call_without_arguments() -> None:
    (call,) = CODEC.calls_in(CHUNKS[:2])
    assert call.arguments == "{"


def test_events_of_the_stream_helper_are_understood() -> None:
    events = [{"type": "content.delta", "delta": "x"}, *({"type": "chunk", "chunk": c, "snapshot": {}} for c in CHUNKS)]
    assert read(CODEC.calls_in(events)) == TWO


def test_the_final_event_of_a_responses_stream_is_the_response() -> None:
    events = [
        {"type": "response.created", "response": {"output": []}},
        {"type": "response.output_item.done", "item": item()},
        {"type": "response.completed", "response": {"status": "completed", "output": [item()]}},
    ]
    assert [call.call_id for call in CODEC.calls_in(events)] == ["call_1"]
    assert [call.call_id for call in CODEC.calls_in(events[:2])] == ["call_1"], "cut off: what was finished counts"


@pytest.mark.parametrize("empty", [[], iter(()), {"output": []}, {"choices": []}])
def test_an_empty_response_asks_for_nothing(empty: Any) -> None:
    assert CODEC.calls_in(CODEC.collect(empty)) == []


class Run:
    """Has what tells a run of the Assistants API from everything else."""

    required_action = "submit_tool_outputs"


class Raw:
    def parse(self) -> None: ...


async def endless() -> AsyncIterator[Any]:
    yield {}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (None, "NoneType"),
        ("text", "str; expected"),
        ({"data": 1, "id": 2}, "dict with the keys data, id"),
        (Run(), "Assistants"),
        (Raw(), r"\.parse\(\)"),
        (CHUNKS[1], "one chunk"),
        ([completion(chat_call())], "one by one"),
        ([object()], "sequence holding object"),
        (endless(), "ahandle_tool_calls"),
    ],
)
def test_what_is_no_response_is_refused_with_what_was_expected(wrong: Any, says: str) -> None:
    with pytest.raises(InvalidRequest, match=says):
        CODEC.calls_in(wrong)


def test_answers_have_the_form_of_the_api_that_asked() -> None:
    result = ToolResult({"successful": True, "data": {"login": "é"}, "error": None}, call_id="call_1")
    (chat,) = CODEC.calls_in(completion(chat_call()))
    (response,) = CODEC.calls_in({"output": [item()]})
    assert CODEC.answer(chat, result) == {"role": "tool", "tool_call_id": "call_1", "content": result.to_json()}
    assert CODEC.answer(response, result) == {"type": "function_call_output", "call_id": "call_1", "output": result.to_json()}
    assert json.loads(result.to_json())["data"] == {"login": "é"}
