"""Connected accounts, which are connections: one user's credentials for one toolkit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal

from litestar import Request, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody

from composio.errors import InvalidRequest, MissingFields
from composio.model.app import AuthField
from composio.model.connection import (
    Connection,
    ConnectionQuery,
    ConnectionStarted,
    ConnectionStatus,
    Integration,
    NewConnection,
    as_time,
)
from composio_server.access import Here, here
from composio_server.services.branding import Branding
from composio_server.services.keys import Scope
from composio_server.services.links import LINK_SECONDS
from composio_server.services.services import off_loop
from composio_server.wire.v3.account_bodies import (
    Account,
    Accounts,
    AccountStatus,
    CreateAccount,
    CreatedAccount,
    CreateLink,
    Deleted,
    Done,
    FormerCreated,
    Linked,
    LinkExperimental,
    PatchAccount,
    Patched,
    RefreshAccount,
    Refreshed,
    Sharing,
)
from composio_server.wire.v3.account_shapes import STATUSES, account_of, alias_label, alias_of, labels_with, state_of, status_of
from composio_server.wire.v3.handed import name_values
from composio_server.wire.v3.wire import NotOffered, as_uuid, read_limit, read_list

__all__ = ["link", "link_to", "routes"]

_LONGEST_ALIAS = 200
_PAGE = 100  # of connections, at most
# Parameters of a flow that are not a user's values.
_STEPS = frozenset({"status", "long_redirect_url", "state_prefix", "displayName", "redirectUrl", "callback_url", "authUri"})


@post("/connected_accounts", scope=Scope.CONNECT, status_code=201)
async def create_account(request: Request[Any, Any, Any], data: JSONBody[CreateAccount]) -> CreatedAccount:
    """Connect a user: immediately with the given values, else by ``redirect_url``."""
    asked, wanted = here(request), data.connection
    _refuse_sharing(wanted.experimental)
    integration = await asked.accounts.integration(data.auth_config.id)
    given = wanted.state.val if wanted.state is not None else wanted.data or {}
    if wanted.state is not None and wanted.state.auth_scheme.upper() != integration.auth_mode:
        raise InvalidRequest(
            f"connection.state.authScheme: the auth config {integration.id} connects with {integration.auth_mode}, not with"
            f" {wanted.state.auth_scheme}."
        )
    started = await _begin(
        asked,
        integration,
        user_id=wanted.user_id or "default",
        values=_rename(given, integration.expected, integration.auth_mode),
        redirect_url=wanted.callback_url or wanted.redirect_uri,
        alias=wanted.alias,
    )
    one, redirect_url = started.connection, started.redirect_url
    if redirect_url is None and one.status is ConnectionStatus.INITIATED:  # its user types values, on our page
        redirect_url = (await link_to(asked, one, wanted.callback_url)).redirect_url
    if data.validate_credentials and one.is_usable:
        one = await asked.accounts.check_connection(one.id)
    return CreatedAccount(
        id=one.id,
        status=status_of(one),
        connection_data=state_of(one, redirect_url),
        redirect_url=redirect_url,
        redirect_uri=redirect_url,
        deprecated=FormerCreated(uuid=as_uuid(one.id), auth_config_uuid=as_uuid(one.integration_id)),
        experimental=Sharing(),
    )


@post("/connected_accounts/link", scope=Scope.CONNECT, status_code=201)
async def create_link(request: Request[Any, Any, Any], data: JSONBody[CreateLink]) -> Linked:
    """Create a link to the page where a user connects, for any scheme of the toolkit."""
    return await link(
        here(request),
        await here(request).accounts.integration(data.auth_config_id),
        user_id=data.user_id,
        alias=data.alias,
        callback_url=data.callback_url,
        values=data.connection_data,
        experimental=data.experimental,
    )


async def link(
    asked: Here,
    integration: Integration,
    *,
    user_id: str,
    alias: str | None,
    callback_url: str | None,
    values: Mapping[str, Any] | None = None,
    experimental: LinkExperimental | None = None,
) -> Linked:
    """Start a connection and create the link to its page."""
    _refuse_sharing(experimental)
    given = values.get("val") if isinstance(values, Mapping) and isinstance(values.get("val"), Mapping) else values
    named = _rename(given or {}, integration.expected, integration.auth_mode)
    started = await _begin(asked, integration, user_id=user_id, values=named, redirect_url=callback_url, alias=alias)
    return await link_to(asked, started.connection, callback_url)


async def link_to(asked: Here, one: Connection, callback_url: str | None) -> Linked:
    """Create the link to the page of a waiting connection."""
    made, token = await off_loop(
        asked.services.links.create,
        asked.caller.project_id,
        connection_id=one.id,
        integration_id=one.integration_id,
        app=one.app,
        user_id=one.entity_id,
        callback_url=callback_url,
    )
    settings = await off_loop(asked.services.projects.settings, asked.caller.project_id)
    base_url = Branding.of(settings).base_url(asked.services.settings.public_url)
    return Linked(
        link_token=token.reveal(),
        redirect_url=f"{base_url}/link/{token.reveal()}",
        expires_at=as_time(made.created_at + LINK_SECONDS),
        connected_account_id=one.id,
        experimental=Sharing(),
    )


async def _begin(
    asked: Here,
    integration: Integration,
    *,
    user_id: str,
    values: Mapping[str, Any],
    redirect_url: str | None,
    alias: str | None,
) -> ConnectionStarted:
    if not user_id.strip():
        raise InvalidRequest("user_id: name the account's user, by your application's own id.")
    if alias:
        await _check_alias(asked, alias, user_id, integration.app)
    return await asked.accounts.initiate(
        NewConnection(
            entity_id=user_id,
            integration_id=integration.id,
            values=values,
            redirect_url=redirect_url,
            labels=(alias_label(alias),) if alias else (),
        )
    )


@get("/connected_accounts", scope=Scope.READ)
async def list_accounts(
    request: Request[Any, Any, Any],
    toolkit_slugs: FromQuery[list[str] | None] = None,
    statuses: FromQuery[list[str] | None] = None,
    user_ids: FromQuery[list[str] | None] = None,
    auth_config_ids: FromQuery[list[str] | None] = None,
    connected_account_ids: FromQuery[list[str] | None] = None,
    account_type: FromQuery[Literal["PRIVATE", "SHARED", "ALL"] | None] = None,
    order_by: FromQuery[Literal["created_at", "updated_at"] | None] = None,
    order_direction: FromQuery[Literal["asc", "desc"] | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[float | None] = None,
) -> Accounts:
    """List accounts, newest first. ``total_items`` is counted up to 10,000."""
    asked, size = here(request), min(read_limit(limit), _PAGE)
    wanted = read_list(statuses, "statuses")
    if unknown := [one for one in wanted if one not in STATUSES]:
        raise InvalidRequest(f"statuses: {unknown[0]!r:.60} is not a status; expected one of {', '.join(sorted(STATUSES))}.")
    kept = [ConnectionStatus(one) for one in wanted if one in set(ConnectionStatus)]
    nobody = (wanted and not kept and "INACTIVE" not in wanted) or account_type == "SHARED"
    if nobody:
        return Accounts(items=[], next_cursor=None, total_pages=0, current_page=1, total_items=0)
    number, after = _read_place(cursor)
    page = await asked.accounts.page_connections(
        ConnectionQuery(
            apps=read_list(toolkit_slugs, "toolkit_slugs"),
            entity_ids=read_list(user_ids, "user_ids"),
            integration_ids=read_list(auth_config_ids, "auth_config_ids"),
            ids=read_list(connected_account_ids, "connected_account_ids"),
            statuses=kept,
            disabled="INACTIVE" in wanted,
            order_by=order_by or "created_at",
            oldest_first=order_direction == "asc",
            after=after,
            limit=size,
        )
    )
    integrations = await asked.accounts.integrations_of(page.items)
    return Accounts(
        items=[account_of(one, integrations.get(one.integration_id)) for one in page.items],
        next_cursor=f"{number + 1}.{page.next}" if page.next is not None else None,
        total_pages=-(-page.total // size),
        current_page=number,
        total_items=page.total,
    )


def _read_place(cursor: str | None) -> tuple[int, str | None]:
    """Return the page number of a cursor, and where it begins."""
    if not cursor:
        return 1, None
    number, dot, after = cursor.partition(".")
    if not dot or not number.isdecimal() or len(number) > 9:
        raise InvalidRequest("cursor: pass on what a list gave as next_cursor, or leave it out for the first page.")
    return int(number), after


@get("/connected_accounts/{nanoid:str}", scope=Scope.READ)
async def get_account(request: Request[Any, Any, Any], nanoid: FromPath[str]) -> Account:
    """Get an account, with the names of its values."""
    asked = here(request)
    one = await asked.accounts.advance(nanoid)
    one = await asked.accounts.connection(one.id, values=True)
    integrations = await asked.accounts.integrations_of([one])
    return account_of(one, integrations.get(one.integration_id))


@delete("/connected_accounts/{nanoid:str}", scope=Scope.CONNECT, status_code=200)
async def delete_account(
    request: Request[Any, Any, Any], nanoid: FromPath[str], revoke_on_delete: FromQuery[bool | None] = None
) -> Deleted:
    """Revoke an account at its provider, if that is supported, and remove it."""
    del revoke_on_delete  # it always is
    await here(request).accounts.delete_connection(nanoid)
    return Deleted()


@patch("/connected_accounts/{nanoid:str}", scope=Scope.CONNECT)
async def patch_account(request: Request[Any, Any, Any], nanoid: FromPath[str], data: JSONBody[PatchAccount]) -> Patched:
    """Change an account's alias or values."""
    asked = here(request)
    _refuse_sharing(data.experimental)
    one = await asked.accounts.connection(nanoid)
    if data.connection is not None:
        state = data.connection.state
        if state.auth_scheme.upper() != one.auth_mode:
            raise InvalidRequest(
                f"connection.state.authScheme: {one.id} connects with {one.auth_mode}, not with {state.auth_scheme}."
            )
        _, fields = await asked.accounts.expected_fields(one.app, integration_id=one.integration_id, customer=True)
        one = (await asked.accounts.reinitiate(one.id, values=_rename(state.val, fields, one.auth_mode))).connection
    if data.alias is not None and data.alias != alias_of(one):
        if data.alias:
            await _check_alias(asked, data.alias, one.entity_id, one.app)
        one = await asked.accounts.update_connection(one.id, labels=labels_with(one, data.alias))
    return Patched(id=one.id, status=status_of(one))


