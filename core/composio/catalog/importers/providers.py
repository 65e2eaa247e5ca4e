"""Convert an authorization server's metadata to the flows of a security scheme. Pure.

Sources: OpenID Connect Discovery 1.0, 3 and 4; RFC 8414, 2; RFC 8628, 4; RFC 9126, 5; RFC 9207, 3; OpenAPI 3.2, "Security
Scheme Object" (``oauth2MetadataUrl``).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

__all__ = ["Published", "metadata_url", "published"]

_URLS: Final = ("openIdConnectUrl", "oauth2MetadataUrl")
_CODE, _CLIENT, _DEVICE = "authorization_code", "client_credentials", "urn:ietf:params:oauth:grant-type:device_code"
_OFFLINE: Final = "offline_access"


@dataclass(frozen=True, slots=True)
class Published:
    """A provider's ``flows`` for a security scheme, and the ``settings`` of ``integration.yaml`` that its endpoints need.

    ``always`` are scopes to request in addition to the operations'.
    """

    flows: Mapping[str, Any]
    settings: Mapping[str, Any] = field(default_factory=dict)
    always: tuple[str, ...] = ()


def metadata_url(node: Mapping[str, Any]) -> str:
    """Return the metadata URL of a security scheme; empty if it has none, or declares flows itself."""
    flows = node.get("flows")
    if node.get("type") == "oauth2" and isinstance(flows, dict) and any(isinstance(one, dict) for one in flows.values()):
        return ""
    return next((text.strip() for name in _URLS if isinstance(text := node.get(name), str) and text.strip()), "")


def published(metadata: Any, *, openid: bool) -> Published | str:
    """Return the flows in a provider's metadata; if none is usable, the end of a sentence that says why.

    ``openid`` says that users sign in with OpenID Connect, which requires its own scope.
    """
    if not isinstance(metadata, dict) or not isinstance(metadata.get("token_endpoint"), str):
        return "is no discovery document: it names no token_endpoint"
    if metadata.get("require_pushed_authorization_requests") is True:
        return "wants pushed authorization requests (RFC 9126)"
    methods = _list(metadata, "token_endpoint_auth_methods_supported", ("client_secret_basic",))
    if not {"client_secret_post", "client_secret_basic", "none"} & set(methods):
        return f"takes clients that authenticate with {', '.join(methods[:3])} only"
    scopes = _list(metadata, "scopes_supported")
    flows = _flows(metadata, dict.fromkeys(scopes, ""))
    if not flows:
        return "offers no flow that gives a token to a program"
    settings: dict[str, Any] = {}
    if "client_secret_post" not in methods and "client_secret_basic" in methods:
        settings |= {"token_request_auth_method": "basic"}
    challenges = _list(metadata, "code_challenge_methods_supported")
    if challenges and "S256" not in challenges:
        settings["pkce"] = False
    if isinstance(url := metadata.get("revocation_endpoint"), str):
        settings["revocation_url"] = url
    issuer = metadata.get("issuer")
    if metadata.get("authorization_response_iss_parameter_supported") is True and isinstance(issuer, str) and "{" not in issuer:
        settings["issuer"] = issuer
    always = ("openid",) if openid else ()
    if _OFFLINE in scopes:  # otherwise a connection ends with its first token
        always = (*always, _OFFLINE)
        if "consent" in _list(metadata, "prompt_values_supported"):
            settings["authorization_params"] = {"prompt": "consent"}  # OpenID Connect Core 1.0, 11
    return Published(flows, settings, always)


def _flows(metadata: Mapping[str, Any], scopes: Mapping[str, str]) -> dict[str, Any]:
    """Return the flows with all required URLs."""
    grants = _list(metadata, "grant_types_supported", (_CODE, "implicit"))
    answers = _list(metadata, "response_types_supported", ("code",))
    token = {"tokenUrl": metadata["token_endpoint"], "scopes": scopes}
    page, device = metadata.get("authorization_endpoint"), metadata.get("device_authorization_endpoint")
    found: dict[str, Any] = {}
    if isinstance(page, str) and _CODE in grants and any("code" in one.split() for one in answers):
        found["authorizationCode"] = {"authorizationUrl": page, **token}
    if isinstance(device, str) and _DEVICE in grants:
        found["deviceAuthorization"] = {"deviceAuthorizationUrl": device, **token}
    if _CLIENT in grants:
        found["clientCredentials"] = token
    return found


def _list(metadata: Mapping[str, Any], name: str, default: tuple[str, ...] = ()) -> tuple[str, ...]:
    """Return the strings of a list; ``default`` if it is missing or not a list."""
    value = metadata.get(name)
    found = tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else ()
    return found or default
