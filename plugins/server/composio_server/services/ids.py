"""Unguessable ids, in an alphabet that is safe in URLs and logs and selects with a double click."""

from __future__ import annotations

import os
import secrets
import string

__all__ = ["make_id", "make_token"]

_ALPHABET = string.ascii_lowercase + string.digits
_LONG = string.ascii_letters + string.digits
_ID_LENGTH = 16  # 82 bits
# What a random byte stands for: 252 of the 256, seven for each character; the others are left out.
_CHARACTERS = {byte: _ALPHABET[byte % 36] for byte in range(252)}
_TOKEN_LENGTH = 43  # 256 bits


def make_id(kind: str) -> str:
    """``pr_3k9...``: what a row is called by. Ids are names: knowing one allows nothing."""
    found = ""
    while len(found) < _ID_LENGTH:
        found += "".join([_CHARACTERS.get(byte, "") for byte in os.urandom(_ID_LENGTH + 4)])
    return f"{kind}_{found[:_ID_LENGTH]}"


def make_token() -> str:
    """256 random bits: knowing them is what is asked for."""
    return "".join(secrets.choice(_LONG) for _ in range(_TOKEN_LENGTH))