@patch("/connected_accounts/{nano_id:str}/status", scope=Scope.CONNECT)
async def change_account_status(request: Request[Any, Any, Any], nano_id: FromPath[str], data: JSONBody[AccountStatus]) -> Done:
    """Enable or disable an account."""
    await here(request).accounts.update_connection(nano_id, enabled=data.enabled)
    return Done()


@post("/connected_accounts/{nanoid:str}/refresh", scope=Scope.CONNECT, status_code=200)
async def refresh_account(
    request: Request[Any, Any, Any],
    nanoid: FromPath[str],
    data: JSONBody[RefreshAccount | None] = None,
    redirect_url: FromQuery[str | None] = None,
) -> Refreshed:
    """Renew an account's tokens; if that needs its user, create the link for it."""
    asked, wanted = here(request), data or RefreshAccount()
    one = await asked.accounts.connection(nanoid)
    if one.is_usable:
        one = await asked.accounts.refresh_connection(nanoid)
        if wanted.validate_credentials:
            one = await asked.accounts.check_connection(nanoid)
        return Refreshed(id=one.id, status=status_of(one), redirect_url=None)
    try:
        started = await asked.accounts.reinitiate(nanoid, redirect_url=wanted.redirect_url or redirect_url)
        one = started.connection
    except MissingFields:  # its user types them, on our page
        pass
    made = await link_to(asked, one, wanted.redirect_url or redirect_url)
    return Refreshed(id=one.id, status=status_of(one), redirect_url=made.redirect_url)


