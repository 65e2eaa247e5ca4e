"""Tools for google-genai's automatic function calling, as v0.7's ``composio_gemini`` used it.

The client runs whatever is callable among ``tools`` and is no ``types.Tool``, with the arguments that its signature names. Of a
Python function it would make a declaration by itself, and lose most of the schema; these have their own, where a ``types.Tool``
has it. Source: google-genai, ``_transformers.t_tools`` and ``_extra_utils.get_function_map``.
"""

from __future__ import annotations

import copy
import inspect
import json
import logging
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, cast

from google.genai import types

from composio.framework import Invoke, ToolSpec
from composio_google._adapter import Adapter

__all__ = ["AutomaticAdapter", "CallableTool", "runs_tools"]

log = logging.getLogger("composio")


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
    """Declares as :class:`Adapter` does, in tools that the client runs.

    Older clients make a plain ``types.Tool`` of them. They get one, with a warning, and ``handle_tool_calls`` runs the calls.
    """

    def wrap(self, spec: ToolSpec, invoke: Invoke) -> types.Tool:
        plain = super().wrap(spec, invoke)
        if not runs_tools():
            log.warning(
                "This google-genai does not run tools of others by itself: use handle_tool_calls, or upgrade google-genai."
            )
            return plain
        declared = plain.function_declarations or [types.FunctionDeclaration(name=spec.name)]
        return cast("types.Tool", CallableTool(declared[0], invoke))


@cache
def runs_tools() -> bool:
    """Return whether the installed client keeps a :class:`CallableTool` unchanged; others read it as a ``types.Tool``."""
    tool = CallableTool(types.FunctionDeclaration(name="probe"), cast("Invoke", None))
    kept = types.GenerateContentConfig(tools=[cast("types.Tool", tool)]).tools
    return bool(kept and isinstance(kept[0], CallableTool))
