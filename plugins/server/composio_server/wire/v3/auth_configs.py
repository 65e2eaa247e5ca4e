"""Auth configs, which are integrations: how a project's users connect to one toolkit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal

import msgspec
from litestar import Request, delete, get, patch, post
from litestar.params import FromPath, FromQuery, JSONBody

from composio.errors import InvalidRequest
from composio.model.connection import Integration, IntegrationChange, NewIntegration
from composio.model.secret import is_secret
from composio_server.access import Here, here
from composio_server.services.keys import Scope
from composio_server.wire.v3.toolkits import Field, field_of
from composio_server.wire.v3.wire import REDACTED, NotOffered, Paged, Wire, as_uuid, slice_of

__all__ = ["routes"]


class ToolkitName(Wire, kw_only=True):
    """Which toolkit."""

    slug: str


class ProxyConfig(Wire, kw_only=True):
    """A proxy between the server and the toolkit's API. Not offered."""

    proxy_url: str
    proxy_auth_key: str | None = None


class ToolAccess(Wire, kw_only=True):
    """Which tools an auth config's connections may run."""

    tools_for_connected_account_creation: list[str] | None = None
    tools_available_for_execution: list[str] | None = None


class _Settings(Wire, kw_only=True):
    name: str | None = None
    credentials: dict[str, Any] | None = None
    restrict_to_following_tools: list[str] | None = None
    tool_access_config: ToolAccess | None = None
    proxy_config: ProxyConfig | None = None
    shared_credentials: dict[str, Any] | None = None
    is_enabled_for_tool_router: bool | None = None


class ManagedAuth(_Settings, tag="use_composio_managed_auth", tag_field="type", kw_only=True):
    """An auth config with the OAuth client of the server's operator, or for a scheme that needs none."""


class CustomAuth(_Settings, tag="use_custom_auth", tag_field="type", kw_only=True):
    """An auth config with the project's own credentials, such as ``client_id`` and ``client_secret``."""

    auth_scheme: str | None = msgspec.field(name="authScheme", default=None)


class NewAuthConfig(Wire, kw_only=True):
    """Which toolkit, and how its users connect; without ``auth_config`` as with ``use_composio_managed_auth``."""

    toolkit: ToolkitName
    auth_config: ManagedAuth | CustomAuth | None = None


class CustomChange(_Settings, tag="custom", tag_field="type", kw_only=True):
    """Changes of an auth config with the project's own credentials."""


class DefaultChange(_Settings, tag="default", tag_field="type", kw_only=True):
    """Changes of one with the operator's client."""

    scopes: str | list[str] | None = None
    user_scopes: str | list[str] | None = None


class Created(Wire, kw_only=True):
    """A new auth config."""

    id: str
    auth_scheme: str
    is_composio_managed: bool
    restrict_to_following_tools: list[str]


class CreatedAuthConfig(Wire, kw_only=True):
    """A new auth config, and its toolkit."""

    toolkit: ToolkitName
    auth_config: Created


class ToolkitInfo(Wire, kw_only=True):
    """Its toolkit."""

    slug: str
    logo: str


class FormerParams(Wire, kw_only=True):
    """Fields for earlier clients."""

    default_connector_id: str
    toolkit_id: str
    expected_input_fields: list[dict[str, Any]]


class AuthConfig(Wire, kw_only=True):
    """An auth config. Secrets among its ``credentials`` read ``REDACTED``."""

    id: str
    uuid: str
    type: Literal["default", "custom"]
    toolkit: ToolkitInfo
    name: str
    auth_scheme: str
    is_composio_managed: bool
    credentials: dict[str, Any]
    status: Literal["ENABLED", "DISABLED"]
    created_by: str | None = None
    created_at: str
    last_updated_at: str
    no_of_connections: int
    expected_input_fields: list[Field]
    restrict_to_following_tools: list[str]
    tool_access_config: ToolAccess
    proxy_config: ProxyConfig | None = None
    shared_credentials: dict[str, Any] | None = None
    is_enabled_for_tool_router: bool = True
    deprecated_params: FormerParams


