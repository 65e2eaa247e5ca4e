"""Turn actions into a framework's tools: schema processors, names and limits of the dialect, offers."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from composio.errors import (
    FrameworkNotFound,
    InvalidRequest,
    PluginError,
    UntestedFrameworkWarning,
    nearest,
)
from composio.framework import CallCodec, FrameworkAdapter, Invoke, PausingInvoke, ToolSpec
from composio.model.action import ActionModel
from composio.model.processors import Processors
from composio.schema.dialect import Dialect
from composio.schema.names import tool_name
from composio.toolset.offers import Offer, Tools

__all__ = ["ToolT", "codec_of", "load_part", "make_tools", "offers_by_name", "toolset_class"]

if TYPE_CHECKING:
    from typing_extensions import TypeVar as TypeVarWithDefault

    from composio.plugin.manager import PluginManager

    ToolT = TypeVarWithDefault("ToolT", default=dict[str, Any])
else:  # Python 3.11's own TypeVar has no default, and another import is not worth it
    ToolT = TypeVar("ToolT")


def load_part(part: Any) -> Any:
    """Return an adapter or codec: the object itself, or an instance of the class that ``module:Class`` names, imported now.

    Raises ``PluginError`` if the framework is missing or can't be imported, and says what to install. An untested version gives
    a warning and is used.
    """
    if not isinstance(part, str):
        return part
    module, _, name = part.partition(":")
    package = module.partition(".")[0]
    try:
        made = getattr(import_module(module), name)()
    except ImportError as error:
        if (error.name or "").partition(".")[0] in {"composio", package}:
            raise  # one of our modules: a mistake in the plugin
        # Without the file path that Python adds: it does not help a user.
        raise PluginError(_what_to_install(package, str(error).partition(" (/")[0])) from error
    _warn_if_untested(package)
    return made


def _what_to_install(package: str, problem: str) -> str:
    from composio.plugin.frameworks import find_version, framework_of, in_range

    framework = framework_of(package)
    if framework is None or not framework.package:
        return f"{package} needs its framework: {problem}. Install that."
    wanted = f"{framework.package}{framework.requires}"
    version = find_version(framework.package)
    if version is not None and in_range(version, framework.requires) is False:
        return f"{package} was tested with {wanted}, not with {version}: {problem}. Run: pip install {wanted!r}"
    return f"{package} needs its framework: {problem}. Run: pip install {wanted!r}"


def codec_of(toolset: Any) -> CallCodec:
    """Return the codec that a toolset or its class names. Raises ``InvalidRequest`` if the framework owns the loop."""
    if toolset.codec is None:
        owner = toolset if isinstance(toolset, type) else type(toolset)
        raise InvalidRequest(
            f"{owner.__module__}.{owner.__name__}: its framework runs its tools itself; there are no calls to handle."
        )
    codec: CallCodec = load_part(toolset.codec)
    return codec


def toolset_class(framework: str, plugins: PluginManager) -> Any:
    """Return the toolset class of one of ``plugins`` by its framework's name; case, ``-`` and ``_`` are ignored.

    Raises ``FrameworkNotFound`` with the nearest names, ``PluginError`` if the plugin can't be imported.
    """
    known = {_fold(name): found for name, found in plugins.frameworks().items()}
    found = known.get(_fold(framework))
    if found is None:
        raise FrameworkNotFound(framework, nearest(framework, [f.name for f in known.values()]))
    module, _, name = found.toolset.partition(":")
    try:
        return getattr(import_module(module), name)
    except (ImportError, AttributeError) as error:
        raise PluginError(f"The plugin of {found.name!r} can't be used: {type(error).__name__}: {error}") from error


def _fold(name: object) -> str:
    if not isinstance(name, str):
        raise InvalidRequest(f'framework= is a name such as "langchain", not {type(name).__name__}.')
    return name.strip().casefold().replace("_", "-").removeprefix("composio-")


@cache  # warn once per process
def _warn_if_untested(package: str) -> None:
    from composio.plugin.frameworks import find_version, framework_of, in_range

    framework = framework_of(package)
    if framework is None or not framework.package:
        return
    version, wanted = find_version(framework.package), f"{framework.package}{framework.requires}"
    if in_range(version, framework.requires) is False:
        warnings.warn(
            f"{package} was tested with {wanted}, not with {version}. It is used all the same; if it misbehaves, run:"
            f" pip install {wanted!r}",
            UntestedFrameworkWarning,
            stacklevel=2,
        )


def make_tools(
    actions: Sequence[ActionModel],
    adapter: FrameworkAdapter[ToolT],
    dialect: Dialect,
    *,
    schema_processors: Processors,
    offer: Callable[[str, ActionModel], Offer],
    invoke: Callable[[Offer], Invoke],
    pausing: Callable[[Offer], PausingInvoke] | None = None,
    select: bool = False,
) -> Tools[ToolT]:
    """Wrap each action as a tool of the adapter. Raises ``InvalidRequest`` if two actions get the same name.

    With ``pausing``, tools pause runs for approvals; with ``select``, tools that read take ``_select``.
    """
    if select:
        from composio.toolset.selecting import add_selection, can_select
    made: list[ToolT] = []
    offers: dict[str, Offer] = {}
    taken: dict[str, ActionModel] = {}
    for action in _tell_apart(actions):
        selects = select and can_select(action)
        spec = _spec(add_selection(action) if selects else action, schema_processors, dialect)
        other = taken.get(spec.name.casefold())
        if other == action:
            continue  # requested twice
        if other is not None:
            raise InvalidRequest(
                f"Two actions would both be the tool {spec.name!r}: {_where(other)} and {_where(action)}. A model could not tell"
                ' them apart; fetch them separately, or name a custom one with @action(toolname="...").'
            )
        taken[spec.name.casefold()] = action
        offers[spec.name] = replace(offer(spec.name, action), selects=True) if selects else offer(spec.name, action)
        offered = offers[spec.name]
        made.append(adapter.wrap(spec, invoke(offered)) if pausing is None else adapter.wrap_pausing(spec, pausing(offered)))
    return Tools(adapter.gather(made), offers)


def offers_by_name(
    actions: Sequence[ActionModel], dialect: Dialect, offer: Callable[[str, ActionModel], Offer]
) -> dict[str, Offer]:
    """Return an offer of each action, under the name that the model sees."""
    names = {tool_name(action.slug, dialect.name_limit): action for action in _tell_apart(actions)}
    return {name: offer(name, action) for name, action in names.items()}


def _tell_apart(actions: Sequence[ActionModel]) -> list[ActionModel]:
    """Return ``actions``; functions with the same ``toolname`` are named ``TOOLNAME_NAME`` if there are several, as in v0.7."""
    functions: dict[str, set[str]] = {}
    for action in actions:
        if _function(action) is not None:
            functions.setdefault(action.slug.casefold(), set()).add(_where(action))
    shared = {slug for slug, references in functions.items() if len(references) > 1}
    return [
        replace(one, slug=_function(one).slug) if one.slug.casefold() in shared and _function(one) else one for one in actions
    ]


def _function(action: ActionModel) -> Any:
    return getattr(action.binding, "function", None)


def _where(action: ActionModel) -> str:
    return getattr(action.binding, "reference", f"{action.slug} of {action.app}")


def _spec(action: ActionModel, processors: Processors, dialect: Dialect) -> ToolSpec:
    from composio.schema.processed import process
    from composio.schema.shape import shape, shorten
    from composio.schema.strict import obstacles

    parameters, description = process(action, processors)
    name = tool_name(action.slug, dialect.name_limit)
    description = shorten(description or action.display_name or action.slug, dialect.description_limit)
    beside = len(json.dumps({"name": name, "description": description, "parameters": None}))
    shaped = shape(parameters, dialect, beside=beside)
    return ToolSpec(name, description, shaped, action, strict=dialect.strict and not obstacles(shaped))
