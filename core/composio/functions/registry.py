"""Which functions are tools, and which name means which."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from composio.functions.function import ActionFunction, IsApp, no_app
from composio.process.forks import lock

if TYPE_CHECKING:
    from composio.model.action import ActionModel

__all__ = ["REGISTRY", "FunctionRegistry"]


class FunctionRegistry:
    """Functions under ``@action``, by reference (``module:name``); safe to use from any thread.

    Defining a function again under the same reference replaces it, as re-running a notebook's cell does.
    """

    def __init__(self) -> None:
        self._lock = lock()
        self._functions: dict[str, ActionFunction[..., Any]] = {}

    def add(self, function: ActionFunction[..., Any]) -> None:
        """Remember a function; the newest is the last."""
        with self._lock:
            self._functions.pop(function.reference, None)
            self._functions[function.reference] = function

    def discard(self, function: ActionFunction[..., Any]) -> None:
        """Forget a function; nothing happens where it is not known."""
        with self._lock:
            if self._functions.get(function.reference) is function:
                del self._functions[function.reference]

    def __iter__(self) -> Iterator[ActionFunction[..., Any]]:
        with self._lock:
            return iter(tuple(self._functions.values()))

    def is_empty(self) -> bool:
        """Whether there is none."""
        return not self._functions

    def function(self, name: str, is_app: IsApp = no_app) -> ActionFunction[..., Any] | None:
        """The function that ``name`` means: a reference, else a slug, else an alias, the latter two without regard to case.

        Where several have the name the newest wins, and a warning says so.
        """
        with self._lock:
            if not self._functions:
                return None
            exact = self._functions.get(name)
        if exact is not None:
            return exact
        wanted = name.upper()
        possible = [f for f in self if wanted in _possible_names(f) and _is_users_own(f)]
        identities = [(f, *f.identity(is_app)) for f in possible]
        slugs = [f for f, slug, _, _ in identities if slug.upper() == wanted]
        found = slugs or [f for f, _, _, aliases in identities if wanted in {a.upper() for a in aliases}]
        if len(found) > 1:
            warnings.warn(
                f"{len(found)} functions under @action are called {name!r}: {', '.join(f.reference for f in found)}. The newest"
                ' is used; pass the function itself, or name them apart with @action(toolname="...").',
                stacklevel=2,
            )
        return found[-1] if found else None

    def find(self, name: str, is_app: IsApp = no_app) -> ActionModel | None:
        """The definition of the function that ``name`` means, None if there is none."""
        function = self.function(name, is_app)
        return None if function is None else function.model_for(is_app)

    def group(self, toolname: str) -> list[ActionFunction[..., Any]]:
        """The functions that share a ``toolname``, without regard to case: where no app has that name it stands for them all."""
        return [f for f in self if (f.toolname or "").casefold() == toolname.casefold() and _is_users_own(f)]

    def names(self, is_app: IsApp = no_app) -> list[str]:
        """Every slug: for suggestions."""
        return [f.identity(is_app)[0] for f in self if _is_users_own(f)]


# The process's functions: a decorator has no other place to put one.
REGISTRY = FunctionRegistry()


def _is_users_own(function: ActionFunction[..., Any]) -> bool:
    """Those that apps ship are found in the catalog, as their apps' actions."""
    return function.app is None and not function.is_shipped


def _possible_names(function: ActionFunction[..., Any]) -> set[str]:
    """Every name that some reading gives, in upper case."""
    return {function.slug.upper(), function.name.upper(), (function.toolname or function.name).upper()}
