"""A backend for each project of a server: its own accounts; the catalog, HTTP clients and threads are the server's.

A project uses only what it stored itself. Nothing of the operator's process is available to it: no environment variable, no
registered function, no file except those of the project.
"""

from __future__ import annotations

import functools
import re
from collections import OrderedDict
from collections.abc import Coroutine, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from composio.accounts.clients import OAuthClients, SharedOAuthClients
from composio.accounts.redirects import VARIABLE as REDIRECT_URI
from composio.accounts.redirects import check_redirect
from composio.accounts.service import Accounts
from composio.backend.base import BackendBase
from composio.callback.listener import NoListener
from composio.embedded.asking import find_check, find_connectable, find_servers, probe
from composio.embedded.catalog import CatalogReader
from composio.embedded.layered import LayeredCatalog
from composio.engine.resolve import resolve
from composio.errors import InvalidRequest
from composio.functions.registered import ShippedFunctions
from composio.model.action import ActionModel
from composio.model.app import AppModel
from composio.model.call import NO_OPTIONS, CallOptions, Local, Outcome, ToolCall, Who
from composio.model.connection import Connection
from composio.model.secret import Environment
from composio.process.forks import cached, lock

if TYPE_CHECKING:
    from composio.accounts.approvals import ApprovalBook
    from composio.embedded.backend import EmbeddedBackend
    from composio.embedded.events import EmbeddedEvents
    from composio.embedded.recording import Logs
    from composio.engine.engine import Engine
    from composio.engine.io import Io
    from composio.plugin.manager import PluginManager
    from composio.triggers.service import TriggerBook

__all__ = ["ProjectBackend", "ProjectSettings", "Projects"]

# A project's id is also a folder name.
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,99}")
# Cached backends: those of the most recently used projects.
_MOST_KEPT = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectSettings:
    """What a project may use of the server's machine; nothing by default.

    ``environ`` replaces the process's environment. ``redirect_uri`` is where providers send users back to, unless an
    integration says otherwise. ``options`` are defaults of calls: without an ``upload_folder`` no local file is read, and
    without an ``output_folder`` files go below the home's ``projects``. ``oauth_clients`` lets integrations use the operator's
    OAuth clients: a client's secret is then sent to token endpoints, never shown.
    """

    environ: Mapping[str, str] = field(default_factory=dict, repr=False)
    redirect_uri: str | None = None
    options: CallOptions = NO_OPTIONS
    oauth_clients: bool = False


