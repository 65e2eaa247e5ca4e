"""Step 4: choose the credentials of a call.

In this order: ``auth=`` of the call, ``add_auth``, the named connection, the entity's newest active connection, the app's
declared environment variables, none if none are needed. Environment variables are the developer's own, so only the default
entity uses them: a call for another entity never runs as the developer by accident.
"""

from __future__ import annotations

import functools
import shlex
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol, TypedDict

from composio.errors import ActionNotAllowed, ConnectionNotFound, ConnectionNotUsable
from composio.model.action import ActionModel, HttpBinding
from composio.model.app import AppModel, AuthScheme
from composio.model.auth import CustomAuth
from composio.model.call import DEFAULT_ENTITY, Who
from composio.model.connection import Connection
from composio.model.credentials import Credentials
from composio.model.secret import SecretValues

if TYPE_CHECKING:
    from composio.engine.io import Io

__all__ = ["Connections", "Needs", "Wanted", "choose", "find_filled", "fits", "missing", "narrow", "permit", "read_wanted"]

Wanted = tuple[tuple[str, ...], ...] | None
"""See :attr:`HttpBinding.security`."""

# Schemes with typed values: another scheme of the same kind can sign with them.
_TYPED = frozenset({"API_KEY", "BASIC", "BEARER_TOKEN"})


# Keyed by identity, which is safe as the entry keeps the binding alive.
_PLACES: dict[int, tuple[HttpBinding, dict[tuple[str, str], list[str]]]] = {}
_MOST_PLACES = 1024


class Connections(Protocol):
    """The stored connections of entities, implemented by the accounts package."""

    async def find(
        self,
        app: AppModel,
        entity_id: str,
        connected_account_id: str | None,
        io: Io,
        *,
        any_entity: bool = False,
        fresh: bool = True,
        fits: Callable[[AuthScheme], bool] = lambda _: True,
    ) -> Credentials | None:
        """Return the named connection, else the entity's newest active one that ``fits``; None if there is none.

        Its tokens are ``fresh``. A named connection must be the entity's own, unless ``any_entity`` says that no entity was
        named. Raises ``ConnectedAccountNotFound`` for an unknown id or another entity's, ``ConnectionNotUsable`` if the user
        must connect again: for example, the newest connection's scheme is no longer in the app's definition.
        """
        ...

    def why(self, app: str, entity_id: str) -> tuple[str, str] | None:
        """Return the id of the entity's newest unusable connection, and why it is unusable; None if there is none."""
        ...

    async def renewed(self, credentials: Credentials, io: Io) -> Credentials | None:
        """Return other credentials after the API refused these; None if there are none.

        Raises ``TokenRequestFailed`` if there may be some later.
        """
        ...

    async def worked(self, credentials: Credentials, io: Io) -> None:
        """Record that the API accepted these, so that a later refusal is reported as expired rather than wrong credentials."""
        ...


class Needs(TypedDict, total=False):
    """The requirements of a call's credentials, for :func:`choose`."""

    fresh: bool
    wanted: Wanted
    public: bool
    address: str | None


async def choose(
    app: AppModel,
    who: Who,
    *,
    connections: Connections | None,
    environ: Mapping[str, str],
    io: Io,
    fresh: bool = True,
    wanted: Wanted = None,
    public: bool = False,
    address: str | None = None,
) -> Credentials:
    """Return the credentials for one call of ``who``; ``fresh`` renews expired tokens.

    ``wanted`` is what the operation's description requires. ``public`` says that it works without: then only credentials that
    were named explicitly, or that the operation accepts, are sent. ``address`` is set if connections supply a part of the API's
    URL: their values then apply even if nothing is signed. It is the URL if that part is required. Raises
    ``ConnectionNotFound``, which says how to supply credentials.
    """
    if (custom := who.auth_for(app.key)) is not None:
        return Credentials("auth" if custom is who.auth else "add_auth", custom=custom)
    entity_id, connected_account_id = who.entity_id, who.connection_to(app.key)
    found = None
    if connections is not None and (wanted != () or connected_account_id is not None):
        find = functools.partial(connections.find, app, entity_id, connected_account_id, io, any_entity=who.any_entity)
        found = await find(fresh=fresh and wanted != (), fits=lambda scheme: fits(scheme, wanted))
    if found is None and connected_account_id is not None:
        raise ConnectionNotFound(
            app.key, f"No connected account {connected_account_id!r} for {app.key}. Leave it out, or pass auth= with this call."
        )
    if wanted == ():
        return await _address(app, who, address, connections=connections, environ=environ, io=io)
    misfit = found is not None and found.scheme is not None and not fits(found.scheme, wanted)
    if found is not None and not misfit:
        return found
    if not misfit and entity_id == DEFAULT_ENTITY and (own := _from_environment(app, environ, wanted)) is not None:
        return own
    if public:
        return await _address(app, who, address, connections=connections, environ=environ, io=io)
    if app.no_auth or any(scheme.needs_nothing for scheme in app.auth_schemes):
        return Credentials("none")
    if found is None and connections is not None and wanted:
        # Used only to report that it exists and does not fit.
        found = await connections.find(app, entity_id, None, io, any_entity=who.any_entity, fresh=False)
    if found is not None:
        raise ConnectionNotFound(app.key, _misfit(app, entity_id, wanted, found.connection))
    if connections is not None and (why := connections.why(app.key, entity_id)) is not None:
        connection_id, obstacle = why
        raise ConnectionNotUsable(
            app.key, connection_id, f"The connection {connection_id} of {entity_id!r} to {app.key} {obstacle}"
        )
    raise ConnectionNotFound(app.key, missing(app, entity_id, wanted))


