"""Create and find integrations, with the developer's or the operator's client."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from composio.accounts.book import Book, new_id
from composio.accounts.clients import OAuthClients
from composio.accounts.fields import OAUTH, check, client_fields, missing, require, scheme_named, scheme_of, stored_scheme
from composio.accounts.redirects import check_redirect
from composio.errors import ConfigurationError, InvalidRequest, nearest
from composio.model.action import ActionModel
from composio.model.app import AppModel, AuthField, AuthScheme, unmistakable
from composio.model.connection import Integration, IntegrationChange, NewConnection, NewIntegration
from composio.model.secret import NO_VALUES, SecretValues
from composio.process.forks import lock

__all__ = ["IntegrationBook"]

# The keys of `auth_config` besides fields; v0.7 had both names of the redirect URI.
_REDIRECT = ("redirect_uri", "oauth_redirect_uri")

# Users who connect first at the same time share one integration.
_TURNS = lock()


class IntegrationBook:
    """Blocking. ``redirect_uri`` is what to tell a developer to register, ``action`` finds an action by any of its names."""

    def __init__(
        self,
        book: Book,
        clients: OAuthClients,
        *,
        action: Callable[[str], ActionModel],
        redirect_uri: Callable[[AppModel, AuthScheme, Integration | None], str],
    ) -> None:
        self._book, self._clients, self._action, self._redirect_uri = book, clients, action, redirect_uri

    def create(self, app: AppModel, request: NewIntegration) -> Integration:
        """Create an integration, or return the newest equal one unless ``force_new``."""
        config, redirect_uri, scopes = _take_apart(app, request)
        scheme = scheme_named(app, request.auth_mode) if request.auth_mode else self.scheme_for(app, config)
        values = check(app, config, client_fields(scheme), f"an integration with {scheme.auth_mode}")
        shared = self._shares_client(app, scheme, request.use_composio_oauth_app, values)
        if not shared:
            hint = "They go into auth_config={...} of create_integration."
            require(app, f"an integration with {scheme.auth_mode}", self._own(scheme), values, hint=hint)
        made = Integration(
            id=new_id("int"),
            app=app.key,
            name=request.name or f"{app.key}_{scheme.auth_mode.lower()}",
            auth_mode=scheme.auth_mode,
            scheme=scheme.name,
            scopes=scopes,
            redirect_uri=redirect_uri,
            use_composio_oauth_app=shared,
            limited_actions=self._limit(app, request.limited_actions),
            created_at=self._book.now(),
            updated_at=self._book.now(),
            config=values,
        )
        if shared:
            self.client(app, scheme, made)
        with _TURNS:
            if not request.force_new and (same := self._same(made, named=request.name is not None)) is not None:
                return same
            self._book.add_integration(made)
        return made

    def update(self, app: AppModel, integration: Integration, change: IntegrationChange) -> Integration:
        """Return ``integration`` with ``change`` applied; omitted values stay."""
        changes: dict[str, Any] = {}
        if change.name is not None:
            changes["name"] = change.name
        if change.enabled is not None:
            changes["enabled"] = change.enabled
        if change.limited_actions is not None:
            changes["limited_actions"] = self._limit(app, tuple(change.limited_actions)) or None
        asked = NewIntegration(app=app.key, config=change.config, scopes=change.scopes)
        config, redirect_uri, scopes = _take_apart(app, asked)
        if scopes is not None:
            changes["scopes"] = scopes
        if redirect_uri is not None:
            changes["redirect_uri"] = redirect_uri
        if config:
            scheme = scheme_of(app, integration)
            values = check(app, config, client_fields(scheme), f"an integration with {scheme.auth_mode}")
            changes["config"] = integration.config | values
            if "client_id" in values:
                changes["use_composio_oauth_app"] = False
        return self._book.change_integration(integration, **changes) if changes else integration

    def scheme_for(
        self, app: AppModel, config: Mapping[str, Any] = NO_VALUES, values: Mapping[str, Any] | None = None
    ) -> AuthScheme:
        """Guess the scheme: the one whose fields were given, else OAuth if there is a client, else the first."""
        schemes = app.auth_schemes or (AuthScheme(f"{app.key}_no_auth", "NO_AUTH"),)
        oauth = [scheme for scheme in schemes if scheme.auth_mode in OAUTH]
        if "client_id" in config and oauth:
            return oauth[0]
        given = SecretValues.of(config) | SecretValues.of(values)
        if given:
            fitting = [s for s in schemes if set(given) <= {one.name for one in client_fields(s)}]
            complete = [
                s for s in fitting if not missing([f for f in s.fields if f.expected_from_customer], SecretValues.of(given))
            ]
            if complete or fitting:
                return (complete or fitting)[0]
        if oauth and self._clients.find(app.key) is not None:
            return oauth[0]
        typed = [s for s in schemes if s.auth_mode not in OAUTH]
        return typed[0] if typed and not oauth else (oauth or list(schemes))[0]

    def _shares_client(self, app: AppModel, scheme: AuthScheme, wanted: bool | None, values: SecretValues) -> bool:
        if scheme.auth_mode not in OAUTH:
            return False
        if "client_id" in values:
            if wanted:
                raise InvalidRequest(
                    f"{app.key}: use_composio_oauth_app=True asks for the operator's OAuth client, and auth_config brings a"
                    " client_id of its own; keep one of them."
                )
            return False
        return wanted is not False

    def _own(self, scheme: AuthScheme) -> list[AuthField]:
        oauth = scheme.auth_mode in OAUTH
        return [f for f in client_fields(scheme) if not f.expected_from_customer or (oauth and f.name == "client_id")]

    def _limit(self, app: AppModel, names: tuple[str, ...] | None) -> tuple[str, ...] | None:
        if names is None:
            return None
        found = [self._action(name) for name in names]
        for name, action in zip(names, found, strict=True):
            if action.app not in {app.key, "custom"}:
                raise InvalidRequest(f"limited_actions: {name} is an action of {action.app}, not of {app.key}.")
        return tuple(dict.fromkeys(action.slug for action in found))

    def _same(self, made: Integration, *, named: bool) -> Integration | None:
        def told(one: Integration) -> tuple[Any, ...]:
            what = (one.scheme, one.scopes, one.redirect_uri, one.use_composio_oauth_app, one.limited_actions, dict(one.config))
            return (*what, one.name if named else None)

        known = self._book.integrations(app=made.app, auth_mode=made.auth_mode)
        return next((one for one in known if told(one) == told(made)), None)

    def with_users_own(self, app: AppModel, request: NewConnection) -> NewConnection:
        """Move the users' fields from ``auth_config``, where v0.7 accepted them, to the connection's values.

        In the integration they would apply to all users, and sign the calls of the next user to connect.
        """
        if not request.config:
            return request
        config = SecretValues.of(request.config)
        wanted = request.auth_mode
        scheme = scheme_named(app, wanted) if wanted else self.scheme_for(app, config, request.values)
        own = {one.name for one in scheme.fields if one.expected_from_customer} & set(config)
        return replace(
            request,
            config=SecretValues({name: config[name] for name in config if name not in own}),
            values=SecretValues({name: config[name] for name in own}) | SecretValues.of(request.values),
        )

    def for_connection(self, app: AppModel, request: NewConnection) -> Integration:
        """Return the integration for an app's new connection: the newest that fits, else a new one."""
        new = bool(request.config) or request.force_new_integration
        if request.auth_mode:
            scheme = scheme_named(app, request.auth_mode)
            known = [] if new else self._find_fitting(app, scheme, request)
        else:
            known = [] if new else self._find_fitting(app, None, request)
            scheme = self.scheme_for(app, request.config, request.values)
            if not request.values:
                # One that the user can complete; those that wait for typed values only if there is no other.
                known = [one for one in known if one.auth_mode in OAUTH] or ([] if scheme.auth_mode in OAUTH else known)
            if not new:
                known = known or self._find_fitting(app, scheme, request)
        if known:
            return known[0]
        return self.create(
            app,
            NewIntegration(
                app=app.key,
                auth_mode=unmistakable(scheme),
                config=request.config,
                use_composio_oauth_app=request.use_composio_oauth_app,
                force_new=request.force_new_integration,
            ),
        )

    def _find_fitting(self, app: AppModel, scheme: AuthScheme | None, request: NewConnection) -> list[Integration]:
        wanted = request.use_composio_oauth_app
        known = self._book.integrations(app=app.key, auth_mode=scheme.auth_mode if scheme else None)
        made = [(one, stored_scheme(app, one.scheme, one.auth_mode)) for one in known]
        usable = {one.id: found for one, found in made if found is not None and (scheme is None or found.name == scheme.name)}
        fitting = [one for one in known if one.id in usable]
        # v0.7's default is True, so only an explicit False is a choice.
        if wanted is False:
            fitting = [one for one in fitting if not one.use_composio_oauth_app]
        if scheme is None and request.values:
            names = set(request.values)
            fitting = [one for one in fitting if names <= {f.name for f in usable[one.id].fields}]
        return fitting

    def client(self, app: AppModel, scheme: AuthScheme, integration: Integration) -> SecretValues:
        """Return the values set by the developer, or by the operator for shared clients. Raises ``ConfigurationError``."""
        values = integration.config
        if scheme.auth_mode not in OAUTH:
            return values
        if integration.use_composio_oauth_app:
            shared = self._clients.find(app.key)
            if shared is None:
                raise ConfigurationError(
                    self._clients.missing(app, self._redirect_uri(app, scheme, integration)) + _by_hand(app)
                )
            values = values | shared
        if scheme.auth_mode == "OAUTH1":  # its own message for the same
            names = {"consumer_key": "client_id", "consumer_secret": "client_secret"}
            values = values | {
                ours: values[theirs] for ours, theirs in names.items() if theirs in values and ours not in values
            }
        return values


