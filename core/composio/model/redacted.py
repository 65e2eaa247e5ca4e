"""Redact arguments and results for a log: hide the values of secrets by name, and limit the length."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

__all__ = ["HIDDEN", "as_log_text", "redact"]

HIDDEN: Final = "***"
_DEEPEST = 64
# Whole words of a name, in any of the usual spellings: `api_key` and `X-Api-Key`, but neither `keywords` nor `author`.
_WORDS: Final = frozenset(
    (
        *("apikey", "authorization", "bearer", "cookie", "credential", "credentials", "jwt", "otp", "passcode", "passphrase"),
        *("passwd", "password", "pin", "pwd", "secret", "secrets", "signature", "token", "tokens"),
    )
)
_PAIRS: Final = frozenset({"api key", "access key", "private key", "secret key", "signing key", "auth key", "encryption key"})
_PARTS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
# Names with such a word that are counts: the token usage of a model's response is no secret.
_COUNTS: Final = frozenset(
    {"count", "counts", "max", "usage", "used", "limit", "total", "prompt", "completion", "next", "page"}
)


def redact(value: Any, *, depth: int = 0) -> Any:
    """Replace the values of secret names in JSON data by ``***``."""
    if depth > _DEEPEST:
        return HIDDEN
    if isinstance(value, Mapping):
        return {
            name: HIDDEN if _names_secret(str(name)) and inner not in (None, "", False) else redact(inner, depth=depth + 1)
            for name, inner in value.items()
        }
    return [redact(inner, depth=depth + 1) for inner in value] if isinstance(value, list | tuple) else value


def _names_secret(name: str) -> bool:
    words = [part.lower() for part in _PARTS.findall(name)]
    if _COUNTS.intersection(words):
        return False
    pairs = {f"{one} {two}" for one, two in pairwise(words)}
    return bool(_WORDS.intersection(words) or _PAIRS.intersection(pairs))


def as_log_text(value: Any, most: int) -> str | None:
    """Return ``value`` redacted, as JSON text of at most ``most`` characters; None for None, or if ``most`` is 0."""
    if value is None or most <= 0:
        return None
    try:
        text = json.dumps(redact(value), ensure_ascii=False, default=str)
    except (ValueError, RecursionError):
        text = json.dumps(f"<{type(value).__name__}>")
    return text if len(text) <= most else text[: most - 1] + "…"
