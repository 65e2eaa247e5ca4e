"""Pages of MCP servers, with their clients' URLs, and of sessions."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from litestar import Response, get, post
from litestar.params import FromPath

from composio.errors import ComposioError, InvalidRequest
from composio_server.dashboard.show import Filter, Next, asked, show
from composio_server.dashboard.visit import Asked, Visit, act, visit
from composio_server.services.mcp import McpServer, McpServerConfig, Signed, url_of
from composio_server.services.mcp_endpoint import McpEndpoint
from composio_server.services.mcp_tools import choose_tools, read_name
from composio_server.services.people import Role
from composio_server.services.services import off_loop
from composio_server.services.session_config import EMPTY, own_tools
from composio_server.services.sessions import PATH as SESSIONS

__all__ = [
    "add_server",
    "add_session",
    "change_server",
    "do_with_server",
    "list_servers",
    "list_sessions",
    "new_server",
    "remove_session",
    "show_server",
    "show_session",
]

_PAGE = 50
_DAY = 86_400
_LIVES = {"": "until the server is removed", "1": "a day", "7": "a week", "30": "30 days", "365": "a year"}
_LONGEST_USER = 500


def _endpoint(request: Asked) -> McpEndpoint | None:
    found: McpEndpoint | None = getattr(request.app.state, "mcp", None)
    return found


@dataclass(frozen=True, slots=True)
class Typed:
    """An MCP server's form: the entered values, or the server's. Lists are separated by white space."""

    name: str = ""
    toolkits: str = ""
    tools: str = ""
    auth_configs: str = ""
    managed: bool = False

    @classmethod
    def of(cls, form: Mapping[str, str]) -> Typed:
        """Return the submitted values."""
        given = {one: form.get(one, "").replace("\r\n", "\n") for one in ("name", "toolkits", "tools", "auth_configs")}
        return cls(**given, managed="managed" in form)

    @classmethod
    def from_server(cls, server: McpServer) -> Typed:
        """Return a server's values."""
        config = server.config
        return cls(
            server.name,
            " ".join(config.toolkits),
            "\n".join(config.allowed_tools),
            " ".join(config.auth_configs.values()),
            config.managed,
        )

    async def read(self, here: Visit) -> tuple[str, McpServerConfig]:
        """Return the name and the config. Raises ``ComposioError``."""
        name = read_name(self.name)
        toolkits, ids, tools = (one.split() for one in (self.toolkits, self.auth_configs, self.tools))
        return name, await choose_tools(here.backend, toolkits, ids, tools, self.managed)


@get("/mcp")
async def list_servers(request: Asked, project: FromPath[str]) -> Response[bytes]:
    """List MCP servers, newest first."""
    here = await visit(request, project)
    if here.is_local:
        return show(here, "mcp_local", title="MCP", place="mcp")
    text, app, before = asked(here, "q"), asked(here, "app").lower(), asked(here, "before")
    every = await off_loop(here.services.mcp_servers.list_servers, here.project_id)
    found = [one for one in reversed(every) if text.lower() in one.name.lower() and (not app or app in one.config.toolkits)]
    # After the previous page's last one; from the first, if that no longer exists.
    start = next((place for place, one in enumerate(found, 1) if one.id == before), 0)
    shown = found[start : start + _PAGE]
    return show(
        here,
        "mcp",
        title="MCP servers",
        place="mcp",
        rows=shown,
        served=_endpoint(request) is not None,
        next=here.url("mcp", q=text, app=app, before=shown[-1].id) if start + _PAGE < len(found) else "",
        filters=[Filter("q", "Name", text), Filter("app", "App", app)],
        empty=Next("No MCP server matches these filters.", here.url("mcp"), "Show all")
        if every
        else Next(
            "No MCP servers yet. An MCP server offers tools to an MCP client, as one of your users.",
            here.url("mcp", "new"),
            "Make an MCP server",
        ),
    )


