"""What an app is: its name, where its description comes from, and which credentials it takes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, get_args

__all__ = ["AUTH_MODES", "AppModel", "AuthField", "AuthMode", "AuthScheme", "Envelope", "Provenance", "Proxy"]

AuthMode = Literal[
    "OAUTH2", "OAUTH1", "API_KEY", "BASIC", "BEARER_TOKEN", "BASIC_WITH_JWT", "GOOGLE_SERVICE_ACCOUNT", "AWS_SIGV4", "NO_AUTH"
]
AUTH_MODES: Final = frozenset(get_args(AuthMode))


@dataclass(frozen=True, slots=True)
class AuthField:
    """One value that a scheme needs. ``env`` lists the environment variables that may hold it, first found wins.

    Source: documentation page "Adding Your Own App", custom fields; ``env`` is ours.
    """

    name: str
    display_name: str = ""
    description: str = ""
    type: str = "string"
    required: bool = True
    expected_from_customer: bool = True
    default: str | None = None
    env: tuple[str, ...] = ()

    @property
    def displayName(self) -> str:  # noqa: N802 - v0.7's name
        return self.display_name or self.name

    def model_dump(self) -> dict[str, Any]:
        """JSON-ready; without ``env``."""
        return {
            "name": self.name,
            "display_name": self.displayName,
            "displayName": self.displayName,
            "description": self.description,
            "type": self.type,
            "required": self.required,
            "default": self.default,
            "expected_from_customer": self.expected_from_customer,
        }


@dataclass(frozen=True, slots=True)
class Proxy:
    """Templates, in sandboxed Jinja over the fields, of what a signed request carries.

    Source: documentation page "Adding Your Own App", ``proxy``.
    """

    base_url: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    query_params: Mapping[str, str] = field(default_factory=dict)
    path_params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuthScheme:
    """One way to authenticate to an app. ``extra`` keeps the documented OAuth fields for the accounts room.

    ``security`` names the security schemes of the app's description that this one stands for, all of them together: it serves
    operations that ask for those. One without any serves every operation.
    """

    name: str
    auth_mode: AuthMode
    fields: tuple[AuthField, ...] = ()
    proxy: Proxy = Proxy()
    extra: Mapping[str, Any] = field(default_factory=dict)
    security: tuple[str, ...] = ()

    @property
    def scheme_name(self) -> str:
        """The same as :attr:`name`, under v0.7's name."""
        return self.name


@dataclass(frozen=True, slots=True)
class Envelope:
    """Where an API says inside a 200 that it failed: Slack's ``{"ok": false, "error": "..."}``."""

    success: str
    error: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """Where a description came from: ``npm:@octokit/openapi@23.0.2``, its licence and the SHA-256 of what was read."""

    source: str = ""
    version: str = ""
    license: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppModel:
    """One app. ``key`` is its unique key in lower case.

    ``base_url`` replaces the description's servers; ``headers`` go with every request; ``expired_token_errors`` are what its API
    answers, with any status, to a token that it no longer takes; ``compiled`` and the counts say what the catalog holds of it.
    """

    key: str
    name: str
    description: str = ""
    logo: str = ""
    docs: str = ""
    categories: tuple[str, ...] = ()
    auth_schemes: tuple[AuthScheme, ...] = ()
    base_url: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    envelope: Envelope | None = None
    expired_token_errors: tuple[Any, ...] = ()
    get_current_user_endpoint: str | None = None
    provenance: Provenance = Provenance()
    compiled: bool = False
    actions: int = 0
    important: int = 0

    @property
    def appId(self) -> str:  # noqa: N802 - v0.7's name; apps have no other id here
        return self.key

    @property
    def no_auth(self) -> bool:
        """True where calls need no credentials."""
        return not self.auth_schemes or all(s.auth_mode == "NO_AUTH" for s in self.auth_schemes)

    def model_dump(self) -> dict[str, Any]:
        """JSON-ready, for listings."""
        return {
            "key": self.key,
            "name": self.name,
            "description": self.description,
            "logo": self.logo,
            "docs": self.docs,
            "categories": list(self.categories),
            "auth_schemes": [{"name": s.name, "auth_mode": s.auth_mode} for s in self.auth_schemes],
            "no_auth": self.no_auth,
            "compiled": self.compiled,
            "actions": self.actions,
            "important": self.important,
            "source": self.provenance.source,
            "version": self.provenance.version,
            "license": self.provenance.license,
            "sha256": self.provenance.sha256,
        }
