"""The labels that an app's file gives to actions, see :mod:`composio.model.flows`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from fnmatch import fnmatchcase
from types import MappingProxyType
from typing import Final

from composio.catalog.record import operation_of
from composio.model.action import ActionModel, HttpBinding
from composio.model.flows import is_label

__all__ = ["Labels"]

_NONE: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType({})


class Labels:
    """The ``flows`` of an app's file: tags by slug, pattern or operation reference. An action gets those of each that means it."""

    def __init__(self, flows: Mapping[str, tuple[str, ...]] = _NONE) -> None:
        self._flows = flows
        self._unused = dict.fromkeys(flows)

    def label(self, action: ActionModel, key: str = "") -> ActionModel:
        """Return the action with its labels. ``key`` is the operation that it was imported from.

        Tags of an API's description that look like labels are dropped: only the app's file and its own functions label actions.
        """
        if isinstance(action.binding, HttpBinding) and any(map(is_label, action.tags)):
            action = replace(action, tags=tuple(one for one in action.tags if not is_label(one)))
        if not self._flows:
            return action
        references = {*action.names, operation_of(action.binding), key}
        found = [one for one in self._flows if any(_means(one, name) for name in references)]
        for one in found:
            self._unused.pop(one, None)
        tags = dict.fromkeys((*action.tags, *(tag for one in found for tag in self._flows[one])))
        return replace(action, tags=tuple(tags)) if found else action

    def find_unused(self) -> list[str]:
        """Return the entries that no action matched."""
        return list(self._unused)


def _means(entry: str, name: str) -> bool:
    return fnmatchcase(name, entry) if "*" in entry else name == entry or name == entry.upper()
