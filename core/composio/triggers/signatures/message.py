"""The bytes that a signature covers, made of a request as the rule's ``over`` says."""

from __future__ import annotations

import hashlib
import hmac
import zlib
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from composio.errors import SignatureRefused
from composio.triggers.signatures.incoming import Incoming
from composio.triggers.signatures.paths import find_one
from composio.triggers.signatures.rules import Signed, parts_of

__all__ = ["messages_of"]

# HubSpot's documentation, "Validating requests", version 3: these and no others are decoded in the address.
_DECODED = {
    "%3A": ":",
    "%2F": "/",
    "%3F": "?",
    "%40": "@",
    "%21": "!",
    "%24": "$",
    "%27": "'",
    "%28": "(",
    "%29": ")",
    "%2A": "*",
    "%2C": ",",
    "%3B": ";",
}
_DEFAULT_PORTS = {"http": 80, "https": 443}


def messages_of(
    rule: Signed, request: Incoming, *, timestamp: str, values: Mapping[str, str], item: Any = None, secret: bytes = b""
) -> list[bytes]:
    """What may have been signed: one message, or one for each address that the request may have been sent to."""
    urls = _addresses(request.url) if rule.ports else [request.url]
    return [_message(rule, request, url, timestamp, values, item, secret) for url in urls]


def _message(
    rule: Signed, request: Incoming, url: str, timestamp: str, values: Mapping[str, str], item: Any, secret: bytes
) -> bytes:
    found = b""
    for text, is_part in parts_of(rule.over):
        if not is_part:
            found += text.encode()
        elif text == "body":
            found += request.body
        elif text == "secret":
            found += secret
        elif text == "params":
            found += _parameters(request, rule.body_digest)
        elif text == "crc32":
            found += str(zlib.crc32(request.body)).encode()
        else:
            found += _text_of(text, request, url, timestamp, values, item).encode("utf-8", "backslashreplace")
    return found


def _text_of(part: str, request: Incoming, url: str, timestamp: str, values: Mapping[str, str], item: Any) -> str:
    kind, _, name = part.partition(".")
    if kind == "timestamp":
        return timestamp
    if kind == "method":
        return request.method
    if kind in {"url", "decoded_url"}:
        if not url:
            raise SignatureRefused("the address that the request was sent to is not known")
        return _decode(url) if kind == "decoded_url" else url
    if kind == "header":
        value = request.header(name)
        if not value:
            raise SignatureRefused(f"there is no header {name}")
        return value
    if kind == "value":
        if not values.get(name):
            raise SignatureRefused(f"the subscription's {name} is not known")
        return values[name]
    return find_one(request.json() if item is None else item, name)


def _parameters(request: Incoming, digest: str) -> bytes:
    """A form's names and values, sorted, without what parts them. What is no form must have its hash in the address."""
    if digest and (expected := request.query(digest)) is not None:
        if not hmac.compare_digest(hashlib.sha256(request.body).hexdigest().encode(), expected.encode()):
            raise SignatureRefused(f"the body does not match the hash in {digest}")
        return b""
    form = request.form()
    if form is None:
        if request.body:
            raise SignatureRefused("the signature does not cover the body, which is not a form")
        return b""
    return "".join(f"{name}{value}" for name, value in sorted(set(form))).encode()


def _decode(url: str) -> str:
    base, mark, query = url.partition("?")
    for code, character in _DECODED.items():
        base = base.replace(code, character).replace(code.lower(), character)
        query = query.replace(code, character).replace(code.lower(), character)
    return f"{base}{mark}{query}"


def _addresses(url: str) -> list[str]:
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    bare = host if host.endswith("]") or ":" not in host else host.rpartition(":")[0]
    hosts = {host: None, bare: None, f"{bare}:{_DEFAULT_PORTS.get(parts.scheme, 443)}": None}
    return [urlunsplit((parts.scheme, name, parts.path, parts.query, "")) for name in hosts]
