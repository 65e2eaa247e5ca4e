"""Checks a request against an app's rules. Nothing of its body is parsed before it is verified, unless the proof is in it."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from composio.errors import SignatureRefused
from composio.triggers.signatures.compare import same_as_any
from composio.triggers.signatures.incoming import Incoming
from composio.triggers.signatures.message import messages_of
from composio.triggers.signatures.paths import find_all, find_one
from composio.triggers.signatures.rules import Basic, Hash, Hmac, Jwt, PublicKey, Rule, Signed, Timestamp, Token
from composio.triggers.signatures.tokens import check_jwt

__all__ = ["check", "decode_key"]

# More than any provider sends while keys change, few enough to compute.
_SIGNATURES = 16
_LONGEST = 16_384
_NUMBER = re.compile(r"[0-9]{1,16}")
_NO_MATCH = "no signature matches"


def check(
    rules: Sequence[Rule],
    request: Incoming,
    secrets: Sequence[str],
    *,
    now: float,
    values: Mapping[str, str] | None = None,
) -> None:
    """Raise SignatureRefused unless one of ``rules`` holds for ``request`` with one of ``secrets``.

    ``secrets`` are the current one and, while keys change, the one before it. ``now`` is in seconds since 1970. ``values`` is
    what is known of the subscription (``{value.NAME}``). With several rules the first one that the request has a proof for
    decides: a bad proof is not made up for by another kind.
    """
    usable = [secret for secret in secrets if secret]
    if not usable:
        raise SignatureRefused("no secret is known for it")
    rule = next((rule for rule in rules if _has_proof(rule, request)), None)
    if rule is None:
        raise SignatureRefused(f"it has no {' or '.join(dict.fromkeys(_place(rule) for rule in rules)) or 'rule'}")
    match rule:
        case Token():
            _check_token(rule, request, usable)
        case Basic():
            _check_basic(request, usable)
        case Jwt():
            check_jwt(rule, request, usable, now=now, values=values or {})
        case _:
            _check_signed(rule, request, usable, now, values or {})


def decode_key(secret: str, kind: str) -> bytes:
    """The secret's bytes. Raises SignatureRefused where it is not what its rule says; the reason does not hold it."""
    try:
        if kind == "hex":
            return bytes.fromhex(secret)
        if kind in {"base64", "whsec"}:
            text = secret.partition("_")[2] if kind == "whsec" and re.match(r"wh[a-z]+_", secret) else secret
            return base64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (ValueError, binascii.Error):
        raise SignatureRefused(f"the secret is not {'base64' if kind == 'whsec' else kind}") from None
    return secret.encode()


def _has_proof(rule: Rule, request: Incoming) -> bool:
    match rule:
        case Basic():
            return request.header("authorization") is not None
        case Token(query=query) if query:
            return request.query(query) is not None
        case Token(header=header) | Jwt(header=header) if header:
            return request.header(header) is not None
        case Signed(header=headers) if headers:
            return any(request.header(name) is not None for name in headers)
    return bool(request.body)


def _place(rule: Rule) -> str:
    match rule:
        case Basic():
            return "header Authorization"
        case Token(query=query) if query:
            return f"query parameter {query}"
        case Token(header=header) | Jwt(header=header) if header:
            return f"header {header}"
        case Signed(header=headers) if headers:
            return f"header {headers[0]}"
    return "body"


def _check_token(rule: Token, request: Incoming, secrets: Sequence[str]) -> None:
    if rule.header:
        given: list[Any] = [request.header(rule.header)]
    elif rule.query:
        given = [request.query(rule.query)]
    else:
        given = find_all(request.json(), rule.field)
    for value in given:
        if not isinstance(value, str) or not same_as_any((f"{rule.prefix}{secret}" for secret in secrets), value):
            raise SignatureRefused("the token does not match")


def _check_basic(request: Incoming, secrets: Sequence[str]) -> None:
    scheme, _, given = (request.header("authorization") or "").partition(" ")
    if scheme.lower() != "basic":
        raise SignatureRefused("the header Authorization is not Basic")
    if not same_as_any((base64.b64encode(secret.encode()).decode() for secret in secrets), given.strip()):
        raise SignatureRefused("the name or the password does not match")


