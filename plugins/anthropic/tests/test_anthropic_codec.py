"""Calls out of every form that a response has, and the answers to them; without the client."""

from __future__ import annotations

from typing import Any

import pytest

from composio.errors import InvalidRequest
from composio.framework import RequestedCall
from composio.model.call import ToolResult
from composio_anthropic._answers import answers
from composio_anthropic._codec import Codec

CODEC = Codec()


def use(number: int, **arguments: Any) -> dict[str, Any]:
    return {"type": "tool_use", "id": f"toolu_{number}", "name": f"APP_{number}", "input": arguments}


def message(*blocks: Any, stop_reason: str | None = "tool_use") -> dict[str, Any]:
    return {"role": "assistant", "content": list(blocks), "stop_reason": stop_reason}


def result(number: int, successful: bool = True) -> ToolResult:
    return ToolResult(
        {"successful": successful, "data": number, "error": None}, call_id=f"toolu_{number}", tool=f"APP_{number}"
    )


def start(index: int, block: dict[str, Any]) -> dict[str, Any]:
    return {"type": "content_block_start", "index": index, "content_block": block}


def piece(index: int, text: str) -> dict[str, Any]:
    return {"type": "content_block_delta", "index": index, "delta": {"type": "input_json_delta", "partial_json": text}}


def end(reason: str) -> dict[str, Any]:
    return {"type": "message_delta", "delta": {"stop_reason": reason}}


def arguments_in(response: Any) -> list[Any]:
    return [call.arguments for call in CODEC.calls_in(response)]


def test_only_the_users_own_tools_are_calls() -> None:
    others = [{"type": "text", "text": "I look."}, {**use(9), "type": "server_tool_use"}, {**use(8), "type": "mcp_tool_use"}]
    assert CODEC.calls_in(message(*others, use(1, n=1), use(2))) == [
        RequestedCall("APP_1", {"n": 1}, "toolu_1"),
        RequestedCall("APP_2", {}, "toolu_2"),
    ]


def test_content_alone_and_turns_of_text_are_read_too() -> None:
    assert arguments_in([{"type": "text", "text": "a"}, use(1, n=1)]) == [{"n": 1}]
    assert arguments_in({"role": "assistant", "content": "No tools."}) == []
    assert arguments_in([]) == []


@pytest.mark.parametrize("reason", ["max_tokens", "model_context_window_exceeded", "refusal"])
def test_the_call_that_was_cut_off_does_not_run_with_half_its_arguments(reason: str) -> None:
    assert arguments_in(message(use(1, n=1), use(2, n=1), stop_reason=reason)) == [{"n": 1}, "{"]
    assert arguments_in(message(use(1, n=1), {"type": "text", "text": "and"}, stop_reason=reason)) == [{"n": 1}]


def test_a_stream_of_two_calls_in_pieces() -> None:
    events = [
        {"type": "message_start", "message": message(stop_reason=None)},
        {"type": "ping"},
        start(0, {"type": "text", "text": ""}),
        {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "I look."}},
        start(1, use(1)),
        start(2, use(2)),
        piece(1, '{"n"'),
        piece(2, ""),
        piece(1, ": 1}"),
        {"type": "content_block_stop", "index": 1},
        end("tool_use"),
        {"type": "message_stop"},
    ]
    assert arguments_in(iter(events)) == ['{"n": 1}', {}]


def test_the_models_own_message_is_there_after_a_stream_with_its_thinking() -> None:
    def delta(index: int, **content: str) -> dict[str, Any]:
        return {"type": "content_block_delta", "index": index, "delta": content}

    events = [
        start(0, {"type": "thinking", "thinking": "", "signature": ""}),
        delta(0, type="thinking_delta", thinking="Who "),
        delta(0, type="thinking_delta", thinking="asks?"),
        delta(0, type="signature_delta", signature="c2ln"),
        start(1, {"type": "redacted_thinking", "data": "xyz"}),
        start(2, {"type": "text", "text": ""}),
        delta(2, type="text_delta", text="I look."),
        start(3, use(1)),
        piece(3, '{"n": 1}'),
        start(4, use(2)),
        piece(4, '{"n": '),
        end("tool_use"),
    ]
    (message,) = CODEC.messages_in(CODEC.collect(iter(events)))
    assert message == {
        "role": "assistant",
        "content": [
            {"type": "thinking", "thinking": "Who asks?", "signature": "c2ln"},
            {"type": "redacted_thinking", "data": "xyz"},
            {"type": "text", "text": "I look."},
            use(1, n=1),
            # The API takes objects alone back.
            use(2),
        ],
    }


def test_the_models_own_message_of_what_was_not_streamed() -> None:
    assert CODEC.messages_in(message(use(1))) == [{"role": "assistant", "content": [use(1)]}]
    assert CODEC.messages_in({"content": "No tools."}) == [{"role": "assistant", "content": "No tools."}]
    assert CODEC.messages_in(message()) == []


def test_a_stream_that_broke_off_runs_nothing_that_it_was_writing() -> None:
    assert arguments_in([start(0, use(1))]) == ["{"]
    assert arguments_in([start(0, use(1)), piece(0, '{"n": ')]) == ['{"n": ']
    assert arguments_in([start(0, use(1)), end("max_tokens")]) == ["{"]


def test_a_server_that_sends_the_whole_input_at_the_start() -> None:
    assert arguments_in([start(0, use(1, n=1)), end("tool_use")]) == [{"n": 1}]


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (None, "NoneType"),
        ("text", "str"),
        ({"choices": []}, "keys choices"),
        ([message(use(1))], "a sequence holding dict"),
        ([1], "a sequence holding int"),
    ],
)
def test_anything_else_is_refused(given: Any, says: str) -> None:
    with pytest.raises(InvalidRequest, match=says):
        CODEC.calls_in(given)


def test_answers_are_one_turn_in_the_order_of_the_calls() -> None:
    (turn,) = answers(message(use(1), use(2)), [result(2, successful=False), result(1)])
    assert turn["role"] == "user"
    first, second = turn["content"]
    assert first == {"type": "tool_result", "tool_use_id": "toolu_1", "content": result(1).to_json()}
    assert second == {
        "type": "tool_result",
        "tool_use_id": "toolu_2",
        "content": result(2, successful=False).to_json(),
        "is_error": True,
    }


def test_plain_dicts_answer_by_their_place_and_a_read_stream_by_its_results() -> None:
    (turn,) = answers(message(use(1)), [{"text": "mine"}])
    assert turn["content"][0]["tool_use_id"] == "toolu_1"
    (turn,) = answers(iter([]), [result(3)])
    assert turn["content"][0]["tool_use_id"] == "toolu_3"


def test_a_call_without_a_result_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="no result for the call 'toolu_2' of APP_2"):
        answers(message(use(1), use(2)), [result(1)])