@get("/mcp/new")
async def new_server(request: Asked, project: FromPath[str]) -> Response[bytes]:
    """Show the form that creates one."""
    here = await visit(request, project, Role.DEVELOPER)
    return await _form(here, Typed(toolkits=asked(here, "app")))


async def _form(here: Visit, typed: Typed, problem: str = "") -> Response[bytes]:
    return show(
        here,
        "new_mcp",
        title="Make an MCP server",
        place="mcp",
        status=422 if problem else 200,
        typed=typed,
        problem=problem,
        served=_endpoint(here.request) is not None,
    )


@post("/mcp/new", status_code=200)
async def add_server(request: Asked, project: FromPath[str]) -> Response[Any]:
    """Create one."""
    here, form = await act(request, project)
    typed = Typed.of(form)
    try:
        name, config = await typed.read(here)
    except ComposioError as error:
        return await _form(here, typed, str(error))
    made = await off_loop(here.services.mcp_servers.create, here.project_id, name, config)
    here.note("add MCP server", {"server": made.id})
    return here.go("mcp", made.id, said="added")


@get("/mcp/{server:str}")
async def show_server(request: Asked, project: FromPath[str], server: FromPath[str]) -> Response[bytes]:
    """Show one server: its tools, its URL, and the configuration of clients."""
    here = await visit(request, project)
    return _server(here, await off_loop(here.services.mcp_servers.get, here.project_id, server))


def _server(
    here: Visit, server: McpServer, *, typed: Typed | None = None, problem: str = "", signed: str = "", user: str = ""
) -> Response[bytes]:
    url = signed or url_of(here.services.settings.public_url, server)
    endpoint = _endpoint(here.request)
    return show(
        here,
        "mcp_server",
        title=server.name,
        place="mcp",
        status=422 if problem else 200,
        one=server,
        typed=typed or Typed.from_server(server),
        problem=problem,
        url=url,
        signed=bool(signed),
        user=user,
        lives=_LIVES,
        clients=endpoint.describe_clients(server.name, url) if endpoint is not None else [],
        served=endpoint is not None,
    )


@post("/mcp/{server:str}", status_code=200)
async def change_server(request: Asked, project: FromPath[str], server: FromPath[str]) -> Response[Any]:
    """Change its name or tools."""
    here, form = await act(request, project)
    before = await off_loop(here.services.mcp_servers.get, here.project_id, server)
    typed = Typed.of(form)
    try:
        name, config = await typed.read(here)
    except ComposioError as error:
        return _server(here, before, typed=typed, problem=str(error))
    await off_loop(here.services.mcp_servers.change, here.project_id, server, name, config)
    if (endpoint := _endpoint(request)) is not None:
        endpoint.note_change()
    here.note("change MCP server", {"server": server})
    return here.go("mcp", server, said="saved")


@post("/mcp/{server:str}/{deed:str}", status_code=200)
async def do_with_server(request: Asked, project: FromPath[str], server: FromPath[str], deed: FromPath[str]) -> Response[Any]:
    """Sign a URL for a user, revoke all signed URLs, or remove it."""
    here, form = await act(request, project)
    one = await off_loop(here.services.mcp_servers.get, here.project_id, server)
    if deed == "sign":
        return await _sign(here, one, form)
    if deed not in {"rotate", "delete"}:
        raise InvalidRequest(f"An MCP server has no action {deed!r:.40}.")
    servers = here.services.mcp_servers
    await off_loop(servers.rotate if deed == "rotate" else servers.delete, here.project_id, server)
    here.note(f"{deed} MCP server", {"server": server})
    return here.go("mcp", server, said="rotated") if deed == "rotate" else here.go("mcp", said="removed")


