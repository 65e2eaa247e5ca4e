"""What a JSON Web Token says of itself. It is only read, and nothing is believed of it: whoever it is for checks it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from composio.model.secret import SecretValues

__all__ = ["claims_of"]


def claims_of(values: SecretValues, name: str) -> Mapping[str, Any]:
    """The claims of the token that ``values`` have under ``name``; none if there is none, or it is no such token."""
    import jwt

    if name not in values:
        return {}
    try:
        claims: Mapping[str, Any] = jwt.decode(values[name], options={"verify_signature": False, "verify_exp": False})
    except (jwt.PyJWTError, TypeError, ValueError, RecursionError):
        return {}
    return claims
