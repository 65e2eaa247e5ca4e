"""The backend whose catalog, accounts and calls are a server's.

What belongs to the caller's process stays in it: functions under ``@action``, processors, folders, plugins.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Coroutine, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from composio.engine.blocking import BlockingIo, drive
from composio.functions.arguments import answer, bind, function_of
from composio.functions.registry import REGISTRY
from composio.model.action import ActionModel
from composio.model.app import AppModel
from composio.model.call import NOTHING_LOCAL, CallOptions, Local, Outcome, RawRequest, ToolCall, Who
from composio.plugin.manager import PluginManager, plugins
from composio.process.background import LEAVE_SECONDS, Background
from composio.process.forks import cached
from composio.process.home import Home
from composio.process.reading import reading
from composio.remote.accounts import RemoteAccounts
from composio.remote.apps import RemoteApps
from composio.remote.catalog import RemoteCatalog
from composio.remote.codec import encode
from composio.remote.events import RemoteEvents
from composio.remote.logs import RemoteLogs
from composio.remote.requests import CredentialsFor
from composio.remote.triggers import RemoteTriggers
from composio.remote.wire import ServerWire
from composio.visible import guard_logs

if TYPE_CHECKING:
    from composio.backend import ActionQuery
    from composio.engine.awaiting import AsyncIo
    from composio.engine.io import Io
    from composio.process.portal import Portal
    from composio.remote.address import ServerAddress
    from composio.remote.engine import RemoteEngine
    from composio.transport.client import Clients

__all__ = ["RemoteBackend"]

T = TypeVar("T")


class _Functions:
    """The caller's own functions, for the engine."""

    def load(self, action: ActionModel) -> Callable[..., Any]:
        found: Callable[..., Any] = function_of(action).function
        return found

    def bind(self, action: ActionModel, arguments: Mapping[str, Any], injected: Mapping[str, Any]) -> dict[str, Any]:
        return bind(action, arguments, injected)

    def answer(self, action: ActionModel, value: Any) -> Any:
        return answer(action, value)

    def names(self) -> list[str]:
        return REGISTRY.names()


