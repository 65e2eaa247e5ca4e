"""Toolkits, which are apps: what users can connect to, and how."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import msgspec
from litestar import Request, get, post
from litestar.params import FromPath, FromQuery, JSONBody

from composio.model.app import AppModel, AuthField, AuthScheme, unmistakable
from composio_server.access import Here, here
from composio_server.services.keys import Scope
from composio_server.wire.v3.wire import EPOCH, Paged, Wire, slice_of

__all__ = ["Field", "field_of", "routes", "version_of"]

_NO_VERSION = "00000000_00"


class Category(Wire, kw_only=True):
    """What kind of app it is."""

    id: str
    name: str


class SluggedCategory(Wire, kw_only=True):
    """The same as :class:`Category`, for a single toolkit."""

    slug: str
    name: str


class ToolkitMeta(Wire, kw_only=True):
    """Display data of a toolkit."""

    created_at: str = EPOCH
    updated_at: str = EPOCH
    description: str
    logo: str
    app_url: str | None
    categories: list[Category]
    tools_count: int
    triggers_count: int = 0
    version: str


class FormerToolkit(Wire, kw_only=True):
    """The name for earlier clients."""

    toolkit_id: str = msgspec.field(name="toolkitId")


class ToolkitItem(Wire, kw_only=True):
    """A toolkit in a list."""

    slug: str
    name: str
    type: Literal["native", "custom"] = "native"
    is_local_toolkit: bool = False
    no_auth: bool
    auth_schemes: list[str]
    composio_managed_auth_schemes: list[str]
    auth_guide_url: str | None
    deprecated: FormerToolkit
    meta: ToolkitMeta


class Toolkits(Paged, kw_only=True):
    """A page of toolkits."""

    items: list[ToolkitItem]


class Categories(Paged, kw_only=True):
    """A page of categories."""

    items: list[Category]


class Field(Wire, kw_only=True):
    """A value to fill in."""

    name: str
    display_name: str = msgspec.field(name="displayName")
    type: str
    description: str
    required: bool
    default: str | None
    is_secret: bool
    user_visible: bool = True


class Fields(Wire, kw_only=True):
    """Fields, required and optional."""

    required: list[Field]
    optional: list[Field]


class FieldsByMoment(Wire, kw_only=True):
    """The developer's fields for an auth config, and the user's to connect."""

    auth_config_creation: Fields
    connected_account_initiation: Fields


class ProxyInfo(Wire, kw_only=True):
    """Where its API is."""

    base_url: str


class ProviderDetails(Wire, kw_only=True):
    """The provider's endpoints, for OAuth."""

    authorization_url: str | None
    token_url: str | None


class AuthDetails(Wire, kw_only=True):
    """One way to authenticate."""

    name: str
    mode: str
    required_scopes: list[str]
    fields: FieldsByMoment
    proxy: ProxyInfo | None
    auth_hint_url: str | None
    deprecated_auth_provider_details: ProviderDetails | None


class Available(Wire, kw_only=True):
    """The available scopes."""

    available: list[str]


class ManagedAuth(Wire, kw_only=True):
    """A way to authenticate for which the operator of this server has a client."""

    mode: str
    scopes: Available
    user_scopes: Available | None = None


class ToolkitDetailsMeta(Wire, kw_only=True):
    """The same as :class:`ToolkitMeta`, for a single toolkit."""

    created_at: str = EPOCH
    updated_at: str = EPOCH
    description: str
    logo: str
    app_url: str | None
    categories: list[SluggedCategory]
    tools_count: int
    triggers_count: int = 0
    version: str
    available_versions: list[str]


class FormerDetails(Wire, kw_only=True):
    """Fields for earlier clients."""

    toolkit_id: str = msgspec.field(name="toolkitId")
    current_user_endpoint: str | None = msgspec.field(name="getCurrentUserEndpoint")
    raw_proxy_info: list[dict[str, Any]] = msgspec.field(name="rawProxyInfoByAuthSchemes", default_factory=list)


class Toolkit(Wire, kw_only=True):
    """A toolkit with everything needed to connect to it."""

    slug: str
    name: str
    type: Literal["native", "custom"] = "native"
    enabled: bool = True
    is_local_toolkit: bool = False
    composio_managed_auth_schemes: list[str]
    composio_managed_auth: list[ManagedAuth]
    auth_config_details: list[AuthDetails]
    auth_guide_url: str | None
    base_url: str | None
    get_current_user_endpoint: str | None
    get_current_user_endpoint_method: str | None
    meta: ToolkitDetailsMeta
    deprecated: FormerDetails


