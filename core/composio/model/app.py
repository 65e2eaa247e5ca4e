"""An app: its name, the origin of its description, and the credentials it accepts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final, Literal, get_args

from composio.model.dump import Dumps, FormerName
from composio.model.secret import is_secret

__all__ = [
    "ADDRESS",
    "AUTH_MODES",
    "AppModel",
    "AuthField",
    "AuthMode",
    "AuthScheme",
    "Envelope",
    "Provenance",
    "Proxy",
    "unmistakable",
]

AuthMode = Literal[
    "OAUTH2", "OAUTH1", "API_KEY", "BASIC", "BEARER_TOKEN", "BASIC_WITH_JWT", "GOOGLE_SERVICE_ACCOUNT", "AWS_SIGV4", "NO_AUTH"
]
AUTH_MODES: Final = frozenset(get_args(AuthMode))
ADDRESS: Final = "address"
"""The scheme without credentials for an app with unknown authentication, whose URL has parts to fill in."""


@dataclass(frozen=True, slots=True)
class AuthField(Dumps):
    """One value that a scheme needs. ``env`` lists the environment variables that may hold it, first found wins.

    ``choices`` are its allowed values; empty for any.

    Source: documentation page "Adding Your Own App", custom fields; ``env`` is ours.
    """

    FORMER = ("is_secret", "get_current_user_endpoint")

    name: str
    display_name: str = ""
    description: str = ""
    type: str = "string"
    required: bool = True
    expected_from_customer: bool = True
    default: str | None = None
    env: tuple[str, ...] = ()
    choices: tuple[str, ...] = ()

    @property
    def displayName(self) -> str:  # noqa: N802 - v0.7's name
        return self.display_name or self.name

    @property
    def about(self) -> str:
        """The description, with the allowed values."""
        what = self.description or self.display_name
        listed = f"one of {', '.join(self.choices)}" if self.choices else ""
        return f"{what.rstrip('.')}; {listed}" if what and listed else what or listed

    @property
    def is_secret(self) -> bool:
        """Whether input should be hidden while it is typed."""
        return is_secret(self.name)

    @property
    def get_current_user_endpoint(self) -> str | None:
        """v0.7's; only apps have one, not their fields."""
        return None

    def listing(self) -> dict[str, Any]:
        """Return JSON-ready data without ``env``."""
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
    """Templates of what a signed request contains, in sandboxed Jinja over the fields.

    Source: documentation page "Adding Your Own App", ``proxy``.
    """

    base_url: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    query_params: Mapping[str, str] = field(default_factory=dict)
    path_params: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AuthScheme(Dumps):
    """One way to authenticate to an app. ``extra`` holds the documented OAuth fields for the accounts package.

    ``security`` names the description's security schemes that this one covers together: it fits operations that require those.
    A scheme without any fits every operation.
    """

    FORMER = (
        *("scheme_name", "fields", "proxy", "authorization_url", "token_url", "default_scopes"),
        *("token_response_metadata", "client_id", "client_secret"),
    )

    name: str
    auth_mode: AuthMode
    fields: tuple[AuthField, ...] = ()
    proxy: Proxy = Proxy()
    extra: Mapping[str, Any] = field(default_factory=dict)
    security: tuple[str, ...] = ()

    @property
    def unsigned(self) -> AuthScheme:
        """Return the part that is about the API's URL, without anything for signing."""
        return replace(self, auth_mode="NO_AUTH", proxy=Proxy(self.proxy.base_url, path_params=self.proxy.path_params))

    @property
    def needs_nothing(self) -> bool:
        """Return whether calls can be sent without any values of a connection."""
        return self.auth_mode == "NO_AUTH" and not any(one.required and one.default is None for one in self.fields)

    @property
    def scheme_name(self) -> str:
        """The same as :attr:`name`, under v0.7's name."""
        return self.name

    @property
    def authorization_url(self) -> str | None:
        """The authorization URL; may contain a template. None if the scheme has none, as for the next ones."""
        return self.extra.get("authorization_url")

    @property
    def token_url(self) -> str | None:
        """The token URL."""
        return self.extra.get("token_url")

    @property
    def default_scopes(self) -> list[str] | None:
        """The scopes to request unless an integration sets others."""
        found = self.extra.get("default_scopes")
        return None if found is None else list(found)

    @property
    def token_response_metadata(self) -> list[str] | None:
        """Further values of the provider's response to store."""
        found = self.extra.get("token_response_metadata")
        return None if found is None else list(found)

    @property
    def client_id(self) -> None:
        """v0.7's; integrations have clients, apps have none."""

    @property
    def client_secret(self) -> None:
        """The same for the secret."""

    def listing(self) -> dict[str, Any]:
        """Its name and mode."""
        return {"name": self.name, "auth_mode": self.auth_mode}


@dataclass(frozen=True, slots=True)
class Envelope:
    """Where an API reports a failure inside a 200: Slack's ``{"ok": false, "error": "..."}``."""

    success: str
    error: str


@dataclass(frozen=True, slots=True)
class Provenance:
    """The origin of a description: ``npm:@octokit/openapi@23.0.2``, its licence and the SHA-256 of what was read."""

    source: str = ""
    version: str = ""
    license: str = ""
    sha256: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AppModel(Dumps):
    """One app. ``key`` is its unique key in lower case.

    ``base_url`` replaces the description's servers; ``headers`` are sent with every request; ``expired_token_errors`` are its
    API's errors, with any status, for an invalid token; ``compiled`` and the counts describe the catalog's content.
    ``by_tenant`` says that the operator does not trust the description's author: all its URLs are untrusted.
    ``idempotency_header`` or ``idempotency_argument`` is where its API accepts an idempotency key.
    """

    FORMER = (
        *("appId", "meta", "group", "status", "enabled", "auth_schemes", "testConnectors"),
        *("documentation_doc_text", "configuration_docs_text"),
    )

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
    by_tenant: bool = False
    idempotency_header: str = ""
    idempotency_argument: str = ""

    appId = FormerName[str]("key")  # noqa: N815 - v0.7's name; apps have no other id here

    @property
    def meta(self) -> dict[str, Any]:
        """v0.7's: the number of its actions in the catalog, 0 before its first use."""
        return {"actionsCount": self.actions, "is_custom_app": False}

    @property
    def enabled(self) -> bool:
        """v0.7's; every known app is enabled."""
        return True

    # v0.7's, unknown here.

    group = None
    status = None
    testConnectors = None  # noqa: N815 - v0.7's name
    documentation_doc_text = None
    configuration_docs_text = None

    @property
    def no_auth(self) -> bool:
        """Whether calls need no connection: neither credentials nor a part of the API's URL."""
        return not self.auth_schemes or all(s.needs_nothing for s in self.auth_schemes)

    @property
    def is_undeclared(self) -> bool:
        """Whether nothing declares how calls authenticate."""
        return all(s.auth_mode == "NO_AUTH" and s.name == ADDRESS for s in self.auth_schemes)

    def listing(self) -> dict[str, Any]:
        """Return JSON-ready data for listings."""
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


def unmistakable(scheme: AuthScheme) -> str:
    """Return the name with which to request ``scheme``: its own, unless that is a mode's."""
    return scheme.auth_mode if not scheme.name or scheme.name.upper() in AUTH_MODES else scheme.name
