"""Ids that nobody can guess, in the alphabet that URLs, logs and double clicks take whole."""

from __future__ import annotations

import secrets
import string

__all__ = ["make_id", "make_token"]

_ALPHABET = string.ascii_lowercase + string.digits
_LONG = string.ascii_letters + string.digits
_ID_LENGTH = 16  # 82 bits
_TOKEN_LENGTH = 43  # 256 bits


def make_id(kind: str) -> str:
    """``pr_3k9...``: what a row is called by. Ids are names: knowing one allows nothing."""
    return f"{kind}_{''.join(secrets.choice(_ALPHABET) for _ in range(_ID_LENGTH))}"


def make_token() -> str:
    """256 random bits: knowing them is what is asked for."""
    return "".join(secrets.choice(_LONG) for _ in range(_TOKEN_LENGTH))
