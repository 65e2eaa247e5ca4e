"""Gemini ``generateContent``. Source: the published API reference of the Gemini API, v1beta."""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from typing import Any

from composio.testing.model.script import Reply
from composio.testing.model.wire import Json, Rounds, Wire, frame, halves, mappings, repeated, schema_problem

__all__ = ["Gemini"]

_PATH = re.compile(r"/models/[^/]+:(?:stream)?generateContent$", re.IGNORECASE)
_NAME = re.compile(r"^[a-zA-Z_][a-zA-Z0-9_.:-]{0,63}$")
_USAGE = {"promptTokenCount": 1, "candidatesTokenCount": 1, "totalTokenCount": 2}
_STATUS = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 404: "NOT_FOUND", 429: "RESOURCE_EXHAUSTED", 503: "UNAVAILABLE"}
# `parameters` is a subset of OpenAPI's schema object and refuses every other keyword; `parametersJsonSchema` takes JSON Schema.
_KEYWORDS = frozenset(
    {
        *("type", "format", "title", "description", "nullable", "enum", "default", "example", "anyOf", "pattern"),
        *("properties", "required", "propertyOrdering", "minProperties", "maxProperties", "items", "minItems", "maxItems"),
        *("minLength", "maxLength", "minimum", "maximum"),
    }
)


class Gemini(Wire):
    """``/models/MODEL:generateContent`` and ``:streamGenerateContent``."""

    name = "gemini"

    def serves(self, path: str) -> bool:
        return bool(_PATH.search(path))

    def streams(self, path: str, body: Json) -> bool:  # noqa: ARG002 - the path alone says it here
        return "streamgeneratecontent" in path.lower()

    def tools(self, body: Json) -> list[Json]:
        return [
            {
                "name": f.get("name"),
                "description": f.get("description"),
                "parameters": _either(f, "parametersJsonSchema", "parameters_json_schema") or f.get("parameters"),
            }
            for f in _declare(body)
        ]

    def rounds(self, body: Json) -> list[list[str]]:
        rounds = Rounds()
        for content in mappings(body.get("contents")):
            results = _parts(content, "functionResponse", "function_response")
            for result in results:
                rounds.result(result.get("response"))
            if content.get("role") == "model":
                rounds.model()
            elif not results:
                rounds.user()
        return rounds.found

    def problem(self, body: Json) -> str | None:
        contents = mappings(body.get("contents"))
        if not contents:
            return "contents: at least one content is required"
        for index, function in enumerate(_declare(body)):
            problem = _declaration_problem(function)
            if problem:
                return f"tools[0].function_declarations[{index}]: {problem}"
        twice = repeated(str(f.get("name")) for f in _declare(body))
        return f"Duplicate function declaration found: {twice}" if twice else _unpaired(contents)

    def error(self, status: int, message: str) -> Json:
        return {"error": {"code": status, "message": message, "status": _STATUS.get(status, "INTERNAL")}}

    def answer(self, body: Json, reply: Reply) -> Json:  # noqa: ARG002 - nothing of the request is echoed here
        texts = [] if reply.text is None else [{"text": reply.text}]
        return _response([*texts, *_calls(reply)], "STOP")

    def events(self, body: Json, reply: Reply) -> Iterator[bytes]:  # noqa: ARG002 - as above
        for piece in halves(reply.text or ""):
            yield frame(_response([{"text": piece}], None))
        yield frame(_response(_calls(reply), "STOP"))


def _either(value: Json, *names: str) -> Any:
    """Clients write camel case, the reference also allows snake case."""
    return next((value[name] for name in names if name in value), None)


def _declare(body: Json) -> list[Json]:
    return [
        f for t in mappings(body.get("tools")) for f in mappings(_either(t, "functionDeclarations", "function_declarations"))
    ]


def _parts(content: Json, *names: str) -> list[Json]:
    found = [_either(part, *names) for part in mappings(content.get("parts"))]
    return [part for part in found if isinstance(part, dict)]


def _calls(reply: Reply) -> list[Json]:
    return [{"functionCall": {"id": c.id, "name": c.name, "args": c.mapping()}} for c in reply.calls]


def _response(parts: list[Json], finish: str | None) -> Json:
    candidate: Json = {"content": {"role": "model", "parts": parts}, "index": 0}
    if finish:
        candidate["finishReason"] = finish
    return {"candidates": [candidate], "usageMetadata": _USAGE, "modelVersion": "scripted", "responseId": uuid.uuid4().hex}


def _declaration_problem(function: Json) -> str | None:
    name = function.get("name")
    if not isinstance(name, str) or not _NAME.match(name):
        return f"name {name!r} must match {_NAME.pattern}"
    schema = _either(function, "parametersJsonSchema", "parameters_json_schema")
    if schema is not None:
        return schema_problem(schema)
    return _foreign_keyword(function.get("parameters"), "parameters")


def _foreign_keyword(schema: Any, path: str) -> str | None:
    if not isinstance(schema, dict):
        return None
    for keyword, value in schema.items():
        if keyword not in _KEYWORDS:
            return f"Unknown name {keyword!r} at {path!r}: cannot find field"
        inner = value.items() if keyword == "properties" else enumerate(value) if keyword == "anyOf" else ()
        nested = [("items", value)] if keyword == "items" else [(f"{keyword}.{key}", item) for key, item in inner]
        for where, item in nested:
            problem = _foreign_keyword(item, f"{path}.{where}")
            if problem:
                return problem
    return None


def _unpaired(contents: list[Json]) -> str | None:
    waiting = 0
    for index, content in enumerate(contents):
        answered = len(_parts(content, "functionResponse", "function_response"))
        if answered != waiting:
            return f"contents[{index}]: {answered} function responses for {waiting} function calls; they must be as many"
        waiting = len(_parts(content, "functionCall", "function_call"))
    return f"{waiting} function calls were not answered" if waiting else None
