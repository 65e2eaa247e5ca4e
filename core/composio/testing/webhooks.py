"""Requests signed as vendors sign theirs, for every kind of rule that a ``triggers.yaml`` can name."""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

from composio.triggers.signatures.check import decode_key
from composio.triggers.signatures.incoming import Incoming
from composio.triggers.signatures.message import messages_of
from composio.triggers.signatures.rules import (
    Basic,
    Hash,
    Hmac,
    Jwt,
    PublicKey,
    Signed,
    Timestamp,
    Token,
    parts_of,
    rules_from,
)

__all__ = ["new_secret", "sign_request"]


def new_secret(verify: Sequence[Mapping[str, Any]], seed: str = "secret") -> tuple[str, str]:
    """``(what the vendor signs with, what we verify with)`` for the first of the rules. They differ where keys are public."""
    rule = rules_from(verify)[0]
    raw = hashlib.sha256(seed.encode()).digest()
    match rule:
        case PublicKey():
            return _keypair(rule.algorithm)
        case Hmac(key="base64"):
            return (text := base64.b64encode(raw).decode()), text
        case Hmac(key="hex"):
            return raw.hex(), raw.hex()
        case Hmac(key="whsec"):
            return (text := "whsec_" + base64.b64encode(raw).decode()), text
        case Basic():
            return f"composio:{raw.hex()}", f"composio:{raw.hex()}"
    return raw.hex(), raw.hex()


def sign_request(
    verify: Sequence[Mapping[str, Any]],
    request: Incoming,
    secret: str,
    *,
    now: float,
    values: Mapping[str, str] | None = None,
) -> Incoming:
    """``request`` with the proof that the first of the rules asks for, made at ``now`` (seconds since 1970).

    A proof or a time that belongs into the body is written into it, in the place of what is there.
    """
    rule = rules_from(verify)[0]
    match rule:
        case Token():
            return _add_token(rule, request, secret)
        case Basic():
            return _with_header(request, "Authorization", f"Basic {base64.b64encode(secret.encode()).decode()}")
        case Jwt():
            return _add_jwt(rule, request, secret, now, values or {})
        case _:
            return _add_signature(rule, request, secret, now, values or {})


def _add_token(rule: Token, request: Incoming, secret: str) -> Incoming:
    given = f"{rule.prefix}{secret}"
    if rule.header:
        return _with_header(request, rule.header, given)
    if rule.query:
        return replace(request, url=f"{request.url}{'&' if '?' in request.url else '?'}{urlencode({rule.query: given})}")
    body = request.json()
    _write(body, rule.field, given)
    return replace(request, body=json.dumps(body).encode())


def _add_jwt(rule: Jwt, request: Incoming, secret: str, now: float, values: Mapping[str, str]) -> Incoming:
    import jwt

    claims: dict[str, Any] = {"iat": int(now), "exp": int(now) + 60}
    claims |= {name: _fill(value, values) for name, value in rule.claims}
    claims |= {"iss": rule.issuer[0]} if rule.issuer else {}
    claims |= {"aud": _fill(rule.audience, values)} if rule.audience else {}
    claims |= {rule.body_digest: hashlib.sha256(request.body).hexdigest()} if rule.body_digest else {}
    return _with_header(request, rule.header, f"{rule.prefix}{jwt.encode(claims, secret, algorithm=rule.algorithms[0])}")


def _add_signature(
    rule: Hmac | Hash | PublicKey, request: Incoming, secret: str, now: float, values: Mapping[str, str]
) -> Incoming:
    when, timestamp = rule.timestamp, ""
    if when is not None:
        timestamp = _time(when, now)
        if when.header:
            request = _with_header(request, when.header, timestamp)
        elif when.field:
            body = request.json()
            _write(body, when.field, int(timestamp) if timestamp.isdigit() else timestamp)
            request = replace(request, body=json.dumps(body).encode())
    for name in (part.partition(".")[2] for part, is_part in parts_of(rule.over) if is_part and part.startswith("header.")):
        if request.header(name) is None:
            request = _with_header(request, name, "msg_1")
    if rule.body_digest and request.form() is None:
        digest = urlencode({rule.body_digest: hashlib.sha256(request.body).hexdigest()})
        request = replace(request, url=f"{request.url}{'&' if '?' in request.url else '?'}{digest}")
    raw = secret.encode() if isinstance(rule, Hash) else b""
    message = messages_of(rule, request, timestamp=timestamp, values=values, secret=raw)[0]
    signature = f"{rule.prefix}{_encode(_sign(rule, message, secret), rule)}"
    if when is not None and when.part:
        signature = f"{when.part}{timestamp}{rule.separator}{signature}"
    if rule.field:
        body = request.json()
        _write(body, rule.field, signature)
        return replace(request, body=json.dumps(body).encode())
    return _with_header(request, rule.header[0], signature)


def _sign(rule: Hmac | Hash | PublicKey, message: bytes, secret: str) -> bytes:
    if isinstance(rule, Hmac):
        return hmac.digest(decode_key(secret, rule.key), message, rule.digest)
    if isinstance(rule, Hash):
        return hashlib.new(rule.digest, message).digest()
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

    key = serialization.load_pem_private_key(secret.encode(), None)
    digest = getattr(hashes, rule.digest.upper())()
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(message)
    if isinstance(key, ec.EllipticCurvePrivateKey):
        return key.sign(message, ec.ECDSA(digest))
    assert isinstance(key, rsa.RSAPrivateKey)
    return key.sign(message, padding.PKCS1v15(), digest)


@functools.cache
def _keypair(algorithm: str) -> tuple[str, str]:
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa

    key: ed25519.Ed25519PrivateKey | ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
    if algorithm == "ed25519":
        key = ed25519.Ed25519PrivateKey.generate()
    elif algorithm == "ecdsa":
        key = ec.generate_private_key(ec.SECP256R1())
    else:
        key = rsa.generate_private_key(65537, 2048)
    own = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return own, public.decode()


def _encode(raw: bytes, rule: Signed) -> str:
    return raw.hex() if rule.encoding == "hex" else base64.b64encode(raw).decode()


def _time(when: Timestamp, now: float) -> str:
    if when.unit == "iso":
        return datetime.fromtimestamp(now, UTC).isoformat()
    return str(int(now * 1000 if when.unit == "ms" else now))


def _fill(value: Any, values: Mapping[str, str]) -> Any:
    if not isinstance(value, str):
        return value
    return "".join(values[part.removeprefix("value.")] if is_part else part for part, is_part in parts_of(value))


def _write(data: Any, path: str, value: Any) -> None:
    step, _, rest = path.partition(".")
    name, each = step.removesuffix("[]"), step.endswith("[]")
    for entry in data[name] if each else [data]:
        if each and rest:
            _write(entry, rest, value)
        elif rest:
            _write(entry[name], rest, value)
        else:
            entry[name] = value


def _with_header(request: Incoming, name: str, value: str) -> Incoming:
    kept = tuple((key, old) for key, old in request.headers if key != name.lower())
    return replace(request, headers=(*kept, (name.lower(), value)))
