"""The registry of functions that are tools."""

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
    """Functions under ``@action`` by reference (``module:name``). Thread-safe.

    Defining a function again under the same reference replaces it, for example when a notebook cell runs again.
    """

    def __init__(self) -> None:
        self._lock = lock()
        self._functions: dict[str, ActionFunction[..., Any]] = {}

    def add(self, function: ActionFunction[..., Any]) -> None:
        """Add a function; the newest comes last."""
        with self._lock:
            self._functions.pop(function.reference, None)
            self._functions[function.reference] = function

    def discard(self, function: ActionFunction[..., Any]) -> None:
        """Remove a function, if it is registered."""
        with self._lock:
            if self._functions.get(function.reference) is function:
                del self._functions[function.reference]

    def __iter__(self) -> Iterator[ActionFunction[..., Any]]:
        with self._lock:
            return iter(tuple(self._functions.values()))

    def is_empty(self) -> bool:
        """Return whether the registry is empty."""
        return not self._functions

    def function(self, name: str, is_app: IsApp = no_app) -> ActionFunction[..., Any] | None:
        """Return the function named by a reference, else by a slug, else by an alias; case matters only in a reference.

        If several have the name, the newest is used, with a warning.
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
        """Return the definition of the function with that name, or None."""
        function = self.function(name, is_app)
        return None if function is None else function.model_for(is_app)

    def group(self, toolname: str) -> list[ActionFunction[..., Any]]:
        """Return the functions with a ``toolname``, ignoring case. Used for names that are no app."""
        return [f for f in self if (f.toolname or "").casefold() == toolname.casefold() and _is_users_own(f)]

    def names(self, is_app: IsApp = no_app) -> list[str]:
        """Return every slug, for suggestions."""
        return [f.identity(is_app)[0] for f in self if _is_users_own(f)]


# The registry of the process: a decorator has no other place.
REGISTRY = FunctionRegistry()


def _is_users_own(function: ActionFunction[..., Any]) -> bool:
    """Functions of apps are in the catalog, as actions of their apps."""
    return function.app is None and not function.is_shipped


def _possible_names(function: ActionFunction[..., Any]) -> set[str]:
    """Return every possible name in upper case."""
    return {function.slug.upper(), function.name.upper(), (function.toolname or function.name).upper()}
