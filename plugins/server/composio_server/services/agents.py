"""Run an agent's calls in a session: find, read, run and connect tools within its limits, and log them."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from composio.backend import ActionQuery, Backend
from composio.discovery import Login, Scope, discovery_actions
from composio.errors import InvalidRequest, NotAvailable
from composio.model.action import ActionModel
from composio.model.app import AuthField, AuthScheme
from composio.model.call import NOTHING_LOCAL, Calling, Local, Outcome, ToolCall, Who
from composio.model.connection import Connection, ConnectionStarted, ConnectionStatus, NewConnection
from composio_server.services.backends import Backends
from composio_server.services.executions import Executed, Executions
from composio_server.services.file_calls import execute_with_files
from composio_server.services.files import Files
from composio_server.services.ids import make_id
from composio_server.services.keys import Caller
from composio_server.services.session_config import Allowed, own_tools

__all__ = ["Agent"]

_CONNECT = "COMPOSIO_MANAGE_CONNECTIONS"
_WAIT = "COMPOSIO_WAIT_FOR_CONNECTIONS"
_WAIT_SECONDS = 60
Begin = Callable[[NewConnection], Awaitable[ConnectionStarted]]
"""Starts a connection."""
Link = Callable[[Connection, "str | None"], Awaitable[str]]
"""Creates a link to our connect page for a connection's user, who then goes on to a URL."""


class _Accounts:
    """Accounts whose users connect on our page: values are asked for there."""

    def __init__(self, accounts: Any, begin: Begin, link: Link) -> None:
        self._accounts, self._begin, self._link = accounts, begin, link

    def __getattr__(self, name: str) -> Any:
        return getattr(self._accounts, name)

    async def initiate(self, request: NewConnection) -> ConnectionStarted:
        started = await self._begin(request)
        if started.connection.status is not ConnectionStatus.INITIATED or started.user_code:
            return started
        return replace(started, redirect_url=await self._link(started.connection, request.redirect_url))

    async def reinitiate(self, connection_id: str, *, redirect_url: str | None = None) -> ConnectionStarted:
        """Leave the start to the page: the provider's own URL would admit anyone who opens it."""
        one = await self._accounts.connection(connection_id)
        return ConnectionStarted(connection=one, redirect_url=await self._link(one, redirect_url))

    async def expected_fields(
        self, app: str, auth_mode: str | None = None, *, integration_id: str | None = None, customer: bool
    ) -> tuple[AuthScheme, list[AuthField]]:
        scheme, fields = await self._accounts.expected_fields(app, auth_mode, integration_id=integration_id, customer=customer)
        return scheme, [] if customer else fields


class _Recorded:
    """A backend whose calls are run, logged and limited like those of every other route."""

    def __init__(self, backend: Backend, executions: Executions, files: Files, caller: Caller, accounts: _Accounts) -> None:
        self._backend, self._executions, self._files, self._caller = backend, executions, files, caller
        self.accounts = accounts

    def __getattr__(self, name: str) -> Any:
        return getattr(self._backend, name)

    async def execute(self, call: ToolCall, local: Local = NOTHING_LOCAL) -> Outcome:
        del local  # the action is found again by its slug
        return (await execute_with_files(self._files, self._executions, self._caller, call, None)).outcome


class Agent:
    """Acts for one user within a session's config.

    ``is_exclusive`` says that accounts of other auth configs than the config's are not used.
    """

    def __init__(
        self,
        backends: Backends,
        executions: Executions,
        files: Files,
        caller: Caller,
        *,
        allowed: Allowed,
        who: Who,
        begin: Begin,
        link: Link,
        is_exclusive: bool = False,
    ) -> None:
        self._backends, self._executions, self._files, self._caller = backends, executions, files, caller
        self._allowed, self._who, self._is_exclusive = allowed, who, is_exclusive
        self._plain: Backend = backends.of(caller.project_id)
        self._backend: Any = _Recorded(self._plain, executions, files, caller, _Accounts(self._plain.accounts, begin, link))

    async def _scope(self) -> Scope:
        known = {one.key for one in await self._plain.apps()}
        apps = frozenset(self._allowed.toolkits) & known
        return Scope(apps=apps, rule=self._allowed.action, app_rule=self._allowed.app)

    async def search(self, queries: list[dict[str, Any]]) -> dict[str, Any]:
        """Return tools for tasks, as the search tool does."""
        from composio.discovery.search import search

        return await search(self._backend, await self._scope(), queries, Calling(who=self._who))

    async def tools(self) -> list[ActionModel]:
        """Return the session's own tools, and those available without a search."""
        config = self._allowed.config
        wanted = own_tools(config)
        own = [one for one in discovery_actions(self._backend, Scope()) if one.slug in wanted]
        preloaded = config["preload"].get("tools") or []
        if preloaded == "all":
            keys = [one.key for one in await self._plain.apps() if self._allowed.app(one.key)]
            chosen = keys if self._allowed.toolkits else [one.key for one in await self._plain.apps() if one.compiled]
            query = ActionQuery(apps=[one for one in chosen if one in set(keys)], everything=True)
            found = await self._plain.actions(query) if query.apps else []
        else:
            found = await self._plain.actions(ActionQuery(names=preloaded)) if preloaded else []
        return [*own, *(one for one in found if self._allowed.action(one))]

    async def execute(
        self,
        slug: str,
        arguments: Mapping[str, Any] | str,
        account: str | None = None,
        *,
        spelling: Mapping[str, str] | None = None,
    ) -> Executed:
        """Run a catalog tool, with uploaded files as arguments.

        Raises ``ActionNotFound`` for one that the session may not use.

        ``spelling`` has the argument names that the model was shown, as in ``ToolCall``.
        """
        action = await (await self._scope()).action(self._plain, slug)
        who = self._who if account is None else replace(self._who, connected_account_id=account)
        call = ToolCall(action=action.slug, arguments=arguments, who=who, spelling=spelling or {})
        return await execute_with_files(self._files, self._executions, self._caller, call, None)

    async def execute_own(self, slug: str, arguments: Mapping[str, Any]) -> Executed:
        """Run one of the session's own tools. Raises ``NotAvailable`` for others."""
        if slug == _WAIT:
            slug, arguments = _CONNECT, {"toolkits": arguments.get("toolkits") or [], "wait_seconds": _WAIT_SECONDS}
        if slug not in own_tools(self._allowed.config):
            raise InvalidRequest(
                f"{slug}: this session has {', '.join(own_tools(self._allowed.config)) or 'no tools of its own'}."
            )
        redirect_url = self._allowed.config["manage_connections"].get("callback_url")
        login = Login(self._allowed.config["auth_configs"], redirect_url, self._is_exclusive)
        known = discovery_actions(self._backend, await self._scope(), login)
        action = next((one for one in known if one.slug == slug), None)
        if action is None:
            raise NotAvailable(f"{slug} is not a tool of this server's.")
        call = ToolCall(action=slug, arguments=arguments, who=self._who)
        outcome = await self._backends.execute_own(self._caller.project_id, call, action)
        return Executed(outcome=outcome, log_id=make_id("log"))
