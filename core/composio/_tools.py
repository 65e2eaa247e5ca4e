"""From actions to a framework's tools: schema processors, names and limits of the dialect, offers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from composio._offers import Offer, Tools
from composio.errors import InvalidRequest, PluginError, ProcessorError
from composio.framework import FrameworkAdapter, Invoke, ToolSpec
from composio.model.action import ActionModel, JsonSchema
from composio.model.processors import Processors
from composio.schema.dialect import Dialect
from composio.schema.names import tool_name

__all__ = ["ToolT", "loaded", "make_tools"]

if TYPE_CHECKING:
    from typing_extensions import TypeVar as TypeVarWithDefault

    ToolT = TypeVarWithDefault("ToolT", default=dict[str, Any])
else:  # Python 3.11's own knows no default, and another import is not worth one
    ToolT = TypeVar("ToolT")


def loaded(part: Any) -> Any:
    """An adapter or codec: itself, or an instance of the class that ``module:Class`` names, imported now.

    Raises ``PluginError`` that says what to install where the framework is missing.
    """
    if not isinstance(part, str):
        return part
    module, _, name = part.partition(":")
    package = module.partition(".")[0]
    try:
        return getattr(import_module(module), name)()
    except ModuleNotFoundError as error:
        missing = error.name or str(error)
        if missing.partition(".")[0] in {"composio", package}:
            raise  # ours, and so a mistake in the plugin
        raise PluginError(_what_to_install(package, missing)) from error


def _what_to_install(package: str, missing: str) -> str:
    from composio.plugin.manager import plugins

    known = plugins().frameworks().values()
    framework = next((f for f in known if f.toolset.partition(":")[0] == package), None)
    wanted = f"{framework.package}{framework.requires}" if framework and framework.package else missing
    return f"{package} needs its framework, and {missing!r} can't be imported. Install it: pip install {wanted!r}"


def make_tools(
    actions: Sequence[ActionModel],
    adapter: FrameworkAdapter[ToolT],
    *,
    schema_processors: Processors,
    offer: Callable[[str, ActionModel], Offer],
    invoke: Callable[[Offer], Invoke],
) -> Tools[ToolT]:
    """Each action as a tool of the adapter's. Raises ``InvalidRequest`` where two actions would have one name."""
    made: list[ToolT] = []
    offers: dict[str, Offer] = {}
    taken: dict[str, ActionModel] = {}
    for action in actions:
        spec = _spec(action, schema_processors, adapter.dialect)
        other = taken.get(spec.name.casefold())
        if other == action:
            continue  # asked for twice
        if other is not None:
            raise InvalidRequest(
                f"Two actions would both be the tool {spec.name!r}: {_where(other)} and {_where(action)}. A model could not tell"
                ' them apart; fetch them separately, or name a custom one with @action(toolname="...").'
            )
        taken[spec.name.casefold()] = action
        offers[spec.name] = offer(spec.name, action)
        made.append(adapter.wrap(spec, invoke(offers[spec.name])))
    return Tools(made, offers)


def _where(action: ActionModel) -> str:
    return getattr(action.binding, "reference", f"{action.slug} of {action.app}")


def _spec(action: ActionModel, processors: Processors, dialect: Dialect) -> ToolSpec:
    from composio.schema.shape import shape, shortened

    parameters, description = action.parameters, action.description
    if processors.schema:
        shown = processors.apply("schema", action, action.model_dump())
        parameters, description = _processed(action, shown.get("parameters")), shown.get("description") or ""
    return ToolSpec(
        name=tool_name(action.slug, dialect.name_limit),
        description=shortened(description or action.display_name or action.slug, dialect.description_limit),
        parameters=shape(parameters, dialect),
        action=action,
    )


def _processed(action: ActionModel, parameters: Any) -> JsonSchema:
    """A schema processor's parameters. Removing a property is enough: nobody should have to tidy ``required`` as well."""
    if not isinstance(parameters, dict):
        raise ProcessorError(
            f"The schema processors of {action.slug} left `parameters` as {type(parameters).__name__}; it must be a JSON Schema."
        )
    return JsonSchema(_tidied(parameters))


def _tidied(schema: Any) -> Any:
    if isinstance(schema, list):
        return [_tidied(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    tidy = {key: _tidied(value) for key, value in schema.items()}
    properties, required = tidy.get("properties"), tidy.get("required")
    if isinstance(properties, dict) and isinstance(required, list):
        tidy["required"] = [name for name in required if name in properties]
    return tidy
