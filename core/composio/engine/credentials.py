"""Step 4: whose credentials a call uses.

In this order: ``auth=`` of the call, ``add_auth``, the named connection, the entity's newest active connection, the app's
declared environment variables, none where none are needed. Environment variables are the developer's own, so only the default
entity uses them: a call for somebody else never runs as the developer by accident.
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from composio.errors import ConnectionNotFound
from composio.model.action import ActionModel, HttpBinding
from composio.model.app import AppModel, AuthScheme
from composio.model.auth import CustomAuth
from composio.model.call import DEFAULT_ENTITY

__all__ = ["Connections", "Credentials", "choose", "filled", "missing"]


@dataclass(frozen=True, slots=True)
class Credentials:
    """What signs a request: a scheme with the values of its fields, or what the caller handed over."""

    origin: str
    scheme: AuthScheme | None = None
    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    custom: CustomAuth | None = None

    def secrets(self) -> list[str]:
        """Every text that must not come back out, longest first: as it was given, and as basic authentication writes it."""
        values = set(self.values.values())
        texts = values | {p.value for p in (self.custom.parameters if self.custom else ())}
        texts |= {text.split(" ", 1)[1] for text in texts if " " in text}
        texts |= {
            b64encode(f"{user}:{password}".encode(errors="replace")).decode() for user in values for password in (*values, "")
        }
        texts |= {_password(text) for text in texts}
        return sorted((t for t in texts if len(t) >= 6), key=len, reverse=True)


def _password(text: str) -> str:
    """The password in what follows ``Basic``; empty where ``text`` is none such. Source: RFC 7617."""
    try:
        return b64decode(text, validate=True).decode().partition(":")[2]
    except ValueError:
        return ""


class Connections(Protocol):
    """Where an entity's stored connections are; the accounts room provides it."""

    async def find(self, app: str, entity_id: str, connected_account_id: str | None) -> Credentials | None: ...


async def choose(
    app: AppModel,
    *,
    entity_id: str,
    connected_account_id: str | None,
    auth: CustomAuth | None,
    app_auth: Mapping[str, CustomAuth],
    connections: Connections | None,
    environ: Mapping[str, str],
) -> Credentials:
    """The credentials for one call. Raises ``ConnectionNotFound``, which says what supplies them."""
    if auth is not None:
        return Credentials("auth", custom=auth)
    if (added := app_auth.get(app.key)) is not None:
        return Credentials("add_auth", custom=added)
    if connections is not None and (found := await connections.find(app.key, entity_id, connected_account_id)) is not None:
        return found
    if connected_account_id is not None:
        raise ConnectionNotFound(
            app.key, f"No connected account {connected_account_id!r} for {app.key}. Leave it out, or pass auth= with this call."
        )
    if entity_id == DEFAULT_ENTITY and (own := _from_environment(app, environ)) is not None:
        return own
    if app.no_auth or any(scheme.auth_mode == "NO_AUTH" for scheme in app.auth_schemes):
        return Credentials("none")
    raise ConnectionNotFound(app.key, missing(app, entity_id))


def filled(action: ActionModel, custom: CustomAuth | None) -> frozenset[str]:
    """The action's arguments that ``custom`` puts into the request itself: an account in the path, a key in the query."""
    if custom is None or not isinstance(action.binding, HttpBinding):
        return frozenset()
    placed = {(str(one.in_), one.name.lower()) for one in custom.parameters}
    names = {one.name for one in action.binding.parameters if (one.place, one.wire.lower()) in placed}
    body = action.binding.body.properties if action.binding.body else {}
    return frozenset(names | {name for name, wire in body.items() if wire in custom.body})


def _from_environment(app: AppModel, environ: Mapping[str, str]) -> Credentials | None:
    for scheme in app.auth_schemes:
        values: dict[str, str] = {}
        for one in scheme.fields:
            found = next((environ[name] for name in one.env if environ.get(name)), one.default)
            if found is not None:
                values[one.name] = str(found)
        secret_found = any(environ.get(name) for one in scheme.fields for name in one.env)
        if secret_found and all(one.name in values for one in scheme.fields if one.required):
            return Credentials("environment", scheme=scheme, values=values)
    return None


def missing(app: AppModel, entity_id: str) -> str:
    """One line that says what would supply credentials for ``app``."""
    ways = []
    if entity_id == DEFAULT_ENTITY:
        for scheme in app.auth_schemes:
            names = [one.env[0] for one in scheme.fields if one.env and one.required]
            if names:
                ways.append(f"set {' and '.join(names)} in the environment")
    ways.append(f"call toolset.add_auth(app={app.key!r}, parameters=[CustomAuthParameter(...)])")
    ways.append("pass auth={'parameters': [...]} to execute_action")
    whose = "" if entity_id == DEFAULT_ENTITY else f" and entity {entity_id!r}"
    return f"No credentials for app {app.key!r}{whose}. To supply them: {'; or '.join(dict.fromkeys(ways))}."