async def _address(
    app: AppModel, who: Who, address: str | None, *, connections: Connections | None, environ: Mapping[str, str], io: Io
) -> Credentials:
    """Return what fills the API's URL for an unsigned call: the values of any available connection."""
    if address is None:
        return Credentials("none")
    found = None
    if connections is not None:
        found = await connections.find(
            app, who.entity_id, who.connection_to(app.key), io, any_entity=who.any_entity, fresh=False
        )
    if found is None and who.entity_id == DEFAULT_ENTITY:
        found = _from_environment(app, environ, partly=True)
    if not address and (found is None or found.scheme is None):
        return Credentials("none")
    if found is None or found.scheme is None:
        option = "" if who.entity_id == DEFAULT_ENTITY else f" -e {shlex.quote(who.entity_id)}"
        raise ConnectionNotFound(
            app.key,
            f"The address of {app.key}, {address}, has a part that a connection says, and there is none:"
            f" run `composio add {app.key}{option}`, or pass it with auth=.",
        )
    # Without its connection, as an answer to an unsigned call says nothing about the connection's tokens.
    return replace(found, scheme=found.scheme.unsigned, connection=None)


def _misfit(app: AppModel, entity_id: str, wanted: Wanted, connection: Connection | None) -> str:
    """Return one line for an entity whose connections are of other kinds than an operation accepts."""
    what, schemes = _describe_needed(app, wanted)
    made = (
        f"the connection {connection.id} of {entity_id!r} is made with {connection.scheme}"
        if connection
        else "another is there"
    )
    option = "" if entity_id == DEFAULT_ENTITY else f" -e {shlex.quote(entity_id)}"
    if not schemes:
        return f"This operation of {app.key} takes {what}, for which its integration.yaml has no scheme; {made}."
    return (
        f"This operation of {app.key} takes {what}, and {made}. Connect with that as well: "
        f"`composio add {app.key}{option} --auth-mode {shlex.quote(schemes[0].name)}`."
    )


def permit(credentials: Credentials, app: AppModel, names: Iterable[str]) -> None:
    """Enforce an integration's restrictions on its connections. Raises ``ActionNotAllowed``."""
    allowed, asked = credentials.limited_actions, list(names)
    if allowed is not None and not {name.upper() for name in asked} & allowed:
        what = asked[0] if asked else "a request that no action describes"
        raise ActionNotAllowed(
            f"{what} is not among the actions that this integration of {app.key} is limited to: {', '.join(sorted(allowed))}."
        )


def find_filled(action: ActionModel, custom: CustomAuth | None) -> frozenset[str]:
    """Return the arguments that ``custom`` adds to the request itself: an account in the path, a key in the query."""
    if custom is None or not isinstance(action.binding, HttpBinding):
        return frozenset()
    places = _list_places(action.binding)
    names = {name for one in custom.parameters for name in places.get((one.in_, one.name.lower()), ())}
    if custom.body and action.binding.body:
        names |= {name for name, wire in action.binding.body.properties.items() if wire in custom.body}
    return frozenset(names)


