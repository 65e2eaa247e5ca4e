"""Signatures by public keys: Ed25519, ECDSA and RSA."""

from __future__ import annotations

import base64
import binascii
from functools import lru_cache
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.x509 import load_pem_x509_certificate

from composio.errors import SignatureRefused
from composio.triggers.signatures.rules import PublicKey

__all__ = ["public_key", "verifies"]

_TYPES: dict[str, type[Any]] = {
    "ed25519": ed25519.Ed25519PublicKey,
    "ecdsa": ec.EllipticCurvePublicKey,
    "rsa": rsa.RSAPublicKey,
}
_ED25519_BYTES = 32
_LEAST_RSA_BITS = 2048


def verifies(rule: PublicKey, secret: str, message: bytes, given: str) -> bool:
    """Whether ``given`` is a signature of ``message`` by the key."""
    key = public_key(secret, rule.algorithm)
    try:
        signature = bytes.fromhex(given) if rule.encoding == "hex" else base64.b64decode(given, validate=True)
    except (ValueError, binascii.Error):
        return False
    written = signature.hex() if rule.encoding == "hex" else base64.b64encode(signature).decode()
    if written != given:  # another spelling of the same bytes
        return False
    digest = getattr(hashes, rule.digest.upper())()
    try:
        if rule.algorithm == "ed25519":
            key.verify(signature, message)
        elif rule.algorithm == "ecdsa":
            key.verify(signature, message, ec.ECDSA(digest))
        else:
            key.verify(signature, message, padding.PKCS1v15(), digest)
    except InvalidSignature:
        return False
    return True


@lru_cache(maxsize=64)
def public_key(text: str, algorithm: str) -> Any:
    """The key of a PEM, a certificate, or bytes as hex or base64. Raises SignatureRefused where it is none of ``algorithm``."""
    try:
        key = _load(text.strip(), algorithm)
    except (ValueError, UnsupportedAlgorithm, binascii.Error, UnicodeError):
        raise SignatureRefused(f"the key can't be read as one for {algorithm}") from None
    if not isinstance(key, _TYPES[algorithm]):
        raise SignatureRefused(f"the key is not one for {algorithm}")
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < _LEAST_RSA_BITS:
        raise SignatureRefused(f"the key has less than {_LEAST_RSA_BITS} bits")
    return key


def _load(text: str, algorithm: str) -> Any:
    if text.startswith("-----BEGIN CERTIFICATE"):
        return load_pem_x509_certificate(text.encode()).public_key()
    if text.startswith("-----BEGIN"):
        return serialization.load_pem_public_key(text.encode())
    text = text.removeprefix("whpk_")
    if algorithm == "ed25519" and len(text) == 2 * _ED25519_BYTES:
        return ed25519.Ed25519PublicKey.from_public_bytes(bytes.fromhex(text))
    data = base64.b64decode(text, validate=True)
    if algorithm == "ed25519" and len(data) == _ED25519_BYTES:
        return ed25519.Ed25519PublicKey.from_public_bytes(data)
    return serialization.load_der_public_key(data)