class AuthConfigs(Paged, kw_only=True):
    """A page of auth configs."""

    items: list[AuthConfig]


class Nothing(Wire, kw_only=True):
    """An empty response."""


class Removed(Wire, kw_only=True):
    """A removed auth config; its connections stay, and report that they cannot be used any more."""

    revoke_job_id: str | None = None


@post("/auth_configs", scope=Scope.ADMIN, status_code=201)
async def create_auth_config(request: Request[Any, Any, Any], data: JSONBody[NewAuthConfig]) -> CreatedAuthConfig:
    """Create an auth config: with the project's own credentials, or with the operator's."""
    asked, wanted = here(request), data.auth_config or ManagedAuth()
    app = await asked.backend.app(data.toolkit.slug)
    config = _config(wanted)
    managed = isinstance(wanted, ManagedAuth)
    is_oauth = all(one.auth_mode in {"OAUTH1", "OAUTH2"} for one in app.auth_schemes) and bool(app.auth_schemes)
    if managed and is_oauth and not await asked.accounts.has_client(app.key):
        raise InvalidRequest(
            f"auth_config.type: this server has no OAuth client of its own for {app.key}. Make the auth config with"
            " use_custom_auth and the client_id and client_secret of yours, or have the operator set"
            f" COMPOSIO_OAUTH_{app.key.upper()}_CLIENT_ID."
        )
    made = await asked.accounts.create_integration(
        NewIntegration(
            app=app.key,
            auth_mode=None if isinstance(wanted, ManagedAuth) else wanted.auth_scheme,
            config={name: value for name, value in config.items() if not managed or name == "scopes"},
            name=wanted.name,
            use_composio_oauth_app=True if managed and is_oauth else None,
            limited_actions=tuple(limited) if (limited := _read_limits(wanted)) else None,
            force_new=True,
        )
    )
    return CreatedAuthConfig(
        toolkit=ToolkitName(slug=made.app),
        auth_config=Created(
            id=made.id,
            auth_scheme=made.auth_mode,
            is_composio_managed=made.use_composio_oauth_app,
            restrict_to_following_tools=list(made.limited_actions or ()),
        ),
    )