async def _sign(here: Visit, server: McpServer, form: Mapping[str, str]) -> Response[bytes]:
    user, life = form.get("user", "").strip(), form.get("life", "")
    if not 0 < len(user) <= _LONGEST_USER:
        return _server(
            here, server, problem=f"User: your own id of the user that the client acts for, 1 to {_LONGEST_USER} characters."
        )
    if life not in _LIVES:
        return _server(here, server, problem=f"Works for: one of {', '.join(_LIVES.values())}.", user=user)
    expires = math.ceil(here.services.clock() + int(life) * _DAY) if life else None
    signature = await off_loop(here.services.mcp_servers.sign, server, Signed(user_id=user, expires=expires))
    until = {} if expires is None else {"expires": str(expires)}
    url = url_of(here.services.settings.public_url, server, user_id=user, **until, signature=signature)
    here.note("sign MCP URL", {"server": server.id, "user": user})
    return _server(here, server, signed=url, user=user)


@get("/sessions")
async def list_sessions(request: Asked, project: FromPath[str]) -> Response[bytes]:
    """List tool router sessions, newest first."""
    return await _sessions(await visit(request, project))


async def _sessions(here: Visit, problem: str = "", form: Mapping[str, str] | None = None) -> Response[bytes]:
    user, after = asked(here, "user"), asked(here, "after")
    known = here.services.sessions.list_sessions
    rows = await off_loop(lambda: known(here.project_id, user_id=user or None, after=after or None, limit=_PAGE + 1))
    return show(
        here,
        "sessions",
        title="Sessions",
        place="mcp",
        status=422 if problem else 200,
        problem=problem,
        form=form or {},
        rows=rows[:_PAGE],
        next=here.url("sessions", user=user, after=rows[_PAGE - 1].id) if len(rows) > _PAGE else "",
        filters=[Filter("user", "User", user)],
        empty=Next("This user has no session.", here.url("sessions"), "Show all")
        if user
        else Next("A session lets an agent find and run tools as one user. There is none yet; make one below, or in code."),
    )


@post("/sessions", status_code=200)
async def add_session(request: Asked, project: FromPath[str]) -> Response[Any]:
    """Create a session of all toolkits or of some."""
    here, form = await act(request, project)
    user, toolkits = form.get("user", "").strip(), form.get("toolkits", "").split()
    try:
        if not 0 < len(user) <= _LONGEST_USER:
            raise InvalidRequest(f"User: your own id of the user that the agent acts for, 1 to {_LONGEST_USER} characters.")
        chosen = {"enabled": await _keys_of(here, toolkits)} if toolkits else None
    except ComposioError as error:
        return await _sessions(here, str(error), form)
    config = {**EMPTY, "custom": {}, "toolkits": chosen}
    made = await off_loop(here.services.sessions.create, here.project_id, user, config)
    here.note("add session", {"session": made.id})
    return here.go("sessions", made.id, said="added")


async def _keys_of(here: Visit, toolkits: Sequence[str]) -> list[str]:
    return [(await here.backend.app(one)).key for one in dict.fromkeys(toolkits)]


@get("/sessions/{session:str}")
async def show_session(request: Asked, project: FromPath[str], session: FromPath[str]) -> Response[bytes]:
    """Show one session: what it allows, and its URL for MCP clients."""
    here = await visit(request, project)
    one = await off_loop(here.services.sessions.get, here.project_id, session)
    endpoint = _endpoint(request)
    url = f"{here.services.settings.public_url}{SESSIONS}/{one.id}"
    return show(
        here,
        "session",
        title=f"Session of {one.user_id}",
        place="mcp",
        one=one,
        tools=own_tools(one.config),
        config={name: value for name, value in one.config.items() if value},
        url=url,
        clients=endpoint.describe_clients("composio", url) if endpoint is not None else [],
        versions=await off_loop(here.services.sessions.versions, here.project_id, session),
    )


@post("/sessions/{session:str}/delete", status_code=200)
async def remove_session(request: Asked, project: FromPath[str], session: FromPath[str]) -> Response[Any]:
    """Remove one; its user's accounts stay."""
    here, _ = await act(request, project)
    await off_loop(here.services.sessions.delete, here.project_id, session)
    here.note("delete session", {"session": session})
    return here.go("sessions", said="removed")
