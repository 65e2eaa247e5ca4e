"""Tools as Semantic Kernel functions, for its kernels, agents and filters."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from pydantic import PrivateAttr
from semantic_kernel import Kernel
from semantic_kernel.filters.functions.function_invocation_context import FunctionInvocationContext
from semantic_kernel.functions.function_result import FunctionResult
from semantic_kernel.functions.kernel_function import KernelFunction
from semantic_kernel.functions.kernel_function_metadata import KernelFunctionMetadata
from semantic_kernel.functions.kernel_parameter_metadata import KernelParameterMetadata

from composio.framework import FrameworkAdapter, Invoke, ToolSpec
from composio.schema.dialect import Dialect

__all__ = ["PLUGIN", "Adapter", "ComposioFunction"]

# A model is shown a function's name behind its plugin's and a dash, all of which counts.
PLUGIN = "composio"
# A parameter of this name would become the arguments' execution settings and end the run.
_TAKEN = "settings"


class ComposioFunction(KernelFunction):
    """One action as a function of the plugin ``composio``, or of the plugin that it is put into.

    Its value is the result's JSON text, ``{"successful", "data", "error"}``, for failures too: of what is raised, Semantic
    Kernel logs the traceback and shows the model its own message.
    """

    _carry_out: Invoke = PrivateAttr()
    _real_names: dict[str, str] = PrivateAttr()

    def __init__(self, spec: ToolSpec, invoke: Invoke) -> None:
        schema = spec.parameters.model_dump()
        properties, required = schema.get("properties", {}), schema.get("required", ())
        names = {_choose_name(name, properties): name for name in properties}
        parameters = [_parameter(name, properties[real], required=real in required) for name, real in names.items()]
        metadata = KernelFunctionMetadata(
            name=spec.name, plugin_name=PLUGIN, description=spec.description, parameters=parameters, is_prompt=False
        )
        super().__init__(metadata=metadata)
        self._carry_out, self._real_names = invoke, names

    def added_to_kernel(self, kernel: Kernel) -> None:
        """Called where the function was given in place of a plugin, of which Semantic Kernel makes an empty one, and keeps it."""
        kernel.add_functions(PLUGIN, [self])

    async def _invoke_internal(self, context: FunctionInvocationContext) -> None:
        given = {real: context.arguments[name] for name, real in self._real_names.items() if name in context.arguments}
        result = await self._carry_out.acall(given)
        about = {"arguments": context.arguments, "used_arguments": given}
        context.result = FunctionResult(function=self.metadata, value=result.to_json(), metadata=about)

    async def _invoke_internal_stream(self, context: FunctionInvocationContext) -> None:
        await self._invoke_internal(context)


class Adapter(FrameworkAdapter[ComposioFunction]):
    """Semantic Kernel shows the properties, each with its schema, and which are required; the rest is checked at the call."""

    name = "semantic-kernel"
    dialect = Dialect(name_limit=64 - len(f"{PLUGIN}-"), identifiers=True)
    tool = ComposioFunction


def _choose_name(name: str, others: Iterable[str]) -> str:
    shown = name
    while shown == _TAKEN or (shown != name and shown in others):
        shown += "_"
    return shown


def _parameter(name: str, schema: Any, *, required: bool) -> KernelParameterMetadata:
    stated = schema if isinstance(schema, dict) else {}
    kind = stated.get("type")
    return KernelParameterMetadata(
        name=name,
        description=stated.get("description"),
        type=kind if isinstance(kind, str) else "object",
        is_required=required,
        schema_data=stated,
    )