class RemoteBackend:
    """Everything that is not the caller's own is a server's, at ``address``.

    ``home`` is where files go that results bring, unless ``output_folder`` says otherwise. ``transport`` is an httpx transport in
    place of the network; ``timeout`` seconds, or an ``httpx.Timeout``, for each request. The other options are as for the
    embedded backend. There is no ``operator``: a server is operated where it runs.
    """

    operator: None = None

    def __init__(
        self,
        address: ServerAddress,
        *,
        home: Home | Path | str | None = None,
        transport: Any = None,
        timeout: Any = None,
        plugin_manager: PluginManager | None = None,
        upload_folder: Path | str | None = None,
        output_folder: Path | str | None = None,
        max_result_chars: int | None = None,
    ) -> None:
        guard_logs()
        self.home = home if isinstance(home, Home) else Home(home)
        self.plugins = plugin_manager or plugins()
        self.wire = ServerWire(address, transport=transport, timeout=timeout)
        self.catalog = RemoteCatalog(self.wire)
        self.accounts = RemoteAccounts(self.wire)
        self.triggers = RemoteTriggers(self.wire)
        self.events = RemoteEvents(self.wire)
        self.logs = RemoteLogs(self.wire)
        self.own_apps = RemoteApps(self.wire)
        self.background = Background()
        self._options = functools.cache(
            functools.partial(CallOptions.from_environment, upload_folder, output_folder, max_result_chars)
        )

    def __repr__(self) -> str:
        return f"RemoteBackend({self.wire.url!r})"

    @property
    def clients(self) -> Clients:
        """HTTP clients, for each event loop and for none."""
        return self.wire.clients

    @cached
    def _portal(self) -> Portal:
        from composio.process.portal import Portal

        return Portal()

    @cached
    def _async_io(self) -> AsyncIo:
        from composio.engine.awaiting import AsyncIo

        return AsyncIo(self)

    @cached
    def _blocking_io(self) -> BlockingIo:
        return BlockingIo(self)

    @cached
    def engine(self) -> RemoteEngine:
        """Runs calls."""
        from composio.remote.engine import RemoteEngine

        return RemoteEngine(
            sources=(),
            app=_unknown_app,
            servers=_no_servers,
            functions=_Functions(),
            environ={},
            schemes=dict,
            hook=lambda: self.plugins.hook,
            output=self.home.outputs,
            options=self._options,
            wire=self.wire,
            catalog=self.catalog,
        )

    async def actions(self, query: ActionQuery) -> list[ActionModel]:
        return await self.catalog.actions(query)

    async def apps(self) -> list[AppModel]:
        return await self.catalog.apps()

    async def app(self, name: str) -> AppModel:
        return await self.catalog.app(name)

    async def search(self, use_case: str, *, apps: Sequence[str] = (), limit: int = 10) -> list[str]:
        return await self.catalog.search(use_case, apps=apps, limit=limit)

    async def chain(self, use_case: str, *, apps: Sequence[str] = (), limit: int = 10) -> list[str]:
        return await self.catalog.chain(use_case, apps=apps, limit=limit)

    async def execute(self, call: ToolCall, local: Local = NOTHING_LOCAL) -> Outcome:
        return await self.engine.execute(call, self._async_io, local)

    async def request(self, request: RawRequest) -> Outcome:
        return await self.engine.request(request, self._async_io)

    def execute_sync(self, call: ToolCall, local: Local = NOTHING_LOCAL) -> Outcome:
        """As :meth:`execute`, on the calling thread, without an event loop."""
        if not self.clients.can_block:
            return self.run(functools.partial(self.execute, call, local))
        return drive(self.engine.execute(call, self._blocking_io, local))

    def request_sync(self, request: RawRequest) -> Outcome:
        """As :meth:`request`, on the calling thread, without an event loop."""
        if not self.clients.can_block:
            return self.run(functools.partial(self.request, request))
        return drive(self.engine.request(request, self._blocking_io))

    async def auth_params(self, app: str, who: Who) -> dict[str, Any]:
        return await self.engine.auth_params(app, who, self._async_io)

    async def require_credentials(self, apps: Sequence[str], who: Who) -> None:
        # What the caller brings along is there: the server need not see it to say so.
        wanted = tuple(name for name in dict.fromkeys(apps) if who.auth_for(name.lower()) is None)
        if wanted:
            body = CredentialsFor(apps=wanted, who=replace(who, app_auth={}))
            await self.wire.ask("POST", "/calls/credentials", encode(body), repeat=True)

    async def whoami(self) -> dict[str, Any]:
        """The server's version, the project that the key opens, and what the key is called and may do."""
        found: dict[str, Any] = await self.wire.ask("GET", "/whoami", repeat=True)
        return found

    def bridge(self, work: Callable[[Io], Coroutine[Any, Any, T]], *, asynchronous: bool) -> Coroutine[Any, Any, T] | T:
        """Work asked for by a user's function that the engine is calling."""
        if asynchronous:
            return work(self._async_io)
        if not self.clients.can_block:
            return self.run(functools.partial(work, self._async_io))
        return drive(work(self._blocking_io))

    def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        return self._portal.run(work)

    def read(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        """As :meth:`run`, for work that changes nothing: on the calling thread, unless it has to wait for a loop."""
        if self.clients.can_block:
            with reading():
                try:
                    return drive(work())
                except RuntimeError:  # there is no loop; what else may have been wrong, it says again
                    pass
        return self.run(work)

    def start(self, key: str, function: Callable[[Io], Coroutine[Any, Any, T]]) -> Future[T]:
        """Have a thread of the background carry ``function`` to its end."""
        return self.background.start(key, lambda: drive(function(self._blocking_io)))

    async def aclose(self) -> None:
        """Close this loop's connections and everything shared."""
        import anyio.to_thread

        await self.clients.aclose()
        await anyio.to_thread.run_sync(self.close)

    def close(self) -> None:
        """Close connections and the background loop. Using the backend again opens them again."""
        self.background.wait(LEAVE_SECONDS)
        if "_portal" in vars(self):
            self._portal.close(self.clients.aclose)
        self.clients.close()


def _unknown_app(name: str) -> AppModel:
    raise LookupError(name)  # apps are the server's: no step that runs here asks for one


def _no_servers(_name: str) -> tuple[()]:
    return ()
