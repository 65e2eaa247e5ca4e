"""The backend that runs in the user's own process. The only place that wires the parts together."""

from __future__ import annotations

import functools
import logging
import os
from collections.abc import Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from composio.backend.base import BackendBase
from composio.catalog.catalog import Catalog
from composio.embedded.asking import find_check, find_connectable, find_servers, off_loop, probe
from composio.embedded.catalog import CatalogReader
from composio.engine.credentials import choose
from composio.engine.resolve import resolve
from composio.engine.runtime import Runtime
from composio.errors import (
    UpstreamRefused,
)
from composio.functions.function import CUSTOM_APP
from composio.functions.registered import RegisteredFunctions
from composio.functions.registry import REGISTRY
from composio.functions.shipped import function_actions
from composio.model.action import ActionModel
from composio.model.app import AppModel
from composio.model.call import CallOptions, Local, Once, Outcome, RawRequest, ToolCall, Who
from composio.model.connection import Connection
from composio.model.secret import Environment, hide_text
from composio.plugin.manager import PluginManager, plugins
from composio.process.background import LEAVE_SECONDS
from composio.process.forks import cached
from composio.process.home import ACCOUNTS, Home
from composio.transport.limits import Limits
from composio.visible import guard_logs

# Listing tools needs no HTTP client, engine or accounts: each is imported and created on first use.
if TYPE_CHECKING:
    import httpx

    from composio.accounts.approvals import ApprovalBook
    from composio.accounts.clients import OAuthClients
    from composio.accounts.keeping import Keeping
    from composio.accounts.service import Accounts
    from composio.catalog.definition import AppDefinition
    from composio.embedded.events import EmbeddedEvents
    from composio.embedded.inbound import Inbound
    from composio.embedded.operator import Operator
    from composio.embedded.peers import EmbeddedPeers
    from composio.embedded.projects import ProjectBackend, Projects
    from composio.embedded.recording import CallLog, Logs
    from composio.engine.awaiting import AsyncIo
    from composio.engine.engine import Engine
    from composio.engine.io import Io
    from composio.engine.pacing import Pace
    from composio.model.operating import Progress
    from composio.model.peers import PeerServer
    from composio.transport.client import Clients
    from composio.transport.egress import Egress
    from composio.triggers.known import KnownTriggers
    from composio.triggers.service import TriggerBook
    from composio.triggers.watching import EventWatch

__all__ = ["EmbeddedBackend"]

log = logging.getLogger("composio")
_USUAL: Any = object()  # the clients' own timeout
_NO_IO: Any = None  # without stored data there is nothing to read
_EGRESS_ALLOW = "COMPOSIO_EGRESS_ALLOW"
_DATABASE_URL = "COMPOSIO_DATABASE_URL"
_LOG_CALLS = "COMPOSIO_LOG_CALLS"


def _function_actions(definition: AppDefinition) -> Iterable[ActionModel]:
    """Return the app's own functions; the tag ``important`` does for them what the file's list does for operations."""
    actions = function_actions(definition.actions, definition.app.key) if definition.actions else ()
    return [replace(action, important="important" in action.tags) for action in actions]


def _judge(egress: Callable[[], Egress], url: str, by: str) -> str:
    """Return why the guard would refuse a request, without a DNS lookup; "" if it would not."""
    import httpx

    try:
        egress().judge(httpx.URL(url), by)
    except UpstreamRefused as error:
        return str(error)
    except httpx.InvalidURL:
        return ""
    return ""


