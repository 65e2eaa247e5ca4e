"""The backend for a server's catalog, accounts and calls.

The caller's own functions under ``@action``, processors, folders and plugins stay in its process.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from composio.backend.base import BackendBase
from composio.engine.runtime import Runtime
from composio.functions.registered import RegisteredFunctions
from composio.model.app import AppModel
from composio.model.call import CallOptions, Who
from composio.model.secret import Environment
from composio.plugin.manager import PluginManager, plugins
from composio.process.background import LEAVE_SECONDS
from composio.process.forks import cached
from composio.process.home import Home
from composio.remote.accounts import RemoteAccounts
from composio.remote.apps import RemoteApps
from composio.remote.catalog import RemoteCatalog
from composio.remote.codec import encode
from composio.remote.events import RemoteEvents
from composio.remote.hosted import RemoteHosted
from composio.remote.logs import RemoteLogs
from composio.remote.requests import CredentialsFor
from composio.remote.triggers import RemoteTriggers
from composio.remote.wire import ServerWire
from composio.visible import guard_logs

if TYPE_CHECKING:
    from composio.accounts.approvals import ApprovalBook
    from composio.accounts.keeping import Keeping
    from composio.remote.address import ServerAddress
    from composio.remote.engine import RemoteEngine
    from composio.transport.client import Clients

__all__ = ["RemoteBackend"]

T = TypeVar("T")


class RemoteBackend(BackendBase):
    """Uses the server at ``address`` for everything that is not the caller's own.

    ``home`` is where files of results go, unless ``output_folder`` says otherwise. ``transport`` is an httpx transport
    in place of the network; ``timeout`` seconds, or an ``httpx.Timeout``, for each request. The other options are as for the
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
        super().__init__(Runtime(lambda: self.wire.clients))
        self.catalog = RemoteCatalog(self.wire)
        self.accounts = RemoteAccounts(self.wire)
        self.triggers = RemoteTriggers(self.wire)
        self.events = RemoteEvents(self.wire)
        self.logs = RemoteLogs(self.wire)
        self.own_apps = RemoteApps(self.wire)
        self.hosted = RemoteHosted(self.wire, address.key)
        self._options = functools.cache(
            functools.partial(CallOptions.from_environment, upload_folder, output_folder, max_result_chars)
        )

    def __repr__(self) -> str:
        return f"RemoteBackend({self.wire.url!r})"

    @property
    def clients(self) -> Clients:
        """HTTP clients, one for each event loop and one for blocking use."""
        return self.wire.clients

    @property
    def definitions(self) -> RemoteCatalog:
        """The server's actions and apps, with the caller's own functions."""
        return self.catalog

    @cached
    def engine(self) -> RemoteEngine:
        """Runs calls."""
        from composio.remote.engine import RemoteEngine

        return RemoteEngine(
            sources=(),
            app=_unknown_app,
            servers=_no_servers,
            functions=RegisteredFunctions(),
            environ={},
            schemes=dict,
            hook=lambda: self.plugins.hook,
            output=self.home.outputs,
            options=self._options,
            wire=self.wire,
            catalog=self.catalog,
        )

    @cached
    def _keeping(self) -> Keeping:
        from composio.accounts.keeping import Keeping

        return Keeping(self.home, Environment(os.environ), functools.cache(self.plugins.key_wrappers))

    @cached
    def approvals(self) -> ApprovalBook:
        """Approvals of this program's calls: stored in its own home, with its policy."""
        from composio.accounts.approvals import ApprovalBook

        return ApprovalBook(self._keeping, hook=lambda: self.plugins.hook)

    async def require_credentials(self, apps: Sequence[str], who: Who) -> None:
        # The caller's own parts exist here without the server.
        wanted = tuple(name for name in dict.fromkeys(apps) if who.auth_for(name.lower()) is None)
        if wanted:
            body = CredentialsFor(apps=wanted, who=replace(who, app_auth={}))
            await self.wire.ask("POST", "/calls/credentials", encode(body), repeat=True)

    async def whoami(self) -> dict[str, Any]:
        """Return the server's version, the key's project, and the key's name and scopes."""
        found: dict[str, Any] = await self.wire.ask("GET", "/whoami", repeat=True)
        return found

    def read(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T:
        return super().read(work) if self.can_block else self.run(work)  # every read sends a request

    async def aclose(self) -> None:
        """Close this loop's connections and everything shared."""
        import anyio.to_thread

        await self.clients.aclose()
        await anyio.to_thread.run_sync(self.close)

    def close(self) -> None:
        """Close connections and the background loop. Using the backend again opens them again."""
        self.runtime.background.wait(LEAVE_SECONDS)
        if "_keeping" in vars(self):
            self._keeping.close()
        self.runtime.end_loop()
        self.clients.close()


def _unknown_app(name: str) -> AppModel:
    raise LookupError(name)  # apps are the server's: no step that runs here asks for one


def _no_servers(_name: str) -> tuple[()]:
    return ()
