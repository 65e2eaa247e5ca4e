"""Tools as ``dspy.Tool`` objects, for DSPy's agents, for native function calling, and for code that calls them itself."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from inspect import Parameter, Signature
from typing import Any

from dspy import Tool
from dspy.utils.callback import with_callbacks
from pydantic import PrivateAttr

from composio.framework import FrameworkAdapter, Invoke, ToolSpec
from composio.schema.dialect import Dialect

__all__ = ["Adapter", "ComposioTool"]


class ComposioTool(Tool):  # type: ignore[misc]  # DSPy has no type information
    """One action. It answers with the result's JSON text, for failures as well: DSPy writes a raise's traceback into the prompt.

    DSPy's own check of arguments knows no unions and raises; here the action's own schema judges them.
    """

    _parameters: dict[str, Any] = PrivateAttr()
    _acarry_out: Callable[..., Any] = PrivateAttr()

    def __init__(self, spec: ToolSpec, invoke: Invoke) -> None:
        def carry_out(**arguments: Any) -> str:
            return invoke(arguments).to_json()

        async def acarry_out(arguments: dict[str, Any]) -> str:
            return (await invoke.acall(arguments)).to_json()

        parameters = spec.object_schema()
        carry_out.__signature__ = signature_of(parameters)  # type: ignore[attr-defined]  # read by code-writing modules
        args = parameters["properties"]
        super().__init__(carry_out, spec.name, spec.description, args=args, arg_types=dict.fromkeys(args, Any))
        self._parameters, self._acarry_out = parameters, acarry_out

    # Arguments may have the names of DSPy's own: its decorator has one named `instance`.

    def __call__(self, /, **arguments: Any) -> Any:
        return self._call(arguments)

    async def acall(self, /, **arguments: Any) -> Any:
        return await self._acall(arguments)

    @with_callbacks  # type: ignore[untyped-decorator]  # DSPy has no type information
    def _call(self, kwargs: dict[str, Any]) -> Any:
        return self.func(**kwargs)

    @with_callbacks  # type: ignore[untyped-decorator]  # DSPy has no type information
    async def _acall(self, kwargs: dict[str, Any]) -> Any:
        return await self._acarry_out(kwargs)

    def __str__(self) -> str:
        """What prompts say of the tool; DSPy's own words leave out what is required, and have Python's None and True."""
        described = f", whose description is <desc>{self.desc}</desc>.".replace("\n", " ") if self.desc else "."
        return f"{self.name}{described} It takes arguments of this JSON Schema: {json.dumps(self._parameters, ensure_ascii=False)}."

    def format_as_litellm_function_call(self) -> dict[str, Any]:
        """The definition for native function calling; DSPy's own requires whatever has no default."""
        function = {"name": self.name, "description": self.desc, "parameters": self._parameters}
        return {"type": "function", "function": function}


class Adapter(FrameworkAdapter[ComposioTool]):
    """DSPy passes arguments as keywords, and models that write code for it do as well."""

    name = "dspy"
    dialect = Dialect(identifiers=True)
    tool = ComposioTool


def signature_of(parameters: Mapping[str, Any]) -> Signature:
    """Each property as a keyword, required ones first; what is left out is None."""
    required = frozenset(parameters.get("required", ()))
    names = sorted(parameters["properties"], key=lambda name: name not in required)
    kind, empty = Parameter.KEYWORD_ONLY, Parameter.empty
    return Signature([Parameter(name, kind, default=empty if name in required else None) for name in names])
