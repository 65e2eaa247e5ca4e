"""A project's MCP servers at their clients' URLs: ``/composio/server/<id>``.

The user is determined by a key that may run actions, by a URL that was signed for one user, or by a token that a person granted
a program for one user; ``user_id`` alone does not authenticate.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import parse_qs

from litestar import asgi
from litestar.connection import ASGIConnection
from litestar.exceptions import NotFoundException
from litestar.types import Receive, Send
from litestar.types import Scope as AsgiScope

from composio.backend import ActionQuery
from composio.errors import ActionNotFound, ConnectionNotFound, InvalidRequest
from composio.model.action import ActionModel
from composio.model.call import DEFAULT_ENTITY, Outcome, ToolCall, Who
from composio.model.connection import (
    Connection,
    ConnectionQuery,
    ConnectionStarted,
    ConnectionStatus,
    NewConnection,
    NewIntegration,
)
from composio_server.access import Forbidden, Here, bearer_of, get_services
from composio_server.services.agents import Agent
from composio_server.services.file_calls import execute_with_files, find_link
from composio_server.services.keys import Caller, KeyRefused
from composio_server.services.keys import Scope as KeyScope
from composio_server.services.mcp import PATH, McpServer, Signed
from composio_server.services.oauth import Target, is_access_token
from composio_server.services.services import off_loop
from composio_server.services.session_config import EMPTY, Allowed
from composio_server.wire.oauth import open_granted, open_with_key
from composio_server.wire.serving import OUTPUT_SCHEMAS, is_true, serve
from composio_server.wire.v3.connected_accounts import link_to
from composio_server.wire.v3.tool_shapes import hints_of

__all__ = ["serve_mcp_server"]

_CONNECT: Final = "COMPOSIO_MANAGE_CONNECTIONS"
_SIGNATURE: Final = "signature"
_MOST_FIELDS: Final = 20


@asgi(PATH, is_mount=True, scope=KeyScope.EXECUTE, copy_scope=True)
async def serve_mcp_server(scope: AsgiScope, receive: Receive, send: Send) -> None:
    """Serve every transport of one MCP server."""
    connection = ASGIConnection[Any, Any, Any, Any](scope, receive, send)
    server_id, *rest = scope["path"].removeprefix(PATH).strip("/").split("/")
    if not server_id or rest not in ([], ["messages"]):
        raise NotFoundException(detail="An MCP server is at /composio/server/<id>.")
    path = "/".join((PATH, server_id, *rest))

    async def find() -> ServedTools:
        return await _find(connection, server_id)

    await serve(connection, receive, send, path=path, find=find)


async def _find(connection: ASGIConnection[Any, Any, Any, Any], server_id: str) -> ServedTools:
    query = _read_query(connection.scope["query_string"])
    signed = Signed(
        user_id=query.get("user_id"),
        connected_account_id=query.get("connected_account_id"),
        expires=_read_expires(query.get("expires")),
    )
    token, target = bearer_of(connection), Target("server", server_id)
    if _SIGNATURE in query:
        asked, server = await _open(connection, server_id, signed, query[_SIGNATURE])
    else:
        if is_access_token(token):
            asked, grant = await open_granted(connection, target, token)
            if signed.user_id not in (None, grant.user_id):
                raise Forbidden("This access token is for another user_id: leave it out of the URL.")
            signed = replace(signed, user_id=grant.user_id)
        else:
            asked = await open_with_key(connection, target)
        server = await off_loop(asked.services.mcp_servers.get, asked.caller.project_id, server_id)
    wanted = is_true(query.get("include_composio_helper_actions"))
    # A URL may ask for it where nobody who made the server decided: a key has to go so far.
    helpers = server.config.managed or (wanted and asked.caller.may(KeyScope.CONNECT))
    shows_output = is_true(query.get(OUTPUT_SCHEMAS))
    return ServedTools(asked, server, await _who(asked, server, signed), helpers, shows_output)


async def _open(
    connection: ASGIConnection[Any, Any, Any, Any], server_id: str, signed: Signed, signature: str
) -> tuple[Here, McpServer]:
    services = get_services(connection)
    server = await off_loop(services.mcp_servers.open, server_id, signed, signature)
    if server is None:
        raise KeyRefused("This URL was not signed by this server, was altered, or has expired. Ask for a new one.")
    await off_loop(services.projects.settings, server.project_id)  # which contain the redirect URI
    scopes = frozenset({KeyScope.EXECUTE, KeyScope.CONNECT})  # of its one user
    caller = Caller(project_id=server.project_id, key_id=f"mcp:{server.id}", scopes=scopes)
    return Here(services, caller), server


def _read_query(raw: bytes) -> dict[str, str]:
    try:
        read = parse_qs(raw.decode("latin-1"), keep_blank_values=True, max_num_fields=_MOST_FIELDS)
    except ValueError:
        raise InvalidRequest(f"The URL has more than {_MOST_FIELDS} parameters.") from None
    for name, values in read.items():
        if len(values) > 1:
            raise InvalidRequest(f"{name[:40]}: once, not {len(values)} times.")
    for name in ("user_id", "connected_account_id"):
        if name in read and not read[name][0].strip():
            raise InvalidRequest(f"{name}: is empty. Omit it, or name the user of the calls.")
    return {name: values[0] for name, values in read.items()}


def _read_expires(text: str | None) -> int | None:
    if text is None:
        return None
    if not text.isascii() or not text.isdecimal() or len(text) > 15:
        raise InvalidRequest("expires: is a number of seconds since 1970.")
    return int(text)


async def _who(asked: Here, server: McpServer, named: Signed) -> Who:
    """Return the user of a URL, with the accounts of the server's auth configs."""
    chosen: dict[str, str] = {}
    entity_id = named.user_id
    if named.connected_account_id is not None:
        account = await asked.accounts.connection(named.connected_account_id, entity_id=entity_id)
        if account.app not in server.config.toolkits:
            raise InvalidRequest(f"connected_account_id: this MCP server has no tools of {account.app}.")
        entity_id, chosen[account.app] = account.entity_id, account.id
    for app, integration_id in server.config.auth_configs.items():
        if app in chosen:
            continue
        if found := await _find_account(asked, entity_id or DEFAULT_ENTITY, integration_id):
            chosen[app] = found
    return Who(entity_id=entity_id or DEFAULT_ENTITY, app_connections=chosen)


