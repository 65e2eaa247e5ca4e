"""Step 4: whose credentials a call uses.

In this order: ``auth=`` of the call, ``add_auth``, the named connection, the entity's newest active connection, the app's
declared environment variables, none where none are needed. Environment variables are the developer's own, so only the default
entity uses them: a call for somebody else never runs as the developer by accident.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Mapping
from typing import Protocol

from composio.engine.io import Io
from composio.errors import ActionNotAllowed, ConnectionNotFound, ConnectionNotUsable
from composio.model.action import ActionModel, HttpBinding
from composio.model.app import AppModel
from composio.model.auth import CustomAuth
from composio.model.call import DEFAULT_ENTITY
from composio.model.credentials import Credentials
from composio.model.secret import SecretValues

__all__ = ["Connections", "choose", "filled", "missing", "permit"]


class Connections(Protocol):
    """Where an entity's stored connections are; the accounts room provides it."""

    async def find(
        self,
        app: AppModel,
        entity_id: str,
        connected_account_id: str | None,
        io: Io,
        *,
        any_entity: bool = False,
        fresh: bool = True,
    ) -> Credentials | None:
        """The named connection, else the entity's newest active one, its tokens ``fresh``; None where it has none.

        A named connection is the entity's own, unless ``any_entity`` says that nobody named an entity. Raises
        ``ConnectedAccountNotFound`` for an id that is not known or another's, ``ConnectionNotUsable`` where only connecting
        again helps.
        """
        ...

    def why(self, app: str, entity_id: str) -> tuple[str, str] | None:
        """The id of the entity's newest connection that no call can use, and why; None where it has none."""
        ...

    async def renewed(self, credentials: Credentials, io: Io) -> Credentials | None:
        """Other credentials after the API did not take these; None where there are none to be had."""
        ...

    async def worked(self, credentials: Credentials, io: Io) -> None:
        """The API took these. Whoever is refused later is then told of credentials that ended, and not of wrong ones."""
        ...


async def choose(
    app: AppModel,
    *,
    entity_id: str,
    connected_account_id: str | None,
    auth: CustomAuth | None,
    app_auth: Mapping[str, CustomAuth],
    connections: Connections | None,
    environ: Mapping[str, str],
    io: Io,
    any_entity: bool = False,
    fresh: bool = True,
) -> Credentials:
    """The credentials for one call; ``fresh`` renews tokens that have ended. Raises ``ConnectionNotFound``, which says what supplies them."""
    if auth is not None:
        return Credentials("auth", custom=auth)
    if (added := app_auth.get(app.key)) is not None:
        return Credentials("add_auth", custom=added)
    if connections is not None:
        found = await connections.find(app, entity_id, connected_account_id, io, any_entity=any_entity, fresh=fresh)
        if found is not None:
            return found
    if connected_account_id is not None:
        raise ConnectionNotFound(
            app.key, f"No connected account {connected_account_id!r} for {app.key}. Leave it out, or pass auth= with this call."
        )
    if entity_id == DEFAULT_ENTITY and (own := _from_environment(app, environ)) is not None:
        return own
    if app.no_auth or any(scheme.auth_mode == "NO_AUTH" for scheme in app.auth_schemes):
        return Credentials("none")
    if connections is not None and (why := connections.why(app.key, entity_id)) is not None:
        connection_id, obstacle = why
        raise ConnectionNotUsable(
            app.key, connection_id, f"The connection {connection_id} of {entity_id!r} to {app.key} {obstacle}"
        )
    raise ConnectionNotFound(app.key, missing(app, entity_id))


def permit(credentials: Credentials, app: AppModel, names: Iterable[str]) -> None:
    """Hold a connection to what its integration was limited to. Raises ``ActionNotAllowed``."""
    allowed, asked = credentials.limited_actions, list(names)
    if allowed is not None and not {name.upper() for name in asked} & allowed:
        what = asked[0] if asked else "a request that no action describes"
        raise ActionNotAllowed(
            f"{what} is not among the actions that this integration of {app.key} is limited to: {', '.join(sorted(allowed))}."
        )


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
            return Credentials("environment", scheme=scheme, values=SecretValues(values))
    return None


def missing(app: AppModel, entity_id: str) -> str:
    """One line that says what would supply credentials for ``app``."""
    option = "" if entity_id == DEFAULT_ENTITY else f" -e {shlex.quote(entity_id)}"
    ways = [f"run `composio add {app.key}{option}`"]
    if entity_id == DEFAULT_ENTITY:
        for scheme in app.auth_schemes:
            names = [one.env[0] for one in scheme.fields if one.env and one.required]
            if names:
                ways.append(f"set {' and '.join(names)} in the environment")
    ways.append(f"call toolset.add_auth(app={app.key!r}, parameters=[CustomAuthParameter(...)])")
    ways.append("pass auth={'parameters': [...]} to execute_action")
    whose = "" if entity_id == DEFAULT_ENTITY else f" and entity {entity_id!r}"
    return f"No credentials for app {app.key!r}{whose}. To supply them: {'; or '.join(dict.fromkeys(ways))}."
