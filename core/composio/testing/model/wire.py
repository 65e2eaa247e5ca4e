"""What each provider's wire format must answer for, and what they share."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, ClassVar

from composio.testing.model.script import Reply

__all__ = ["Json", "Rounds", "Wire", "frame", "halves", "mappings", "repeated", "schema_problem", "text_of"]

Json = dict[str, Any]


class Wire(ABC):
    """One provider's wire format. Stateless: everything is read off the request."""

    name: ClassVar[str]

    @abstractmethod
    def serves(self, path: str) -> bool:
        """True for the paths of this format."""

    @abstractmethod
    def tools(self, body: Json) -> list[Json]:
        """The offered tools as ``{"name", "description", "parameters"}``."""

    @abstractmethod
    def rounds(self, body: Json) -> list[list[str]]:
        """Tool results since the user last spoke, one list for each turn of the model."""

    @abstractmethod
    def problem(self, body: Json) -> str | None:
        """Why the provider would reject this request, or None."""

    @abstractmethod
    def error(self, status: int, message: str) -> Json:
        """An error in the provider's shape."""

    @abstractmethod
    def answer(self, body: Json, reply: Reply) -> Json:
        """The response, whole."""

    @abstractmethod
    def events(self, body: Json, reply: Reply) -> Iterator[bytes]:
        """The response as server-sent events."""

    def streams(self, path: str, body: Json) -> bool:  # noqa: ARG002 - Gemini says it in the path
        """True where the client asked for a stream."""
        return bool(body.get("stream"))


class Rounds:
    """Groups tool results by the turn that asked for them; a new user text starts over."""

    def __init__(self) -> None:
        self.found: list[list[str]] = []
        self._open = False

    def result(self, content: Any) -> None:
        """A tool's result."""
        if not self._open:
            self.found.append([])
            self._open = True
        self.found[-1].append(text_of(content))

    def model(self) -> None:
        """The model said or asked something."""
        self._open = False

    def user(self) -> None:
        """The user spoke."""
        self.found, self._open = [], False


def text_of(content: Any) -> str:
    """The text of a message's content: a string, parts, or whatever was sent, as JSON."""
    if content is None:
        return ""
    if isinstance(content, str):
        return content
    if isinstance(content, list):
        return "".join(
            text_of(part.get("text", part.get("content", part))) if isinstance(part, dict) else str(part) for part in content
        )
    return json.dumps(content, ensure_ascii=False)


def mappings(value: Any) -> list[Json]:
    """The mappings in a list that a client sent; anything else is skipped."""
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def frame(data: Mapping[str, Any] | str, event: str | None = None) -> bytes:
    """One server-sent event."""
    text = data if isinstance(data, str) else json.dumps(data, ensure_ascii=False)
    return f"{f'event: {event}' + chr(10) if event else ''}data: {text}\n\n".encode()


def halves(text: str) -> list[str]:
    """The text in two pieces, so that a client has something to put together."""
    middle = (len(text) + 1) // 2
    return [piece for piece in (text[:middle], text[middle:]) if piece]


def schema_problem(schema: Any, *, key_pattern: str = "") -> str | None:
    """What makes a tool's schema useless to a model, or a provider refuse it.

    No object, a union of the whole, a dangling reference, an array without items, a key that is not allowed.
    """
    if not isinstance(schema, dict) or schema.get("type") != "object":
        got = schema.get("type") if isinstance(schema, dict) else schema
        return f"the schema must have type 'object', got {got!r}"
    if unions := [keyword for keyword in ("oneOf", "anyOf", "allOf", "enum", "not") if keyword in schema]:
        return f"the schema must not have {unions[0]!r} at its top level"
    return next(_problems(schema, schema, "", re.compile(key_pattern) if key_pattern else None), None)


def _problems(node: Any, root: Json, path: str, key: re.Pattern[str] | None) -> Iterator[str]:
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from _problems(item, root, f"{path}/{index}", key)
    if not isinstance(node, dict):
        return
    if isinstance(node.get("$ref"), str) and not _resolves(node["$ref"], root):
        yield f"{path or '/'}: the reference {node['$ref']!r} points nowhere"
    kinds = node.get("type")
    if "array" in (kinds if isinstance(kinds, list) else [kinds]) and "items" not in node:
        yield f"{path or '/'}: an array schema must say what its items are"
    for keyword, value in node.items():
        if keyword in ("properties", "$defs", "definitions", "patternProperties") and isinstance(value, dict):
            if keyword == "properties" and key is not None:
                yield from (
                    f"{path}/properties: key {name!r} must match {key.pattern}" for name in value if not key.match(name)
                )
            for name, inner in value.items():
                yield from _problems(inner, root, f"{path}/{keyword}/{name}", key)
        elif keyword not in ("default", "enum", "const", "example", "examples"):
            yield from _problems(value, root, f"{path}/{keyword}", key)


def _resolves(reference: str, root: Any) -> bool:
    if not reference.startswith("#"):
        return False
    for part in [p for p in reference[1:].split("/") if p]:
        name = part.replace("~1", "/").replace("~0", "~")
        if not isinstance(root, dict) or name not in root:
            return False
        root = root[name]
    return True


def repeated(names: Iterable[str]) -> str | None:
    """The first name that comes twice."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return None