class SeveralToolkits(Wire, kw_only=True):
    """Which toolkits to list."""

    toolkits: list[str] | None = None
    category: str | None = None
    managed_by: Literal["composio", "all", "project"] | None = None
    sort_by: Literal["usage", "alphabetically"] | None = None
    limit: float | None = None
    cursor: str | None = None


class Version(Wire, kw_only=True):
    """A version of a toolkit, and what changed in it."""

    version: str
    changelog: str = ""


class Changes(Wire, kw_only=True):
    """A toolkit's versions."""

    slug: str
    name: str
    display_name: str
    versions: list[Version]


class Changelog(Wire, kw_only=True):
    """The versions of every toolkit."""

    items: list[Changes]


@get("/toolkits", scope=Scope.READ)
async def list_toolkits(
    request: Request[Any, Any, Any],
    category: FromQuery[str | None] = None,
    search: FromQuery[str | None] = None,
    managed_by: FromQuery[Literal["composio", "all", "project"] | None] = None,
    type: FromQuery[Literal["native", "custom", "all"] | None] = None,  # noqa: A002 - the parameter's name, as below
    sort_by: FromQuery[Literal["usage", "alphabetically"] | None] = None,
    cursor: FromQuery[str | None] = None,
    limit: FromQuery[float | None] = None,
) -> Toolkits:
    """List toolkits. ``managed_by=composio`` returns those for which the server has its own OAuth client."""
    if type == "custom":
        return Toolkits(items=[], **slice_of([], cursor, limit).paged())
    return await _list(here(request), None, category, search, managed_by, sort_by, cursor, limit)


@post("/toolkits/multi", scope=Scope.READ, status_code=200)
async def list_several_toolkits(request: Request[Any, Any, Any], data: JSONBody[SeveralToolkits]) -> Toolkits:
    """List toolkits by their slugs. Unknown ones are omitted."""
    wanted = None if data.toolkits is None else {one.strip().lower() for one in data.toolkits}
    return await _list(here(request), wanted, data.category, None, data.managed_by, data.sort_by, data.cursor, data.limit)


async def _list(
    asked: Here,
    slugs: set[str] | None,
    category: str | None,
    search: str | None,
    managed_by: str | None,
    sort_by: str | None,
    cursor: str | None,
    limit: float | None,
) -> Toolkits:
    known = [one for one in await asked.backend.apps() if slugs is None or one.key in slugs]
    if category:
        known = [one for one in known if category.strip().lower() in {_slug(name) for name in one.categories}]
    if search:
        words = search.lower().split()
        known = [one for one in known if all(word in f"{one.key} {one.name} {one.description}".lower() for word in words)]
    managed = await _list_managed(asked, known if managed_by == "composio" else ())
    if managed_by == "composio":
        known = [one for one in known if managed[one.key]]
    known.sort(key=lambda one: one.name.lower() if sort_by == "alphabetically" else (not one.compiled, one.name.lower()))
    page = slice_of(known, cursor, limit)
    managed = await _list_managed(asked, page.items)
    triggers = await _count_triggers(asked)
    return Toolkits(items=[_item(one, managed[one.key], triggers[one.key]) for one in page.items], **page.paged())


@get("/toolkits/categories", scope=Scope.READ)
async def list_categories(request: Request[Any, Any, Any]) -> Categories:
    """List the categories of toolkits."""
    names = sorted({name for one in await here(request).backend.apps() for name in one.categories})
    page = slice_of(names, None, 1000)
    return Categories(items=[Category(id=_slug(name), name=name) for name in page.items], **page.paged())


@get("/toolkits/changelog", scope=Scope.READ)
async def list_changes(request: Request[Any, Any, Any]) -> Changelog:
    """List the version of every toolkit; there is one of each."""
    known = await here(request).backend.apps()
    return Changelog(
        items=[
            Changes(slug=one.key, name=one.key, display_name=one.name, versions=[Version(version=version_of(one))])
            for one in known
        ]
    )