class ProjectBackend(BackendBase):
    """See :class:`composio.backend.Backend`. It holds no open resources itself, and can be dropped at any time.

    Running calls finish after it is dropped.
    """

    operator = None
    own_apps = None
    hosted = None

    def __init__(self, parent: EmbeddedBackend, project_id: str, settings: ProjectSettings) -> None:
        super().__init__(parent.runtime)
        self.project_id, self.settings = project_id, settings
        self._parent = parent
        named = {REDIRECT_URI: check_redirect("redirect_uri", settings.redirect_uri)} if settings.redirect_uri else {}
        self._environ = Environment({**settings.environ, **named})

    @property
    def plugins(self) -> PluginManager:
        return self._parent.plugins

    @cached
    def catalog(self) -> LayeredCatalog:
        """The project's own apps, and the server's."""
        parent = self._parent
        return LayeredCatalog(
            parent.catalog,
            lambda: parent.home.path / "projects" / self.project_id / "catalog",
            functools.cache(parent.plugins.importers),
            judge=parent.judge,
            connected=lambda app: self.accounts.count(app),  # noqa: PLW0108 - which are made with this catalog
        )

    @cached
    def definitions(self) -> CatalogReader:
        """Actions and apps: the project's own, and the server's."""
        return CatalogReader(self.catalog, self._resolve, with_functions=False)

    @cached
    def accounts(self) -> Accounts:
        """The project's integrations and connections."""
        parent = self._parent
        shared = self.settings.oauth_clients
        return Accounts(
            project=self.project_id,
            keeping=parent.keeping,
            clients=SharedOAuthClients(parent.oauth_clients, self.catalog.declared) if shared else OAuthClients(None, {}),
            listener=NoListener(),
            environ=self._environ,
            app=functools.partial(find_connectable, self.catalog, self._environ),
            action=self._resolve,
            schemes=parent.engine.schemes,
            wire=parent.awaiting,
            probe=self._probe,
            token_seconds=parent.limits.token_seconds,
            patience=parent.patience,
            before_delete=lambda project, **what: parent.inbound.forget(project, **what),  # noqa: PLW0108 - a server sets its own later
        )

    @cached
    def engine(self) -> Engine:
        """Runs the project's calls."""
        parent = self._parent
        return replace(
            parent.engine,
            sources=(self.catalog.action,),
            app=self.catalog.declared,
            servers=functools.partial(find_servers, self.catalog),
            find_check=functools.partial(find_check, self.catalog),
            functions=ShippedFunctions(),
            environ=self._environ,
            output=lambda: parent.home.folder(f"projects/{self.project_id}/output"),
            options=lambda: self.settings.options,
            connections=self.accounts,
            for_tenants=True,
            project=self.project_id,
            pace=parent.pace_of(self.project_id) if parent.pace_of is not None else None,
        )

    @cached
    def events(self) -> EmbeddedEvents:
        """Events in the apps of the project's users."""
        return self._parent.make_events(self.project_id)

    @cached
    def approvals(self) -> ApprovalBook:
        """The approvals of calls of the project's users."""
        from composio.accounts.approvals import ApprovalBook

        return ApprovalBook(self._parent.keeping, self.project_id, hook=lambda: self.plugins.hook)

    @cached
    def logs(self) -> Logs:
        """The project's log of calls, which its server writes."""
        from composio.embedded.recording import Logs

        return Logs(self._parent.keeping, self.project_id)

    @cached
    def triggers(self) -> TriggerBook:
        """The project's trigger instances."""
        from composio.embedded.triggering import make_triggers

        parent = self._parent
        return make_triggers(
            self,
            parent.keeping,
            parent.awaiting,
            lambda: parent.known_triggers,
            project=self.project_id,
            inbound=parent.inbound,
        )

    def _resolve(self, name: str) -> ActionModel:
        return resolve(name, self.engine.sources, self.engine.functions.names)

    async def _probe(self, app: AppModel, connection: Connection) -> None:
        await probe(self.engine, self._parent.awaiting, app, connection)

    def _execute(self, call: ToolCall, io: Io, local: Local) -> Coroutine[Any, Any, Outcome]:
        return self.engine.execute(call, io, _keep_processors(local))

    async def require_credentials(self, apps: Sequence[str], who: Who) -> None:
        for name in dict.fromkeys(apps):
            if self.catalog.knows(name):
                await self.engine.credentials(self.catalog.app(name), who, self._parent.awaiting, fresh=False)

    async def aclose(self) -> None:
        """Do nothing: open resources are the server's."""

    def close(self) -> None:
        """Do nothing: open resources are the server's."""


class Projects:
    """The backends of recently used projects. Thread-safe."""

    def __init__(self, parent: EmbeddedBackend, most: int = _MOST_KEPT) -> None:
        self._parent, self._most = parent, most
        self._lock = lock()
        self._kept: OrderedDict[str, ProjectBackend] = OrderedDict()

    def get(self, project_id: str, settings: ProjectSettings) -> ProjectBackend:
        """Return the backend of a project; a new one if its settings changed."""
        with self._lock:
            found = self._kept.get(project_id)
            if found is None or found.settings != settings:
                if not _ID.fullmatch(project_id):
                    raise InvalidRequest(
                        f"A project's id is 1 to 100 letters, digits, - and _, beginning with a letter or digit; got {project_id!r:.120}."
                    )
                found = self._kept[project_id] = ProjectBackend(self._parent, project_id, settings)
            self._kept.move_to_end(project_id)
            if len(self._kept) > self._most:
                self._kept.popitem(last=False)
            return found


def _keep_processors(local: Local) -> Local:
    """Exclude what belongs to the operator's process: functions, and tools that act on the machine."""
    return local if local.action is None and local.tools is None else replace(local, action=None, tools=None)
