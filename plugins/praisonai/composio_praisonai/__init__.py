"""Composio tools for PraisonAI Agents.

::

    from composio_praisonai import Action, ComposioToolSet

    toolset = ComposioToolSet()
    tools = toolset.get_tools(actions=[Action.GITHUB_GET_THE_AUTHENTICATED_USER])

Names load on first use: PraisonAI is imported when the first tool is made, not before.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from composio import Action as Action
    from composio import App as App
    from composio import CustomAuthParameter as CustomAuthParameter
    from composio import ParamPlacement as ParamPlacement
    from composio import Tag as Tag
    from composio import ToolResult as ToolResult
    from composio import Trigger as Trigger
    from composio import action as action
    from composio_praisonai._toolset import ComposioToolSet as ComposioToolSet

__all__ = [
    "Action",
    "App",
    "ComposioToolSet",
    "CustomAuthParameter",
    "ParamPlacement",
    "Tag",
    "ToolResult",
    "Trigger",
    "action",
]


def __getattr__(name: str) -> object:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    home = "composio_praisonai._toolset" if name == "ComposioToolSet" else "composio"
    value: object = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return list(__all__)
