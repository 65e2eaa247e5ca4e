"""Any HTTP API as typed, authenticated tools inside any agent framework.

Names load on first use (PEP 562): importing this package starts, reads and opens nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from composio.client.client import Composio as Composio
    from composio.functions.decorator import action as action
    from composio.model.action import ActionModel as ActionModel
    from composio.model.app import AppModel as AppModel
    from composio.model.auth import CustomAuthParameter as CustomAuthParameter
    from composio.model.auth import ParamPlacement as ParamPlacement
    from composio.model.call import ToolResult as ToolResult
    from composio.model.names import Action as Action
    from composio.model.names import App as App
    from composio.model.names import Tag as Tag
    from composio.model.names import Trigger as Trigger
    from composio.toolset import ComposioToolSet as ComposioToolSet

_HOMES = {
    "Action": "composio.model.names",
    "ActionModel": "composio.model.action",
    "App": "composio.model.names",
    "AppModel": "composio.model.app",
    "Composio": "composio.client.client",
    "ComposioToolSet": "composio.toolset.toolset",
    "CustomAuthParameter": "composio.model.auth",
    "ParamPlacement": "composio.model.auth",
    "Tag": "composio.model.names",
    "ToolResult": "composio.model.call",
    "Trigger": "composio.model.names",
    "action": "composio.functions.decorator",
}

__all__ = [
    "Action",
    "ActionModel",
    "App",
    "AppModel",
    "Composio",
    "ComposioToolSet",
    "CustomAuthParameter",
    "ParamPlacement",
    "Tag",
    "ToolResult",
    "Trigger",
    "action",
]

__version__ = "0.8.0"


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted((*__all__, "__version__"))
