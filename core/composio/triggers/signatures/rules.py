"""The rules that ``verify:`` of a ``triggers.yaml`` declares, as frozen values.

``over`` says which bytes are signed, as text with parts in braces: ``{body}``, ``{timestamp}``, ``{method}``, ``{url}``,
``{decoded_url}`` (HubSpot's v3), ``{params}`` (Twilio: a form's fields, sorted), ``{crc32}`` (PayPal), ``{secret}`` (plain
hashes), ``{header.NAME}``, ``{field.PATH}`` (a value in a JSON body; ``{field.PATH?}`` where it may be missing) and ``{value.NAME}`` (something that is known of the
subscription, such as its id).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Literal

__all__ = [
    "Basic",
    "Hash",
    "Hmac",
    "Jwt",
    "PublicKey",
    "Rule",
    "Signed",
    "Timestamp",
    "Token",
    "kind_of",
    "mistakes_of",
    "parts_of",
    "rules_from",
]

Encoding = Literal["hex", "base64"]
_PARTS = frozenset({"body", "timestamp", "method", "url", "decoded_url", "params", "crc32", "secret"})
_NAMED = ("header.", "field.", "value.")
_BRACES = re.compile(r"\{([^{}]*)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Timestamp:
    """When the provider signed: in a ``header``, in a ``field`` of the body, or as the ``part`` of the signature's header."""

    header: str = ""
    field: str = ""
    part: str = ""
    unit: Literal["s", "ms", "iso"] = "s"
    tolerance: float = 300.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """What all kinds share that sign bytes: where the signature is, how it is written, and what it covers.

    ``header`` may name several, of which each can have it. With ``separator`` a header has several signatures, of which those
    that begin with ``prefix`` count. ``items`` is the path of the list whose entries each have a signature of their own.
    ``body_digest`` is the query parameter that has the body's SHA-256 where the body is no form (Twilio). ``ports`` tries the
    address without its port and with the scheme's own too, as proxies change it.
    """

    header: tuple[str, ...] = ()
    field: str = ""
    encoding: Encoding = "hex"
    prefix: str = ""
    separator: str = ""
    over: str = "{body}"
    timestamp: Timestamp | None = None
    items: str = ""
    body_digest: str = ""
    ports: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Hmac(Signed):
    """``key`` says how the secret becomes bytes: as text, or decoded. ``whsec`` is base64 after a name and an underscore."""

    digest: Literal["sha1", "sha256", "sha384", "sha512"] = "sha256"
    key: Literal["text", "base64", "hex", "whsec"] = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hash(Signed):
    """A plain hash over bytes that hold the secret."""

    digest: Literal["sha256", "sha512"] = "sha256"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey(Signed):
    """Ed25519, ECDSA, or RSA (PKCS #1 v1.5). The secret is a PEM (a certificate too), base64 of a DER, or Ed25519's 32 bytes."""

    algorithm: Literal["ed25519", "ecdsa", "rsa"] = "ed25519"
    digest: Literal["sha1", "sha256", "sha384", "sha512"] = "sha256"


@dataclass(frozen=True, slots=True, kw_only=True)
class Jwt:
    """A JSON Web Token. The secret is a shared one for HS, else a PEM or a key set (JWKS) as JSON.

    ``claims`` must have exactly these values, in which ``{value.NAME}`` is replaced. ``body_digest`` is the claim that has the
    body's SHA-256 as hex. ``max_age`` counts from ``iat``; without it ``exp`` is needed.
    """

    header: str = "Authorization"
    prefix: str = "Bearer "
    algorithms: tuple[str, ...] = ("HS256",)
    issuer: tuple[str, ...] = ()
    audience: str = ""
    claims: tuple[tuple[str, Any], ...] = ()
    body_digest: str = ""
    max_age: float | None = None
    leeway: float = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """The secret itself, in a ``header``, in the ``query``, or in a ``field`` of the body (``value[].clientState``: in each)."""

    header: str = ""
    query: str = ""
    field: str = ""
    prefix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Basic:
    """HTTP Basic; the secret is ``name:password``."""


