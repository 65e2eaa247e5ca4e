"""Convert actions to MCP's tools, in pages, and results to answers of ``tools/call``."""

from __future__ import annotations

import base64
import hashlib
import json
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import anyio
from mcp_types import CallToolResult, TextContent, Tool

from composio.framework import FrameworkAdapter, Invoke, ToolSpec
from composio.model.action import ActionModel
from composio.model.call import ToolResult
from composio.model.processors import NO_PROCESSORS
from composio.schema.dialect import PLAIN
from composio.toolset.offers import Offer, spelling
from composio.toolset.tools import make_tools
from composio_mcp.annotations import annotate
from composio_mcp.content import Find, attach
from composio_mcp.offered import Offered

__all__ = ["FRESH_SECONDS", "Listed", "Lists", "answer", "describe_output", "list_tools", "refuse"]

FRESH_SECONDS = 60.0
"""How long a list is cached, here and at clients."""
_PAGE = 250
_MOST_LISTS = 256


class _Adapter(FrameworkAdapter[Tool]):
    name = "mcp"
    dialect = PLAIN

    def __init__(self, *, has_output_schemas: bool) -> None:
        self._has_output_schemas = has_output_schemas

    def wrap(self, spec: ToolSpec, invoke: Invoke) -> Tool:
        del invoke  # calls come by name
        return Tool(
            name=spec.name,
            title=spec.action.display_name or None,
            description=spec.description,
            input_schema=spec.object_schema(),
            output_schema=describe_output(spec.action) if self._has_output_schemas else None,
            annotations=annotate(spec.action),
        )


@dataclass(frozen=True)
class Listed:
    """The tools for clients, and the action of each by name: others cannot be called."""

    tools: Sequence[Tool]
    offers: Mapping[str, Offer]

    @cached_property
    def digest(self) -> bytes:
        """The same for equal lists."""
        found = hashlib.sha256()
        for tool in self.tools:
            found.update(tool.model_dump_json(exclude_unset=True).encode())
        return found.digest()

    def page(self, cursor: str | None) -> tuple[Sequence[Tool], str | None]:
        """Return a page of the tools, and the next cursor. Raises ``ValueError`` if the cursor is invalid."""
        start = 0 if cursor is None else _read_cursor(cursor)
        if start > len(self.tools):
            raise ValueError("past the end")
        end = start + _PAGE
        return self.tools[start:end], _write_cursor(end) if end < len(self.tools) else None


def describe_output(action: ActionModel) -> dict[str, Any]:
    """Return the schema of a result: it describes the API's response to a model, and accepts any other.

    Real responses differ from their descriptions, and long ones are trimmed, so anything else is valid too.
    """
    response = dict(action.response)
    definitions = response.pop("$defs", None)
    data: dict[str, Any] = {}
    if response and not _refers_elsewhere(response) and not _refers_elsewhere(definitions):
        data = {"anyOf": [response, {}]}
    found = {
        "type": "object",
        "properties": {"successful": {"type": "boolean"}, "data": data, "error": {"type": ["string", "null"]}},
        "required": ["successful", "data", "error"],
    }
    return {**found, "$defs": definitions} if data and definitions else found


def _refers_elsewhere(schema: Any) -> bool:
    """Return whether a reference leads outside the definitions, which stay where they are."""
    if isinstance(schema, list):
        return any(map(_refers_elsewhere, schema))
    if not isinstance(schema, Mapping):
        return False
    reference = schema.get("$ref")
    if isinstance(reference, str) and not reference.startswith("#/$defs/"):
        return True
    return any(map(_refers_elsewhere, schema.values()))


def list_tools(actions: Sequence[ActionModel], *, has_output_schemas: bool = False) -> Listed:
    """Return each action as a tool. Raises ``InvalidRequest`` if two have one name."""
    made = make_tools(
        actions,
        _Adapter(has_output_schemas=has_output_schemas),
        PLAIN,
        schema_processors=NO_PROCESSORS,
        offer=lambda name, action: Offer(name, action, spelling=spelling(action, PLAIN)),
        invoke=lambda _: _never,
    )
    return Listed(tuple(made), made.offers)


class _Never:
    def __call__(self, arguments: object, *, call_id: str | None = None, run: object = None) -> ToolResult:
        raise NotImplementedError

    async def acall(self, arguments: object, *, call_id: str | None = None, run: object = None) -> ToolResult:
        raise NotImplementedError


_never = _Never()


class Lists:
    """Caches the newest lists for a minute each: clients request the same one repeatedly. ``now`` counts seconds."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._kept: OrderedDict[Hashable, tuple[float, Listed]] = OrderedDict()
        self._made: dict[Hashable, anyio.Event] = {}

    async def of(self, offered: Offered) -> Listed:
        """Return the list, new or cached. Of concurrent requests for one list, one creates it."""
        key = offered.key
        while True:
            kept = self._kept.get(key)
            if kept is not None and self._now() - kept[0] < FRESH_SECONDS:
                return kept[1]
            made = self._made.get(key)
            if made is None:
                break
            await made.wait()
        self._made[key] = made = anyio.Event()
        try:
            began = self._now()
            listed = list_tools(await offered.actions(), has_output_schemas=offered.has_output_schemas)
            self._kept[key] = (began, listed)
        finally:
            del self._made[key]
            made.set()
        self._kept.move_to_end(key)
        while len(self._kept) > _MOST_LISTS:
            self._kept.popitem(last=False)
        return listed


def answer(result: ToolResult, find: Find = lambda _: None) -> CallToolResult:
    """Return a call's result, as text for models and as data for programs; both say the same. Files are included."""
    text = result.to_json()
    attached = [] if result.failed else attach(result.get("data"), find)
    return CallToolResult(
        content=[TextContent(type="text", text=text), *attached],
        structured_content=json.loads(text),
        is_error=result.failed,
    )


def refuse(message: str) -> CallToolResult:
    """Return why a call was not run, in words for the model."""
    return answer(ToolResult({"successful": False, "data": None, "error": message}))


def _read_cursor(cursor: str) -> int:
    number = base64.urlsafe_b64decode(cursor.encode("ascii")).decode("ascii")
    if not number.isdecimal() or len(number) > 9:
        raise ValueError("no number")
    return int(number)


def _write_cursor(position: int) -> str:
    return base64.urlsafe_b64encode(str(position).encode()).decode()
