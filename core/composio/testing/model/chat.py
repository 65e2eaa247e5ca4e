"""OpenAI Chat Completions. Source: the published API reference of ``POST /v1/chat/completions``."""

from __future__ import annotations

import re
import time
import uuid
from collections.abc import Iterator
from typing import Any

from composio.schema.keywords import subschemas
from composio.testing.model.script import Reply
from composio.testing.model.wire import Json, Rounds, Wire, frame, halves, mappings, schema_problem

__all__ = ["Chat", "function_problem", "openai_error"]

_NAME = re.compile(r"^[a-zA-Z0-9_-]{1,64}$")
_DESCRIPTION = 1024
_TOOLS = 128
_USAGE = {
    "prompt_tokens": 1,
    "completion_tokens": 1,
    "total_tokens": 2,
    "prompt_tokens_details": {"cached_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 0},
}


def openai_error(status: int, message: str) -> Json:
    """OpenAI's error body."""
    kind = "invalid_request_error" if status < 500 else "server_error"
    return {"error": {"message": message, "type": kind, "param": None, "code": None}}


def function_problem(function: Json, where: str) -> str | None:
    """What OpenAI would say against one function's definition."""
    name, description = function.get("name"), function.get("description")
    if not isinstance(name, str) or not _NAME.match(name):
        return f"{where}.name: {name!r} does not match {_NAME.pattern}"
    if isinstance(description, str) and len(description) > _DESCRIPTION:
        return f"{where}.description: {len(description)} characters, the maximum is {_DESCRIPTION}"
    parameters = function.get("parameters")
    if parameters is None:
        return None
    problem = schema_problem(parameters)
    if problem is None and function.get("strict"):
        problem = _not_strict(parameters, "")
    return f"Invalid schema for function {name!r}: {problem}" if problem else None


def _not_strict(schema: Any, path: str) -> str | None:
    """Strict mode wants every object closed and every property required."""
    if not isinstance(schema, dict):
        return None
    if schema.get("type") == "object" and schema.get("additionalProperties") is not False:
        return f"{path or '/'}: strict mode needs additionalProperties: false"
    if set(schema.get("properties") or {}) - set(schema.get("required") or []):
        return f"{path or '/'}: strict mode needs every property in `required`"
    below = ((f"{path}/{keyword}{'' if name is None else f'/{name}'}", child) for keyword, name, child in subschemas(schema))
    return next((problem for where, child in below if (problem := _not_strict(child, where))), None)


def tools_problem(tools: Any, functions: list[Json]) -> str | None:
    """What OpenAI would say against the list of tools."""
    if tools is not None and not isinstance(tools, list):
        return "tools: expected an array"
    if len(functions) > _TOOLS:
        return f"tools: {len(functions)} tools, the maximum is {_TOOLS}"
    return next((p for i, f in enumerate(functions) if (p := function_problem(f, f"tools[{i}]"))), None)


class Chat(Wire):
    """``/chat/completions``."""

    name = "chat"

    def serves(self, path: str) -> bool:
        return path.endswith("/chat/completions")

    def tools(self, body: Json) -> list[Json]:
        found = [*_functions(body), *mappings(body.get("functions"))]
        return [{"name": f.get("name"), "description": f.get("description"), "parameters": f.get("parameters")} for f in found]

    def rounds(self, body: Json) -> list[list[str]]:
        rounds = Rounds()
        for message in mappings(body.get("messages")):
            match message.get("role"):
                case "tool" | "function":
                    rounds.result(message.get("content"))
                case "user" if (shown := _observation(message.get("content"))) is not None:
                    rounds.model()
                    rounds.result(shown)
                case "user":
                    rounds.user()
                case "assistant":
                    rounds.model()
        return rounds.found

    def problem(self, body: Json) -> str | None:
        if not isinstance(body.get("model"), str):
            return "you must provide a model parameter"
        messages = mappings(body.get("messages"))
        if not messages or len(messages) != len(body["messages"]):
            return "messages: expected a non-empty array of objects"
        return _form_problem(body) or tools_problem(body.get("tools"), _functions(body)) or _unpaired(messages)

    def error(self, status: int, message: str) -> Json:
        return openai_error(status, message)

    def answer(self, body: Json, reply: Reply) -> Json:
        message: Json = {"role": "assistant", "content": reply.text, "refusal": None}
        if reply.calls:
            message["tool_calls"] = [
                {"id": c.id, "type": "function", "function": {"name": c.name, "arguments": c.arguments}} for c in reply.calls
            ]
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _finish(reply)}
        return {**_head(body, "chat.completion"), "choices": [choice], "usage": _USAGE}

    def events(self, body: Json, reply: Reply) -> Iterator[bytes]:
        head = _head(body, "chat.completion.chunk")

        def chunk(delta: Json, finish: str | None = None) -> bytes:
            return frame({**head, "choices": [{"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}]})

        yield chunk({"role": "assistant", "content": None if reply.calls else ""})
        for piece in halves(reply.text or ""):
            yield chunk({"content": piece})
        for index, call in enumerate(reply.calls):
            started = {"index": index, "id": call.id, "type": "function", "function": {"name": call.name, "arguments": ""}}
            yield chunk({"tool_calls": [started]})
            for piece in halves(call.arguments):
                yield chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
        yield chunk({}, _finish(reply))
        if (body.get("stream_options") or {}).get("include_usage"):
            yield frame({**head, "choices": [], "usage": _USAGE})
        yield frame("[DONE]")


def _form_problem(body: Json) -> str | None:
    for place, tool in enumerate(mappings(body.get("tools"))):
        if tool.get("type") == "function" and "function" not in tool:
            # The first sentence is OpenAI's; it does not help much.
            return (
                f"Missing required parameter: 'tools[{place}].function'. This tool has the form of Responses;"
                " composio_openai.ComposioToolSet() gives tools in the form of Chat Completions"
            )
    return None


def _functions(body: Json) -> list[Json]:
    return [t["function"] for t in mappings(body.get("tools")) if isinstance(t.get("function"), dict)]


def _finish(reply: Reply) -> str:
    return "tool_calls" if reply.calls else "stop"


def _head(body: Json, kind: str) -> Json:
    return {"id": f"chatcmpl-{uuid.uuid4().hex}", "object": kind, "created": int(time.time()), "model": body["model"]}


def _unpaired(messages: list[Json]) -> str | None:
    """Every call is answered before anything else is said, and nothing else is answered."""
    waiting: set[str] = set()
    for index, message in enumerate(messages):
        if message.get("role") == "tool":
            if message.get("tool_call_id") not in waiting:
                return f"messages[{index}]: a tool message must answer a tool call of the message before it"
            waiting.discard(message["tool_call_id"])
            continue
        if waiting:
            return f"messages[{index}]: these tool_call_ids were not answered: {', '.join(sorted(waiting))}"
        if message.get("role") == "assistant":
            waiting = {str(call.get("id")) for call in mappings(message.get("tool_calls"))}
    return f"these tool_call_ids were not answered: {', '.join(sorted(waiting))}" if waiting else None


def _observation(content: Any) -> str | None:
    """A tool's answer in a user's words, as smolagents writes it: one text that begins with ``Observation:``."""
    parts = content if isinstance(content, list) else [{"text": content}]
    text = parts[0].get("text") if len(parts) == 1 and isinstance(parts[0], dict) else None
    head, separator, answer = text.partition("Observation:") if isinstance(text, str) else ("", "", "")
    return answer.strip() if separator and not head.strip() else None
