"""Tools in the format of v3's clients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from composio.errors import AppNotFound
from composio.model.action import ActionModel
from composio.model.app import AppModel
from composio.model.hints import find_hints
from composio_server.access import Here
from composio_server.wire.v3.toolkits import version_of
from composio_server.wire.v3.wire import Wire

__all__ = ["ScopeRequirements", "Tool", "describe_tools", "hints_of", "importance_of", "requirements_of", "tool_of"]


class ToolkitInfo(Wire, kw_only=True):
    """Of which toolkit."""

    slug: str
    name: str
    logo: str


class FormerLogo(Wire, kw_only=True):
    """The toolkit's logo."""

    logo: str


class FormerTool(Wire, kw_only=True):
    """What earlier clients used."""

    display_name: str = msgspec.field(name="displayName")
    version: str
    available_versions: list[str]
    is_deprecated: bool
    toolkit: FormerLogo


class Needed(Wire, kw_only=True):
    """Alternative sets of scopes, any of which is enough."""

    any_of: list[str]


class ScopeRequirements(Wire, kw_only=True):
    """What a token must allow."""

    all_of: list[str | Needed]


class Tool(Wire, kw_only=True):
    """A tool with the JSON Schemas of its input and output."""

    slug: str
    name: str
    description: str
    human_description: str | None
    toolkit: ToolkitInfo
    input_parameters: dict[str, Any]
    output_parameters: dict[str, Any]
    no_auth: bool
    version: str
    available_versions: list[str]
    scopes: list[str]
    scope_requirements: ScopeRequirements | None
    tags: list[str]
    is_deprecated: bool
    deprecated: FormerTool


async def describe_tools(asked: Here, actions: Sequence[ActionModel]) -> list[Tool]:
    """Return actions in the clients' form."""
    apps: dict[str, AppModel | None] = {}
    for key in dict.fromkeys(one.app for one in actions):
        try:
            apps[key] = await asked.backend.app(key)
        except AppNotFound:  # a function of the operator's own
            apps[key] = None
    return [tool_of(one, apps[one.app]) for one in actions]


def _describe_result(response: Mapping[str, Any]) -> dict[str, Any]:
    """Return the schema of an execution's response; ``response`` is that of its data, which may not be an object.

    @composio/core refuses a list of tools if one of these describes anything but an object.
    """
    error = {"anyOf": [{"type": "string"}, {"type": "null"}], "description": "Why it was not successful."}
    properties = {"data": dict(response), "error": error, "successful": {"type": "boolean"}}
    return {"type": "object", "properties": properties, "required": ["data", "error", "successful"]}


def tool_of(action: ActionModel, app: AppModel | None) -> Tool:
    """Return one action with its toolkit; None if it has none."""
    name, logo = (app.name, app.logo) if app is not None else (action.app, "")
    version = action.version or (version_of(app) if app is not None else "00000000_00")
    return Tool(
        slug=action.slug,
        name=action.display_name or action.slug,
        description=action.description or action.display_name,
        human_description=action.display_name or None,
        toolkit=ToolkitInfo(slug=action.app, name=name, logo=logo),
        input_parameters=dict(action.parameters),
        output_parameters=_describe_result(action.response),
        no_auth=action.no_auth or (app is not None and app.no_auth),
        version=version,
        available_versions=[version],
        scopes=list(action.scopes),
        scope_requirements=requirements_of(action),
        tags=[*importance_of(action), *dict.fromkeys((*action.tags, *hints_of(action)))],
        is_deprecated=action.deprecated,
        deprecated=FormerTool(
            display_name=action.display_name or action.slug,
            version=version,
            available_versions=[version],
            is_deprecated=action.deprecated,
            toolkit=FormerLogo(logo=logo),
        ),
    )


def importance_of(action: ActionModel) -> list[str]:
    return ["important"] if action.important and "important" not in action.tags else []


def hints_of(action: ActionModel) -> list[str]:
    """Return the tags for an action's effect: MCP's true hints, and whether it creates or updates."""
    hints = find_hints(action)
    changes = hints.is_read_only is False
    said = {
        "readOnlyHint": hints.is_read_only,
        "createHint": changes and not hints.updates and not hints.is_destructive,
        "updateHint": hints.updates,
        # An update overwrites, which has its own name here; only an action's own tags mark it as destructive.
        "destructiveHint": "destructiveHint" in action.tags or (hints.is_destructive and not hints.updates),
        "idempotentHint": hints.is_idempotent,
        "openWorldHint": hints.is_open_world,
    }
    return [name for name, holds in said.items() if holds]


def requirements_of(action: ActionModel) -> ScopeRequirements | None:
    if not action.scopes:
        return None
    single = [sets[0] for sets in action.scope_alternatives if len(sets) == 1]
    is_choice = len(single) > 1 and len(single) == len(action.scope_alternatives)
    return ScopeRequirements(all_of=[Needed(any_of=single)] if is_choice else list(action.scopes))
