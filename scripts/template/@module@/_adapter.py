"""Tools as @title@ takes them. The framework is imported here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from composio.framework import FrameworkAdapter, Invoke, ToolSpec

__all__ = ["Adapter", "Tool"]


@dataclass(frozen=True, slots=True)
class Tool:
    """A stand-in for the framework's own tool class: replace it."""

    name: str
    description: str
    parameters: Mapping[str, Any]
    invoke: Invoke

    def run(self, arguments: Mapping[str, Any] | str) -> str:
        """Carry the tool out; the result as JSON text, also where it failed."""
        return self.invoke(arguments).to_json()

    async def arun(self, arguments: Mapping[str, Any] | str) -> str:
        """As :meth:`run`, asynchronously."""
        return (await self.invoke.acall(arguments)).to_json()


class Adapter(FrameworkAdapter[Tool]):
    """One action becomes one tool.

    Set ``dialect`` to what the framework keeps, drops or rejects of a definition (``composio.schema.dialect``). Show failures
    the way the framework does it natively: an error that the model sees, never one that ends the run.
    """

    name = "@name@"

    def wrap(self, spec: ToolSpec, invoke: Invoke) -> Tool:
        return Tool(spec.name, spec.description, spec.parameters.model_dump(), invoke)
