"""Signs as vendors do, for tests: written without the code under test."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa

from composio.triggers.signatures.incoming import Incoming
from tests.peers.published_signatures import STANDARD

NOW = 1_700_000_000
SECRET = "a-secret-of-thirty-two-bytes-....."
WHSEC = "whsec_" + base64.b64encode(b"thirty-two bytes of a secret 123").decode()
URL = "https://hooks.example.com/in/abc?x=1"
BODY = b'{"id": "evt_1", "n": 7, "clientState": "' + SECRET.encode() + b'"}'


@dataclass(frozen=True)
class Kind:
    """One way to prove a request: its rule, the secret, and a request made as the vendor would at ``at``."""

    name: str
    rule: dict[str, Any]
    make: Callable[[str, bytes, float], dict[str, str]]
    secret: str = SECRET
    other: str = "another-secret-of-thirty-two-bytes"
    url: str = URL
    body: bytes = BODY
    timed: bool = False
    covers_body: bool = True
    values: dict[str, str] = field(default_factory=dict)
    signing: str = ""

    def request(self, *, at: float = NOW, secret: str = "", body: bytes | None = None) -> Incoming:
        content = self.body if body is None else body
        headers = self.make(secret or self.signing or self.secret, content, at)
        return Incoming.of({"content-type": "application/json", **headers}, content, url=self.url)


def mac(secret: str | bytes, message: bytes, digest: str = "sha256") -> bytes:
    return hmac.new(secret.encode() if isinstance(secret, str) else secret, message, getattr(hashlib, digest)).digest()


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode()


@cache
def key_pair(kind: str) -> tuple[Any, str]:
    makers: dict[str, Callable[[], Any]] = {
        "ed25519": ed25519.Ed25519PrivateKey.generate,
        "ecdsa": lambda: ec.generate_private_key(ec.SECP256R1()),
        "rsa": lambda: rsa.generate_private_key(65537, 2048),
        "other-rsa": lambda: rsa.generate_private_key(65537, 2048),
    }
    private = makers[kind]()
    pem = private.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    return private, pem.decode()


def discord(_: str, body: bytes, at: float) -> dict[str, str]:
    signature = key_pair("ed25519")[0].sign(f"{at:.0f}".encode() + body)
    return {"X-Signature-Ed25519": signature.hex(), "X-Signature-Timestamp": f"{at:.0f}"}


def sendgrid(_: str, body: bytes, at: float) -> dict[str, str]:
    signature = key_pair("ecdsa")[0].sign(f"{at:.0f}".encode() + body, ec.ECDSA(hashes.SHA256()))
    return {"X-Sig": b64(signature), "X-Time": f"{at:.0f}"}


def paypal(_: str, body: bytes, at: float) -> dict[str, str]:
    when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(at))
    message = f"tx-1|{when}|WH-1|{zlib.crc32(body)}".encode()
    signature = key_pair("rsa")[0].sign(message, padding.PKCS1v15(), hashes.SHA256())
    return {"PAYPAL-TRANSMISSION-ID": "tx-1", "PAYPAL-TRANSMISSION-TIME": when, "PAYPAL-TRANSMISSION-SIG": b64(signature)}


def google(_: str, _body: bytes, at: float) -> dict[str, str]:
    claims = {
        "iss": "https://accounts.google.com",
        "aud": URL,
        "email": "push@example.iam.gserviceaccount.com",
        "email_verified": True,
        "iat": int(at),
        "exp": int(at) + 240,
    }
    return {"Authorization": f"Bearer {jwt.encode(claims, key_pair('rsa')[0], 'RS256', headers={'kid': 'k1'})}"}


def plaid(_: str, body: bytes, at: float) -> dict[str, str]:
    claims = {"iat": int(at), "request_body_sha256": hashlib.sha256(body).hexdigest()}
    return {"Plaid-Verification": jwt.encode(claims, key_pair("ecdsa")[0], "ES256")}


def jwks() -> str:
    public = key_pair("rsa")[0].public_key()
    return json.dumps({"keys": [{**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(public)), "kid": "k1", "alg": "RS256"}]})


KINDS = [
    Kind(
        "hex with a prefix",
        {"kind": "hmac", "header": "X-Sig", "prefix": "sha256="},
        lambda s, b, _: {"X-Sig": f"sha256={mac(s, b).hex()}"},
    ),
    Kind("base64", {"kind": "hmac", "header": "X-Sig", "encoding": "base64"}, lambda s, b, _: {"X-Sig": b64(mac(s, b))}),
    Kind("sha1", {"kind": "hmac", "header": "X-Sig", "digest": "sha1"}, lambda s, b, _: {"X-Sig": mac(s, b, "sha1").hex()}),
    Kind(
        "base64 key",
        {"kind": "hmac", "header": "X-Mac", "prefix": "hmac-sha256=", "key": "base64"},
        lambda s, b, _: {"X-Mac": f"hmac-sha256={mac(base64.b64decode(s), b).hex()}"},
        secret=b64(b"a key of some bytes"),
        other=b64(b"some other key"),
    ),
    Kind(
        "slack",
        {
            "kind": "hmac",
            "header": "X-Sig",
            "prefix": "v0=",
            "over": "v0:{timestamp}:{body}",
            "timestamp": {"header": "X-Time"},
        },
        lambda s, b, t: {"X-Sig": f"v0={mac(s, f'v0:{t:.0f}:'.encode() + b).hex()}", "X-Time": f"{t:.0f}"},
        timed=True,
    ),
    Kind(
        "stripe",
        {
            "kind": "hmac",
            "header": "X-Sig",
            "separator": ",",
            "prefix": "v1=",
            "over": "{timestamp}.{body}",
            "timestamp": {"part": "t="},
        },
        lambda s, b, t: {"X-Sig": f"t={t:.0f},v0=00,v1={mac(s, f'{t:.0f}.'.encode() + b).hex()}"},
        timed=True,
    ),
    Kind(
        "several signatures",
        {"kind": "hmac", "header": "X-Sig", "separator": ",", "prefix": "v1="},
        lambda s, b, _: {"X-Sig": f"v1={mac('former', b).hex()}, v1={mac(s, b).hex()}"},
    ),
    Kind(
        "body then time",
        {
            "kind": "hmac",
            "header": ["X-First", "X-Second"],
            "encoding": "base64",
            "over": "{body}{timestamp}",
            "timestamp": {"header": "X-Time", "unit": "iso", "tolerance": 600},
        },
        lambda s, b, t: {
            "X-Time": (when := time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(t))),
            "X-Second": b64(mac(s, b + when.encode())),
        },
        timed=True,
    ),
    Kind(
        "time in the body",
        {"kind": "hmac", "header": "X-Sig", "timestamp": {"field": "webhookTimestamp", "unit": "ms", "tolerance": 60}},
        lambda s, b, _: {"X-Sig": mac(s, b).hex()},
        body=b'{"webhookTimestamp": 1700000000000, "n": 1}',
    ),
    Kind(
        "method and address",
        {
            "kind": "hmac",
            "header": "X-Sig",
            "encoding": "base64",
            "over": "{method}{decoded_url}{body}{timestamp}",
            "timestamp": {"header": "X-Time", "unit": "ms"},
        },
        lambda s, b, t: {
            "X-Sig": b64(mac(s, f"POST{URL}".encode() + b + f"{t * 1000:.0f}".encode())),
            "X-Time": f"{t * 1000:.0f}",
        },
        timed=True,
    ),
    Kind(
        "body then address",
        {"kind": "hmac", "header": "X-Sig", "digest": "sha1", "encoding": "base64", "over": "{body}{url}"},
        lambda s, b, _: {"X-Sig": b64(mac(s, b + URL.encode(), "sha1"))},
    ),
    Kind(
        "form",
        {"kind": "hmac", "header": "X-Sig", "digest": "sha1", "encoding": "base64", "over": "{url}{params}", "ports": True},
        lambda s, _b, _t: {
            "content-type": "application/x-www-form-urlencoded",
            "X-Sig": b64(mac(s, f"{URL}a1b2".encode(), "sha1")),
        },
        body=b"b=2&a=1",
    ),
    Kind(
        "plain hash",
        {"kind": "hash", "header": "X-Sig", "over": "{secret}{body}"},
        lambda s, b, _: {"X-Sig": hashlib.sha256(s.encode() + b).hexdigest()},
    ),
    Kind(
        "standard webhooks",
        STANDARD,
        lambda s, b, t: {
            "webhook-id": "msg_1",
            "webhook-timestamp": f"{t:.0f}",
            "webhook-signature": f"v1,{b64(mac(base64.b64decode(s[6:]), f'msg_1.{t:.0f}.'.encode() + b))}",
        },
        secret=WHSEC,
        other="whsec_" + b64(b"another thirty-two bytes of key 1"),
        timed=True,
    ),
    Kind(
        "ed25519",
        {
            "kind": "ed25519",
            "header": "X-Signature-Ed25519",
            "over": "{timestamp}{body}",
            "timestamp": {"header": "X-Signature-Timestamp"},
        },
        discord,
        secret=key_pair("ed25519")[1],
        other=ed25519.Ed25519PrivateKey.generate().public_key().public_bytes_raw().hex(),
        timed=True,
    ),
    Kind(
        "ecdsa",
        {
            "kind": "ecdsa",
            "header": "X-Sig",
            "encoding": "base64",
            "over": "{timestamp}{body}",
            "timestamp": {"header": "X-Time"},
        },
        sendgrid,
        secret=key_pair("ecdsa")[1],
        other=key_pair("rsa")[1],
        timed=True,
    ),
    Kind(
        "rsa",
        {
            "kind": "rsa",
            "header": "PAYPAL-TRANSMISSION-SIG",
            "encoding": "base64",
            "over": "{header.PAYPAL-TRANSMISSION-ID}|{timestamp}|{value.webhook_id}|{crc32}",
            "timestamp": {"header": "PAYPAL-TRANSMISSION-TIME", "unit": "iso"},
        },
        paypal,
        secret=key_pair("rsa")[1],
        other=key_pair("other-rsa")[1],
        timed=True,
        values={"webhook_id": "WH-1"},
    ),
    Kind(
        "OpenID token",
        {
            "kind": "jwt",
            "algorithms": ["RS256"],
            "issuer": ["accounts.google.com", "https://accounts.google.com"],
            "audience": "{value.url}",
            "claims": {"email": "{value.email}", "email_verified": True},
        },
        google,
        secret=jwks(),
        other=key_pair("other-rsa")[1],
        timed=True,
        covers_body=False,
        values={"url": URL, "email": "push@example.iam.gserviceaccount.com"},
    ),
    Kind(
        "token with the body's hash",
        {
            "kind": "jwt",
            "header": "Plaid-Verification",
            "prefix": "",
            "algorithms": ["ES256"],
            "body_digest": "request_body_sha256",
            "max_age": 300,
        },
        plaid,
        secret=key_pair("ecdsa")[1],
        other=key_pair("rsa")[1],
        timed=True,
    ),
    Kind(
        "token signed with a shared secret",
        {"kind": "jwt", "algorithms": ["HS256"], "prefix": ""},
        lambda s, _b, t: {"Authorization": jwt.encode({"iat": int(t), "exp": int(t) + 60}, s, "HS256")},
        timed=True,
        covers_body=False,
    ),
    Kind("shared token", {"kind": "token", "header": "X-Token"}, lambda s, _b, _t: {"X-Token": s}, covers_body=False),
    Kind(
        "token in the address",
        {"kind": "token", "query": "token"},
        lambda *_: {},
        url=f"{URL}&token={SECRET}",
        covers_body=False,
    ),
    Kind("client state", {"kind": "token", "field": "clientState"}, lambda *_: {}, covers_body=False),
    Kind(
        "basic",
        {"kind": "basic"},
        lambda s, _b, _t: {"Authorization": f"Basic {b64(s.encode())}"},
        secret="name:a long password",
        other="name:another",
        covers_body=False,
    ),
]


def headers_of(request: Incoming, change: Callable[[str, str], Iterator[tuple[str, str]]]) -> Incoming:
    """The request with every header that proves something changed."""
    changed = [
        pair for name, value in request.headers for pair in (change(name, value) if name != "content-type" else [(name, value)])
    ]
    return replace(request, headers=tuple(changed))
