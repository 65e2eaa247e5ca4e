"""Connections in the format of v3's connected accounts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from composio.model.connection import (
    Connection,
    ConnectionStatus,
    Integration,
)
from composio.model.secret import is_secret
from composio_server.wire.v3.account_bodies import (
    Account,
    AuthConfigInfo,
    FormerAccount,
    FormerUuid,
    Sharing,
    Status,
    ToolkitName,
    Values,
)
from composio_server.wire.v3.wire import REDACTED, as_uuid

__all__ = ["STATUSES", "account_of", "alias_label", "alias_of", "labels_with", "state_of", "status_of"]

_ALIAS = "alias:"
STATUSES = frozenset({"INITIALIZING", "INITIATED", "ACTIVE", "FAILED", "EXPIRED", "INACTIVE", "REVOKED"})


def status_of(one: Connection) -> Status:
    """Return v3's status: a disabled account is inactive."""
    return "INACTIVE" if not one.enabled else _WIRE_STATUS[one.status]


_WIRE_STATUS: Mapping[ConnectionStatus, Status] = {
    ConnectionStatus.INITIATED: "INITIATED",
    ConnectionStatus.ACTIVE: "ACTIVE",
    ConnectionStatus.EXPIRED: "EXPIRED",
    ConnectionStatus.FAILED: "FAILED",
}


def alias_label(alias: str) -> str:
    """The label that stores a connection's alias."""
    return f"{_ALIAS}{alias}"


def alias_of(one: Connection) -> str | None:
    """Return the alias of an account."""
    return next((label.removeprefix(_ALIAS) for label in one.labels if label.startswith(_ALIAS)), None)


def labels_with(one: Connection, alias: str) -> list[str]:
    """Return a connection's labels with ``alias`` in place of the current one; "" for none."""
    others = [label for label in one.labels if not label.startswith(_ALIAS)]
    return [*others, alias_label(alias)] if alias else others


def state_of(one: Connection, redirect_url: str | None = None) -> Values:
    """Return a connection's values in a scheme's state, without secrets."""
    val: dict[str, Any] = {name: REDACTED if is_secret(name) else one.values[name] for name in one.values}
    if one.status is ConnectionStatus.ACTIVE:
        val |= {name: REDACTED for name in _SECRETS.get(one.auth_mode, ()) if name not in val}
    val["status"] = status_of(one)
    if one.status is ConnectionStatus.INITIATED and one.auth_mode in {"OAUTH1", "OAUTH2"}:
        val["redirectUrl"] = redirect_url or ""
        if one.auth_mode == "OAUTH1":
            val |= {"oauth_token": REDACTED, "oauth_token_secret": REDACTED, "authUri": redirect_url or ""}
    elif redirect_url is not None:
        val["redirectUrl"] = redirect_url
    if one.status is ConnectionStatus.FAILED:
        val |= {"error": one.error or "", "error_description": one.error or ""}
    return Values(auth_scheme=one.auth_mode, val=val)


# Fields that clients expect for every active account of a scheme.
_SECRETS: Mapping[str, Sequence[str]] = {
    "OAUTH2": ("access_token",),
    "OAUTH1": ("oauth_token", "oauth_token_secret"),
    "BASIC": ("username", "password"),
    "BEARER_TOKEN": ("token",),
    "BASIC_WITH_JWT": ("username", "password"),
    "GOOGLE_SERVICE_ACCOUNT": ("credentials_json",),
}


def account_of(one: Connection, integration: Integration | None) -> Account:
    state = state_of(one)
    return Account(
        id=one.id,
        alias=alias_of(one),
        user_id=one.entity_id,
        toolkit=ToolkitName(slug=one.app),
        auth_config=AuthConfigInfo(
            id=one.integration_id,
            auth_scheme=one.auth_mode,
            is_composio_managed=integration is not None and integration.use_composio_oauth_app,
            is_disabled=integration is None or not integration.enabled,
            deprecated=FormerUuid(uuid=as_uuid(one.integration_id)),
        ),
        auth_scheme=one.auth_mode,
        status=status_of(one),
        status_reason=one.diagnostic,
        is_disabled=not one.enabled,
        created_at=one.createdAt,
        updated_at=one.updatedAt,
        state=state,
        data=state.val,
        requested_scopes=list(one.scopes),
        deprecated=FormerAccount(uuid=as_uuid(one.id), labels=[label for label in one.labels if not label.startswith(_ALIAS)]),
        experimental=Sharing(),
    )
