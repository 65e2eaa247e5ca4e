"""Sessions: one user's tools, found by task, for an agent here and for MCP clients elsewhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Generic

from composio.client.arguments import ActionLike, AppLike, Many, ProcessorTable, action_name, app_name, read_list, tag_name
from composio.client.spellings import url_of
from composio.discovery import Login
from composio.errors import NotAvailable
from composio.model.hosted import HostedSession, McpAddress
from composio.model.secret import hide_text
from composio.toolset.tools import ToolT

if TYPE_CHECKING:
    from composio.backend import Backend
    from composio.toolset.offers import Tools
    from composio.toolset.toolset import ComposioToolSet

__all__ = ["ToolSession", "begin_session"]


class ToolSession(Generic[ToolT]):
    """A session, made by ``toolset.create_session``. Its ``toolset`` acts for its user only; pass it the model's responses.

    Example::

        session = toolset.create_session("ann", toolkits=["github"])
        tools = session.tools()
        results = session.toolset.handle_tool_calls(response)
    """

    def __init__(
        self,
        toolset: ComposioToolSet[ToolT],
        user_id: str,
        hosted: HostedSession | None,
        asked: Mapping[str, Any],
    ) -> None:
        self.toolset, self.user_id = toolset, user_id
        self._hosted, self._asked = hosted, asked

    def __repr__(self) -> str:
        return f"ToolSession({self.user_id!r}, id={self.id!r})"

    @property
    def id(self) -> str | None:
        """The session's id on the server, or None without a server."""
        return None if self._hosted is None else self._hosted.id

    @property
    def mcp(self) -> McpAddress:
        """The URL and the headers for MCP clients. Raises ``NotAvailable`` without a server."""
        if self._hosted is None:
            raise NotAvailable(
                "A session's MCP URL needs a Composio server: set COMPOSIO_BASE_URL, or run `composio login`. For one user of this"
                " machine, `composio mcp serve` serves the same tools."
            )
        return self._hosted.mcp

    async def atools(self, framework: str | None = None, *, processors: ProcessorTable = None) -> Tools[ToolT]:
        """Return four tools to find, read, run and connect what the session allows, like ``discovery_tools``."""
        return await self.toolset.adiscovery_tools(**self._asked, framework=framework, processors=processors)

    def tools(self, framework: str | None = None, *, processors: ProcessorTable = None) -> Tools[ToolT]:
        """Synchronous form of :meth:`atools`."""
        return self.toolset.discovery_tools(**self._asked, framework=framework, processors=processors)


async def begin_session(
    backend: Backend,
    user_id: str,
    *,
    toolkits: Many[AppLike] | None,
    tools: Many[ActionLike] | None,
    tags: Many[str] | None,
    auth_configs: Mapping[str, str] | None,
    connected_accounts: Mapping[str, str] | None,
    callback_url: str | None,
) -> tuple[HostedSession | None, dict[str, Any]]:
    """Create the session on the server, if there is one, and return the arguments for ``discovery_tools``.

    Raises a ``NotFoundError`` for an unknown name, and ``InvalidRequest`` for another app's integration.
    """
    # Hidden here because an argument of this name may hold a code elsewhere.
    redirect_url = None if callback_url is None else hide_text(callback_url).reveal()
    login = await Login.read(backend, auth_configs or {}, url_of(redirect_url, "callback_url"))
    apps = read_list(toolkits, app_name, "toolkits")
    actions = read_list(tools, action_name, "tools")
    hints = read_list(tags, tag_name, "tags")
    keys = [(await backend.app(one)).key for one in apps]
    asked = {
        "apps": keys or None,
        "actions": actions or None,
        "tags": hints or None,
        "auth_configs": login.integrations,
        "redirect_url": login.redirect_url,
    }
    if backend.hosted is None:
        return None, asked
    values: dict[str, Any] = {"user_id": user_id}
    chosen = await _by_app(backend, actions)
    if keys or chosen:
        values["toolkits"] = {"enable": list(dict.fromkeys([*keys, *chosen]))}
    if chosen:
        # An app named next to single tools of other apps stands for all its actions.
        values["tools"] = {app: {"enable": slugs} for app, slugs in chosen.items() if app not in keys}
    if hints:
        values["tags"] = {"enable": list(hints)}
    if login.integrations:
        values["auth_configs"] = dict(login.integrations)
    if connected_accounts:
        values["connected_accounts"] = {app: [one] for app, one in connected_accounts.items()}
    if login.redirect_url:
        values["manage_connections"] = {"enable": True, "callback_url": login.redirect_url}
    return await backend.hosted.create_session(values), asked


async def _by_app(backend: Backend, actions: Sequence[str]) -> dict[str, list[str]]:
    from composio.backend import ActionQuery

    found: dict[str, list[str]] = {}
    for one in await backend.actions(ActionQuery(names=tuple(actions))) if actions else ():
        found.setdefault(one.app, []).append(one.slug)
    return found