async def _find_account(asked: Here, entity_id: str, integration_id: str) -> str | None:
    query = ConnectionQuery(
        entity_ids=[entity_id], integration_ids=[integration_id], statuses=[ConnectionStatus.ACTIVE], limit=1
    )
    found = (await asked.accounts.page_connections(query)).items
    return found[0].id if found else None


@dataclass(frozen=True, slots=True)
class ServedTools:
    """The tools that an MCP server offers to one user: its allowed ones, and perhaps the one that connects its user."""

    asked: Here
    server: McpServer
    who: Who
    helpers: bool
    has_output_schemas: bool = False
    instructions: str = ""

    @property
    def key(self) -> Hashable:
        """Two offers of one key list the same tools."""
        return (self.server.id, self.server.updated_at, self.helpers, self.has_output_schemas)

    async def actions(self) -> Sequence[ActionModel]:
        """Return the existing allowed tools, in their order."""
        found: list[ActionModel] = []
        for name in self.server.config.allowed_tools:
            try:
                found += await self.asked.backend.actions(ActionQuery(names=(name,)))
            except ActionNotFound:  # of an app that was recompiled since
                continue
        own = [one for one in await self._agent().tools() if one.slug == _CONNECT] if self.helpers else []
        return [*found, *own]

    async def run(self, call: ToolCall, action: ActionModel) -> Outcome:
        """Run one of them as the user, and log it."""
        if action.slug == _CONNECT:
            return (await self._agent().execute_own(_CONNECT, _arguments(call))).outcome
        services, call = self.asked.services, replace(call, who=await self._who_for(action.app))
        return (await execute_with_files(services.files, services.executions, self.asked.caller, call, None)).outcome

    def find_file(self, named: Any) -> str | None:
        """Return a link to a file of this server."""
        return find_link(self.asked.services.files, named)

    async def _who_for(self, app: str) -> Who:
        """Return the user, with the account of the server's auth config: the server was not created for others.

        Raises ``ConnectionNotFound`` if there still is none: the user may have connected since this request began.
        """
        integration_id = self.server.config.auth_configs.get(app)
        if integration_id is None or app in self.who.app_connections:
            return self.who
        found = await _find_account(self.asked, self.who.entity_id, integration_id)
        if found is None:
            raise ConnectionNotFound(app, f"The user is not connected to {app} through this MCP server's auth config.")
        return replace(self.who, app_connections={**self.who.app_connections, app: found})

    def _agent(self) -> Agent:
        toolkits = list(self.server.config.toolkits)
        pinned = dict(self.server.config.auth_configs)
        config = {**EMPTY, "toolkits": {"enabled": toolkits}, "auth_configs": pinned, "search": {"enable": False}}
        services = self.asked.services
        return Agent(
            services.backends,
            services.executions,
            services.files,
            self.asked.caller,
            allowed=Allowed(config, hints_of),
            who=self.who,
            begin=self._begin,
            link=self._link,
            is_exclusive=True,
        )

    async def _begin(self, wanted: NewConnection) -> ConnectionStarted:
        """Start a connection through the server's auth config, if it names one."""
        accounts, app = self.asked.accounts, await self.asked.backend.app(wanted.app or "")
        integration_id = self.server.config.auth_configs.get(app.key)
        if integration_id is None:
            known = await accounts.integrations(app=app.key, limit=1)
            integration_id = (known[0] if known else await accounts.create_integration(NewIntegration(app=app.key))).id
        return await accounts.initiate(replace(wanted, app=None, integration_id=integration_id))

    async def _link(self, one: Connection, callback_url: str | None) -> str:
        return (await link_to(self.asked, one, callback_url)).redirect_url


def _arguments(call: ToolCall) -> Mapping[str, Any]:
    return call.arguments if not isinstance(call.arguments, str) else {}
