"""Encode an outcome as bytes, for as long as the same call may be repeated."""

from __future__ import annotations

import json
import zlib
from dataclasses import fields
from typing import Final

from composio.model.call import Outcome

__all__ = ["pack_outcome", "unpack_outcome"]

_LARGEST: Final = 4 * 1024 * 1024  # bytes, compressed
_WORTH_PACKING: Final = 1024  # bytes
_NAMES: Final = tuple(one.name for one in fields(Outcome) if one.name != "is_replayed")


def pack_outcome(outcome: Outcome) -> bytes | None:
    """Return ``outcome`` as bytes; None if it is too large to be stored."""
    written = {name: getattr(outcome, name) for name in _NAMES}
    packed = json.dumps(written, default=str).encode("utf-8", "surrogatepass")
    if len(packed) > _WORTH_PACKING:
        packed = zlib.compress(packed, 1)
    return packed if len(packed) <= _LARGEST else None


def unpack_outcome(answer: bytes) -> Outcome:
    """Decode the outcome from :func:`pack_outcome`."""
    read = json.loads(answer if answer.startswith(b"{") else zlib.decompress(answer))
    return Outcome(**{**read, "missing_scopes": tuple(read.get("missing_scopes", ()))})  # JSON has lists only
