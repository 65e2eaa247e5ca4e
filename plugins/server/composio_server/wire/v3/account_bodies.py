"""Request and response bodies of connected accounts."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from composio_server.wire.v3.wire import Paged, Wire

__all__ = [
    "ACL",
    "Account",
    "AccountStatus",
    "Accounts",
    "AuthConfigId",
    "AuthConfigInfo",
    "CreateAccount",
    "CreateLink",
    "CreatedAccount",
    "Deleted",
    "Done",
    "FormerAccount",
    "FormerCreated",
    "FormerUuid",
    "LinkExperimental",
    "Linked",
    "NewAccount",
    "PatchAccount",
    "Patched",
    "PatchedConnection",
    "RefreshAccount",
    "Refreshed",
    "Sharing",
    "State",
    "Status",
    "ToolkitName",
    "Values",
]

Status = Literal["INITIALIZING", "INITIATED", "ACTIVE", "FAILED", "EXPIRED", "INACTIVE", "REVOKED"]


class ACL(Wire, kw_only=True):
    """Who may use a shared account. Not offered: every account is its user's own."""

    allow_all_users: bool | None = None
    allowed_user_ids: list[str] | None = None
    not_allowed_user_ids: list[str] | None = None


class LinkExperimental(Wire, kw_only=True):
    """Whether others may use an account."""

    account_type: Literal["PRIVATE", "SHARED"] | None = None
    acl_config_for_shared: ACL | None = None


class Sharing(Wire, kw_only=True):
    """The owner of an account."""

    account_type: Literal["PRIVATE"] = "PRIVATE"


class AuthConfigId(Wire, kw_only=True):
    """Which auth config."""

    id: str


class State(Wire, kw_only=True):
    """Values of a scheme, such as ``{"authScheme": "API_KEY", "val": {"api_key": "..."}}``."""

    auth_scheme: str = msgspec.field(name="authScheme")
    val: dict[str, Any]


class NewAccount(Wire, kw_only=True):
    """The account's user, its values if known, and where to send the user afterwards."""

    user_id: str | None = None
    state: State | None = None
    data: dict[str, Any] | None = None
    callback_url: str | None = None
    redirect_uri: str | None = None
    alias: str | None = None
    experimental: LinkExperimental | None = None


class CreateAccount(Wire, kw_only=True):
    """Connect a user through an auth config."""

    auth_config: AuthConfigId
    connection: NewAccount
    validate_credentials: bool | None = None


class CreateLink(Wire, kw_only=True):
    """Create a link to a page where a user connects."""

    auth_config_id: str
    user_id: str
    alias: str | None = None
    callback_url: str | None = None
    connection_data: dict[str, Any] | None = None
    experimental: LinkExperimental | None = None


class PatchedConnection(Wire, kw_only=True):
    """New values of an account."""

    state: State


class PatchAccount(Wire, kw_only=True):
    """Changes of an account. An empty ``alias`` removes it."""

    alias: str | None = None
    connection: PatchedConnection | None = None
    experimental: LinkExperimental | None = None


class RefreshAccount(Wire, kw_only=True):
    """How to renew an account."""

    redirect_url: str | None = None
    validate_credentials: bool | None = None


class AccountStatus(Wire, kw_only=True):
    """Whether an account is enabled."""

    enabled: bool


class FormerCreated(Wire, kw_only=True):
    """The UUIDs that earlier clients used."""

    uuid: str
    auth_config_uuid: str = msgspec.field(name="authConfigUuid")


class Values(Wire, kw_only=True):
    """A connection's values by scheme. Secrets read ``REDACTED``."""

    auth_scheme: str = msgspec.field(name="authScheme")
    val: dict[str, Any]


class CreatedAccount(Wire, kw_only=True):
    """A started account; the user goes to ``redirect_url`` if there is one."""

    id: str
    status: Status
    connection_data: Values = msgspec.field(name="connectionData")
    redirect_url: str | None
    redirect_uri: str | None
    deprecated: FormerCreated
    experimental: Sharing


class Linked(Wire, kw_only=True):
    """A link to the page where the user connects. It works once, and for ten minutes."""

    link_token: str
    redirect_url: str
    expires_at: str
    connected_account_id: str
    experimental: Sharing


class FormerUuid(Wire, kw_only=True):
    """The UUID that earlier clients used."""

    uuid: str


class FormerAccount(Wire, kw_only=True):
    """What earlier clients used."""

    uuid: str
    labels: list[str]


class AuthConfigInfo(Wire, kw_only=True):
    """The auth config of an account."""

    id: str
    auth_scheme: str
    is_composio_managed: bool
    is_disabled: bool
    deprecated: FormerUuid


class ToolkitName(Wire, kw_only=True):
    """Which toolkit."""

    slug: str


class Account(Wire, kw_only=True):
    """A connected account. Secrets in ``state`` and ``data`` read ``REDACTED``."""

    id: str
    word_id: str | None = None
    alias: str | None
    user_id: str
    toolkit: ToolkitName
    auth_config: AuthConfigInfo
    auth_scheme: str = msgspec.field(name="authScheme")
    status: Status
    status_reason: str | None
    is_disabled: bool
    created_at: str
    updated_at: str
    state: Values
    data: dict[str, Any]
    params: dict[str, Any] = msgspec.field(default_factory=dict)
    requested_scopes: list[str]
    test_request_endpoint: str = ""
    deprecated: FormerAccount
    experimental: Sharing


class Accounts(Paged, kw_only=True):
    """A page of accounts."""

    items: list[Account]


class Deleted(Wire, kw_only=True):
    """The account was revoked where its provider allows that, and removed."""

    success: bool = True
    revoke_job_id: str | None = None


class Patched(Wire, kw_only=True):
    """A changed account."""

    id: str
    status: Status
    success: bool = True


class Refreshed(Wire, kw_only=True):
    """A renewed account; the user goes to ``redirect_url`` if there is one."""

    id: str
    status: Status
    redirect_url: str | None


class Done(Wire, kw_only=True):
    """The operation succeeded."""

    success: bool = True
