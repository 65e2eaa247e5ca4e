"""MCP servers: their tools, and their URLs for clients. :mod:`composio_server.wire.mcp` serves those."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, Literal

from litestar import Request, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody

from composio.embedded.projects import ProjectBackend
from composio.errors import InvalidRequest
from composio.model.connection import as_time
from composio_server.access import Here, here
from composio_server.services.keys import Scope
from composio_server.services.mcp import McpServer, Signed, url_of
from composio_server.services.mcp_tools import choose_tools, read_name
from composio_server.services.services import off_loop
from composio_server.wire.serving import HOW_TO_SERVE
from composio_server.wire.v3.wire import NotOffered, Wire, read_limit, read_list

__all__ = ["routes"]

_MOST_URLS = 1000
_LONGEST_LIFE = 10 * 366 * 86_400.0
_CLIENTS = ("claude", "cursor", "windsurf")


class NewMcpServer(Wire, kw_only=True):
    """An MCP server to create. ``apps``, ``toolkits`` and ``no_auth_apps`` mean the same."""

    name: str
    apps: Sequence[str] = ()
    toolkits: Sequence[str] = ()
    no_auth_apps: Sequence[str] = ()
    auth_config_ids: Sequence[str] = ()
    auth_config_id: str | dict[str, Any] | None = None
    allowed_tools: Sequence[str] = ()
    custom_tools: Sequence[str] = ()
    managed_auth_via_composio: bool = False


class ChangedMcpServer(Wire, kw_only=True):
    """Changes of an MCP server; omitted fields stay."""

    name: str | None = None
    toolkits: list[str] | None = None
    auth_config_ids: list[str] | None = None
    allowed_tools: list[str] | None = None
    managed_auth_via_composio: bool | None = None


class MakeUrls(Wire, kw_only=True):
    """The users for signed URLs, and their lifetime in seconds; without ``expires_in`` until the server is deleted."""

    mcp_server_id: str
    user_ids: Sequence[str] = ()
    connected_account_ids: Sequence[str] = ()
    managed_auth_by_composio: bool = False
    expires_in: float | None = None


class McpServerAnswer(Wire, kw_only=True):
    """An MCP server. ``auth_config_id`` is the first of ``auth_config_ids``."""

    id: str
    name: str
    allowed_tools: list[str]
    auth_config_ids: list[str]
    auth_config_id: str | None
    toolkits: list[str]
    toolkit_icons: dict[str, str]
    managed_auth_via_composio: bool
    server_instance_count: int = 0
    mcp_url: str
    commands: dict[str, str]
    created_at: str
    updated_at: str
    deleted: bool = False


class McpServersAnswer(Wire, kw_only=True):
    """A page of MCP servers."""

    items: list[McpServerAnswer]
    total_pages: int
    current_page: int


class McpUrls(Wire, kw_only=True):
    """URLs of an MCP server: one that takes a key, and one per user that does not."""

    mcp_url: str
    user_ids_url: list[str]
    connected_account_urls: list[str]


class RemovedMcpServer(Wire, kw_only=True):
    """A removed MCP server."""

    id: str
    deleted: bool = True


@post("/mcp/servers", scope=Scope.ADMIN, status_code=201, raises=[NotOffered])
async def create_mcp_server(request: Request[Any, Any, Any], data: JSONBody[NewMcpServer]) -> McpServerAnswer:
    """Create an MCP server of some toolkits, or of some of their tools.

    Without `allowed_tools` it gets the important ones of each toolkit; this list is fixed at creation.
    """
    return await _create(request, data)


@post("/mcp/servers/custom", scope=Scope.ADMIN, status_code=201, raises=[NotOffered])
async def create_custom_mcp_server(request: Request[Any, Any, Any], data: JSONBody[NewMcpServer]) -> McpServerAnswer:
    """The same."""
    return await _create(request, data)


@post("/mcp/servers/generate", scope=Scope.ADMIN, status_code=200, raises=[NotOffered])
async def make_mcp_urls(request: Request[Any, Any, Any], data: JSONBody[MakeUrls]) -> McpUrls:
    """Sign URLs of an MCP server: a URL acts as its user, without a key, until it expires or the server is deleted."""
    asked = here(request)
    _require_plugin(request)
    server = await off_loop(asked.services.mcp_servers.get, asked.caller.project_id, data.mcp_server_id)
    if len(data.user_ids) + len(data.connected_account_ids) > _MOST_URLS:
        raise InvalidRequest(f"user_ids, connected_account_ids: at most {_MOST_URLS} URLs at once.")
    for user_id in data.user_ids:
        if not user_id.strip():
            raise InvalidRequest("user_ids: contains an empty id. Name the user of each URL.")
    for account_id in data.connected_account_ids:
        await asked.accounts.connection(account_id)  # of this project
    helpers = "true" if data.managed_auth_by_composio else None
    expires = _read_expiry(asked, data.expires_in)

    async def sign(signed: Signed, **query: str) -> str:
        signature = await off_loop(asked.services.mcp_servers.sign, server, replace(signed, expires=expires))
        until = {"expires": None if expires is None else str(expires)}
        return _url(asked, server, **query, **until, signature=signature, include_composio_helper_actions=helpers)

    return McpUrls(
        mcp_url=_url(asked, server, include_composio_helper_actions=helpers),
        user_ids_url=[await sign(Signed(user_id=one), user_id=one) for one in data.user_ids],
        connected_account_urls=[
            await sign(Signed(connected_account_id=one), connected_account_id=one) for one in data.connected_account_ids
        ],
    )


@get("/mcp/servers", scope=Scope.READ)
async def list_mcp_servers(
    request: Request[Any, Any, Any],
    name: FromQuery[str | None] = None,
    toolkits: FromQuery[list[str] | None] = None,
    auth_config_ids: FromQuery[list[str] | None] = None,
    order_by: FromQuery[Literal["created_at", "updated_at"]] = "created_at",
    order_direction: FromQuery[Literal["asc", "desc"]] = "desc",
    page_no: FromQuery[float | None] = None,
    limit: FromQuery[float | None] = None,
) -> McpServersAnswer:
    """List MCP servers."""
    asked = here(request)
    return await _list(asked, name, toolkits, auth_config_ids, order_by, order_direction, page_no, limit)


@get("/mcp/app/{app_key:str}", scope=Scope.READ)
async def list_mcp_servers_of(
    request: Request[Any, Any, Any],
    app_key: FromPath[str],
    name: FromQuery[str | None] = None,
    auth_config_ids: FromQuery[list[str] | None] = None,
    order_by: FromQuery[Literal["created_at", "updated_at"]] = "created_at",
    order_direction: FromQuery[Literal["asc", "desc"]] = "desc",
    page_no: FromQuery[float | None] = None,
    limit: FromQuery[float | None] = None,
) -> McpServersAnswer:
    """List MCP servers that have tools of a toolkit."""
    asked = here(request)
    return await _list(asked, name, [app_key], auth_config_ids, order_by, order_direction, page_no, limit)


@get("/mcp/{id:str}", scope=Scope.READ)
async def get_mcp_server(request: Request[Any, Any, Any], id: FromPath[str]) -> McpServerAnswer:  # noqa: A002 - the parameter's name, as below
    """Get an MCP server."""
    asked = here(request)
    return await _show(asked, await off_loop(asked.services.mcp_servers.get, asked.caller.project_id, id))


@patch("/mcp/{id:str}", scope=Scope.ADMIN)
async def change_mcp_server(
    request: Request[Any, Any, Any],
    id: FromPath[str],  # noqa: A002
    data: JSONBody[ChangedMcpServer],
) -> McpServerAnswer:
    """Change an MCP server. Other toolkits without other tools get their important ones."""
    asked = here(request)
    known = await off_loop(asked.services.mcp_servers.get, asked.caller.project_id, id)
    moved = data.toolkits is not None or data.auth_config_ids is not None
    config = await choose_tools(
        _backend(asked),
        list(known.config.toolkits) if data.toolkits is None and data.auth_config_ids is None else data.toolkits or [],
        list(known.config.auth_configs.values()) if data.auth_config_ids is None else data.auth_config_ids,
        data.allowed_tools or ([] if moved or data.allowed_tools is not None else list(known.config.allowed_tools)),
        known.config.managed if data.managed_auth_via_composio is None else data.managed_auth_via_composio,
    )
    name = known.name if data.name is None else read_name(data.name)
    changed = await off_loop(asked.services.mcp_servers.change, asked.caller.project_id, id, name, config)
    if (endpoint := request.app.state.mcp) is not None:
        endpoint.note_change()
    return await _show(asked, changed)


@post("/mcp/{id:str}/rotate", scope=Scope.ADMIN, status_code=200)
async def rotate_mcp_server(request: Request[Any, Any, Any], id: FromPath[str]) -> McpServerAnswer:  # noqa: A002
    """Revoke all signed URLs of an MCP server. New ones work; keys and access tokens stay valid."""
    asked = here(request)
    return await _show(asked, await off_loop(asked.services.mcp_servers.rotate, asked.caller.project_id, id))


@delete("/mcp/{id:str}", scope=Scope.ADMIN, status_code=200)
async def delete_mcp_server(request: Request[Any, Any, Any], id: FromPath[str]) -> RemovedMcpServer:  # noqa: A002
    """Remove an MCP server and all its signed URLs. Its users' accounts stay."""
    asked = here(request)
    await off_loop(asked.services.mcp_servers.delete, asked.caller.project_id, id)
    return RemovedMcpServer(id=id)


