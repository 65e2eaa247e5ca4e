"""Anthropic Messages. Source: the published API reference of ``POST /v1/messages``."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator

from composio.schema.dialect import PORTABLE_KEY
from composio.testing.model.script import Reply
from composio.testing.model.wire import Json, Rounds, Wire, frame, halves, mappings, repeated, schema_problem

__all__ = ["Anthropic"]

_NAME = re.compile(r"^[a-zA-Z0-9_-]{1,128}$")
_ERRORS = {
    400: "invalid_request_error",
    401: "authentication_error",
    404: "not_found_error",
    429: "rate_limit_error",
    529: "overloaded_error",
}
_USAGE = {"input_tokens": 1, "output_tokens": 1, "cache_creation_input_tokens": 0, "cache_read_input_tokens": 0}


class Anthropic(Wire):
    """``/messages``."""

    name = "anthropic"

    def serves(self, path: str) -> bool:
        return path.endswith("/messages")

    def tools(self, body: Json) -> list[Json]:
        return [
            {"name": t.get("name"), "description": t.get("description"), "parameters": t["input_schema"]}
            for t in mappings(body.get("tools"))
            if "input_schema" in t
        ]

    def rounds(self, body: Json) -> list[list[str]]:
        rounds = Rounds()
        for message in mappings(body.get("messages")):
            results = [b for b in mappings(message.get("content")) if b.get("type") == "tool_result"]
            for block in results:
                rounds.result(block.get("content"))
            if message.get("role") == "assistant":
                rounds.model()
            elif not results:
                rounds.user()
        return rounds.found

    def problem(self, body: Json) -> str | None:
        if not isinstance(body.get("model"), str):
            return "model: field required"
        if not isinstance(body.get("max_tokens"), int):
            return "max_tokens: field required"
        messages = mappings(body.get("messages"))
        if not messages:
            return "messages: at least one message is required"
        return self._tools_problem(body) or _unpaired(messages)

    def _tools_problem(self, body: Json) -> str | None:
        tools = self.tools(body)
        for index, tool in enumerate(tools):
            if not isinstance(tool["name"], str) or not _NAME.match(tool["name"]):
                return f"tools.{index}.name: {tool['name']!r} should match {_NAME.pattern}"
            problem = schema_problem(tool["parameters"], key_pattern=PORTABLE_KEY)
            if problem is None and any(k in tool["parameters"] for k in ("oneOf", "anyOf", "allOf")):
                problem = "oneOf, anyOf and allOf are not supported at the top level"
            if problem:
                return f"tools.{index}.custom.input_schema: {problem}"
        twice = repeated(tool["name"] for tool in tools)
        return f"tools: tool names must be unique, {twice!r} is not" if twice else None

    def error(self, status: int, message: str) -> Json:
        return {"type": "error", "error": {"type": _ERRORS.get(status, "api_error"), "message": message}}

    def answer(self, body: Json, reply: Reply) -> Json:
        blocks: list[Json] = [] if reply.text is None else [{"type": "text", "text": reply.text, "citations": None}]
        blocks += [{"type": "tool_use", "id": c.id, "name": c.name, "input": c.mapping()} for c in reply.calls]
        return {**_head(body), "content": blocks, "stop_reason": _stop(reply)}

    def events(self, body: Json, reply: Reply) -> Iterator[bytes]:
        def event(kind: str, **data: object) -> bytes:
            return frame({"type": kind, **data}, kind)

        yield event("message_start", message={**_head(body), "content": [], "stop_reason": None})
        blocks: list[tuple[Json, list[Json]]] = []
        if reply.text is not None:
            deltas: list[Json] = [{"type": "text_delta", "text": piece} for piece in halves(reply.text)]
            blocks.append(({"type": "text", "text": "", "citations": None}, deltas))
        for call in reply.calls:
            deltas = [{"type": "input_json_delta", "partial_json": piece} for piece in halves(call.arguments)]
            blocks.append(({"type": "tool_use", "id": call.id, "name": call.name, "input": {}}, deltas))
        for index, (block, deltas) in enumerate(blocks):
            yield event("content_block_start", index=index, content_block=block)
            for delta in deltas:
                yield event("content_block_delta", index=index, delta=delta)
            yield event("content_block_stop", index=index)
        yield event("message_delta", delta={"stop_reason": _stop(reply), "stop_sequence": None}, usage={"output_tokens": 1})
        yield event("message_stop")


def _stop(reply: Reply) -> str:
    return "tool_use" if reply.calls else "end_turn"


def _head(body: Json) -> Json:
    return {
        "id": f"msg_{uuid.uuid4().hex[:24]}",
        "type": "message",
        "role": "assistant",
        "model": body["model"],
        "stop_sequence": None,
        "usage": _USAGE,
    }


def _unpaired(messages: list[Json]) -> str | None:
    """Every tool use is answered in the very next message, and nothing else is answered."""
    waiting: set[str] = set()
    for index, message in enumerate(messages):
        blocks = mappings(message.get("content"))
        answered = {str(b.get("tool_use_id")) for b in blocks if b.get("type") == "tool_result"}
        if missing := waiting - answered:
            return f"messages.{index}: `tool_use` ids without `tool_result` blocks right after: {', '.join(sorted(missing))}"
        if extra := answered - waiting:
            return f"messages.{index}: `tool_result` without a `tool_use` in the message before: {', '.join(sorted(extra))}"
        waiting = {str(b.get("id")) for b in blocks if b.get("type") == "tool_use"}
    return f"`tool_use` ids without `tool_result` blocks: {', '.join(sorted(waiting))}" if waiting else None
