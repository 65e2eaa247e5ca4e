"""``client.mcp``: MCP servers on a Composio server, for clients of many users.

Source: ``composio.mcp`` of the published v3 client, which has the same parameter names.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from composio.client.arguments import ActionLike, AppLike, Many, action_name, app_name, entity, read_list
from composio.client.noun import Noun
from composio.client.owner import blocking
from composio.errors import InvalidRequest, NotAvailable
from composio.model.app import AppModel
from composio.model.hosted import McpServer, McpUrls

if TYPE_CHECKING:
    from composio.backend import Backend
    from composio.backend.hosted import HostedService

__all__ = ["Mcp", "Toolkit", "hosted_by"]

Toolkit = AppLike | Mapping[str, str]
"""An app, or ``{"toolkit": app, "auth_config_id": id}``."""


def hosted_by(backend: Backend) -> HostedService:
    """Return the backend of a server. Raises ``NotAvailable`` if everything runs in this process."""
    found = backend.hosted
    if found is None:
        raise NotAvailable(
            "MCP servers and their URLs need a Composio server: set COMPOSIO_BASE_URL, or run `composio login`. For one user of this"
            " machine, `composio mcp serve --apps ...` serves without one."
        )
    return found


class Mcp(Noun):
    """Create, find and remove MCP servers. Every method raises ``NotAvailable`` without a Composio server."""

    async def acreate(
        self,
        name: str,
        toolkits: Many[Toolkit] = (),
        allowed_tools: Many[ActionLike] | None = None,
        *,
        manually_manage_connections: bool = False,
    ) -> McpServer:
        """Create an MCP server for some toolkits, or some of their tools.

        A toolkit may name the integration through which users connect. ``allowed_tools`` defaults to the important tools.
        Unless ``manually_manage_connections`` is set, agents connect their users themselves.
        """
        apps, configs = _read_toolkits(toolkits)
        values = {
            "name": name,
            "toolkits": apps,
            "auth_config_ids": configs,
            "allowed_tools": list(read_list(allowed_tools, action_name, "allowed_tools")),
            "managed_auth_via_composio": not manually_manage_connections,
        }
        return await hosted_by(self.backend).create_mcp_server(values)

    async def alist(self) -> list[McpServer]:
        """List the project's servers, newest first."""
        return await hosted_by(self.backend).mcp_servers()

    async def aget(self, server_id: str) -> McpServer:
        """Return one server."""
        return await hosted_by(self.backend).mcp_server(server_id)

    async def aupdate(
        self,
        server_id: str,
        name: str | None = None,
        toolkits: Many[Toolkit] | None = None,
        allowed_tools: Many[ActionLike] | None = None,
        *,
        manually_manage_connections: bool | None = None,
    ) -> McpServer:
        """Update the given fields. New toolkits without new tools select the important tools of those toolkits."""
        values: dict[str, Any] = {} if name is None else {"name": name}
        if toolkits is not None:
            values["toolkits"], values["auth_config_ids"] = _read_toolkits(toolkits)
        if allowed_tools is not None:
            values["allowed_tools"] = list(read_list(allowed_tools, action_name, "allowed_tools"))
        if manually_manage_connections is not None:
            values["managed_auth_via_composio"] = not manually_manage_connections
        return await hosted_by(self.backend).change_mcp_server(server_id, values)

    async def adelete(self, server_id: str) -> None:
        """Remove a server and invalidate every URL signed for it."""
        await hosted_by(self.backend).delete_mcp_server(server_id)

    async def agenerate(
        self,
        server_id: str,
        user_ids: Many[str] | None = None,
        connected_account_ids: Many[str] | None = None,
        *,
        manually_manage_connections: bool = False,
        expires_in: float | None = None,
    ) -> McpUrls:
        """Sign URLs, each for one user or account. Whoever has a URL acts as that user, for ``expires_in`` seconds if given."""
        return await hosted_by(self.backend).sign_mcp_urls(
            server_id,
            user_ids=read_list(user_ids, entity, "user_ids"),
            connected_account_ids=read_list(connected_account_ids, str, "connected_account_ids"),
            helpers=not manually_manage_connections,
            seconds=expires_in,
        )

    create = blocking(acreate)
    list = blocking(alist)
    get = blocking(aget)
    update = blocking(aupdate)
    delete = blocking(adelete)
    generate = blocking(agenerate)


def _read_toolkits(toolkits: Many[Toolkit]) -> tuple[list[str], list[str]]:
    """Return the apps, and the integrations through which they connect."""
    apps, configs = [], []
    given: Any = [toolkits] if isinstance(toolkits, str | Mapping | AppModel) else toolkits
    for one in given:
        if not isinstance(one, Mapping):
            apps.append(app_name(one))
            continue
        if unknown := one.keys() - {"toolkit", "auth_config_id"}:
            raise InvalidRequest(f"toolkits: a toolkit has `toolkit` and `auth_config_id`; got {', '.join(sorted(unknown))}.")
        configs += [one["auth_config_id"]] if "auth_config_id" in one else []
        apps += [app_name(one["toolkit"])] if "toolkit" in one else []
    return apps, configs
