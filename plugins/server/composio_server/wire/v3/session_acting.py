"""Acting as a session's user: the agent, its accounts, how the user connects."""

from __future__ import annotations

from dataclasses import replace

from composio.discovery import Login
from composio.errors import NothingFound
from composio.model.app import AppModel
from composio.model.call import Who
from composio.model.connection import (
    Connection,
    ConnectionStarted,
    Integration,
    NewConnection,
    NewIntegration,
)
from composio_server.access import Here
from composio_server.services.agents import Agent
from composio_server.services.services import off_loop
from composio_server.services.session_config import Allowed
from composio_server.services.sessions import Session
from composio_server.wire.v3.account_shapes import alias_label, status_of
from composio_server.wire.v3.connected_accounts import link_to
from composio_server.wire.v3.session_bodies import (
    AccountInfo,
    SessionToolkit,
    ToolkitMeta,
)
from composio_server.wire.v3.tool_shapes import hints_of

__all__ = ["describe_toolkit", "find_account", "find_integration", "find_session", "make_agent", "whom"]


async def find_session(asked: Here, session_id: str) -> Session:
    """Return one of the project's. Raises ``SessionNotFound``."""
    return await off_loop(asked.services.sessions.get, asked.caller.project_id, session_id)


async def make_agent(asked: Here, session: Session) -> Agent:
    """Return the agent that acts within the session's limits."""

    async def begin(wanted: NewConnection) -> ConnectionStarted:
        app = await asked.backend.app(wanted.app or "")
        integration = await find_integration(asked, session, app)
        return await asked.accounts.initiate(replace(wanted, app=None, integration_id=integration.id))

    async def link(one: Connection, callback_url: str | None) -> str:
        return (await link_to(asked, one, callback_url)).redirect_url

    return Agent(
        asked.services.backends,
        asked.services.executions,
        asked.services.files,
        asked.caller,
        allowed=Allowed(session.config, hints_of),
        who=await whom(asked, session),
        begin=begin,
        link=link,
    )


async def whom(asked: Here, session: Session) -> Who:
    """Return the session's user, with its named accounts; an auth config stands for the user's newest account of it."""
    chosen: dict[str, str] = {app: ids[0] for app, ids in session.config["connected_accounts"].items() if ids}
    login = Login(session.config["auth_configs"])
    return await login.choose_accounts(asked.accounts, Who(entity_id=session.user_id, app_connections=chosen))


async def find_account(asked: Here, session: Session, named: str) -> Connection:
    """Return an account of the session's user, by its id or alias."""
    called = await asked.accounts.connections(entity_ids=[session.user_id], labels=[alias_label(named)], limit=1)
    return called[0] if called else await asked.accounts.connection(named, entity_id=session.user_id)


async def find_integration(asked: Here, session: Session, app: AppModel) -> Integration:
    """Return how the session's user connects to an app.

    The session's config decides, else the project's, else the operator's client is used.
    """
    named = session.config["auth_configs"].get(app.key)
    if named is not None:
        return await asked.accounts.integration(named)
    known = await asked.accounts.integrations(app=app.key, limit=1)
    return known[0] if known else await asked.accounts.create_integration(NewIntegration(app=app.key))


async def describe_toolkit(asked: Here, session: Session, app: AppModel) -> SessionToolkit:
    """Return an app in a session's list, with the user's account."""
    managed = [one.auth_mode for one in app.auth_schemes if one.auth_mode in {"OAUTH1", "OAUTH2"}]
    has_client = bool(managed) and await asked.accounts.has_client(app.key)
    account = None if app.no_auth else await _newest(asked, session, app)
    return SessionToolkit(
        slug=app.key,
        name=app.name,
        is_no_auth=app.no_auth,
        composio_managed_auth_schemes=list(dict.fromkeys(map(str, managed))) if has_client else [],
        meta=ToolkitMeta(logo=app.logo, description=app.description),
        connected_account=account,
    )


async def _newest(asked: Here, session: Session, app: AppModel) -> AccountInfo | None:
    named = (await whom(asked, session)).app_connections.get(app.key)
    active = [] if named else await asked.accounts.connections(app=app.key, entity_ids=[session.user_id], active=True, limit=1)
    any_ = active or await asked.accounts.connections(app=app.key, entity_ids=[session.user_id], limit=1)
    try:
        one = await asked.accounts.connection(named, entity_id=session.user_id) if named else next(iter(any_), None)
    except NothingFound:
        one = None
    if one is None:
        return None
    return AccountInfo(
        id=one.id,
        user_id=one.entity_id,
        status=status_of(one),
        created_at=one.createdAt,
        auth_config={"id": one.integration_id, "auth_scheme": one.auth_mode, "is_composio_managed": False},
    )
