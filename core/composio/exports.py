"""What a plugin's package exports: the names of ``composio``, its own toolset in place of the plain one, and loaded on first use.

A plugin's ``__init__.py``, whole::

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

# What `from composio.exports import *` gives: not the toolset, which is each plugin's own.
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
    """``__all__``, ``__getattr__`` and ``__dir__`` of a plugin's ``package``.

    ``own`` maps further names to the modules that define them, as "module:name" where they are called otherwise there;
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
    """``__getattr__`` and ``__dir__`` of a plugin's ``module``: what v0.7 had there beside.

    ``gone`` says for a name what to use instead, ``moved`` where one is, as "module:name".
    """
    return name_lookup(module, **named)


def former_exports(former: str, package: str, **own: str) -> tuple[list[str], Callable[[str], Any], Callable[[], list[str]]]:
    """As :func:`lazy_exports`, for a package's former name; a ``DeprecationWarning`` says the new one where it is imported.

    ``own`` maps the names that are not the new package's to the modules that define them.
    """
    import warnings

    warnings.warn(f"{former} is {package} now; import that.", DeprecationWarning, stacklevel=3)
    module = import_module(package)

    def load(name: str) -> Any:
        return getattr(import_module(own[name]) if name in own else module, name)

    return list(module.__all__), load, lambda: dir(module)
