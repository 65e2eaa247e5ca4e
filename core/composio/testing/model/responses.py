"""OpenAI Responses. Source: the published API reference of ``POST /v1/responses``."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Iterator
from typing import Any

from composio.testing.model.chat import openai_error, tools_problem
from composio.testing.model.script import Reply
from composio.testing.model.wire import Json, Rounds, Wire, frame, halves, mappings

__all__ = ["Responses"]

_OUTPUTS = ("function_call_output", "custom_tool_call_output")
# The number of rounds so far rides in the id, so that `previous_response_id` needs no memory on our side.
_ID = re.compile(r"^resp_(\d+)_")
_USAGE = {
    "input_tokens": 1,
    "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
    "output_tokens": 1,
    "output_tokens_details": {"reasoning_tokens": 0},
    "total_tokens": 2,
}


class Responses(Wire):
    """``/responses``."""

    name = "responses"

    def serves(self, path: str) -> bool:
        return path.endswith("/responses")

    def tools(self, body: Json) -> list[Json]:
        return [
            {"name": t.get("name"), "description": t.get("description"), "parameters": t.get("parameters")}
            for t in _functions(body)
        ]

    def rounds(self, body: Json) -> list[list[str]]:
        rounds = Rounds()
        earlier = _ID.match(str(body.get("previous_response_id") or ""))
        rounds.found = [[] for _ in range(int(earlier[1]) if earlier else 0)]
        for item in mappings(body.get("input")):
            if item.get("type") in _OUTPUTS:
                rounds.result(item.get("output"))
            elif item.get("role") == "user":
                rounds.user()
            else:
                rounds.model()
        if isinstance(body.get("input"), str):
            rounds.user()
        return rounds.found

    def problem(self, body: Json) -> str | None:
        if not isinstance(body.get("model"), str):
            return "you must provide a model parameter"
        if not body.get("input") and not body.get("previous_response_id"):
            return "input: expected a string or a non-empty array"
        return _form_problem(body) or tools_problem(body.get("tools"), _functions(body)) or _unpaired(body)

    def error(self, status: int, message: str) -> Json:
        return openai_error(status, message)

    def answer(self, body: Json, reply: Reply) -> Json:
        return {
            "id": f"resp_{len(self.rounds(body))}_{uuid.uuid4().hex[:16]}",
            "object": "response",
            "created_at": int(time.time()),
            "model": body["model"],
            "status": "completed",
            "error": None,
            "incomplete_details": None,
            "instructions": body.get("instructions"),
            "metadata": {},
            "parallel_tool_calls": True,
            "previous_response_id": body.get("previous_response_id"),
            "temperature": 1.0,
            "top_p": 1.0,
            "tool_choice": body.get("tool_choice") or "auto",
            "tools": body.get("tools") or [],
            "output": _output(reply),
            "usage": _USAGE,
        }

    def events(self, body: Json, reply: Reply) -> Iterator[bytes]:
        whole = self.answer(body, reply)
        begun = {**whole, "status": "in_progress", "output": [], "usage": None}
        listed: list[tuple[str, Json]] = [("response.created", {"response": begun})]
        for index, item in enumerate(whole["output"]):
            listed += _call_events(index, item) if item["type"] == "function_call" else _text_events(index, item)
            listed.append(("response.output_item.done", {"output_index": index, "item": item}))
        listed.append(("response.completed", {"response": whole}))
        for number, (kind, data) in enumerate(listed):
            yield frame({"type": kind, "sequence_number": number, **data}, kind)


def _functions(body: Json) -> list[Json]:
    return [t for t in mappings(body.get("tools")) if t.get("type") == "function"]


def _form_problem(body: Json) -> str | None:
    for place, tool in enumerate(mappings(body.get("tools"))):
        if tool.get("type") == "function" and "name" not in tool and isinstance(tool.get("function"), dict):
            # The first sentence is OpenAI's; it does not help much.
            return (
                f"Missing required parameter: 'tools[{place}].name'. This tool has the form of Chat Completions;"
                " composio_openai.ComposioToolSet(api='responses') gives tools in the form of Responses"
            )
    return None


def _output(reply: Reply) -> list[Json]:
    items: list[Json] = []
    if reply.text is not None:
        part = {"type": "output_text", "text": reply.text, "annotations": [], "logprobs": []}
        items.append({"type": "message", "id": _id("msg"), "role": "assistant", "status": "completed", "content": [part]})
    items += [
        {
            "type": "function_call",
            "id": _id("fc"),
            "call_id": c.id,
            "name": c.name,
            "arguments": c.arguments,
            "status": "completed",
        }
        for c in reply.calls
    ]
    return items


def _id(prefix: str) -> str:
    return f"{prefix}_{uuid.uuid4().hex[:24]}"


def _call_events(index: int, item: Json) -> list[tuple[str, Json]]:
    at: Json = {"output_index": index, "item_id": item["id"]}
    return [
        ("response.output_item.added", {"output_index": index, "item": {**item, "arguments": "", "status": "in_progress"}}),
        *[("response.function_call_arguments.delta", {**at, "delta": piece}) for piece in halves(item["arguments"])],
        ("response.function_call_arguments.done", {**at, "name": item["name"], "arguments": item["arguments"]}),
    ]


def _text_events(index: int, item: Json) -> list[tuple[str, Json]]:
    part = item["content"][0]
    at: Json = {"output_index": index, "item_id": item["id"], "content_index": 0}
    return [
        ("response.output_item.added", {"output_index": index, "item": {**item, "content": [], "status": "in_progress"}}),
        ("response.content_part.added", {**at, "part": {**part, "text": ""}}),
        *[("response.output_text.delta", {**at, "delta": piece, "logprobs": []}) for piece in halves(part["text"])],
        ("response.output_text.done", {**at, "text": part["text"], "logprobs": []}),
        ("response.content_part.done", {**at, "part": part}),
    ]


def _unpaired(body: Json) -> str | None:
    items = mappings(body.get("input"))
    asked: list[Any] = [i.get("call_id") for i in items if i.get("type") == "function_call"]
    answered = [i.get("call_id") for i in items if i.get("type") == "function_call_output"]
    if unanswered := [str(c) for c in asked if c not in answered]:
        return f"no tool output found for function call {unanswered[0]}"
    # With a previous response the calls are on the server's side.
    if not body.get("previous_response_id") and (unasked := [str(c) for c in answered if c not in asked]):
        return f"no tool call found for function call output with call_id {unasked[0]}"
    return None
