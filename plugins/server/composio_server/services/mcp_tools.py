"""Resolve the tools of an MCP server from named toolkits, integrations and tools."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from composio.backend import ActionQuery
from composio.errors import InvalidRequest
from composio.model.action import ActionModel
from composio_server.services.mcp import McpServerConfig

if TYPE_CHECKING:
    from composio.embedded.projects import ProjectBackend

__all__ = ["choose_tools", "read_name"]

_LONGEST_NAME = 200
_MOST = 1000


def read_name(name: str) -> str:
    """Check a server's name. Raises ``InvalidRequest`` if it is empty or too long."""
    if not 0 < len(name.strip()) <= _LONGEST_NAME:
        raise InvalidRequest(f"name: 1 to {_LONGEST_NAME} characters.")
    return name.strip()


async def choose_tools(
    backend: ProjectBackend, toolkits: Sequence[str], auth_config_ids: Sequence[str], tools: Sequence[str], managed: bool
) -> McpServerConfig:
    """Return a server's config; without ``tools`` the important ones of each toolkit.

    Raises ``InvalidRequest``, and ``NotFoundError`` for names that the project does not have.
    """
    if len(tools) > _MOST or len(toolkits) > _MOST or len(auth_config_ids) > _MOST:
        raise InvalidRequest(f"toolkits, auth_config_ids, allowed_tools: at most {_MOST} each.")
    pinned: dict[str, str] = {}
    for integration_id in dict.fromkeys(auth_config_ids):
        integration = await backend.accounts.integration(integration_id)
        if pinned.setdefault(integration.app, integration.id) != integration.id:
            raise InvalidRequest(f"auth_config_ids: two belong to {integration.app}; an MCP server takes one for each toolkit.")
    named = [(await backend.app(one)).key for one in dict.fromkeys(toolkits)]
    apps = list(dict.fromkeys([*named, *pinned]))
    found = await _find_allowed(backend, apps, tools)
    apps = apps or list(dict.fromkeys(one.app for one in found))
    if not found:
        raise InvalidRequest("Name the tools: apps, auth_config_ids or allowed_tools.")
    return McpServerConfig(toolkits=apps, allowed_tools=[one.slug for one in found], auth_configs=pinned, managed=managed)


async def _find_allowed(backend: ProjectBackend, apps: Sequence[str], tools: Sequence[str]) -> list[ActionModel]:
    if not tools:
        return await backend.actions(ActionQuery(apps=apps)) if apps else []
    found = await backend.actions(ActionQuery(names=list(dict.fromkeys(tools))))
    for one in found:
        if apps and one.app not in apps:
            raise InvalidRequest(f"allowed_tools: {one.slug} is a tool of {one.app}, which is not among the toolkits.")
    return found