@post("/connected_accounts/{nanoid:str}/revoke", scope=Scope.CONNECT, status_code=200, raises=[NotOffered])
async def revoke_account(request: Request[Any, Any, Any], nanoid: FromPath[str]) -> Done:
    """Not offered: an account is revoked when it is deleted."""
    await here(request).accounts.connection(nanoid)
    raise NotOffered("Revoking without removing is not offered: delete the account, which revokes it at its provider.")


@post("/connected_accounts/complete_auth", scope=Scope.CONNECT, status_code=200, raises=[NotOffered])
async def complete_auth(request: Request[Any, Any, Any]) -> Done:
    """Not offered: this server has no callback verifier."""
    del request
    raise NotOffered("complete_auth is not offered: this server completes a connection when its user comes back.")


async def _check_alias(asked: Here, alias: str, user_id: str, app: str) -> None:
    if len(alias) > _LONGEST_ALIAS:
        raise InvalidRequest(f"alias: at most {_LONGEST_ALIAS} characters; got {len(alias)}.")
    taken = await asked.accounts.connections(app=app, entity_ids=[user_id], labels=[alias_label(alias)], limit=1)
    if taken:
        raise InvalidRequest(f"alias: {user_id!r:.60} calls another account of {app} so already; choose another name.")


def _refuse_sharing(experimental: LinkExperimental | None) -> None:
    if experimental is None:
        return
    if experimental.account_type == "SHARED":
        raise NotOffered("Shared accounts are not offered: every account is used by its own user.")
    if experimental.acl_config_for_shared is not None:
        raise InvalidRequest("acl_config_for_shared is only valid on SHARED connections; this one is PRIVATE.")


def _rename(given: Mapping[str, Any], fields: Sequence[AuthField], mode: str) -> dict[str, Any]:
    """Return values under the names in the app's scheme. Clients use one set of names for all apps' keys."""
    values = {name: value for name, value in given.items() if name not in _STEPS and value not in (None, "")}
    if mode not in {"OAUTH1", "OAUTH2"}:
        return name_values(values, fields)
    if "access_token" in values or "oauth_token" in values:
        raise NotOffered("Tokens that another program obtained can't be imported: connect the user with a link.")
    return values


routes = [
    create_account,
    create_link,
    list_accounts,
    get_account,
    delete_account,
    patch_account,
    change_account_status,
    refresh_account,
    revoke_account,
    complete_auth,
]
