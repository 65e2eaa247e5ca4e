"""Apps that are servers of other protocols: their services, and the loop of their sessions."""

from __future__ import annotations

import atexit
import functools
import json
import weakref
from collections.abc import Callable, Coroutine, Mapping
from contextlib import suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from composio.engine.peers import explain_missing
from composio.errors import ConnectionNotFound
from composio.model.call import ANYONE
from composio.model.peers import NOWHERE, PeerCall, PeerHost, PeerServer, PeerService, Started
from composio.process.forks import lock, renew
from composio.process.portal import Portal
from composio.transport.egress import guard

if TYPE_CHECKING:
    import httpx

    from composio.engine.awaiting import AsyncIo
    from composio.engine.engine import Engine
    from composio.model.app import AppModel
    from composio.plugin.manager import PluginManager
    from composio.transport.client import Clients
    from composio.transport.limits import Limits

__all__ = ["EmbeddedPeers"]

T = TypeVar("T")
_OPEN: weakref.WeakSet[EmbeddedPeers] = weakref.WeakSet()  # programs that they started end with this one
_LAST_SECONDS = 10.0


class _Backend(Protocol):
    """The used part of :class:`composio.embedded.backend.EmbeddedBackend`."""

    limits: Limits

    @property
    def plugins(self) -> PluginManager: ...
    @property
    def awaiting(self) -> AsyncIo: ...
    @property
    def clients(self) -> Clients: ...
    @property
    def engine(self) -> Engine: ...
    def run(self, work: Callable[[], Coroutine[Any, Any, T]]) -> T: ...


class EmbeddedPeers:
    """See :class:`composio.model.peers.PeerHost`. Services are made on first use, and again after :meth:`close`."""

    def __init__(self, backend: _Backend) -> None:
        self._backend = weakref.proxy(backend)
        self._portal = Portal()
        self._lock = lock()
        self._made: dict[str, PeerService] = {}
        self._has_sent = False
        renew(self)

    def before_fork(self) -> None:
        """Do nothing: the parent keeps its sessions."""

    def after_fork(self) -> None:
        """Leave sessions, and the programs behind them, to the parent."""
        self._made = {}

    def find(self, kind: str) -> PeerService | None:
        """Return the service of the protocol ``kind``; None if no installed plugin has one."""
        with self._lock:
            if kind not in self._made:
                reference = self._backend.plugins.peers().get(kind)
                if reference is None:
                    return None
                module, _, name = reference.partition(":")
                make: Callable[[PeerHost], PeerService] = getattr(import_module(module), name)
                self._made[kind] = make(self)
                if not _OPEN:
                    atexit.register(_leave)
                _OPEN.add(self)
            return self._made[kind]

    def submit(self, work: Callable[[], Coroutine[Any, Any, T]]) -> Started[T]:
        """Run ``work()`` on the loop of all sessions."""
        return Started(*self._portal.submit(work))

    async def open(self, request: httpx.Request) -> httpx.Response:
        """Send a request through the backend's clients."""
        self._has_sent = True
        found: httpx.Response = await self._backend.awaiting.open(request)
        return found

    def guard(self, request: httpx.Request, by: str) -> httpx.Request:
        """Limit a request to the public internet."""
        return guard(request, by)

    def read(self, key: str, server: PeerServer, app: AppModel | None) -> Mapping[str, Any]:
        """Return what a server offers, signed with the default entity's credentials for ``app``.

        Raises ``ConfigurationError`` if nothing here speaks its protocol, and what the service raises.
        """
        service = self.find(server.kind)
        if service is None:
            raise explain_missing(server.kind, key)
        url, headers = server.url or NOWHERE, dict[str, str]()
        if app is not None:
            with suppress(ConnectionNotFound):
                sign = functools.partial(self._backend.engine.sign_peer, app, ANYONE, self._backend.awaiting, url)
                url, headers = self._backend.run(sign)
        limits = self._backend.limits
        owner = ("", "", "describe", str(sorted(headers)))
        call = PeerCall(
            app=key, server=server, url=url, headers=headers, owner=owner, seconds=limits.token_seconds, limit=limits.response
        )
        started = service.describe(call)
        try:
            found = started.future.result()
        except BaseException:
            started.cancel()
            raise
        # What others say is JSON and nothing else, whatever a plugin made of it.
        result: Mapping[str, Any] = json.loads(json.dumps(found))
        return result

    async def _aclose(self) -> None:
        made, self._made = self._made, {}
        for one in made.values():
            await one.aclose()
        if self._has_sent:
            with suppress(ReferenceError):  # the backend is gone
                await self._backend.clients.aclose()

    def close(self) -> None:
        """End all sessions, and the programs that were started for them."""
        _OPEN.discard(self)
        self._portal.close(self._aclose)


def _leave() -> None:
    for one in list(_OPEN):
        with suppress(Exception):  # no caller is left to report to
            one.close()
