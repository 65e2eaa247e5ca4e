"""Tools as @title@ takes them. Import the framework here and nowhere else."""

from __future__ import annotations

from typing import Any

from composio.framework import FrameworkAdapter, Invoke, ToolSpec

__all__ = ["Adapter", "Tool"]

# A stand-in: put the framework's own tool class in its place.
Tool = dict[str, Any]


class Adapter(FrameworkAdapter[Tool]):
    """One action becomes one tool.

    Set ``dialect`` to what the framework keeps, drops or rejects of a definition (``composio.schema.dialect``). A tool calls
    ``invoke(arguments)`` or ``await invoke.acall(arguments)`` and shows ``.to_json()`` to the model; a failure is shown the
    way the framework does it natively, never as an exception that ends the run.
    """

    name = "@name@"

    def wrap(self, spec: ToolSpec, invoke: Invoke) -> Tool:  # noqa: ARG002 - a dict can't run itself
        return {"name": spec.name, "description": spec.description, "parameters": spec.parameters.model_dump()}
