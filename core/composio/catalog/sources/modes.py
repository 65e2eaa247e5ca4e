"""The parts of each auth mode: its required fields, and the values of its flow for templates."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

__all__ = ["AUTHORIZATION", "BROUGHT", "FILLED_BY_FLOW", "NEEDED", "needed"]

# Names that templates may use without a declaration: the values of each mode.
BROUGHT: Final[Mapping[str, tuple[str, ...]]] = {
    "OAUTH2": ("access_token", "refresh_token", "token_type", "scope", "client_id", "client_secret"),
    "OAUTH1": ("oauth_token", "oauth_token_secret", "client_id", "client_secret", "consumer_key", "consumer_secret"),
    "BASIC_WITH_JWT": ("access_token",),
    "GOOGLE_SERVICE_ACCOUNT": ("access_token", "client_email"),
}
# Modes that sign with a flow's values: an environment variable that happens to be set must not look like a connection.
FILLED_BY_FLOW: Final = frozenset({"OAUTH1", "OAUTH2", "BASIC_WITH_JWT", "GOOGLE_SERVICE_ACCOUNT"})
# Each mode's default header, for schemes without one.
AUTHORIZATION: Final[Mapping[str, str]] = {
    "BASIC": "Basic {{ (username ~ ':' ~ password) | b64encode }}",
    "OAUTH2": "Bearer {{ access_token }}",
    "BASIC_WITH_JWT": "Bearer {{ access_token }}",
    "GOOGLE_SERVICE_ACCOUNT": "Bearer {{ access_token }}",
}
_LOGIN: Final = (
    {"name": "username", "display_name": "User name", "description": "The name or email address that you sign in with."},
    {"name": "password", "display_name": "Password", "description": "The password of that account."},
)
# Fields that a mode needs, added if the file does not declare them.
NEEDED: Final[Mapping[str, tuple[Mapping[str, Any], ...]]] = {
    "BASIC": _LOGIN,
    "BASIC_WITH_JWT": _LOGIN,
    "API_KEY": ({"name": "api_key", "display_name": "API key", "description": "A key from your account's settings."},),
    "BEARER_TOKEN": (
        {"name": "token", "display_name": "Token", "description": "An access token from your account's settings."},
    ),
    "GOOGLE_SERVICE_ACCOUNT": (
        {
            "name": "service_account_json",
            "display_name": "Service account key",
            "description": "The content of the JSON key file that Google Cloud gave you for the service account.",
        },
        {
            "name": "subject",
            "display_name": "Act as",
            "description": "The email address of the user to act as, where the account has domain-wide delegation.",
            "required": False,
        },
    ),
    "AWS_SIGV4": (
        {
            "name": "access_key_id",
            "display_name": "Access key id",
            "description": "The id of an access key: AKIA... or ASIA...",
        },
        {"name": "secret_access_key", "display_name": "Secret access key", "description": "The secret of that access key."},
        {
            "name": "session_token",
            "display_name": "Session token",
            "description": "For temporary keys (ASIA...): the token that came with them.",
            "required": False,
        },
        {"name": "region", "display_name": "Region", "description": "The region to work in, such as eu-west-1."},
        {
            "name": "service",
            "display_name": "Service",
            "description": "The service's name in signatures, such as s3; left out, the first part of the host's name.",
            "required": False,
            "expected_from_customer": False,
        },
    ),
}
_PRIVATE_KEY: Final = {
    "name": "private_key",
    "display_name": "Private key",
    "description": "The RSA private key of your app in PEM form; the provider has its public half.",
    "expected_from_customer": False,
}


def needed(raw: Mapping[str, Any]) -> tuple[Mapping[str, Any], ...]:
    """Return the fields that a scheme in the file needs for its mode."""
    if raw["auth_mode"] == "OAUTH1" and str(raw.get("signature_method", "")).startswith("RSA"):
        return (_PRIVATE_KEY,)
    return NEEDED.get(raw["auth_mode"], ())
