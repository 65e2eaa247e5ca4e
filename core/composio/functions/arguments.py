"""Convert a model's JSON arguments to a Python call, and the result back to JSON."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from composio.errors import InvalidArguments, PluginError, Problem, ToolDefinitionError
from composio.functions.function import CUSTOM_APP, ActionFunction
from composio.functions.shipped import app_functions, load_module
from composio.model.action import ActionModel, FunctionBinding
from composio.model.answers import answering

if TYPE_CHECKING:
    from pydantic import ValidationError

__all__ = ["answer", "bind", "function_of", "jsonable"]


def function_of(model: ActionModel) -> ActionFunction[..., Any]:
    """Return the function of ``model``, imported if only its reference is known; raises ``PluginError``."""
    binding = model.binding
    if not isinstance(binding, FunctionBinding):
        raise TypeError(f"{model.slug} is not run by a function.")
    if isinstance(binding.function, ActionFunction):
        return binding.function
    found: Any = binding.function
    if found is None:
        module, _, path = binding.reference.partition(":")
        if model.app != CUSTOM_APP:
            app_functions(module, model.app)
        found = load_module(module, f"the action {model.slug}")
        for part in path.split("."):
            found = getattr(found, part, None)
    if not callable(found):
        raise PluginError(f"The action {model.slug} names the function {binding.reference}, which does not exist.")
    return found if isinstance(found, ActionFunction) else ActionFunction(found)


def bind(
    tool: ActionModel | ActionFunction[..., Any], arguments: Mapping[str, Any], injected: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Return the keyword arguments: ``arguments`` converted by the type hints, plus what Composio injects.

    ``injected`` may hold more than the function takes. Raises ``InvalidArguments`` for a value that a type rejects.
    """
    from pydantic import ValidationError

    function = tool if isinstance(tool, ActionFunction) else function_of(tool)
    described = function.description
    # A model must not supply injected arguments.
    bound = {name: value for name, value in arguments.items() if name not in described.injected}
    problems: list[Problem] = []
    for name, adapter in described.adapters.items():
        if name in bound:
            try:
                bound[name] = adapter.validate_python(bound[name])
            except ValidationError as error:
                problems += _problems(name, error)
        elif name in described.own_defaults:
            default = adapter.get_default_value()
            if default is not None:
                bound[name] = default.value
    if problems:
        raise InvalidArguments(tool.slug, problems)
    bound.update((name, (injected or {})[name]) for name in described.injected if name in (injected or {}))
    return bound


def answer(model: ActionModel, value: Any) -> Any:
    """Return the function's result as JSON data with v0.7's key as well; see :mod:`composio.model.answers`."""
    data = jsonable(value)
    own = getattr(model.binding, "function", None)
    if own is None or hasattr(value, "model_dump"):  # v0.7 accepted a model's fields without a wrapper
        return data
    returned = own.description.returned if isinstance(own, ActionFunction) else ""
    return data if isinstance(data, dict) and not returned else answering(data, returned or "result")


def jsonable(value: Any) -> Any:
    """Convert ``value`` to JSON-ready dicts, lists and scalars: models, dataclasses, dates, enums and so on.

    Any other type becomes its ``str()``. Raises ``ToolDefinitionError`` for a value that contains itself.
    """
    if value is None or type(value) in {str, bool, int}:
        return value
    from pydantic_core import PydanticSerializationError, to_jsonable_python

    def dump(bytes_mode: Any) -> Any:
        return to_jsonable_python(value, fallback=str, bytes_mode=bytes_mode)

    try:
        try:
            return dump("utf8")
        except (PydanticSerializationError, UnicodeDecodeError):  # bytes that are not UTF-8
            return dump("base64")
    except Exception as error:  # a value's own __str__ or serializer may raise anything
        raise ToolDefinitionError(f"The function returned a {type(value).__name__} that JSON can't express: {error}") from None


def _problems(name: str, error: ValidationError) -> list[Problem]:
    found = []
    for detail in error.errors(include_url=False):
        path = name + "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in detail["loc"])
        if detail["type"] == "missing":
            found.append(Problem(path, "a required property", "nothing"))
        else:
            expected = _lower_first(detail["msg"].removeprefix("Input should be "))
            found.append(Problem(path, expected, f"a value of type {type(detail['input']).__name__}"))
    return found


def _lower_first(text: str) -> str:
    return text[:1].lower() + text[1:]
