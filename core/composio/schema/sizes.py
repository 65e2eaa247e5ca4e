"""Sizes of values as JSON, in bytes. Pure."""

from __future__ import annotations

import json
from collections.abc import Callable
from json import encoder
from typing import Any

__all__ = ["encode", "encode_sorted", "size_of"]


def _encoder(*, sort_keys: bool = False) -> Callable[[Any], Any]:
    """Encodes a value as parts of JSON.

    ``json.dumps`` creates its C encoder for each call, which takes longer than most schemas; this one is shared.
    """
    make = getattr(encoder, "c_make_encoder", None)  # CPython's
    if make is None:
        return json.JSONEncoder(check_circular=False, sort_keys=sort_keys).iterencode
    plain = json.JSONEncoder(sort_keys=sort_keys)
    encode = make(
        None,
        plain.default,
        encoder.encode_basestring_ascii,
        None,
        plain.key_separator,
        plain.item_separator,
        plain.sort_keys,
        plain.skipkeys,
        plain.allow_nan,
    )
    return lambda value: encode(value, 0)


_encode, _encode_sorted = _encoder(), _encoder(sort_keys=True)


def encode(value: Any) -> str:
    """Return the JSON of an acyclic value, as ``json.dumps`` does."""
    return "".join(_encode(value))


def encode_sorted(value: Any) -> str:
    """Return the same, with sorted keys."""
    return "".join(_encode_sorted(value))


def size_of(value: Any) -> int:
    """Return the bytes of an acyclic value as JSON, an upper bound for any formatting: escapes and spaces included."""
    return len("".join(_encode(value)))
