"""A session's config in its stored form, and what it allows."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from composio.model.action import ActionModel

__all__ = ["EMPTY", "Allowed", "own_tools"]

EMPTY: Mapping[str, Any] = {
    "toolkits": None,
    "tools": None,
    "tags": None,
    "auth_configs": {},
    "connected_accounts": {},
    "manage_connections": {"enabled": True},
    "multi_account": {},
    "preload": {"tools": []},
    "search": {"enable": True},
    "execute": {"enable_multi_execute": True},
}
_SEARCH, _DESCRIBE = "COMPOSIO_SEARCH_TOOLS", "COMPOSIO_GET_TOOL_SCHEMAS"
_EXECUTE, _CONNECT = "COMPOSIO_MULTI_EXECUTE_TOOL", "COMPOSIO_MANAGE_CONNECTIONS"


def own_tools(config: Mapping[str, Any]) -> list[str]:
    """Return the slugs of the session's own tools."""
    found = [_SEARCH, _DESCRIBE] if config["search"].get("enable", True) else []
    if config["execute"].get("enable_multi_execute", True):
        found.append(_EXECUTE)
    if config["manage_connections"].get("enabled", True):
        found.append(_CONNECT)
    return found


@dataclass(frozen=True, slots=True)
class Allowed:
    """Return which part of the catalog a session may use. ``hints`` reads an action's hints."""

    config: Mapping[str, Any]
    hints: Callable[[ActionModel], Sequence[str]]

    @property
    def toolkits(self) -> list[str]:
        """Return the only toolkits; empty if all but the excluded ones are allowed."""
        chosen = self.config["toolkits"] or {}
        return list(chosen.get("enabled") or ())

    def app(self, key: str) -> bool:
        """Return whether any action of an app may be used."""
        chosen = self.config["toolkits"] or {}
        if "enabled" in chosen:
            return key in chosen["enabled"]
        return key not in chosen.get("disabled", ())

    def action(self, action: ActionModel) -> bool:
        """Return whether an action may be found, shown and run."""
        if not self.app(action.app):
            return False
        own = (self.config["tools"] or {}).get(action.app) or {}
        if "enabled" in own and action.names.isdisjoint(own["enabled"]):
            return False
        if "disabled" in own and not action.names.isdisjoint(own["disabled"]):
            return False
        tags = own.get("tags") or self.config["tags"]
        return tags is None or self._carries(action, tags)

    def _carries(self, action: ActionModel, tags: Mapping[str, Sequence[str]]) -> bool:
        carried = {*self.hints(action), *action.tags}
        wanted, unwanted = tags.get("enabled") or (), tags.get("disabled") or ()
        return (not wanted or not carried.isdisjoint(wanted)) and carried.isdisjoint(unwanted)
