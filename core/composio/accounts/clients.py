"""The operator's OAuth clients, shared by integrations without a client.

They are read on each use and never stored: ``COMPOSIO_OAUTH_<APP>_CLIENT_ID`` and ``_CLIENT_SECRET``, else the section
``oauth_clients`` of ``config.yaml`` in the home.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from composio.errors import ConfigurationError
from composio.model.app import AppModel
from composio.model.secret import NO_VALUES, SecretValues

__all__ = ["CONFIG", "OAuthClients", "SharedOAuthClients"]

CONFIG = "config.yaml"
# A URL whose host ends in a literal domain, whatever fields precede it.
_OF_ONE_DOMAIN = re.compile(
    r"https://(?:[A-Za-z0-9.-]|\{\{[^{}]*\}\}\.)*[A-Za-z0-9-]+\.[A-Za-z]{2,}(?::\d+)?(?:[/?#]|$)", re.IGNORECASE
)


class OAuthClients:
    """Finds the operator's client for an app. ``folder`` is the home's; None if the operator shares no client."""

    def __init__(self, folder: Callable[[], Path] | None, environ: Mapping[str, str]) -> None:
        self._folder, self._environ = folder, environ

    def find(self, app: str) -> SecretValues | None:
        """Return ``client_id`` and, unless the client is public, ``client_secret``; None if they are not set."""
        if self._folder is None:
            return None
        prefix = f"COMPOSIO_OAUTH_{app.upper()}_CLIENT_"
        named = {name: self._environ.get(prefix + name.upper(), "").strip() for name in ("id", "secret")}
        if not named["id"]:
            return _configure(self._folder() / CONFIG, app)
        return SecretValues({f"client_{name}": value for name, value in named.items() if value})

    def known(self, apps: Iterable[str]) -> frozenset[str]:
        """Return those of ``apps`` that have a client; reads the file once."""
        if self._folder is None:
            return frozenset()
        file = self._folder() / CONFIG
        listed = {str(name).lower() for name in _section(file)} if file.is_file() else frozenset()
        return frozenset(
            app for app in apps if app in listed or self._environ.get(f"COMPOSIO_OAUTH_{app.upper()}_CLIENT_ID", "").strip()
        )

    def missing(self, app: AppModel, redirect_uri: str) -> str:
        """Say what to do for an app without a client: where to register one, and with which redirect URI."""
        prefix = f"COMPOSIO_OAUTH_{app.key.upper()}_CLIENT_"
        shared = "" if self._folder is None else f"set {prefix}ID and {prefix}SECRET, or "
        docs = f" (see {app.docs})" if app.docs else ""
        return (
            f"{app.key}: there is no OAuth client to connect users with. Register one with {app.name}{docs}, enter {redirect_uri}"
            f" as its redirect URI, then {shared}pass"
            f' create_integration(app="{app.key}", use_composio_oauth_app=False, auth_config={{"client_id": ...,'
            ' "client_secret": ...}).'
        )


class SharedOAuthClients(OAuthClients):
    """An operator's ``clients`` for tenants: not for apps where a tenant chooses the host that gets the secret."""

    def __init__(self, clients: OAuthClients, app: Callable[[str], AppModel]) -> None:
        super().__init__(None, {})
        self._clients, self._app = clients, app

    def find(self, app: str) -> SecretValues | None:
        """Return the operator's client; None if a tenant would choose who gets it."""
        return self._clients.find(app) if _stays_with_one_domain(self._app(app)) else None

    def known(self, apps: Iterable[str]) -> frozenset[str]:
        """Return those of ``apps`` with a client that tenants may use."""
        return frozenset(app for app in self._clients.known(apps) if _stays_with_one_domain(self._app(app)))

    def missing(self, app: AppModel, redirect_uri: str) -> str:
        """Say what to do if tenants may use a client; otherwise they pass their own."""
        return self._clients.missing(app, redirect_uri) if _stays_with_one_domain(app) else super().missing(app, redirect_uri)


def _stays_with_one_domain(app: AppModel) -> bool:
    if app.by_tenant:
        return False
    urls = (url for scheme in app.auth_schemes for name, url in scheme.extra.items() if name.endswith("_url"))
    return all(_OF_ONE_DOMAIN.match(url) is not None for url in urls if isinstance(url, str) and "{{" in url)


def _configure(file: Path, app: str) -> SecretValues | None:
    try:
        if not file.is_file():
            return None
    except OSError:  # in another user's folder
        return None
    clients = _section(file)
    found = next((value for name, value in clients.items() if str(name).lower() == app), None)
    if found is None:
        return None
    if not isinstance(found, Mapping) or not found.get("client_id"):
        raise ConfigurationError(
            f"{file}: oauth_clients.{app}: expected client_id, and client_secret where the client has one."
        )
    unknown = sorted(set(map(str, found)) - {"client_id", "client_secret"})
    if unknown:
        raise ConfigurationError(f"{file}: oauth_clients.{app}.{unknown[0]}: known are client_id and client_secret.")
    return SecretValues.of(found)


def _section(file: Path) -> Mapping[object, object]:
    import yaml

    try:
        data = yaml.safe_load(file.read_text("utf-8"))
    except (OSError, ValueError, yaml.YAMLError) as error:
        # Not the parser's message: it quotes the file, which holds secrets.
        mark = getattr(error, "problem_mark", None)
        where = f" at line {mark.line + 1}" if mark is not None else ""
        raise ConfigurationError(f"{file}: it can't be read{where} ({type(error).__name__}).") from None
    clients = data.get("oauth_clients") if isinstance(data, Mapping) else None
    if clients is None:
        return NO_VALUES  # type: ignore[return-value]  # an empty mapping is one of any keys
    if not isinstance(clients, Mapping):
        raise ConfigurationError(f"{file}: oauth_clients: expected apps with a client_id each, got {type(clients).__name__}.")
    return clients
