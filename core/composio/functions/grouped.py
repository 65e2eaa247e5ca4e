"""Select functions by their shared ``toolname``, next to the names of apps."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from composio.functions.registry import REGISTRY
from composio.model.action import ActionModel

__all__ = ["Grouped"]


class Grouped(NamedTuple):
    """``actions`` are the functions that some names select; ``others`` are the remaining names."""

    actions: Sequence[ActionModel]
    others: Sequence[str]

    @classmethod
    def of(cls, names: Sequence[str], is_app: Callable[[str], bool]) -> Grouped:
        """Expand a ``toolname`` that is no app to the functions that share it."""
        groups = {name: () if is_app(name) else REGISTRY.group(name) for name in names}
        actions = [function.model_for(is_app) for group in groups.values() for function in group]
        return cls(actions, [name for name in names if not groups[name]])
