"""Tools as smolagents' ``Tool`` objects, for its tool-calling and code agents."""

from __future__ import annotations

from typing import Any

from smolagents import Tool

from composio.framework import FrameworkAdapter, Invoke, ToolSpec
from composio.model.call import ToolResult
from composio.schema.dialect import IDENTIFIERS
from composio_smolagents._inputs import inputs_of

__all__ = ["Adapter", "Answer", "ComposioTool"]


class Answer(ToolResult):
    """A result that reads as JSON: an agent shows ``str(...)`` to the model, and a code agent's code uses the dict."""

    def __str__(self) -> str:
        return self.to_json()


class ComposioTool(Tool):  # type: ignore[misc]  # smolagents has no type information
    """One action. It answers with the result, ``{"successful", "data", "error"}``, for failures too.

    A raise would be shown to the model as well, but would take the answers of all calls made beside it along.
    """

    output_type = "object"
    skip_forward_signature_validation = True  # the inputs are each instance's own

    def __init__(self, spec: ToolSpec, invoke: Invoke) -> None:
        self.name, self.description, self.inputs = spec.name, spec.description, inputs_of(spec.parameters.model_dump())
        self._carry_out = invoke
        super().__init__()

    def forward(self, /, *values: Any, **arguments: Any) -> Answer:
        """``values`` are the first arguments, in the order of the inputs, or one text: the object as a model wrote it."""
        result = self._carry_out(self._read_arguments(values, arguments))
        return Answer(result, call_id=result.call_id, tool=result.tool)

    def _read_arguments(self, values: tuple[Any, ...], arguments: dict[str, Any]) -> dict[str, Any] | str:
        # Code agents' models write calls by position too. A tool-calling agent passes on what is no object as it is.
        text = values[0] if len(values) == 1 and not arguments else None
        if isinstance(text, str) and (not self.inputs or text.lstrip()[:1] in ("", "{", "[")):
            return text
        named = dict(zip(self.inputs, values, strict=False))
        twice = sorted(named.keys() & arguments.keys())
        if twice or len(named) < len(values):
            wrong = (
                f"{twice[0]} is given twice" if twice else f"it takes {len(self.inputs)} at most, and {len(values)} are given"
            )
            raise TypeError(
                f"Invalid arguments for {self.name}: {wrong}. Write them with their names: {', '.join(self.inputs)}."
            )
        return {**named, **arguments}


class Adapter(FrameworkAdapter[ComposioTool]):
    """smolagents passes arguments as keywords, and a code agent's model writes them as such."""

    name = "smolagents"
    dialect = IDENTIFIERS
    tool = ComposioTool
