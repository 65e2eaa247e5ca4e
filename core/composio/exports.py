"""Build the exports of a plugin's package: the names of ``composio`` with the plugin's own toolset, each loaded on first use.

A complete ``__init__.py`` of a plugin::

    from typing import TYPE_CHECKING

    from composio.exports import lazy_exports

    if TYPE_CHECKING:
        from composio.exports import *  # the same names, for type checkers
        from composio_mine.toolset import ComposioToolSet as ComposioToolSet

    __all__, __getattr__, __dir__ = lazy_exports(__name__)
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from typing import TYPE_CHECKING, Any

from composio.former.finder import name_lookup

if TYPE_CHECKING:
    from composio import (
        Action,
        ActionType,
        App,
        AppType,
        CustomAuthObject,
        CustomAuthParameter,
        LogLevel,
        ParamPlacement,
        Shell,
        Tag,
        TagType,
        ToolResult,
        Trigger,
        TriggerType,
        WorkspaceType,
        action,
        from_run,
    )

# The names for `from composio.exports import *`, without the toolset: each plugin has its own.
__all__ = [
    "Action",
    "ActionType",
    "App",
    "AppType",
    "CustomAuthObject",
    "CustomAuthParameter",
    "LogLevel",
    "ParamPlacement",
    "Shell",
    "Tag",
    "TagType",
    "ToolResult",
    "Trigger",
    "TriggerType",
    "WorkspaceType",
    "action",
    "from_run",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("composio"), name)


def lazy_exports(package: str, **own: str) -> tuple[list[str], Callable[[str], Any], Callable[[], list[str]]]:
    """Return ``__all__``, ``__getattr__`` and ``__dir__`` for a plugin's ``package``.

    ``own`` maps further names to the modules that define them, or to "module:name" if the module uses another name;
    ``ComposioToolSet`` comes from ``package.toolset``.
    """
    homes = {**dict.fromkeys(__all__, "composio"), "ComposioToolSet": f"{package}.toolset", **own}
    names = sorted(homes)

    def load(name: str) -> Any:
        if name not in homes:
            raise AttributeError(f"module {package!r} has no attribute {name!r}")
        module, _, attribute = homes[name].partition(":")
        value = getattr(import_module(module), attribute or name)
        setattr(sys.modules[package], name, value)
        return value

    return names, load, lambda: list(names)


def former_names(module: str, **named: Mapping[str, str]) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """Return ``__getattr__`` and ``__dir__`` for a plugin's ``module``, covering the other names that v0.7 had there.

    ``gone`` maps a removed name to what replaces it, ``moved`` a moved name to "module:name".
    """
    return name_lookup(module, **named)


def former_exports(former: str, package: str, **own: str) -> tuple[list[str], Callable[[str], Any], Callable[[], list[str]]]:
    """Like :func:`lazy_exports`, for a package's former name. Importing it issues a ``DeprecationWarning`` with the new name.

    ``own`` maps the names that the new package lacks to the modules that define them.
    """
    import warnings

    warnings.warn(f"{former} is {package} now; import that.", DeprecationWarning, stacklevel=3)
    module = import_module(package)

    def load(name: str) -> Any:
        return getattr(import_module(own[name]) if name in own else module, name)

    return list(module.__all__), load, lambda: dir(module)
