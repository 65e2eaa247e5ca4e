"""v0.7's modules that have no file here, made from :mod:`composio.former.names` when a program imports one."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any, cast

__all__ = ["install", "name_lookup", "stand_in"]


def name_lookup(
    module: str, *, gone: Mapping[str, str] | None = None, moved: Mapping[str, str] | None = None
) -> tuple[Callable[[str], object], Callable[[], list[str]]]:
    """``__getattr__`` and ``__dir__`` of ``module``: the names that v0.7 had there, beside those that its file defines.

    A plugin gives its own: ``gone`` says what to use instead of a name, ``moved`` where one is, as "module:name". This
    package's are in :mod:`composio.former.names`.
    """
    from composio.former.names import GONE, MOVED

    gone, moved = {**GONE.get(module, {}), **(gone or {})}, {**MOVED.get(module, {}), **(moved or {})}

    def load(name: str) -> object:
        from composio.former.absent import absent

        value: object
        if name in moved:
            home, _, attribute = moved[name].partition(":")
            value = getattr(import_module(home), attribute)
        else:
            instead = gone.get(name) or (None if name.startswith("_") else _room(module))
            if instead is None:
                raise AttributeError(f"module {module!r} has no attribute {name!r}")
            value = absent(module, name, instead)
        setattr(sys.modules[module], name, value)  # the same object next time
        return value

    return load, lambda: sorted({*vars(sys.modules[module]), *gone, *moved})


def stand_in(module: str, name: str) -> object:
    """What ``from module import name`` gives, where v0.7 had that name."""
    return getattr(import_module(module), name)


def _room(module: str) -> str | None:
    from composio.former.names import ROOMS

    return next((instead for room, instead in ROOMS.items() if f"{module}.".startswith(f"{room}.")), None)


class _Loader:
    def create_module(self, spec: ModuleSpec) -> None:
        """Python's own kind of module will do."""

    def exec_module(self, module: ModuleType) -> None:
        module.__doc__ = "A module of v0.7; see `composio.former`."
        module.__dict__["__getattr__"], module.__dict__["__dir__"] = name_lookup(module.__name__)


class _Finder:
    def find_spec(
        self,
        name: str,
        path: Sequence[str] | None,  # noqa: ARG002 - Python's signature, as the next one
        target: ModuleType | None = None,  # noqa: ARG002 - importlib passes it
    ) -> ModuleSpec | None:
        if not name.startswith("composio."):
            return None
        from composio.former.names import GONE, MOVED

        if name in GONE or name in MOVED or _room(name) is not None:
            return ModuleSpec(name, cast("Any", _Loader()), is_package=True)
        return None


def install() -> None:
    """Ask the finder for modules of this package that no other finder has; a second time changes nothing."""
    if not any(type(finder) is _Finder for finder in sys.meta_path):
        sys.meta_path.append(_Finder())
