"""The format of v0.7's clients: apps, actions, integrations and connected accounts as plain JSON. Pure."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from composio.model.action import ActionModel, HttpBinding
from composio.model.app import AppModel, AuthField, AuthScheme
from composio.model.call import Outcome
from composio.model.connection import Connection, ConnectionStarted, Integration
from composio.model.media import is_json, is_sequence, is_text

__all__ = [
    "VERSION",
    "app_id",
    "show_action",
    "show_alias",
    "show_app",
    "show_connection",
    "show_integration",
    "show_outcome",
    "show_started",
    "stamp",
    "wire_mode",
]

# Apps have no ids here except their keys; TypeScript programs compare and send UUIDs, which therefore never change.
_APPS = uuid.UUID("6b0d6a55-6f2c-5b0e-9a53-2f6f0f5f4a11")
VERSION = "1_0"
"""The one version of every action: the clients send ``latest`` or two numbers, and an app has one description."""
# Modes that the Python client knows; an app with another one breaks its whole listing.
_MODES = frozenset(
    {"OAUTH2", "OAUTH1", "API_KEY", "BASIC", "BEARER_TOKEN", "BASIC_WITH_JWT", "GOOGLE_SERVICE_ACCOUNT", "NO_AUTH"}
)
_OAUTH = frozenset({"OAUTH1", "OAUTH2"})
_CLIENT = (
    AuthField("client_id", "Client ID", "The id of your OAuth client, as the provider shows it.", expected_from_customer=False),
    AuthField(
        *("client_secret", "Client secret", "The secret of your OAuth client."), required=False, expected_from_customer=False
    ),
)


@lru_cache(maxsize=4096)
def app_id(key: str) -> str:
    """Return an app's id in this protocol, the same everywhere and forever."""
    return str(uuid.uuid5(_APPS, key))


