"""JSON Web Tokens as a request's proof. Times are checked against the caller's clock, not the machine's."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from typing import Any

from composio.errors import SignatureRefused
from composio.triggers.signatures.incoming import Incoming
from composio.triggers.signatures.rules import Jwt, parts_of

__all__ = ["check_jwt"]

_LONGEST = 16_384


def check_jwt(rule: Jwt, request: Incoming, secrets: Sequence[str], *, now: float, values: Mapping[str, str]) -> None:
    """Raise SignatureRefused unless the request's token is signed with one of ``secrets``, in time, and says what it must."""
    given = request.header(rule.header) or ""
    if not given.lower().startswith(rule.prefix.lower()) or len(given) > _LONGEST:
        raise SignatureRefused(f"the header {rule.header} has no token of the kind that is expected")
    claims = _decode(given[len(rule.prefix) :].strip(), rule.algorithms, secrets)
    _check_times(rule, claims, now)
    if rule.issuer and claims.get("iss") not in rule.issuer:
        raise SignatureRefused("the token is from another issuer")
    audience = claims.get("aud")
    if rule.audience and _fill(rule.audience, values) not in (audience if isinstance(audience, list) else [audience]):
        raise SignatureRefused("the token is for another audience")
    for name, expected in rule.claims:
        wanted = _fill(expected, values) if isinstance(expected, str) else expected
        if name not in claims or type(claims[name]) is not type(wanted) or claims[name] != wanted:
            raise SignatureRefused(f"the token's {name} is not the one that is expected")
    if rule.body_digest:
        written = claims.get(rule.body_digest)
        if not isinstance(written, str) or not written.isascii():
            raise SignatureRefused(f"the token has no {rule.body_digest}")
        if not hmac.compare_digest(hashlib.sha256(request.body).hexdigest(), written):
            raise SignatureRefused("the token was made for another body")


def _decode(token: str, algorithms: Sequence[str], secrets: Sequence[str]) -> dict[str, Any]:
    import jwt

    unchecked = {f"verify_{name}": False for name in ("exp", "nbf", "iat", "aud", "iss", "sub", "jti")}
    for secret in secrets:
        for key in _keys(secret, algorithms, token):
            try:
                return jwt.decode(token, key, algorithms=list(algorithms), options=unchecked)  # type: ignore[arg-type] # its TypedDict
            except (jwt.InvalidTokenError, jwt.InvalidKeyError, ValueError, TypeError, RecursionError):
                continue
    raise SignatureRefused("the token is not signed with a key that is known")


def _keys(secret: str, algorithms: Sequence[str], token: str) -> list[Any]:
    if all(name.startswith("HS") for name in algorithms):
        return [secret]
    import jwt

    if not secret.lstrip().startswith("{"):
        return [secret]
    try:
        keys = jwt.PyJWKSet.from_json(secret).keys
        named = jwt.get_unverified_header(token).get("kid")
    except (jwt.PyJWTError, json.JSONDecodeError, ValueError, KeyError, TypeError, AttributeError):
        return []
    return [key for key in keys if named is None or key.key_id == named]


def _check_times(rule: Jwt, claims: Mapping[str, Any], now: float) -> None:
    times = {name: claims.get(name) for name in ("exp", "nbf", "iat")}
    if not all(value is None or (isinstance(value, int | float) and not isinstance(value, bool)) for value in times.values()):
        raise SignatureRefused("a time in the token is not a number")
    exp, nbf, iat = times["exp"], times["nbf"], times["iat"]
    if exp is None and rule.max_age is None:
        raise SignatureRefused("the token does not say when it ends")
    if exp is not None and not now - rule.leeway < exp:
        raise SignatureRefused("the token has ended")
    if any(start is not None and not start <= now + rule.leeway for start in (nbf, iat)):
        raise SignatureRefused("the token does not hold yet")
    if rule.max_age is not None and (iat is None or not now - iat <= rule.max_age + rule.leeway):
        raise SignatureRefused("the token is too old")


def _fill(text: str, values: Mapping[str, str]) -> str:
    found = ""
    for part, is_part in parts_of(text):
        name = part.removeprefix("value.")
        if is_part and not values.get(name):
            raise SignatureRefused(f"the subscription's {name} is not known")
        found += values[name] if is_part else part
    return found
