"""Read the claims of a JSON Web Token without trusting them: its recipient verifies it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from composio.model.secret import SecretValues

__all__ = ["claims_of"]


def claims_of(values: SecretValues, name: str) -> Mapping[str, Any]:
    """Return the claims of the token that ``values`` have under ``name``; empty if it is missing or not a JWT."""
    import jwt

    if name not in values:
        return {}
    try:
        claims: Mapping[str, Any] = jwt.decode(values[name], options={"verify_signature": False, "verify_exp": False})
    except (jwt.PyJWTError, TypeError, ValueError, RecursionError):
        return {}
    return claims
