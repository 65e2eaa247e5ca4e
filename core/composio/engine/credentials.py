"""Step 4: whose credentials a call uses.

In this order: ``auth=`` of the call, ``add_auth``, the named connection, the entity's newest active connection, the app's
declared environment variables, none where none are needed. Environment variables are the developer's own, so only the default
entity uses them: a call for somebody else never runs as the developer by accident.
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
"""As :attr:`HttpBinding.security`."""

# Whose values somebody typed: another scheme of that kind can be signed with them.
_TYPED = frozenset({"API_KEY", "BASIC", "BEARER_TOKEN"})


# By identity, which is safe as the entry keeps the binding alive.
_PLACES: dict[int, tuple[HttpBinding, dict[tuple[str, str], list[str]]]] = {}
_MOST_PLACES = 1024


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
        fits: Callable[[AuthScheme], bool] = lambda _: True,
    ) -> Credentials | None:
        """The named connection, else the entity's newest active one that ``fits``, its tokens ``fresh``; None where it has none.

        A named connection is the entity's own, unless ``any_entity`` says that nobody named an entity. Raises
        ``ConnectedAccountNotFound`` for an id that is not known or another's, ``ConnectionNotUsable`` where only connecting
        again helps: the newest one's scheme may be gone from the app's definition.
        """
        ...

    def why(self, app: str, entity_id: str) -> tuple[str, str] | None:
        """The id of the entity's newest connection that no call can use, and why; None where it has none."""
        ...

    async def renewed(self, credentials: Credentials, io: Io) -> Credentials | None:
        """Return other credentials after the API refused these; None if there are none.

        Raises ``TokenRequestFailed`` where there may be some later.
        """
        ...

    async def worked(self, credentials: Credentials, io: Io) -> None:
        """The API took these. Whoever is refused later is then told of credentials that ended, and not of wrong ones."""
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
    """The credentials for one call of ``who``; ``fresh`` renews tokens that have ended.

    ``wanted`` is what its operation says of them, and ``public`` that it works without: then only credentials that were asked
    for by name, or that the operation takes, go along. ``address`` is set where connections say a part of the API's address:
    then their values do so though nothing is signed. It is the address if that can't do without. Raises ``ConnectionNotFound``,
    which says what supplies them.
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
        # Only for saying that it is there and does not fit.
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
    """What fills the API's address for a call that nobody signs: the values of whichever connection there is."""
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
    # Without its connection, as an answer to an unsigned call says nothing of the connection's tokens.
    return replace(found, scheme=found.scheme.unsigned, connection=None)


def _misfit(app: AppModel, entity_id: str, wanted: Wanted, connection: Connection | None) -> str:
    """One line for an entity that is connected with something else than an operation takes."""
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
    """Hold a connection to what its integration was limited to. Raises ``ActionNotAllowed``."""
    allowed, asked = credentials.limited_actions, list(names)
    if allowed is not None and not {name.upper() for name in asked} & allowed:
        what = asked[0] if asked else "a request that no action describes"
        raise ActionNotAllowed(
            f"{what} is not among the actions that this integration of {app.key} is limited to: {', '.join(sorted(allowed))}."
        )


def find_filled(action: ActionModel, custom: CustomAuth | None) -> frozenset[str]:
    """The action's arguments that ``custom`` puts into the request itself: an account in the path, a key in the query."""
    if custom is None or not isinstance(action.binding, HttpBinding):
        return frozenset()
    places = _list_places(action.binding)
    names = {name for one in custom.parameters for name in places.get((one.in_, one.name.lower()), ())}
    if custom.body and action.binding.body:
        names |= {name for name, wire in action.binding.body.properties.items() if wire in custom.body}
    return frozenset(names)


def _list_places(binding: HttpBinding) -> Mapping[tuple[str, str], list[str]]:
    """The arguments of an operation by where they go and what they are called there."""
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
    """The developer's own credentials; ``partly`` takes what there is of them."""
    for scheme in app.auth_schemes:
        if not fits(scheme, wanted):
            continue
        values: dict[str, str] = {}
        for one in scheme.fields:
            # An API whose key is the user name has an empty password; elsewhere an empty variable is one that is not set.
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
    """One line that says what would supply credentials for ``app``, or those that one of its operations takes."""
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
    """What an action's description says; None for Python functions."""
    return action.binding.security if isinstance(action.binding, HttpBinding) else None


def fits(scheme: AuthScheme, wanted: Wanted) -> bool:
    """Whether a scheme serves an operation. One that stands for nothing of the description serves all of them."""
    if wanted is None or not scheme.security:
        return True
    return any(names and set(names) <= set(scheme.security) for names in wanted)


def narrow(app: AppModel, credentials: Credentials, wanted: Wanted) -> Credentials:
    """``credentials`` without the parts that the operation does not ask for, where one of the app's schemes is all that it does."""
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
    """What an operation wants, in words, and the app's schemes that are that."""
    alternatives = [" and ".join(names) for names in wanted or () if names]
    return " or ".join(alternatives), [scheme for scheme in app.auth_schemes if scheme.security and fits(scheme, wanted)]
