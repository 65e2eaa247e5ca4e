"""Every shape that a response of Gemini may have, and what is none."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import date
from typing import Any

import pytest
from google.genai import types

from composio.errors import InvalidRequest
from composio.framework import RequestedCall
from composio.model.call import ToolResult
from composio_google import ComposioToolSet
from composio_google._answers import answers
from composio_google._codec import Codec

CODEC = Codec()
ONE = {"id": "call_1", "name": "A", "args": {"owner": "é"}}
TWO = {"id": "call_2", "name": "B", "args": {}}
CALLS = [RequestedCall("A", {"owner": "é"}, "call_1"), RequestedCall("B", {}, "call_2")]


def content(*calls: dict[str, Any], text: str = "Well.") -> dict[str, Any]:
    return {"role": "model", "parts": [{"text": text}, *({"function_call": call} for call in calls)]}


def response(*contents: dict[str, Any]) -> dict[str, Any]:
    return {"candidates": [{"content": one, "finish_reason": "STOP"} for one in contents]}


def parsed(*contents: dict[str, Any]) -> types.GenerateContentResponse:
    return types.GenerateContentResponse.model_validate(response(*contents))


WHOLE = parsed(content(ONE, TWO))
CHUNKS = [parsed(content()), parsed(content(ONE)), parsed(content(TWO, text=""))]
LIVE = {"tool_call": {"function_calls": [ONE, TWO]}}


def generated() -> Iterator[Any]:
    yield from CHUNKS


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(WHOLE, id="response"),
        pytest.param(WHOLE.model_dump(), id="its dict"),
        pytest.param(WHOLE.model_dump(mode="json", by_alias=True), id="its JSON"),
        pytest.param(response(content(ONE, TWO)), id="handwritten"),
        pytest.param(WHOLE.candidates and WHOLE.candidates[0].content, id="content"),
        pytest.param(content(ONE, TWO), id="content's dict"),
        pytest.param(CHUNKS, id="chunks"),
        pytest.param([chunk.model_dump() for chunk in CHUNKS], id="chunks' dicts"),
        pytest.param(types.LiveServerMessage.model_validate(LIVE), id="live"),
        pytest.param([types.LiveServerMessage(), types.LiveServerMessage.model_validate(LIVE)], id="live messages"),
        pytest.param({"toolCall": {"functionCalls": [ONE, TWO]}}, id="live JSON"),
    ],
)
def test_calls_come_in_order_with_their_ids(said: Any) -> None:
    assert CODEC.calls_in(said) == CALLS


def test_streams_are_read_to_their_end() -> None:
    async def asynchronous() -> AsyncIterator[Any]:
        for chunk in CHUNKS:
            yield chunk

    assert CODEC.calls_in(CODEC.collect(generated())) == CALLS
    assert CODEC.calls_in(asyncio.run(CODEC.acollect(asynchronous()))) == CALLS


def test_the_models_own_content_is_there_after_a_stream() -> None:
    chunks = [response(content(text="I ")), response(content(text="look.")), response(content({"name": "A", "args": {}}))]
    (said,) = CODEC.messages_in(CODEC.collect(iter(chunks)))
    parts = [part for chunk in chunks for part in chunk["candidates"][0]["content"]["parts"]]
    assert said == {"role": "model", "parts": parts}
    assert CODEC.messages_in(chunks[0]) == [chunks[0]["candidates"][0]["content"]]
    assert CODEC.messages_in({"tool_call": {"function_calls": [{"name": "A"}]}}) == []
    assert CODEC.messages_in({"prompt_feedback": {}}) == []


def test_of_several_candidates_the_first_is_meant() -> None:
    assert CODEC.calls_in(parsed(content(ONE), content(TWO))) == CALLS[:1]


def test_a_call_without_arguments_or_id_is_one() -> None:
    assert CODEC.calls_in(parsed(content({"name": "A"}))) == [RequestedCall("A", {}, None)]


def test_what_an_imitation_wrote_as_arguments_is_judged_later() -> None:
    assert CODEC.calls_in(content({"name": "A", "args": "{"})) == [RequestedCall("A", "{", None)]


@pytest.mark.parametrize(
    "empty",
    [
        parsed(content()),
        types.GenerateContentResponse(),
        types.GenerateContentResponse.model_validate({"prompt_feedback": {"block_reason": "SAFETY"}}),
        response({}),
        {"usageMetadata": {"totalTokenCount": 2}},
        {"candidates": [{"finishReason": "MALFORMED_FUNCTION_CALL"}]},
        types.Content(role="model"),
        types.LiveServerMessage(),
        [],
        iter(()),
    ],
)
def test_where_nothing_is_asked_nothing_runs(empty: Any) -> None:
    assert CODEC.calls_in(empty) == []


async def endless() -> AsyncIterator[Any]:
    yield {}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (None, "NoneType"),
        ("text", "str; expected"),
        ({"data": 1, "id": 2}, "dict with the keys data, id"),
        ([types.FunctionCall(name="A")], "FunctionCall; expected"),
        (endless(), "ahandle_tool_calls"),
        (
            content({"name": "A", "will_continue": True, "partial_args": [{"json_path": "$.x"}]}),
            "stream_function_call_arguments",
        ),
    ],
)
def test_what_is_no_response_is_refused_with_what_was_expected(wrong: Any, says: str) -> None:
    with pytest.raises(InvalidRequest, match=says):
        CODEC.calls_in(wrong)


def result(number: int) -> ToolResult:
    return ToolResult({"successful": True, "data": number, "error": None}, call_id=f"call_{number}", tool="AB"[number - 1])


def answered(contents: list[types.Content]) -> list[tuple[Any, ...]]:
    (one,) = contents
    assert one.role == "user"
    found = [part.function_response for part in one.parts or ()]
    return [(f.id, f.name, (f.response or {}).get("data")) for f in found if f is not None]


def test_results_are_paired_by_id_whatever_their_order() -> None:
    assert answered(answers(WHOLE, [result(2), result(1)])) == [("call_1", "A", 1), ("call_2", "B", 2)]


def test_plain_dicts_are_paired_by_place() -> None:
    assert answered(answers(WHOLE, [{"data": "a"}, {"data": "b"}])) == [("call_1", "A", "a"), ("call_2", "B", "b")]


def test_calls_without_an_id_are_paired_by_place() -> None:
    said = parsed(content({"name": "A"}, {"name": "A"}))
    results = [ToolResult({"data": n}, tool="A") for n in (1, 2)]
    assert answered(answers(said, results)) == [(None, "A", 1), (None, "A", 2)]


@pytest.mark.parametrize("results", [[result(1)], [], [{"data": 1}]])
def test_an_unanswered_call_is_refused_by_name(results: Any) -> None:
    with pytest.raises(InvalidRequest, match=r"no result for the call 'call_[12]' of [AB]"):
        answers(WHOLE, results)


def test_a_stream_that_was_read_is_answered_from_its_results() -> None:
    for consumed in (iter(()), endless()):
        assert answered(answers(consumed, [result(1), result(2)])) == [("call_1", "A", 1), ("call_2", "B", 2)]


def test_no_calls_no_contents() -> None:
    assert answers(parsed(content()), []) == []


def test_what_json_does_not_know_goes_out_as_text() -> None:
    part = CODEC.answer(CALLS[0], ToolResult({"data": {"on": date(2026, 1, 2), "who": "é"}}))
    assert json.loads(part.model_dump_json())["function_response"]["response"] == {"data": {"on": "2026-01-02", "who": "é"}}


@pytest.mark.parametrize("wrong", [None, {}, types.Part(text="no call"), "A"])
def test_one_call_by_hand_must_be_a_call(wrong: Any) -> None:
    with pytest.raises(InvalidRequest, match=r"response\.function_calls"):
        ComposioToolSet().execute_function_call(wrong)