Rule = Hmac | Hash | PublicKey | Jwt | Token | Basic
_KINDS: dict[str, type[Any]] = {
    "hmac": Hmac,
    "hash": Hash,
    "ed25519": PublicKey,
    "ecdsa": PublicKey,
    "rsa": PublicKey,
    "jwt": Jwt,
    "token": Token,
    "basic": Basic,
}


def kind_of(name: str) -> type[Any]:
    """The class of the rules of a kind."""
    return _KINDS[name]


def rules_from(data: Mapping[str, Any] | Sequence[Mapping[str, Any]]) -> tuple[Rule, ...]:
    """The rules of ``verify:``, whose form its schema has checked: one, or several of which one must hold."""
    return tuple(_rule(raw) for raw in ([data] if isinstance(data, Mapping) else data))


def mistakes_of(rule: Rule) -> list[tuple[str, str]]:
    """What a schema can't find: ``(field, problem)``."""
    if isinstance(rule, Token):
        places = [name for name in ("header", "query", "field") if getattr(rule, name)]
        return [] if len(places) == 1 else [("header", "expected one of header, query, field, which says where the token is")]
    if not isinstance(rule, Signed):
        return []
    found = []
    if bool(rule.header) == bool(rule.field):
        found.append(("header", "expected either header or field, which says where the signature is"))
    parts = [text for text, is_part in parts_of(rule.over) if is_part]
    found += [
        ("over", f"{{{part}}} is not known; known: {', '.join(sorted(_PARTS))}, header.NAME, field.PATH, value.NAME")
        for part in parts
        if part not in _PARTS and not (part.startswith(_NAMED) and part.partition(".")[2])
    ]
    if isinstance(rule, Hash) != ("secret" in parts):
        found.append(("over", "holds {secret} where the kind is hash, and only there"))
    when = rule.timestamp
    if when is None:
        if "timestamp" in parts:
            found.append(("timestamp", "is missing; {timestamp} is part of the signed data"))
        return found
    if sum(map(bool, (when.header, when.field, when.part))) != 1:
        found.append(("timestamp", "expected one of header, field, part, which says where the time is"))
    if not when.field and "timestamp" not in parts:
        found.append(("over", "lacks {timestamp}: an unsigned time can be changed when the request is replayed"))
    if when.field and not {"body", "crc32", f"field.{when.field}"} & set(parts):
        found.append(("over", "lacks the field with the time: it could be changed when the request is replayed"))
    if when.part and not rule.separator:
        found.append(("separator", "is missing; `part` is one of the header's parts"))
    return found


@lru_cache(maxsize=256)
def parts_of(over: str) -> tuple[tuple[str, bool], ...]:
    """The text's pieces in their order: ``(text, whether it names a part)``."""
    found: list[tuple[str, bool]] = []
    end = 0
    for match in _BRACES.finditer(over):
        found += [(over[end : match.start()], False)] if match.start() > end else []
        found.append((match[1], True))
        end = match.end()
    return (*found, *([(over[end:], False)] if end < len(over) else []))


def _rule(raw: Mapping[str, Any]) -> Rule:
    values: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value for name, value in raw.items() if name != "kind"
    }
    kind = _KINDS[raw["kind"]]
    if issubclass(kind, Signed):
        if isinstance(header := values.get("header"), str):
            values["header"] = (header,)
        if values.get("over") == "body":
            values["over"] = "{body}"
        if "timestamp" in values:
            values["timestamp"] = Timestamp(**values["timestamp"])
        if kind is PublicKey:
            values["algorithm"] = raw["kind"]
    if kind is Jwt:
        if isinstance(issuer := values.get("issuer"), str):
            values["issuer"] = (issuer,)
        values["claims"] = tuple(values.get("claims", {}).items())
    rule: Rule = kind(**values)
    return rule
