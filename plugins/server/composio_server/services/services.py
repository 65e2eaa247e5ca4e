"""The services behind every route, created once per process."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from composio.plugin.manager import PluginManager
from composio.process.home import ACCOUNTS
from composio.store.database import LEAST_CONNECTIONS, Database
from composio.store.migrate import ACCOUNTS as ACCOUNTS_TABLES
from composio_server.jobs.choosing import find_queue_url
from composio_server.jobs.schema import CONNECTIONS
from composio_server.services.audit import Audit
from composio_server.services.backends import Backends
from composio_server.services.blobs import open_objects
from composio_server.services.callbacks import Callbacks
from composio_server.services.calls import Calls
from composio_server.services.cli_sessions import CliSessions
from composio_server.services.clock import SharedClock
from composio_server.services.executions import Executions
from composio_server.services.files import Files
from composio_server.services.housekeeping import Housekeeping
from composio_server.services.keys import Keys
from composio_server.services.limits import Limits
from composio_server.services.links import Links
from composio_server.services.listings import Listings
from composio_server.services.mcp import McpServers
from composio_server.services.oauth import OAuthGrants
from composio_server.services.oauth_clients import OAuthClients
from composio_server.services.openid import SIGN_IN_CALLBACK, OpenId
from composio_server.services.people import People
from composio_server.services.project_apps import ProjectApps
from composio_server.services.projects import Projects
from composio_server.services.readiness import Readiness
from composio_server.services.sessions import Sessions
from composio_server.services.threads import off_loop
from composio_server.services.transfers import Transfers
from composio_server.services.upstreams import Upstreams
from composio_server.services.web_sessions import WebSessions
from composio_server.settings import Settings
from composio_server.store.database import SERVER, open_database

__all__ = ["Services", "off_loop"]


def _sweeps_of_people(people: People, web_sessions: WebSessions, openid: OpenId | None) -> dict[str, Callable[[], int]]:
    sweeps = {"wrong passwords": people.sweep, "people's sessions": web_sessions.sweep}
    return sweeps if openid is None else {**sweeps, "sign-ins": openid.sweep}


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The nouns of the server. Blocking, except the backends: routes use :func:`off_loop`."""

    settings: Settings
    database: Database
    clock: SharedClock
    readiness: Readiness
    projects: Projects
    project_apps: ProjectApps
    keys: Keys
    backends: Backends
    audit: Audit
    calls: Calls
    limits: Limits
    upstreams: Upstreams
    executions: Executions
    housekeeping: Housekeeping
    links: Links
    callbacks: Callbacks
    people: People
    web_sessions: WebSessions
    openid: OpenId | None
    sessions: Sessions
    cli_sessions: CliSessions
    mcp_servers: McpServers
    oauth_clients: OAuthClients
    oauth_grants: OAuthGrants
    listings: Listings
    transfers: Transfers
    files: Files
    is_local: bool = False
    """Whether these are for an embedded home, for the owner of the process, instead of a server's."""

    @classmethod
    def open(
        cls,
        settings: Settings,
        plugins: PluginManager | None = None,
        *,
        beside: Database | None = None,
        backends: type[Backends] = Backends,
    ) -> Services:
        """Wire the services; nothing is opened before use. ``beside`` is a separate store for data that is not the home's."""
        return cls._wire(settings, backends(settings, plugins), beside)

    @classmethod
    def _wire(cls, settings: Settings, backends: Backends, beside: Database | None) -> Services:
        lineages = (ACCOUNTS_TABLES, SERVER) if beside is None else (ACCOUNTS_TABLES,)
        most = settings.worker_connections - (CONNECTIONS if find_queue_url(settings) is not None else 0)
        accounts = open_database(settings.database_url, backends.home / ACCOUNTS, max(most, LEAST_CONNECTIONS), lineages)
        database = beside or accounts
        backends.shared.keeping.database = accounts
        clock = SharedClock(database)
        backends.shared.keeping.now = clock
        projects = Projects(database, clock)
        backends.known_settings = projects.known_settings
        calls = Calls(accounts, projects, clock)
        audit = Audit(database, clock)
        limits = Limits(database, settings.rates, clock)
        upstreams = Upstreams(database, settings.app_calls, settings.call_seconds, clock)
        backends.shared.pace_of = upstreams.of
        links, keys = Links(database, clock), Keys(database, clock)
        oauth_clients = OAuthClients(database, lambda: backends.shared.awaiting, clock)
        oauth_grants = OAuthGrants(database, clock)
        people = People(database, clock)
        web_sessions = WebSessions(database, people, clock)
        openid = None
        if settings.openid is not None:
            openid = OpenId(settings.openid, settings.public_url + SIGN_IN_CALLBACK, database, clock)
        blobs = None
        if settings.files_url:
            blobs = open_objects(settings.files_url, lambda: backends.shared.home.folder("copies"))
        files = Files(database, lambda: backends.shared.home.path, settings.public_url, clock, blobs)
        return cls(
            settings=settings,
            database=database,
            clock=clock,
            readiness=Readiness(database, clock, backends.shared.apps),
            projects=projects,
            project_apps=ProjectApps(database, backends, projects),
            keys=keys,
            backends=backends,
            audit=audit,
            calls=calls,
            limits=limits,
            upstreams=upstreams,
            transfers=Transfers(lambda: backends.shared.home.folder("transfers")),
            housekeeping=Housekeeping(
                {
                    "chains of calls": calls.chain,
                    "calls": calls.purge,
                    "rates": limits.sweep,
                    "pauses": upstreams.sweep,
                    "audit": audit.sweep,
                    "links": links.sweep,
                    "grants": oauth_grants.sweep,
                    "OAuth clients": oauth_clients.sweep,
                    **_sweeps_of_people(people, web_sessions, openid),
                    "files": files.sweep,
                },
                first={"the clock": clock.sweep},
            ),
            executions=Executions(backends, calls, limits, projects, seconds=settings.call_seconds, now=clock),
            links=links,
            callbacks=Callbacks(accounts),
            people=people,
            web_sessions=web_sessions,
            openid=openid,
            sessions=Sessions(database, clock),
            cli_sessions=CliSessions(database, keys, clock),
            mcp_servers=McpServers(database, clock),
            oauth_clients=oauth_clients,
            oauth_grants=oauth_grants,
            listings=Listings(lambda: backends.shared.home.folder("listings")),
            files=files,
            is_local=beside is not None,
        )

    async def aclose(self) -> None:
        """Close what is open; the next use opens it again."""
        self.executions.close()
        await self.calls.aclose()
        await self.audit.aclose()
        await self.backends.aclose()
        await off_loop(self.upstreams.close)
        await off_loop(self.database.close)
        if (accounts := self.backends.shared.keeping.database) is not None and accounts is not self.database:
            await off_loop(accounts.close)
