"""For an adapter's own tests: the description of a tool, and what stands behind it."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Lock
from typing import Any, Literal, NoReturn

from composio.framework import ToolSpec
from composio.model.action import ActionModel, Binding, HttpBinding, JsonSchema
from composio.model.call import ToolResult

__all__ = ["Recorder", "nested_schema", "tool_spec"]

_NAME = "APP_DO"
_BINDING = HttpBinding("GET", "/")


class Recorder:
    """An :class:`composio.framework.Invoke` that records its calls and answers each with ``result``.

    ::

        recorder = Recorder()
        tool = Adapter().wrap(tool_spec(), recorder)
        ...  # call the tool as the framework does
        assert recorder.asked == [{"n": 1}]

    ``asked``, ``call_ids``, ``modes`` (``"sync"`` or ``"async"``) and ``runs`` have an entry for each call, in order. For a framework
    that makes one kind of call, ``only`` names it; the other kind raises ``AssertionError``, and so does a copy: whatever a
    framework does with a tool, the connections behind it stay the same.
    """

    def __init__(
        self, result: Mapping[str, Any] | None = None, *, only: Literal["sync", "async"] | None = None, tool: str = _NAME
    ) -> None:
        self.result = result or {"successful": True, "data": {"login": "é"}, "error": None}
        self.only, self.tool = only, tool
        self.asked: list[Any] = []
        self.call_ids: list[str | None] = []
        self.modes: list[str] = []
        self.runs: list[object] = []
        self._lock = Lock()

    def __call__(self, arguments: Mapping[str, Any] | str, *, call_id: str | None = None, run: object = None) -> ToolResult:
        return self._answer("sync", arguments, call_id, run)

    async def acall(self, arguments: Mapping[str, Any] | str, *, call_id: str | None = None, run: object = None) -> ToolResult:
        from anyio.lowlevel import checkpoint

        await checkpoint()  # a request would let others run as well
        return self._answer("async", arguments, call_id, run)

    def __deepcopy__(self, _copies: object) -> NoReturn:
        raise AssertionError("what runs a tool holds connections and can't be copied")

    def _answer(self, mode: Literal["sync", "async"], arguments: Any, call_id: str | None, run: object) -> ToolResult:
        assert self.only in (None, mode), f"the framework made a {mode} call; only {self.only} ones are expected"
        with self._lock:
            self.asked.append(arguments)
            self.call_ids.append(call_id)
            self.modes.append(mode)
            self.runs.append(run)
        return ToolResult(self.result, call_id=call_id, tool=self.tool)


def tool_spec(
    parameters: Mapping[str, Any] | None = None,
    *,
    name: str = _NAME,
    description: str = "Does it.",
    binding: Binding = _BINDING,
) -> ToolSpec:
    """What an adapter's ``wrap`` gets: a tool with these parameters, by default an optional integer ``n``."""
    if parameters is None:
        parameters = {"type": "object", "properties": {"n": {"type": "integer", "default": 5}}}
    # A schema stays the one that was given: tests look whether an adapter changes it.
    schema = parameters if isinstance(parameters, JsonSchema) else JsonSchema(parameters)
    return ToolSpec(name, description, schema, ActionModel(slug=name, app="app", binding=binding))


def nested_schema() -> dict[str, Any]:
    """A schema of what frameworks like to lose: alternatives, references, patterns, further properties of one type."""
    return {
        "type": "object",
        "properties": {"labels": {"anyOf": [{"type": "array", "items": {"$ref": "#/$defs/Label"}}, {"type": "null"}]}},
        "additionalProperties": {"type": "number"},
        "$defs": {"Label": {"type": "string", "pattern": "^[a-z]+$"}},
    }
