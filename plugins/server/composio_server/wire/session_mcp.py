"""Tool router sessions as MCP servers, at ``/composio/session/<id>``, for a key or a session's token."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from litestar import asgi
from litestar.connection import ASGIConnection
from litestar.exceptions import NotFoundException
from litestar.types import Receive, Send
from litestar.types import Scope as AsgiScope

from composio.model.action import ActionModel
from composio.model.call import Outcome, ToolCall
from composio_server.access import bearer_of
from composio_server.services.agents import Agent
from composio_server.services.file_calls import find_link
from composio_server.services.files import Files
from composio_server.services.keys import Scope
from composio_server.services.oauth import Target, is_access_token
from composio_server.services.sessions import PATH as SESSIONS
from composio_server.services.sessions import Session
from composio_server.wire.oauth import open_granted, open_with_key
from composio_server.wire.serving import OUTPUT_SCHEMAS, is_true, serve
from composio_server.wire.v3.session_acting import find_session, make_agent
from composio_server.wire.v3.session_tools import CONNECTING, OWN

__all__ = ["SessionOffer", "serve_session_mcp"]


# Litestar 2.25 does not route an ASGI handler with path parameters: a mount, which parses them itself.
@asgi(SESSIONS, is_mount=True, scope=Scope.EXECUTE, copy_scope=True)
async def serve_session_mcp(scope: AsgiScope, receive: Receive, send: Send) -> None:
    """A session's agent gets the session's own tools, and those available without a search."""
    connection = ASGIConnection[Any, Any, Any, Any](scope, receive, send)
    session_id, *rest = scope["path"].removeprefix(SESSIONS).strip("/").split("/")
    if not session_id or rest not in ([], ["messages"]):
        raise NotFoundException(detail=f"A session is at {SESSIONS}/<id>.")

    async def find() -> SessionOffer:
        token, target = bearer_of(connection), Target("session", session_id)
        if is_access_token(token):
            asked, _ = await open_granted(connection, target, token)
        else:
            asked = await open_with_key(connection, target)
        session = await find_session(asked, session_id)
        return SessionOffer(
            session,
            await make_agent(asked, session),
            asked.services.files,
            may_connect=asked.caller.may(Scope.CONNECT),
            has_output_schemas=is_true(connection.query_params.get(OUTPUT_SCHEMAS)),
        )

    await serve(connection, receive, send, path="/".join((SESSIONS, session_id, *rest)), find=find)


class SessionOffer:
    """A session's tools for its agent; the one that connects its user only for callers who ``may_connect`` users."""

    instructions = ""

    def __init__(self, session: Session, agent: Agent, files: Files, *, may_connect: bool, has_output_schemas: bool) -> None:
        self._session, self._agent, self._files, self._may_connect = session, agent, files, may_connect
        self.has_output_schemas = has_output_schemas

    @property
    def key(self) -> Hashable:
        """Two offers of one key list the same tools."""
        return (self._session.id, self._session.version, self._may_connect, self.has_output_schemas)

    async def actions(self) -> Sequence[ActionModel]:
        """Return the session's own tools, and those available without a search."""
        return [one for one in await self._agent.tools() if self._may_connect or one.slug not in CONNECTING]

    def find_file(self, named: Any) -> str | None:
        """Return a link to a file of this server."""
        return find_link(self._files, named)

    async def run(self, call: ToolCall, action: ActionModel) -> Outcome:
        """Run one of them, and log it."""
        arguments = call.arguments if not isinstance(call.arguments, str) else {}
        if action.slug in OWN:
            return (await self._agent.execute_own(action.slug, arguments)).outcome
        return (await self._agent.execute(action.slug, arguments, spelling=call.spelling)).outcome