def _by_hand(app: AppModel) -> str:
    """Return the scheme without OAuth, if the app has one."""
    typed = [one for one in app.auth_schemes if one.auth_mode not in {*OAUTH, "NO_AUTH"}]
    if not typed:
        return ""
    names = ", ".join(f'"{f.name}": ...' for f in typed[0].fields if f.required and f.expected_from_customer)
    return f' Or connect without OAuth: auth_scheme="{typed[0].auth_mode}", connected_account_params={{{names}}}.'


def _take_apart(app: AppModel, request: NewIntegration) -> tuple[SecretValues, str | None, tuple[str, ...] | None]:
    """Split ``auth_config`` into fields, redirect URI and scopes."""
    taken = {name: request.config[name] for name in (*_REDIRECT, "scopes") if name in request.config}
    config = SecretValues.of({name: value for name, value in request.config.items() if name not in taken})
    redirects = [taken[name] for name in _REDIRECT if name in taken]
    redirect = check_redirect(app.key, redirects[0]) if redirects and redirects[0] else None
    listed = taken.get("scopes")
    scopes = request.scopes if request.scopes is not None else _scopes(app, listed)
    return config, redirect, scopes


def _scopes(app: AppModel, listed: Any) -> tuple[str, ...] | None:
    if listed is None:
        return None
    if isinstance(listed, str):
        return tuple(part for part in listed.replace(",", " ").split() if part)
    if isinstance(listed, (list, tuple)) and all(isinstance(one, str) for one in listed):
        return tuple(listed)
    raise InvalidRequest(f"{app.key}: scopes takes a list of names, not {type(listed).__name__}.")


def unknown_scopes(scheme: AuthScheme, scopes: tuple[str, ...]) -> list[str]:
    """Return scopes that the app's definition does not list, each with its nearest name; providers may know more."""
    known = [str(one) for one in scheme.extra.get("available_scopes", ())]
    if not known:
        return []
    return [f"{one} (did you mean {', '.join(nearest(one, known, 1))}?)" for one in scopes if one not in known]
