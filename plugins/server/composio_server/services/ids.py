"""Unguessable ids, in an alphabet that is safe in URLs and logs and selects with a double click."""

from __future__ import annotations

import os
import secrets
import string

__all__ = ["make_id", "make_token"]

_ALPHABET = string.ascii_lowercase + string.digits
_LONG = string.ascii_letters + string.digits
_ID_LENGTH = 16  # 82 bits
# The character for each random byte: 252 of the 256, seven per character; the others are skipped.
_CHARACTERS = {byte: _ALPHABET[byte % 36] for byte in range(252)}
_TOKEN_LENGTH = 43  # 256 bits


def make_id(kind: str) -> str:
    """Return an id like ``pr_3k9...`` for a row. Ids are names: knowing one allows nothing."""
    found = ""
    while len(found) < _ID_LENGTH:
        found += "".join([_CHARACTERS.get(byte, "") for byte in os.urandom(_ID_LENGTH + 4)])
    return f"{kind}_{found[:_ID_LENGTH]}"


def make_token() -> str:
    """Return 256 random bits, as a secret."""
    return "".join(secrets.choice(_LONG) for _ in range(_TOKEN_LENGTH))
