"""An added app's authentication as the user writes it: ``--auth bearer``, ``--auth header:X-Api-Key``.

For descriptions that declare none, or a wrong one. Errors never quote the value: it may be a misplaced secret.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any, Final

from composio.catalog.schemes import declared_schemes
from composio.errors import InvalidRequest
from composio.model.operating import AUTH_FORMS

__all__ = ["asked_schemes"]

_NONE: Final = "none"
_PART: Final = re.compile(r"\+(?=(?:header|query|cookie|oauth2):|(?:bearer|basic)(?:\+|$))", re.IGNORECASE)
_NAME: Final = re.compile(r"[A-Za-z0-9!#$%&'*.^_`|~\[\]-]+")


def asked_schemes(key: str, given: Sequence[str]) -> list[dict[str, Any]]:
    """Return the schemes of ``integration.yaml`` for ``given``, each an alternative.

    Schemes joined by ``+`` are needed together.

    An ``oauth2`` with an empty authorization URL, or with one URL, means client credentials. Raises ``InvalidRequest``.
    """
    found: list[tuple[list[str], dict[str, Any]]] = []
    declared: dict[str, Any] = {}
    alternatives: list[dict[str, list[str]]] = []
    for number, text in enumerate(given, 1):
        which = f"--auth number {number}" if len(given) > 1 else "--auth"
        if text.strip().lower() == _NONE:
            continue
        together: dict[str, list[str]] = {}
        for part in _PART.split(text.strip()):
            name, node, scopes = _read(part.strip(), which)
            if name in together:
                raise InvalidRequest(
                    f"{which}: two parts of it are the same; join different ones with +, such as header:A+header:B."
                )
            own = name if declared.get(name, node) == node else f"{name}_{node.get('in', 'other')}"  # same, elsewhere
            declared[own] = node
            together[own] = scopes
        alternatives.append(together)
    document = {
        "openapi": "3.1.0",
        "components": {"securitySchemes": declared},
        "paths": {"/": {"get": {"security": alternatives}}} if alternatives else {},
    }
    for scheme in declared_schemes(key, document, None)[0]:
        names = scheme.pop("security")
        if scheme["auth_mode"] == "BEARER_TOKEN" and any(declared[name]["type"] == "oauth2" for name in names):
            continue  # a request for OAuth gets OAuth
        scheme.pop("available_scopes", None)
        found.append((names, scheme))
    made = {frozenset(names) for names, _ in found}
    if any(frozenset(together) not in made for together in alternatives):
        raise InvalidRequest(
            f"--auth: these schemes can't be combined, as both go into the header Authorization. Give {AUTH_FORMS}."
        )
    schemes = [scheme for _, scheme in found]
    if any(text.strip().lower() == _NONE for text in given):
        schemes.append({"name": f"{key}_no_auth", "auth_mode": "NO_AUTH"})
    return schemes


def _read(part: str, which: str) -> tuple[str, dict[str, Any], list[str]]:
    """Return one part: the name of its scheme, the scheme in OpenAPI's form, and its scopes."""
    kind, colon, rest = part.partition(":")
    kind = kind.strip().lower()
    if kind in {"bearer", "basic"} and not colon:
        return kind, {"type": "http", "scheme": kind}, []
    if kind in {"header", "query", "cookie"} and _NAME.fullmatch(rest.strip()):
        wire = rest.strip()
        return wire.lower(), {"type": "apiKey", "in": kind, "name": wire}, []
    if kind == "oauth2" and rest.strip():
        return "oauth2", *_oauth2(rest, which)
    raise InvalidRequest(f"{which}: expected {AUTH_FORMS}; values come later, with `composio add`.")


def _oauth2(text: str, which: str) -> tuple[dict[str, Any], list[str]]:
    pieces = [piece.strip() for piece in text.split(",")]
    page, token, *more = pieces if len(pieces) > 1 else ["", *pieces]
    scopes = [scope for piece in more for scope in piece.split()]
    flow: dict[str, Any] = {"tokenUrl": token, "scopes": dict.fromkeys(scopes, "")}
    if page:
        flow["authorizationUrl"] = page
    node = {"type": "oauth2", "flows": {"authorizationCode" if page else "clientCredentials": flow}}
    probe = {"components": {"securitySchemes": {"oauth2": node}}}
    if not any(scheme["auth_mode"] == "OAUTH2" for scheme in declared_schemes("probe", probe, None)[0]):
        raise InvalidRequest(
            f"{which}: oauth2 takes the authorization URL and the token URL with a comma between, both with https://, then scopes:"
            " oauth2:https://HOST/authorize,https://HOST/token,read,write."
        )
    return node, scopes