@get("/toolkits/{slug:str}", scope=Scope.READ)
async def get_toolkit(request: Request[Any, Any, Any], slug: FromPath[str]) -> Toolkit:
    """Get a toolkit, with the fields that its auth configs and connections take."""
    asked = here(request)
    app = await asked.backend.app(slug)
    managed = (await _list_managed(asked, [app]))[app.key]
    triggers = (await _count_triggers(asked))[app.key]
    item = _item(app, managed, triggers)
    return Toolkit(
        slug=app.key,
        name=app.name,
        composio_managed_auth_schemes=managed,
        composio_managed_auth=[
            ManagedAuth(mode=scheme.auth_mode, scopes=Available(available=_scopes(scheme, "available_scopes")))
            for scheme in app.auth_schemes
            if scheme.auth_mode in managed
        ],
        auth_config_details=[await _details(asked, app, scheme) for scheme in app.auth_schemes],
        auth_guide_url=app.docs or None,
        base_url=app.base_url,
        get_current_user_endpoint=app.get_current_user_endpoint,
        get_current_user_endpoint_method="GET" if app.get_current_user_endpoint else None,
        meta=ToolkitDetailsMeta(
            description=app.description,
            logo=app.logo,
            app_url=item.meta.app_url,
            categories=[SluggedCategory(slug=one.id, name=one.name) for one in item.meta.categories],
            tools_count=app.actions,
            triggers_count=triggers,
            version=version_of(app),
            available_versions=[version_of(app)],
        ),
        deprecated=FormerDetails(toolkit_id=app.key, current_user_endpoint=app.get_current_user_endpoint),
    )


async def _details(asked: Here, app: AppModel, scheme: AuthScheme) -> AuthDetails:
    accounts = asked.backend.accounts
    _, own = await accounts.expected_fields(app.key, unmistakable(scheme), customer=False)
    _, customers = await accounts.expected_fields(app.key, unmistakable(scheme), customer=True)
    is_oauth = scheme.auth_mode in {"OAUTH1", "OAUTH2"}
    return AuthDetails(
        name=scheme.name or scheme.auth_mode.lower(),
        mode=scheme.auth_mode,
        required_scopes=_scopes(scheme, "default_scopes"),
        fields=FieldsByMoment(auth_config_creation=_fields(own), connected_account_initiation=_fields(customers)),
        proxy=ProxyInfo(base_url=scheme.proxy.base_url) if scheme.proxy.base_url else None,
        auth_hint_url=app.docs or None,
        deprecated_auth_provider_details=ProviderDetails(
            authorization_url=scheme.authorization_url, token_url=scheme.extra.get("token_url")
        )
        if is_oauth
        else None,
    )


async def _list_managed(asked: Here, apps: Iterable[AppModel]) -> Mapping[str, list[str]]:
    """Return the modes that need no client of the project's own, by app."""
    found: dict[str, list[str]] = {}
    for app in apps:
        modes = [one.auth_mode for one in app.auth_schemes if one.auth_mode in {"OAUTH1", "OAUTH2"}]
        has = bool(modes) and await asked.accounts.has_client(app.key)
        found[app.key] = list(dict.fromkeys(modes)) if has else []
    return found


async def _count_triggers(asked: Here) -> Counter[str]:
    """Return the number for each app."""
    return Counter(one.app for one in await asked.backend.triggers.types())


def _item(app: AppModel, managed: list[str], triggers: int) -> ToolkitItem:
    return ToolkitItem(
        slug=app.key,
        name=app.name,
        no_auth=app.no_auth,
        auth_schemes=list(dict.fromkeys(str(one.auth_mode) for one in app.auth_schemes)),
        composio_managed_auth_schemes=managed,
        auth_guide_url=app.docs or None,
        deprecated=FormerToolkit(toolkit_id=app.key),
        meta=ToolkitMeta(
            description=app.description,
            logo=app.logo,
            app_url=app.docs or None,
            categories=[Category(id=_slug(name), name=name) for name in app.categories],
            tools_count=app.actions,
            triggers_count=triggers,
            version=version_of(app),
        ),
    )


def version_of(app: AppModel) -> str:
    """Return the only version of an app's description."""
    return app.provenance.version or _NO_VERSION


def field_of(one: AuthField) -> Field:
    """Return a field in the clients' form."""
    return Field(
        name=one.name,
        display_name=one.displayName,
        type=one.type,
        description=one.about,
        required=one.required and one.default is None,
        default=one.default,
        is_secret=one.is_secret,
    )


def _fields(listed: Iterable[AuthField]) -> Fields:
    found = [field_of(one) for one in listed]
    return Fields(required=[one for one in found if one.required], optional=[one for one in found if not one.required])


def _scopes(scheme: AuthScheme, name: str) -> list[str]:
    return [str(one) for one in scheme.extra.get(name) or ()]


def _slug(name: str) -> str:
    return "-".join("".join(c if c.isalnum() else " " for c in name.lower()).split())


routes = [list_toolkits, list_several_toolkits, list_categories, list_changes, get_toolkit]