class EmbeddedBackend(BackendBase):
    """Everything in this process: the catalog in one file, calls straight to the APIs.

    ``home`` is where state lives (``COMPOSIO_HOME``, else the platform's data folder); ``transport`` an httpx transport in
    place of the network; ``timeout`` seconds, or an ``httpx.Timeout``, for each request; ``progress`` hears of long work.
    ``upload_folder``, ``output_folder`` and ``max_result_chars`` are as in ``CallOptions``, else ``COMPOSIO_UPLOAD_FOLDER``,
    ``COMPOSIO_OUTPUT_FOLDER`` and ``COMPOSIO_MAX_RESULT_CHARS``, else no folder, ``output`` in the home, and no trimming.
    ``limits`` bound what an API's answer may take. ``egress_allow`` and ``COMPOSIO_EGRESS_ALLOW`` list what requests may reach
    inside the machine's network where a user or a provider named the host: addresses, networks, host names, ``*.suffix``, each
    with ``:port`` or without.
    ``environ`` takes the place of the process's variables where they say what is stored where, and with which credentials.
    """

    own_apps = None
    hosted = None

    def __init__(
        self,
        *,
        home: Home | Path | str | None = None,
        transport: httpx.AsyncBaseTransport | httpx.BaseTransport | None = None,
        timeout: httpx.Timeout | float = _USUAL,
        progress: Progress | None = None,
        plugin_manager: PluginManager | None = None,
        upload_folder: Path | str | None = None,
        output_folder: Path | str | None = None,
        max_result_chars: int | None = None,
        limits: Limits | None = None,
        egress_allow: Iterable[str] | None = None,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        guard_logs()
        super().__init__(Runtime(self._make_clients))
        self.home = home if isinstance(home, Home) else Home(home)
        self.plugins = plugin_manager or plugins()
        self._environ = Environment(environ)
        self._transport, self._timeout = transport, timeout
        self._egress_allow = tuple(egress_allow or ())
        if self._egress_allow or self._environ.get(_EGRESS_ALLOW):
            _ = self._egress  # refuse invalid combinations at once
        self.catalog = Catalog(
            self.home,
            dict,
            functools.cache(self.plugins.importers),
            folders=functools.cache(self.plugins.app_folders),
            shipped=functools.cache(self.plugins.catalogs),
            function_actions=_function_actions,
            progress=progress,
            connected=self._count_connected,
            judge=self.judge,
            read_peer=self._read_peer,
        )
        self.limits = limits or Limits()
        self._sources = (self._custom, self.catalog.action)
        # Rate limit state of the APIs of each of a server's projects.
        self.pace_of: Callable[[str], Pace] | None = None
        # Whether the caller logs the calls: an embedded home's dashboard does.
        self.is_recorded = False
        self._functions = RegisteredFunctions()
        self._schemes = functools.cache(self.plugins.auth_schemes)
        self._options = functools.cache(
            functools.partial(CallOptions.from_environment, upload_folder, output_folder, max_result_chars)
        )

    @cached
    def _egress(self) -> Egress:
        from composio.transport.egress import Egress

        return Egress(self._egress_allow, environ=self._environ)

    def _make_clients(self) -> Clients:
        from composio.transport.client import TIMEOUT, Clients

        return Clients(self._transport, TIMEOUT if self._timeout is _USUAL else self._timeout, self._egress)

    @property
    def clients(self) -> Clients:
        """HTTP clients, one for each event loop and one for blocking use."""
        return self.runtime.clients

    @property
    def awaiting(self) -> AsyncIo:
        """I/O for asynchronous callers."""
        return self.runtime.awaiting

    @cached
    def definitions(self) -> CatalogReader:
        """Actions and apps, with the functions of this process."""
        return CatalogReader(self.catalog, self._resolve, with_functions=True)

    @cached
    def operator(self) -> Operator:
        """Operations for the operator of this process."""
        from composio.embedded.operator import Operator

        return Operator(self.home, self.catalog, self.keeping, self.awaiting, lambda: self.known_triggers)

    @cached
    def engine(self) -> Engine:
        """Runs calls."""
        from composio.engine.engine import Engine

        return Engine(
            sources=self._sources,
            app=self.catalog.known.declared,
            servers=functools.partial(find_servers, self.catalog),
            functions=self._functions,
            environ=self._environ,
            schemes=self._schemes,
            hook=lambda: self.plugins.hook,
            output=self.home.outputs,
            options=self._options,
            limits=self.limits,
            connections=self.accounts,
            peers=lambda kind: self.peers.find(kind),  # noqa: PLW0108 - made when the first of them is called
            find_check=functools.partial(find_check, self.catalog),
        )

    @cached
    def peers(self) -> EmbeddedPeers:
        """Apps that are servers of other protocols."""
        from composio.embedded.peers import EmbeddedPeers

        return EmbeddedPeers(self)

    def _read_peer(self, key: str, server: PeerServer, app: AppModel | None) -> Mapping[str, Any]:
        return self.peers.read(key, server, app)

    @cached
    def keeping(self) -> Keeping:
        """The database and the master keys, of all projects."""
        from composio.accounts.keeping import Keeping

        return Keeping(self.home, self._environ, functools.cache(self.plugins.key_wrappers))

    @cached
    def accounts(self) -> Accounts:
        """Integrations and connections."""
        from composio.accounts.service import Accounts
        from composio.callback.listener import Listener

        return Accounts(
            keeping=self.keeping,
            clients=self.oauth_clients,
            listener=Listener(self._answer, self._environ),
            environ=self._environ,
            app=functools.partial(find_connectable, self.catalog, self._environ),
            action=self._resolve,
            schemes=self._schemes,
            wire=self.awaiting,
            probe=self._probe,
            token_seconds=self.limits.token_seconds,
            patience=self.patience,
            before_delete=lambda project, **what: self.inbound.forget(project, **what),  # noqa: PLW0108 - a server sets its own later
        )

    @cached
    def approvals(self) -> ApprovalBook:
        """Approvals of calls."""
        from composio.accounts.approvals import ApprovalBook

        return ApprovalBook(self.keeping, hook=lambda: self.plugins.hook)

    @cached
    def events(self) -> EmbeddedEvents:
        """Events in users' apps."""
        return self.make_events("")

    def make_events(self, project: str) -> EmbeddedEvents:
        """The events of one project."""
        from composio.embedded.events import EmbeddedEvents

        return EmbeddedEvents(
            self.keeping,
            project=project,
            clients=lambda: self.clients,
            egress=lambda: self._egress,
            known=lambda: self.known_triggers,
            watch=lambda: self._event_watch,
            others=tuple if project else self.inbound.workers,
        )

    @cached
    def _event_watch(self) -> EventWatch:
        """Finds events, for the listeners of all projects."""
        from composio.triggers.watching import EventWatch

        return EventWatch(self.keeping.store.part())

    @cached
    def inbound(self) -> Inbound:
        """The receiver and poller of events of all projects; a server replaces it."""
        from composio.embedded.inbound import Inbound

        return self.make_inbound(
            Inbound.of, environ=self._environ, calls=lambda project: self if not project else self.for_project(project)
        )

    def make_inbound(self, make: Callable[..., Inbound], **given: Any) -> Inbound:
        """Return an instance for this backend; ``given`` are the other arguments of ``make``."""
        return make(known=lambda: self.known_triggers, keeping=self.keeping, io=lambda: self.awaiting, **given)

    @cached
    def known_triggers(self) -> KnownTriggers:
        """The triggers of plugins' apps, of users' own, and ours."""
        from composio.catalog.known import folders_below
        from composio.process.home import APPS
        from composio.triggers.known import KnownTriggers

        folders = [*folders_below(self.home.path / APPS), *self.plugins.app_folders()]
        return KnownTriggers(folders, self.catalog.kept_files)

    @cached
    def triggers(self) -> TriggerBook:
        """Triggers, and their enabled instances."""
        from composio.embedded.triggering import make_triggers

        return make_triggers(self, self.keeping, self.awaiting, lambda: self.known_triggers, project="", inbound=self.inbound)

    @cached
    def oauth_clients(self) -> OAuthClients:
        """The operator's."""
        from composio.accounts.clients import OAuthClients

        return OAuthClients(self.keeping.folder, self._environ)

    @property
    def patience(self) -> float:
        """Seconds for which a call waits while a provider exchanges tokens."""
        return min(self.limits.seconds, self.limits.token_seconds, self.clients.patience)

    @cached
    def _projects(self) -> Projects:
        from composio.embedded.projects import Projects

        return Projects(self)

    def for_project(
        self,
        project_id: str,
        *,
        environ: Mapping[str, str] | None = None,
        redirect_uri: str | None = None,
        oauth_clients: bool = False,
        upload_folder: Path | str | None = None,
        output_folder: Path | str | None = None,
        max_result_chars: int | None = None,
    ) -> ProjectBackend:
        """Return the backend of one project, with its own accounts; the rest is shared; see :class:`ProjectBackend`.

        It is cheap to ask for, and the same one while nothing of what it is given changes: the last 500 are kept. ``environ``
        is all that it knows of an environment, and nothing of this process's. ``redirect_uri`` is where providers send its
        users back to; :meth:`find_project` tells whose a callback is. ``oauth_clients`` lets its integrations use the
        operator's OAuth clients. Without ``upload_folder`` it reads no local file; without ``output_folder`` its files go below
        the home's ``projects/<id>``. Raises ``InvalidRequest`` for an id that can't name a folder.
        """
        from composio.embedded.projects import ProjectSettings

        settings = ProjectSettings(
            environ=environ or {},
            redirect_uri=redirect_uri,
            oauth_clients=oauth_clients,
            options=CallOptions.of(upload_folder=upload_folder, output_folder=output_folder, max_result_chars=max_result_chars),
        )
        return self._projects.get(project_id, settings)

    async def find_project(self, callback_url: str) -> str | None:
        """Return the project of a user who returns from a provider; None if no connection waits for that callback.

        The one without a name is "". Raises ``InvalidState`` for a URL without a ``state``.
        """
        callback, callback_url = hide_text(callback_url or ""), ""  # it contains a code, which must not show in this frame
        return await off_loop(functools.partial(self.keeping.find_project, callback))

    def _may_hold_accounts(self) -> bool:
        """Return False if no connection was ever made: then there is none to look up."""
        is_open = "accounts" in vars(self)
        return is_open or bool(self._environ.get(_DATABASE_URL)) or os.path.exists(self.home.kept / ACCOUNTS)  # noqa: PTH110 - False too where nobody may look

    def judge(self, url: str, by: str) -> str:
        """Return why the guard would refuse a request to ``url``, named by ``by``, without a DNS lookup."""
        return _judge(lambda: self._egress, url, by)

    def _count_connected(self, app: str) -> int:
        return self.accounts.count(app)

    def _custom(self, name: str) -> ActionModel | None:
        return REGISTRY.find(name, self._is_app)

    def _is_app(self, name: str) -> bool:
        return self.catalog.knows(name)

    @cached
    def call_log(self) -> CallLog | None:
        """The writer of the log of calls; None if the log is off."""
        if not self._environ.get(_LOG_CALLS):
            return None
        from composio.embedded.recording import CallLog, read_days, read_setting

        chars, days = read_setting(self._environ), read_days(self._environ)
        if chars is None:
            return None
        return CallLog(lambda: self.keeping.store.for_project(""), self.runtime.background, chars, days=days)

    @cached
    def once_log(self) -> CallLog:
        """The writer of calls that are made once, if the log is off."""
        from composio.embedded.recording import CallLog, read_days

        days = read_days(self._environ)
        return CallLog(lambda: self.keeping.store.for_project(""), self.runtime.background, 0, days=days)

    @cached
    def logs(self) -> Logs:
        """The log of calls."""
        from composio.embedded.recording import Logs

        def flush() -> None:
            for one in (vars(self).get("call_log"), vars(self).get("once_log")):
                if one is not None:
                    one.flush()

        return Logs(self.keeping, flush=flush)

    def _execute(self, call: ToolCall, io: Io, local: Local) -> Coroutine[Any, Any, Outcome]:
        if self.is_recorded:
            return self.engine.execute(call, io, local)
        recorder = self.call_log
        if call.options.dry:  # no call is made, so none is deduplicated
            call = replace(call, once=None, idempotency_key=None)
        key = call.idempotency_key
        if recorder is None:
            if key is None and call.once is None:
                return self.engine.execute(call, io, local)
            recorder = self.once_log
        action = self.engine.resolve(local.action or call.action)
        if key is not None and call.once is None:
            from composio.engine.once import takes_key

            safe = takes_key(self.engine.app(action.app), action, call) if action.app != CUSTOM_APP else False
            call = replace(call, once=Once.by_key(key, safe=safe))
        recording = recorder.track(
            kind="dry" if call.options.dry else "action",
            action=action.key,
            app=action.app,
            given=call.arguments,
            who=call.who,
            once=call.once,
        )
        local = replace(local, action=action, recording=recording)
        return recorder.run(recording, lambda: self.engine.execute(call, io, local))

    def _request(self, request: RawRequest, io: Io) -> Coroutine[Any, Any, Outcome]:
        recorder = None if self.is_recorded else self.call_log
        if recorder is None:
            return self.engine.request(request, io)
        recording = recorder.track(
            kind="dry" if request.options.dry else "request",
            action=f"{request.method.upper()} {request.endpoint.partition('?')[0]}",
            app=request.app,
            given={"query": dict(request.query), "body": request.body},
            who=request.who,
        )

        async def run() -> Outcome:
            await recording.begin_request(io)
            return await self.engine.request(request, io)

        return recorder.run(recording, run)

    async def require_credentials(self, apps: Sequence[str], who: Who) -> None:
        for name in dict.fromkeys(apps):
            if not self._is_app(name):
                continue
            app = self.catalog.app(name)
            if who.connection_to(app.key) is None and not self._may_hold_accounts():
                await choose(app, who, connections=None, environ=self._environ, io=_NO_IO, fresh=False)
            else:
                await self.engine.credentials(app, who, self.awaiting, fresh=False)

    def _resolve(self, name: str) -> ActionModel:
        return resolve(name, self._sources, self._functions.names)

    async def _probe(self, app: AppModel, connection: Connection) -> None:
        await probe(self.engine, self.awaiting, app, connection)

    def _answer(self, callback_url: str) -> Connection:
        return self.run(lambda: self.accounts.complete(callback_url))

    async def aclose(self) -> None:
        """Close this loop's connections and everything shared."""
        import anyio.to_thread

        await anyio.to_thread.run_sync(self.runtime.background.wait, LEAVE_SECONDS)
        if self.runtime.has_clients:
            await self.clients.aclose()
        await anyio.to_thread.run_sync(self.close)

    def close(self) -> None:
        """Close connections, the background loop and the catalog. Using the backend again opens them again.

        Tokens that are being renewed are waited for, 20 seconds at most; a provider that takes longer is still listened to
        until the program ends.
        """
        made, runtime = vars(self), self.runtime
        if "peers" in made:
            self.peers.close()
        for name in ("call_log", "once_log"):
            if (recorder := made.get(name)) is not None:
                recorder.close()
        # Without clients nothing was sent, and no account was used.
        if runtime.has_clients and (
            self.can_block or not _in_a_loop()
        ):  # otherwise background work may need the loop that this is called on
            runtime.background.wait(LEAVE_SECONDS)
        if "accounts" in made:
            self.accounts.close()  # before the rest: a returning user is still served, on the loop
        if "keeping" in made:
            self.keeping.close()
        runtime.end_loop()
        if runtime.has_clients:
            runtime.background.then(self.clients.detach())
        self.catalog.close()


def _in_a_loop() -> bool:
    import asyncio

    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True