def _read_expiry(asked: Here, seconds: float | None) -> int | None:
    if seconds is None:
        return None
    if not math.isfinite(seconds) or not 1 <= seconds <= _LONGEST_LIFE:
        raise InvalidRequest(f"expires_in: 1 to {_LONGEST_LIFE:.0f} seconds; leave it out for a URL that does not expire.")
    return math.ceil(asked.services.clock() + seconds)


def _require_plugin(request: Request[Any, Any, Any]) -> None:
    if request.app.state.mcp is None:
        raise NotOffered(HOW_TO_SERVE)


async def _create(request: Request[Any, Any, Any], data: NewMcpServer) -> McpServerAnswer:
    asked = here(request)
    _require_plugin(request)
    name = read_name(data.name)
    ids = [*data.auth_config_ids, *([data.auth_config_id] if isinstance(data.auth_config_id, str) else [])]
    toolkits = [*data.apps, *data.toolkits, *data.no_auth_apps]
    tools = [*data.allowed_tools, *data.custom_tools]
    config = await choose_tools(_backend(asked), toolkits, ids, tools, data.managed_auth_via_composio)
    return await _show(asked, await off_loop(asked.services.mcp_servers.create, asked.caller.project_id, name, config))


def _backend(asked: Here) -> ProjectBackend:
    return asked.services.backends.of(asked.caller.project_id)


