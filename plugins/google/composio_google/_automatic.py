"""Tools that google-genai's client runs by itself: its automatic function calling, as v0.7's ``composio_gemini`` used it.

The client runs whatever is callable among ``tools`` and is no ``types.Tool``, with the arguments that its signature names. Of a
Python function it would make a declaration by itself, and lose most of the schema; these have their own, where a ``types.Tool``
has it. Source: google-genai, ``_transformers.t_tools`` and ``_extra_utils.get_function_map``.
"""

from __future__ import annotations

import copy
import inspect
import json
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, cast

from google.genai import types

from composio.framework import Invoke, ToolSpec
from composio_google._adapter import Adapter

__all__ = ["AutomaticAdapter", "CallableTool"]


class CallableTool:
    """One declared function that runs when it is called."""

    def __init__(self, declaration: types.FunctionDeclaration, invoke: Invoke) -> None:
        self.function_declarations: list[types.FunctionDeclaration] | None = [declaration]
        self.__name__ = str(declaration.name)
        self.__doc__ = declaration.description
        self.__signature__ = _Takes(declaration.parameters_json_schema)
        self._invoke = invoke

    def __call__(self, **arguments: Any) -> dict[str, Any]:
        """Run it: the result as JSON has it."""
        result: dict[str, Any] = json.loads(self._invoke(arguments).to_json())
        return result

    def __repr__(self) -> str:
        return f"CallableTool({self.__name__})"

    # The client moves declarations into one tool, and drops a copy that has nothing else to say.

    def model_copy(self) -> CallableTool:
        """A shallow copy."""
        return copy.copy(self)

    def model_dump(self, **_options: Any) -> dict[str, Any]:
        """Nothing beside the declarations."""
        return {}


class _Takes(inspect.Signature):
    """The signature of a function whose parameters are a schema's properties, names of no Python variable among them."""

    def __init__(self, schema: Any) -> None:
        super().__init__()
        one = inspect.Parameter("value", inspect.Parameter.KEYWORD_ONLY, annotation=object)  # which every value fits
        self._named = MappingProxyType(dict.fromkeys((schema or {}).get("properties") or (), one))

    def __deepcopy__(self, _memo: object) -> _Takes:
        return self  # nothing changes it, and a copy as other signatures are copied would be empty

    @property
    def parameters(self) -> Mapping[str, inspect.Parameter]:  # type: ignore[override]  # of any names
        return self._named


class AutomaticAdapter(Adapter):
    """Declares as :class:`Adapter` does, in tools that the client runs."""

    def wrap(self, spec: ToolSpec, invoke: Invoke) -> types.Tool:
        declared = super().wrap(spec, invoke).function_declarations or [types.FunctionDeclaration(name=spec.name)]
        return cast("types.Tool", CallableTool(declared[0], invoke))