def _list_places(binding: HttpBinding) -> Mapping[tuple[str, str], list[str]]:
    """Return an operation's arguments by location and name on the wire."""
    known = _PLACES.get(id(binding))
    if known is None:
        found: dict[tuple[str, str], list[str]] = {}
        for one in binding.parameters:
            found.setdefault((one.place, one.wire.lower()), []).append(one.name)
        if len(_PLACES) >= _MOST_PLACES:
            _PLACES.clear()
        known = _PLACES[id(binding)] = binding, found
    return known[1]


def _from_environment(
    app: AppModel, environ: Mapping[str, str], wanted: Wanted = None, *, partly: bool = False
) -> Credentials | None:
    """Return the developer's own credentials; ``partly`` accepts incomplete ones."""
    for scheme in app.auth_schemes:
        if not fits(scheme, wanted):
            continue
        values: dict[str, str] = {}
        for one in scheme.fields:
            # An API whose key is the user name has an empty password; elsewhere an empty variable counts as unset.
            may_be_empty = scheme.auth_mode == "BASIC" and one.name == "password"
            found = next(
                (environ[name] for name in one.env if environ.get(name) or (may_be_empty and name in environ)), one.default
            )
            if found is not None:
                values[one.name] = str(found)
        secret_found = any(environ.get(name) for one in scheme.fields for name in one.env)
        if secret_found and (partly or all(one.name in values for one in scheme.fields if one.required)):
            return Credentials("environment", scheme=scheme, values=SecretValues(values))
    return None


def missing(app: AppModel, entity_id: str, wanted: Wanted = None) -> str:
    """Return one line on how to supply credentials for ``app``, or for one of its operations."""
    option = "" if entity_id == DEFAULT_ENTITY else f" -e {shlex.quote(entity_id)}"
    schemes = [scheme for scheme in app.auth_schemes if fits(scheme, wanted)]
    if schemes and schemes[0] is not app.auth_schemes[0]:
        option += f" --auth-mode {shlex.quote(schemes[0].name)}"
    ways = [f"run `composio add {app.key}{option}`"]
    if entity_id == DEFAULT_ENTITY:
        for scheme in schemes:
            names = [one.env[0] for one in scheme.fields if one.env and one.required]
            if names:
                ways.append(f"set {' and '.join(names)} in the environment")
    ways.append(f"call toolset.add_auth(app={app.key!r}, parameters=[CustomAuthParameter(...)])")
    ways.append("pass auth={'parameters': [...]} to execute_action")
    whose = "" if entity_id == DEFAULT_ENTITY else f" and entity {entity_id!r}"
    return f"No credentials for app {app.key!r}{whose}. To supply them: {'; or '.join(dict.fromkeys(ways))}."


def read_wanted(action: ActionModel) -> Wanted:
    """Return the requirements in an action's description; None for Python functions."""
    return action.binding.security if isinstance(action.binding, HttpBinding) else None


def fits(scheme: AuthScheme, wanted: Wanted) -> bool:
    """Return whether a scheme fits an operation. A scheme that matches nothing in the description fits all of them."""
    if wanted is None or not scheme.security:
        return True
    return any(names and set(names) <= set(scheme.security) for names in wanted)


def narrow(app: AppModel, credentials: Credentials, wanted: Wanted) -> Credentials:
    """Drop the parts of ``credentials`` that the operation does not require, if one of the app's schemes covers it alone."""
    scheme = credentials.scheme
    if scheme is None or not wanted or not scheme.security or set(scheme.security) in map(set, wanted):
        return credentials
    for names in wanted:
        for other in app.auth_schemes:
            if names and set(other.security) == set(names) and _can_sign(other, scheme, credentials.values):
                return replace(credentials, scheme=other)
    return credentials


def _can_sign(other: AuthScheme, scheme: AuthScheme, values: Mapping[str, str]) -> bool:
    known = other.auth_mode == scheme.auth_mode or other.auth_mode in _TYPED
    return known and set(other.security) <= set(scheme.security) and all(f.name in values for f in other.fields if f.required)


def _describe_needed(app: AppModel, wanted: Wanted) -> tuple[str, list[AuthScheme]]:
    """Return an operation's requirements in words, and the app's schemes that meet them."""
    alternatives = [" and ".join(names) for names in wanted or () if names]
    return " or ".join(alternatives), [scheme for scheme in app.auth_schemes if scheme.security and fits(scheme, wanted)]