@get("/auth_configs", scope=Scope.READ)
async def list_auth_configs(
    request: Request[Any, Any, Any],
    toolkit_slug: FromQuery[str | None] = None,
    is_composio_managed: FromQuery[bool | None] = None,
    show_disabled: FromQuery[bool | None] = None,
    deprecated_app_id: FromQuery[str | None] = None,
    deprecated_status: FromQuery[str | None] = None,
    search: FromQuery[str | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[float | None] = None,
) -> AuthConfigs:
    """List auth configs, newest first."""
    asked = here(request)
    app = toolkit_slug or deprecated_app_id
    disabled = bool(show_disabled) or (deprecated_status or "").upper() == "DISABLED"
    known = await asked.accounts.integrations(app=app, disabled=disabled)
    if is_composio_managed is not None:
        known = [one for one in known if one.use_composio_oauth_app is is_composio_managed]
    if search:
        known = [one for one in known if search.strip().lower() in f"{one.name} {one.id} {one.app}".lower()]
    page = slice_of(known, cursor, limit)
    return AuthConfigs(items=await _show(asked, page.items), **page.paged())


@get("/auth_configs/{nanoid:str}", scope=Scope.READ)
async def get_auth_config(request: Request[Any, Any, Any], nanoid: FromPath[str]) -> AuthConfig:
    """Get an auth config, without its secrets."""
    asked = here(request)
    return (await _show(asked, [await asked.accounts.integration(nanoid)]))[0]


@patch("/auth_configs/{nanoid:str}", scope=Scope.ADMIN)
async def change_auth_config(
    request: Request[Any, Any, Any], nanoid: FromPath[str], data: JSONBody[CustomChange | DefaultChange]
) -> Nothing:
    """Change an auth config; omitted fields stay."""
    config = _config(data)
    if isinstance(data, DefaultChange):
        if data.scopes is not None:
            config["scopes"] = data.scopes
        config = {name: value for name, value in config.items() if name == "scopes"}
    change = IntegrationChange(name=data.name, limited_actions=_read_limits(data), config=config)
    await here(request).accounts.update_integration(nanoid, change)
    return Nothing()


@patch("/auth_configs/{nanoid:str}/{status:str}", scope=Scope.ADMIN)
async def change_auth_config_status(
    request: Request[Any, Any, Any], nanoid: FromPath[str], status: FromPath[Literal["ENABLED", "DISABLED"]]
) -> Nothing:
    """Enable or disable an auth config. No call uses a connection of a disabled one."""
    await here(request).accounts.update_integration(nanoid, IntegrationChange(enabled=status == "ENABLED"))
    return Nothing()


@delete("/auth_configs/{nanoid:str}", scope=Scope.ADMIN, status_code=200)
async def delete_auth_config(
    request: Request[Any, Any, Any], nanoid: FromPath[str], revoke_on_delete: FromQuery[bool | None] = None
) -> Removed:
    """Remove an auth config."""
    if revoke_on_delete:
        raise NotOffered(
            "revoke_on_delete is not offered for an auth config: delete its connected accounts, which revokes each."
        )
    await here(request).accounts.remove_integration(nanoid)
    return Removed()


def _config(settings: _Settings) -> dict[str, Any]:
    """Return the credentials in the core's form. Raises ``NotOffered`` for values that would be stored and ignored."""
    if settings.proxy_config is not None:
        raise NotOffered("proxy_config is not offered: the server's own HTTPS_PROXY is used for every request.")
    if settings.is_enabled_for_tool_router is False:
        raise NotOffered(
            "is_enabled_for_tool_router=false is not offered: leave the auth config out of a session's auth_configs."
        )
    config = {**(settings.shared_credentials or {}), **(settings.credentials or {})}
    return {name: value for name, value in config.items() if value is not None and name != "user_scopes"}


def _read_limits(settings: _Settings) -> list[str] | None:
    access = settings.tool_access_config
    allowed = access.tools_available_for_execution if access is not None else None
    return allowed if allowed is not None else settings.restrict_to_following_tools


async def _show(asked: Here, integrations: Any) -> list[AuthConfig]:
    logos = {one.key: one.logo for one in await asked.backend.apps()} if integrations else {}
    counted = await asked.accounts.count_connections([one.id for one in integrations])
    return [_describe(one, logos, counted) for one in integrations]


def _describe(one: Integration, logos: Mapping[str, str], counted: Mapping[str, int]) -> AuthConfig:
    limited = list(one.limited_actions or ())
    credentials: dict[str, Any] = {name: REDACTED if is_secret(name) else one.config[name] for name in one.config}
    if one.scopes is not None:
        credentials["scopes"] = list(one.scopes)
    if one.redirect_uri is not None:
        credentials["oauth_redirect_uri"] = one.redirect_uri
    return AuthConfig(
        id=one.id,
        uuid=as_uuid(one.id),
        type="default" if one.use_composio_oauth_app else "custom",
        toolkit=ToolkitInfo(slug=one.app, logo=logos.get(one.app, "")),
        name=one.name,
        auth_scheme=one.auth_mode,
        is_composio_managed=one.use_composio_oauth_app,
        credentials=credentials,
        status="ENABLED" if one.enabled else "DISABLED",
        created_at=one.createdAt,
        last_updated_at=one.updatedAt,
        no_of_connections=counted.get(one.id, 0),
        expected_input_fields=[field_of(field) for field in one.expected],
        restrict_to_following_tools=limited,
        tool_access_config=ToolAccess(tools_for_connected_account_creation=[], tools_available_for_execution=limited),
        deprecated_params=FormerParams(default_connector_id=as_uuid(one.id), toolkit_id=one.app, expected_input_fields=[]),
    )


routes = [
    create_auth_config,
    list_auth_configs,
    get_auth_config,
    change_auth_config,
    change_auth_config_status,
    delete_auth_config,
]
