"""Tools as agno ``Toolkit`` objects, for its agents, teams and workflows."""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, Signature
from typing import Any

from agno.exceptions import RetryAgentRun
from agno.tools import Function, Toolkit

from composio.framework import FrameworkAdapter, Invoke, ToolSpec

__all__ = ["Adapter"]

_CONTEXT = "run_context"
_WITH_CONTEXT = Signature([Parameter(_CONTEXT, Parameter.KEYWORD_ONLY), Parameter("arguments", Parameter.VAR_KEYWORD)])


class Adapter(FrameworkAdapter[Toolkit]):
    """agno takes an unmodified JSON Schema. Each action is a toolkit, the only object that holds both forms of a tool.

    What ``run`` calls is synchronous and what ``arun`` awaits is not. The tool's content is the result's JSON text. A failure
    is raised as ``RetryAgentRun``, which agno gives to the model as the call's error, with the same JSON; it logs a traceback
    for any other exception. A run names its entity as its user, ``agent.run(..., user_id=...)``.
    """

    name = "agno"

    def wrap(self, spec: ToolSpec, invoke: Invoke) -> Toolkit:
        # agno fills this parameter, if the function has it; a property of that name is the model's.
        takes_context = _CONTEXT not in spec.parameters.properties

        def carry_out(**arguments: Any) -> str:
            run = _user(arguments.pop(_CONTEXT, None)) if takes_context else None
            return invoke(arguments, run=run).to_json_or_raise(RetryAgentRun)

        async def acarry_out(**arguments: Any) -> str:
            run = _user(arguments.pop(_CONTEXT, None)) if takes_context else None
            return (await invoke.acall(arguments, run=run)).to_json_or_raise(RetryAgentRun)

        if takes_context:
            carry_out.__signature__ = acarry_out.__signature__ = _WITH_CONTEXT  # type: ignore[attr-defined]  # what inspect reads

        toolkit = Toolkit(name=spec.name, auto_register=False)
        toolkit.functions[spec.name] = _function(spec, carry_out)
        toolkit.async_functions[spec.name] = _function(spec, acarry_out)
        return toolkit


def _user(context: Any) -> dict[str, str] | None:
    user = getattr(context, "user_id", None)
    return None if user is None else {"entity_id": user}


def _function(spec: ToolSpec, carry_out: Callable[..., Any]) -> Function:
    return Function(
        name=spec.name,
        description=spec.description,
        parameters=spec.object_schema(),
        # Left open, an agent with an output schema would close every object and require every property.
        strict=False,
        entrypoint=carry_out,
        skip_entrypoint_processing=True,
    )