def stamp(seconds: float) -> str:
    """Format ``seconds`` since 1970 as ``2026-11-29T08:30:00.125Z``: clients sort by it, so seconds are too coarse."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def wire_mode(mode: str) -> str:
    """Return an auth mode that the clients know; an unknown one is a set of values to type, like an API key."""
    return mode if mode in _MODES else "API_KEY"


# Apps


def show_app(app: AppModel, *, shared: bool, triggers: int) -> dict[str, Any]:
    """Return an app with its number of triggers. ``shared`` says that the operator has an OAuth client for integrations.

    It never has a key ``message``: clients read that as an unknown app.
    """
    schemes = app.auth_schemes or (AuthScheme(f"{app.key}_no_auth", "NO_AUTH"),)
    return {
        "appId": app_id(app.key),
        "key": app.key,
        "name": app.key,
        "displayName": app.name,
        "description": app.description,
        "categories": list(app.categories),
        "logo": app.logo,
        "docs": app.docs,
        "enabled": True,
        "no_auth": app.no_auth,
        "auth_schemes": [_show_scheme(scheme) for scheme in schemes],
        "testConnectors": [_show_shared_client(app, one) for one in schemes if shared and one.auth_mode in _OAUTH],
        "meta": {"is_custom_app": False, "actionsCount": app.actions, "triggersCount": triggers},
    }


def _show_shared_client(app: AppModel, scheme: AuthScheme) -> dict[str, str]:
    return {"id": app_id(f"{app.key}/{scheme.name}"), "name": f"{app.key}-shared", "authScheme": scheme.auth_mode}


def _show_scheme(scheme: AuthScheme) -> dict[str, Any]:
    own = {one.name for one in scheme.fields}
    client = [one for one in _CLIENT if scheme.auth_mode in _OAUTH and one.name not in own]
    shown: dict[str, Any] = {
        "scheme_name": scheme.name or scheme.auth_mode,
        "auth_mode": wire_mode(scheme.auth_mode),
        "mode": wire_mode(scheme.auth_mode),  # TypeScript's name for it
        "fields": [_show_field(one) for one in (*client, *scheme.fields)],
    }
    if scheme.auth_mode in _OAUTH:
        for name in ("authorization_url", "token_url"):
            if isinstance(found := scheme.extra.get(name), str):
                shown[name] = found
        shown["default_scopes"] = [str(one) for one in scheme.extra.get("default_scopes") or ()]
    return shown


def _show_field(one: AuthField) -> dict[str, Any]:
    return {
        "name": one.name,
        "display_name": one.displayName,
        "displayName": one.displayName,
        "description": one.about,
        "type": one.type,
        "default": one.default,
        "required": one.required,
        "expected_from_customer": one.expected_from_customer,
        "is_secret": one.is_secret,
    }


# Actions


def show_action(action: ActionModel, app: AppModel, *, full: bool = False) -> dict[str, Any]:
    """Return an action. ``full`` has the full schema of its response; a large listing only says that there is data."""
    tags = list(action.tags)
    if action.important and "important" not in tags:
        tags.append("important")
    return {
        "name": action.slug,
        "display_name": action.display_name,
        "displayName": action.display_name,
        "description": action.description or action.display_name,
        "parameters": _show_parameters(action),
        "response": _show_response(action, full=full),
        "appId": app_id(action.app),
        "appKey": action.app,
        "appName": action.app,
        "version": VERSION,
        "available_versions": [VERSION],
        "tags": tags,
        "logo": app.logo,
        "enabled": True,
        "no_auth": app.no_auth or action.no_auth,
        "deprecated": action.deprecated,
    }


def show_alias(shown: Mapping[str, Any], alias: str) -> dict[str, Any]:
    """Return an action again under a former name: found by it, and by no tag."""
    return {**shown, "name": alias, "tags": ["deprecated"], "deprecated": True}


def _show_parameters(action: ActionModel) -> dict[str, Any]:
    files = _files(action)
    properties = {
        name: _uploadable(name, schema) if name in files else schema for name, schema in _properties(action.parameters).items()
    }
    return {
        **action.parameters,
        "title": action.parameters.title or f"{action.slug.title().replace('_', '')}Request",
        "type": "object",
        "properties": properties,
        "required": action.parameters.required,
    }


def _properties(schema: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    # `true` is a schema too; the clients expect objects.
    found = schema.get("properties") or {}
    return {str(name): dict(one) if isinstance(one, Mapping) else {} for name, one in found.items()}


def _files(action: ActionModel) -> frozenset[str]:
    """Return the arguments that are one file each; the clients upload no lists of files."""
    body = action.binding.body if isinstance(action.binding, HttpBinding) else None
    named = body.files if body is not None else ()
    properties = _properties(action.parameters)
    return frozenset(one for one in named if one in properties and properties[one].get("type") != "array")


def _uploadable(name: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "title": schema.get("title") or name,
        "description": schema.get("description") or "The file to send.",
        "type": "object",
        "file_uploadable": True,
        "properties": {
            "name": {"title": "Name", "type": "string", "description": "The file's name."},
            "mimetype": {"title": "Mimetype", "type": "string", "description": "Its media type."},
            "s3key": {"title": "S3Key", "type": "string", "description": "Where it was uploaded to."},
        },
        "required": ["name", "mimetype", "s3key"],
    }


def _show_response(action: ActionModel, *, full: bool) -> dict[str, Any]:
    title = action.slug.title().replace("_", "")
    return {
        "title": f"{title}Response",
        "type": "object",
        "properties": {
            "data": _show_data(action, f"{title}Data", full=full),
            "successful": {"title": "Successful", "type": "boolean", "description": "Whether it worked."},
            "error": {"title": "Error", "type": "string", "description": "Why it did not work.", "nullable": True},
        },
        "required": ["data", "successful"],
    }


def _show_data(action: ActionModel, title: str, *, full: bool) -> dict[str, Any]:
    about = {"title": title, "type": "object", "description": "What the app answers."}
    accept = action.binding.accept if isinstance(action.binding, HttpBinding) else ()
    if accept and not any(is_json(one) or is_text(one) or is_sequence(one) for one in accept):
        return {**about, "properties": {"file": _DOWNLOADABLE}}
    if not full:
        return about
    found = dict(action.response)
    if not found:
        return about
    if found.get("type") == "array":
        return {**about, "properties": {"items": found}}
    return {**about, **found, "type": "object", "properties": _properties(found)}


_DOWNLOADABLE = {
    "title": "File",
    "type": "object",
    "description": "The file that came down.",
    "file_downloadable": True,
    "properties": {
        "name": {"title": "Name", "type": "string", "description": "Its name."},
        "mimetype": {"title": "Mimetype", "type": "string", "description": "Its media type."},
        "s3url": {"title": "S3Url", "type": "string", "description": "Where it can be fetched for an hour."},
    },
}


def show_outcome(outcome: Outcome, log_id: str) -> dict[str, Any]:
    """Return an outcome: always an object as data, and both spellings of success."""
    return {
        "successful": outcome.successful,
        "successfull": outcome.successful,
        "data": _as_object(outcome.data, outcome.more),
        "error": outcome.error,
        "logId": log_id,
        "log_id": log_id,
    }


def _as_object(data: Any, more: Mapping[str, Any] | None) -> dict[str, Any]:
    if data is None:
        found: dict[str, Any] = {}
    elif isinstance(data, Mapping):
        found = dict(data)
    else:
        name = "items" if isinstance(data, list | tuple) else "text" if isinstance(data, str) else "value"
        found = {name: data}
    return found if more is None else {**found, "_more": dict(more)}


# Integrations and connected accounts


def show_integration(one: Integration, *, logo: str = "", connections: int = 0) -> dict[str, Any]:
    """Return an integration, without the developer's values."""
    return {
        "id": one.id,
        "name": one.name,
        "authScheme": wire_mode(one.auth_mode),
        "authConfig": {"scopes": " ".join(one.scopes)} if one.scopes else {},
        "createdAt": stamp(one.created_at),
        "updatedAt": stamp(one.updated_at),
        "enabled": one.enabled,
        "deleted": False,
        "appId": app_id(one.app),
        "appName": one.app,
        "logo": logo,
        "defaultConnectorId": None,
        "connections": [],
        "expectedInputFields": [_show_field(field) for field in one.expected],
        "limitedActions": list(one.limited_actions or ()),
        "useComposioAuth": one.use_composio_oauth_app,
        "member": {},
        "_count": {"connections": connections},
    }


def show_connection(one: Connection, *, logo: str = "", params: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return a connected account; ``params`` are its signing values, for callers that may see them."""
    return {
        "id": one.id,
        "status": str(one.status),
        "createdAt": stamp(one.created_at),
        "updatedAt": stamp(one.updated_at),
        "appUniqueId": one.app,
        "appName": one.app,
        "appId": app_id(one.app),
        "logo": logo,
        "integrationId": one.integration_id,
        "connectionParams": dict(params or {}),
        "clientUniqueUserId": one.entity_id,
        "entityId": one.entity_id,
        "authConfig": {},
        "authScheme": wire_mode(one.auth_mode),
        "data": {},
        "enabled": one.enabled,
        "isDisabled": not one.enabled,
        "deleted": False,
        "labels": list(one.labels),
        "member": {},
        "invocationCount": "0",
        "error": one.diagnostic,
    }


def show_started(started: ConnectionStarted) -> dict[str, Any]:
    """Return a started connection; ``redirectUrl`` is null if no browser is needed."""
    return {
        "connectionStatus": str(started.connection.status),
        "connectedAccountId": started.connection.id,
        "redirectUrl": started.redirect_url,
    }