def _check_signed(
    rule: Hmac | Hash | PublicKey, request: Incoming, secrets: Sequence[str], now: float, values: Mapping[str, str]
) -> None:
    signatures, timestamp = _read_header(rule, request)
    when = rule.timestamp
    if when is not None and not when.field:
        _check_time(when, timestamp, now)
    if rule.items or rule.field:
        entries = find_all(request.json(), rule.items) if rule.items else [request.json()]
        for entry in entries:
            own = [find_one(entry, rule.field)] if rule.field else signatures
            _check_one(rule, request, own, timestamp, secrets, values, entry)
    else:
        _check_one(rule, request, signatures, timestamp, secrets, values, None)
    if when is not None and when.field:
        _check_time(when, find_one(request.json(), when.field), now)


def _read_header(rule: Signed, request: Incoming) -> tuple[list[str], str]:
    """The signatures without their prefix, and the time as it stands there."""
    timestamp = ""
    parts: list[str] = []
    for name in rule.header:
        value = request.header(name)
        if value is None:
            continue
        if len(value) > _LONGEST:
            raise SignatureRefused(f"the header {name} is too long")
        parts += [part.strip() for part in value.split(rule.separator)] if rule.separator else [value]
    signatures = [part.removeprefix(rule.prefix) for part in parts if part.startswith(rule.prefix)]
    if len(signatures) > _SIGNATURES:
        raise SignatureRefused(f"there are more than {_SIGNATURES} signatures")
    if rule.header and not any(signatures):
        raise SignatureRefused(f"the header {rule.header[0]} has no signature of the kind that is expected")
    when = rule.timestamp
    if when is not None and when.header:
        timestamp = request.header(when.header) or ""
    elif when is not None and when.part:
        times = [part.removeprefix(when.part) for part in parts if part.startswith(when.part)]
        if len(times) != 1:
            raise SignatureRefused(f"the header {rule.header[0]} has {len(times)} times")
        timestamp = times[0]
    elif when is not None:
        timestamp = find_one(request.json(), when.field) if "{timestamp}" in rule.over else ""
    return signatures, timestamp


def _check_one(
    rule: Hmac | Hash | PublicKey,
    request: Incoming,
    signatures: Sequence[str],
    timestamp: str,
    secrets: Sequence[str],
    values: Mapping[str, str],
    entry: Any,
) -> None:
    matches = _matcher(rule)
    held, unusable = False, None
    for secret in secrets:
        raw = secret.encode() if isinstance(rule, Hash) else b""
        messages = messages_of(rule, request, timestamp=timestamp, values=values, item=entry, secret=raw)
        try:
            for message in messages:
                for signature in signatures:  # all of them: the time taken does not say which one was right
                    held |= matches(secret, message, signature)
        except SignatureRefused as error:  # of a secret that is no key; the other one may be
            unusable = error
    if not held:
        raise unusable or SignatureRefused(_NO_MATCH)


def _matcher(rule: Hmac | Hash | PublicKey) -> Callable[[str, bytes, str], bool]:
    match rule:
        case PublicKey():
            from composio.triggers.signatures.keys import verifies

            return lambda secret, message, given: verifies(rule, secret, message, given)
        case Hash(digest=digest):
            return lambda _, message, given: same_as_any([_encode(hashlib.new(digest, message).digest(), rule.encoding)], given)
        case Hmac(digest=digest, key=key):
            # The text is compared, not what it decodes to: base64 has several spellings of the same bytes.
            return lambda secret, message, given: same_as_any(
                [_encode(hmac.digest(decode_key(secret, key), message, digest), rule.encoding)], given
            )


def _encode(digest: bytes, encoding: str) -> str:
    return digest.hex() if encoding == "hex" else base64.b64encode(digest).decode()


def _check_time(when: Timestamp, text: str, now: float) -> None:
    if not text:
        raise SignatureRefused("it does not say when it was signed")
    if when.unit == "iso":
        try:
            moment = datetime.fromisoformat(text)
            seconds = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
        except (ValueError, OverflowError):
            raise SignatureRefused("its time is not one") from None
    elif _NUMBER.fullmatch(text):
        seconds = int(text) / (1000 if when.unit == "ms" else 1)
    else:
        raise SignatureRefused("its time is not a number")
    if abs(now - seconds) > when.tolerance:
        early = "late" if seconds < now else "early"
        raise SignatureRefused(f"it is {abs(now - seconds):.0f} seconds too {early}, and {when.tolerance:.0f} are allowed")
