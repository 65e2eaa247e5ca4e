"""Tools as PraisonAI's ``BaseTool`` objects, for its agents."""

from __future__ import annotations

from typing import Any

from praisonaiagents.tools.base import BaseTool

from composio.framework import FrameworkAdapter, Invoke, ToolSpec
from composio.model.call import ToolResult

__all__ = ["Adapter", "Answer", "ComposioTool"]

_KEY = "idempotency_key"


class Answer(ToolResult):
    """A result as PraisonAI takes one: a dict that it writes with ``json.dumps``, or with ``str``.

    To PraisonAI a dict with an ``error`` is a tool that broke: it may try again, and after five of those it ends the run. What
    an API refused is no such thing. It is told to the model, and kept from whoever asks by that name: ``answer["error"]`` has
    it.
    """

    def __contains__(self, key: object) -> bool:
        return key != "error" and super().__contains__(key)

    def get(self, key: Any, default: Any = None) -> Any:
        return default if key == "error" else super().get(key, default)

    def __str__(self) -> str:
        return self.to_json()


class ComposioTool(BaseTool):  # type: ignore[misc]  # PraisonAI has no type information
    """One action. It answers with the result, ``{"successful", "data", "error"}``, for failures too."""

    def __init__(self, spec: ToolSpec, invoke: Invoke) -> None:
        self.name = self.__name__ = spec.name
        self.description = spec.description
        self.parameters = spec.object_schema()
        super().__init__()
        self._carry_out = invoke

    def run(self, /, **kwargs: Any) -> Answer:
        if _KEY not in self.parameters["properties"]:
            kwargs.pop(_KEY, None)  # durable runs add it wherever any keyword is taken
        result = self._carry_out(kwargs)
        return Answer(result, call_id=result.call_id, tool=result.tool)

    def to_openai_tool(self) -> dict[str, Any]:
        """Return the definition; without this method, agents on OpenAI would ignore a tool's own."""
        return dict(self.get_schema())


class Adapter(FrameworkAdapter[ComposioTool]):
    """PraisonAI passes arguments as keywords, from a thread where an agent is asynchronous."""

    name = "praisonai"
    tool = ComposioTool
