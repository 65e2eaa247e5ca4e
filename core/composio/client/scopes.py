"""The least OAuth scopes that cover what a program is going to call."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from composio.client.arguments import ActionLike, Many, action_name, read_list
from composio.errors import InvalidRequest
from composio.model.action import ActionModel
from composio.model.app import AppModel, AuthScheme

if TYPE_CHECKING:
    from composio.backend import Backend

__all__ = ["LeastScopes", "choose_scopes", "find_scopes"]

# These give access to no data: they keep a login alive, or say whose it is.
_ALWAYS: Final = frozenset({"offline_access", "offline", "offline.access", "refresh_token", "openid"})


@dataclass(frozen=True, slots=True, kw_only=True)
class LeastScopes:
    """``scopes`` cover the actions. ``unknown`` are actions whose API says nothing: for those the app's usual scopes are included."""

    app: str
    scopes: tuple[str, ...]
    unknown: tuple[str, ...] = ()

    def listing(self) -> dict[str, Any]:
        """The same as JSON."""
        return {"app": self.app, "scopes": list(self.scopes), "unknown": list(self.unknown)}


async def find_scopes(
    backend: Backend,
    actions: Many[ActionLike],
    *,
    app: str | None = None,
    auth_mode: str | None = None,
    granted: Collection[str] = (),
) -> LeastScopes:
    """Return the least scopes for ``actions``, all of one app, beside those that are ``granted``.

    Raises ``ActionNotFound``, and ``InvalidRequest`` if the actions are not all of ``app``, or of one app.
    """
    from composio.backend import ActionQuery

    names = read_list(actions, action_name, "for_actions")
    if not names:
        raise InvalidRequest("for_actions names at least one action, for example for_actions=[Action.GMAIL_SEND_EMAIL].")
    found = await backend.actions(ActionQuery(names=tuple(names)))
    key = found[0].app if app is None else (await backend.app(app)).key
    for one in found:
        if one.app != key:
            raise InvalidRequest(f"for_actions are actions of {key}; {one.slug} is one of {one.app}.")
    has_choice = any(len(one.scope_alternatives) > 1 for one in found)
    every = await backend.actions(ActionQuery(apps=(key,), everything=True)) if has_choice else found
    return choose_scopes(await backend.app(key), found, every, auth_mode, granted)


def choose_scopes(
    app: AppModel,
    actions: Sequence[ActionModel],
    every: Sequence[ActionModel],
    auth_mode: str | None = None,
    granted: Collection[str] = (),
) -> LeastScopes:
    """Return the least scopes of ``app``'s OAuth scheme that cover ``actions``; none if its users do not sign in with OAuth.

    ``every`` are the app's actions: a scope that fewer of them take is the narrower one. What ``granted`` scopes cover adds none.
    """
    scheme = _find_scheme(app, auth_mode)
    if scheme is None:
        return LeastScopes(app=app.key, scopes=())
    usual = [str(one) for one in scheme.extra.get("default_scopes", ())]
    known = {str(one) for one in scheme.extra.get("available_scopes", ())} | set(usual)
    reach = Counter(scope for one in every for scope in {scope for way in one.scope_alternatives for scope in way})
    unknown = [one for one in actions if not one.scope_alternatives and not one.no_auth]
    chosen = {one for one in usual if unknown or one in _ALWAYS} | set(granted)
    # What one action leaves no choice about often covers others.
    for action in sorted(actions, key=lambda one: len(one.scope_alternatives)):
        ways = [set(way) for way in action.scope_alternatives]
        if ways and not any(way <= chosen for way in ways):
            # A provider may refuse what its definition does not list.
            chosen |= min(
                ways,
                key=lambda way: (bool(known) and not way <= known, len(way - chosen), sum(reach[scope] for scope in way)),
            )
    ordered = [one for one in usual if one in chosen]
    return LeastScopes(
        app=app.key,
        scopes=(*ordered, *sorted(chosen.difference(ordered))),
        unknown=tuple(one.slug for one in unknown),
    )


def _find_scheme(app: AppModel, auth_mode: str | None) -> AuthScheme | None:
    modes = ("OAUTH2", "OAUTH1") if auth_mode is None else (auth_mode.upper(),)
    return next((one for one in app.auth_schemes if one.auth_mode in modes and "default_scopes" in one.extra), None)
