"""Python actions, for the engine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from composio.functions.arguments import answer, bind, function_of
from composio.functions.registry import REGISTRY
from composio.model.action import ActionModel

__all__ = ["RegisteredFunctions", "ShippedFunctions"]


class RegisteredFunctions:
    """Those that were registered in this process, and those that apps ship. See :class:`composio.engine.engine.Functions`."""

    def load(self, action: ActionModel) -> Callable[..., Any]:
        found: Callable[..., Any] = function_of(action).function
        return found

    def bind(self, action: ActionModel, arguments: Mapping[str, Any], injected: Mapping[str, Any]) -> dict[str, Any]:
        return bind(action, arguments, injected)

    def answer(self, action: ActionModel, value: Any) -> Any:
        return answer(action, value)

    def names(self) -> Sequence[str]:
        return REGISTRY.names()


class ShippedFunctions(RegisteredFunctions):
    """Those that apps ship, and none that somebody registered in this process."""

    def names(self) -> Sequence[str]:
        return ()