async def _list(
    asked: Here,
    name: str | None,
    toolkits: list[str] | None,
    auth_config_ids: list[str] | None,
    order_by: str,
    order_direction: str,
    page_no: float | None,
    limit: float | None,
) -> McpServersAnswer:
    known = await off_loop(asked.services.mcp_servers.list_servers, asked.caller.project_id)
    apps = {one.lower() for one in read_list(toolkits, "toolkits")}
    ids = set(read_list(auth_config_ids, "auth_config_ids"))
    if name:
        known = [one for one in known if name.strip().lower() in one.name.lower()]
    if apps:
        known = [one for one in known if apps & set(one.config.toolkits)]
    if ids:
        known = [one for one in known if ids & set(one.config.auth_configs.values())]
    known.sort(key=lambda one: float(getattr(one, order_by)), reverse=order_direction == "desc")
    size, page = read_limit(limit), 1 if page_no is None else page_no
    if not math.isfinite(page) or page != int(page) or page < 1:
        raise InvalidRequest(f"page_no: a whole number from 1 on; got {page}.")
    start = (int(page) - 1) * size
    items = [await _show(asked, one) for one in known[start : start + size]]
    return McpServersAnswer(items=items, total_pages=math.ceil(len(known) / size), current_page=int(page))


def _url(asked: Here, server: McpServer, **query: str | None) -> str:
    return url_of(asked.services.settings.public_url, server, **query)


async def _show(asked: Here, server: McpServer) -> McpServerAnswer:
    url = _url(asked, server)
    logos = {one.key: one.logo for one in await asked.backend.apps() if one.key in server.config.toolkits}
    ids = list(server.config.auth_configs.values())
    return McpServerAnswer(
        id=server.id,
        name=server.name,
        allowed_tools=list(server.config.allowed_tools),
        auth_config_ids=ids,
        auth_config_id=ids[0] if ids else None,
        toolkits=list(server.config.toolkits),
        toolkit_icons={key: logo for key, logo in logos.items() if logo},
        managed_auth_via_composio=server.config.managed,
        mcp_url=url,
        commands={client: f'composio mcp setup "{url}" --client {client}' for client in _CLIENTS},
        created_at=as_time(server.created_at),
        updated_at=as_time(server.updated_at),
    )


@get("/cli/realtime/credentials", scope=Scope.READ, raises=[NotOffered])
async def get_realtime_credentials(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Not offered: events do not go over another company's network."""
    del request
    raise NotOffered("This server sends no events over Pusher.")


@post("/cli/realtime/auth", scope=Scope.READ, status_code=200, raises=[NotOffered])
async def allow_realtime(request: Request[Any, Any, Any]) -> dict[str, Any]:
    """Not offered: events do not go over another company's network."""
    del request
    raise NotOffered("This server sends no events over Pusher.")


routes = [
    list_mcp_servers,
    list_mcp_servers_of,
    create_mcp_server,
    create_custom_mcp_server,
    make_mcp_urls,
    get_mcp_server,
    change_mcp_server,
    rotate_mcp_server,
    delete_mcp_server,
    get_realtime_credentials,
    allow_realtime,
]
