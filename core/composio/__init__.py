"""Give any agent framework typed, authenticated tools for any HTTP API.

Names load on first use (PEP 562): importing this package starts no thread and opens no file.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from composio.former.finder import install as _install

if TYPE_CHECKING:
    from composio.client.client import Composio as Composio
    from composio.client.enums import ActionType as ActionType
    from composio.client.enums import AppType as AppType
    from composio.client.enums import TagType as TagType
    from composio.client.enums import TriggerType as TriggerType
    from composio.former.workspaces import Shell as Shell
    from composio.former.workspaces import WorkspaceConfigType as WorkspaceConfigType
    from composio.former.workspaces import WorkspaceFactory as WorkspaceFactory
    from composio.former.workspaces import WorkspaceType as WorkspaceType
    from composio.functions.decorator import action as action
    from composio.model.action import ActionModel as ActionModel
    from composio.model.app import AppModel as AppModel
    from composio.model.auth import CustomAuth as CustomAuthObject
    from composio.model.auth import CustomAuthParameter as CustomAuthParameter
    from composio.model.auth import ParamPlacement as ParamPlacement
    from composio.model.call import ToolResult as ToolResult
    from composio.model.call import from_run as from_run
    from composio.model.names import Action as Action
    from composio.model.names import App as App
    from composio.model.names import Tag as Tag
    from composio.model.names import Trigger as Trigger
    from composio.model.processors import RETRY as RETRY
    from composio.toolset import ComposioToolSet as ComposioToolSet
    from composio.utils.logging import LogLevel as LogLevel

# Maps each public name to its module, or to "module:name" if the module calls it something else. v0.7's names come last.
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
    "from_run": "composio.model.call",
    "ActionType": "composio.client.enums",
    "AppType": "composio.client.enums",
    "CustomAuthObject": "composio.model.auth:CustomAuth",
    "LogLevel": "composio.utils.logging",
    "RETRY": "composio.model.processors",
    "Shell": "composio.former.workspaces",
    "TagType": "composio.client.enums",
    "TriggerType": "composio.client.enums",
    "WorkspaceConfigType": "composio.former.workspaces",
    "WorkspaceFactory": "composio.former.workspaces",
    "WorkspaceType": "composio.former.workspaces",
}

__all__ = [
    "RETRY",
    "Action",
    "ActionModel",
    "ActionType",
    "App",
    "AppModel",
    "AppType",
    "Composio",
    "ComposioToolSet",
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
    "WorkspaceConfigType",
    "WorkspaceFactory",
    "WorkspaceType",
    "action",
    "from_run",
]

__version__ = "0.8.0"


def __getattr__(name: str) -> object:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    module, _, attribute = home.partition(":")
    value: object = getattr(import_module(module), attribute or name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted((*__all__, "__version__"))


_install()
